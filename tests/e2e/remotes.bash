# shellcheck disable=SC2016,SC2034 # what the tests use
# Remotes of the real kind for remote.bats, on loopback, as whoever runs the tests: sshd with keys of its own, and nginx with
# git's http-backend and a certificate authority of its own. What is started ends with remotes_stop.

REMOTE_PIDS=()

remotes_stop() {
    local pid
    for pid in "${REMOTE_PIDS[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
}

free_port() {
    /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

listens() {
    (exec 9<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# A bare repository: $BARE
bare() {
    BARE=$T/remote.git
    git init -q --bare -b main "$BARE"
}

# sshd: SSH is the URL of $BARE there, $T/client a key it takes, $T/known_hosts what it is known by.
sshd_start() {
    local port config=$T/sshd_config
    bare
    port=$(free_port)
    ssh-keygen -q -t ed25519 -N '' -f "$T/host_key"
    ssh-keygen -q -t ed25519 -N '' -f "$T/client"
    ssh-keygen -q -t ed25519 -N '' -f "$T/other"
    cp "$T/client.pub" "$T/authorized_keys"
    cat >"$config" <<CONFIG
Port $port
ListenAddress 127.0.0.1
HostKey $T/host_key
AuthorizedKeysFile $T/authorized_keys
PidFile none
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
CONFIG
    [[ $EUID -ne 0 ]] || mkdir -p /run/sshd
    /usr/sbin/sshd -D -e -f "$config" 2>"$T/sshd.log" 3>&- &
    REMOTE_PIDS+=($!)
    wait_for 15 listens "$port"
    SSH_PORT=$port
    SSH=ssh://$(id -un)@127.0.0.1:$port$BARE
    echo "[127.0.0.1]:$port $(cut -d' ' -f1,2 "$T/host_key.pub")" >"$T/known_hosts"
    FINGERPRINT=$(ssh-keygen -lf "$T/host_key.pub" | cut -d' ' -f2)
}

# https: HTTPS is the URL of $BARE there, $T/ca.pem its authority, $REMOTE_TOKEN what it takes, of any user.
https_start() {
    local port
    bare
    git -C "$BARE" config http.receivepack true
    port=$(free_port)
    REMOTE_TOKEN=remote-4kLm9TzQ
    authority
    printf '%s:%s\n' git "$(openssl passwd -apr1 "$REMOTE_TOKEN")" >"$T/htpasswd"
    fcgiwrap -s "unix:$T/fcgi" 2>/dev/null 3>&- &
    REMOTE_PIDS+=($!)
    cat >"$T/nginx.conf" <<CONFIG
daemon off;
worker_processes 1;
pid $T/nginx.pid;
error_log $T/nginx.log;
$([[ $EUID -ne 0 ]] || echo "user root;")
events {}
http {
    access_log $T/access.log;
    client_body_temp_path $T/nginx-body;
    fastcgi_temp_path $T/nginx-fcgi;
    proxy_temp_path $T/nginx-proxy;
    scgi_temp_path $T/nginx-scgi;
    uwsgi_temp_path $T/nginx-uwsgi;
    server {
        listen 127.0.0.1:$port ssl;
        ssl_certificate $T/server.pem;
        ssl_certificate_key $T/server.key;
        client_max_body_size 0;
        location /moved/ { return 302 https://127.0.0.1:$port/git/remote.git/info/refs?\$args; }
        location ~ ^/git(/.*) {
            auth_basic git;
            auth_basic_user_file $T/htpasswd;
            fastcgi_pass unix:$T/fcgi;
            include /etc/nginx/fastcgi_params;
            fastcgi_param SCRIPT_FILENAME /usr/lib/git-core/git-http-backend;
            fastcgi_param GIT_HTTP_EXPORT_ALL "";
            fastcgi_param GIT_PROJECT_ROOT $T;
            fastcgi_param PATH_INFO \$1;
            fastcgi_param REMOTE_USER \$remote_user;
        }
    }
}
CONFIG
    wait_for 15 test -S "$T/fcgi"
    /usr/sbin/nginx -c "$T/nginx.conf" 2>>"$T/nginx.log" 3>&- &
    REMOTE_PIDS+=($!)
    wait_for 15 listens "$port"
    HTTPS_PORT=$port
    HTTPS=https://localhost:$port/git/remote.git
}

# An authority, and a certificate for localhost by it.
authority() {
    (
        cd "$T" || exit 1
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca.key -out ca.pem -subj "/CN=Test authority" \
            -addext basicConstraints=critical,CA:TRUE
        openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj "/CN=localhost"
        openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out server.pem \
            -extfile <(echo subjectAltName=DNS:localhost)
    ) >"$T/openssl.log" 2>&1
}

# A server that takes connections and says nothing, or no more than $1 (printf's escapes): SILENT is its port.
silent_start() {
    SILENT=$(free_port)
    /usr/bin/python3 -c '
import socket, sys, time
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
kept = []
while True:
    connection, _ = listener.accept()
    connection.sendall(sys.argv[2].encode().decode("unicode_escape").encode("latin-1"))
    kept.append(connection)
' "$SILENT" "${1:-}" 3>&- &
    REMOTE_PIDS+=($!)
    wait_for 15 listens "$SILENT"
}
