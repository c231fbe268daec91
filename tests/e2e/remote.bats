#!/usr/bin/env bats
# shellcheck disable=SC2016 # hooks expand what is theirs
# Off this machine: real ssh, real https, remotes that hang, refuse, are full, were rewritten. git.bats has paths.

load helpers
load remotes

teardown_more() {
    remotes_stop
    if mountpoint -q "$T/small" 2>/dev/null; then umount "$T/small"; fi
}

remote_head() {
    git -C "$BARE" rev-parse -q --verify refs/heads/main
}

# has_all: the remote has the branch and our refs, whole
has_all() {
    equal "remote's main" "$(remote_head)" "$(head_of)"
    equal "remote's complete" "$(git -C "$BARE" rev-parse refs/iokeeper/complete)" "$(g rev-parse refs/iokeeper/complete)"
    equal "git fsck" "$(git -C "$BARE" fsck --full --strict 2>&1)" ""
}

has_nothing() {
    equal "the remote's refs" "$(git -C "$BARE" for-each-ref)" ""
}

# A sync that mirrors all and cannot push: it is no failure, and it is told.
sync_cannot_push() {
    expect 0 --config "$CONFIG" sync
    says "push failed, the next cycle tries again: push to"
    mirror_is_sound
    "$IOKEEPER" --config "$CONFIG" status >"$T/status"
    grep -qE '^unpushed +(everything|[1-9])' "$T/status"
}

no_secret_of_the_remote() {
    not grep -aqrF -e "$REMOTE_TOKEN" "$T/out" "$T/err" "$MIRROR"
}

# ---- ssh ----

@test "ssh: a key and a known host" {
    sim_start_small
    sshd_start
    config "mirror.remote=$SSH" "mirror.remote_key_file=$T/client" "mirror.remote_known_hosts=$T/known_hosts"
    expect 0 --config "$CONFIG" sync
    says_not push
    has_all
    admin POST '/mutate?seed=3&edits=3'
    expect 0 --config "$CONFIG" sync
    has_all
    expect 0 --config "$CONFIG" doctor
    says "can be reached, and has all commits"
}

@test "ssh: as systemd's credentials" {
    sim_start_small
    sshd_start
    config "mirror.remote=$SSH"
    sed -i /token_file/d "$CONFIG"
    mkdir "$T/credentials"
    cp "$T/token" "$T/known_hosts" "$T/credentials/"
    cp "$T/client" "$T/credentials/ssh_key"
    CREDENTIALS_DIRECTORY=$T/credentials expect 0 --config "$CONFIG" sync
    says_not push
    has_all
}

@test "ssh: a host that is not known is not spoken to, and its key is told" {
    sim_start_small
    sshd_start
    config "mirror.remote=$SSH" "mirror.remote_key_file=$T/client"
    sync_cannot_push
    says "the host shows the key $FINGERPRINT, which ~/.ssh/known_hosts does not have for it"
    says "ssh-keyscan"
    has_nothing
    not grep -q "Accepted publickey" "$T/sshd.log"
    # What it says helps.
    mkdir -p "$HOME/.ssh"
    ssh-keyscan -p "$SSH_PORT" 127.0.0.1 >"$HOME/.ssh/known_hosts" 2>/dev/null
    expect 0 --config "$CONFIG" sync
    has_all
}

@test "ssh: a host whose key has changed is not spoken to" {
    sim_start_small
    sshd_start
    config "mirror.remote=$SSH" "mirror.remote_key_file=$T/client" "mirror.remote_known_hosts=$T/known_hosts"
    echo "[127.0.0.1]:$SSH_PORT $(cut -d' ' -f1,2 "$T/other.pub")" >"$T/known_hosts"
    sync_cannot_push
    says "somebody stands between"
    has_nothing
    expect 1 --config "$CONFIG" doctor
    says "$FINGERPRINT"
}

@test "ssh: a pinned key is enough, and another one is refused whatever known hosts say" {
    sim_start_small
    sshd_start
    config "mirror.remote=$SSH" "mirror.remote_key_file=$T/client" "mirror.remote_host_key=$FINGERPRINT"
    expect 0 --config "$CONFIG" sync
    has_all
    config "mirror.remote=$SSH" "mirror.remote_key_file=$T/client" "mirror.remote_known_hosts=$T/known_hosts" \
        "mirror.remote_host_key=$(ssh-keygen -lf "$T/other.pub" | cut -d' ' -f2)"
    admin POST '/mutate?seed=3&edits=3'
    sync_cannot_push
    says "not the one that mirror.remote_host_key has"
}

@test "ssh: a key that is not taken, not there, or has a passphrase" {
    sim_start_small
    sshd_start
    config "mirror.remote=$SSH" "mirror.remote_key_file=$T/other" "mirror.remote_known_hosts=$T/known_hosts"
    sync_cannot_push
    says "takes none of the credentials there are (mirror.remote_key_file)"
    sed -i "s,$T/other,$T/nowhere," "$CONFIG"
    expect 2 --config "$CONFIG" sync
    says "ssh key file $T/nowhere: No such file or directory"
    ssh-keygen -q -t ed25519 -N 'a passphrase' -f "$T/locked"
    sed -i "s,$T/nowhere,$T/locked," "$CONFIG"
    sync_cannot_push
    chmod 644 "$T/locked"
    expect 2 --config "$CONFIG" sync
    says "can be read by others"
    has_nothing
}

@test "ssh: a repository that is not there, and a hook that says no" {
    sim_start_small
    sshd_start
    config "mirror.remote=$SSH" "mirror.remote_key_file=$T/client" "mirror.remote_known_hosts=$T/known_hosts"
    printf '#!/bin/sh\necho "policy: \033[31mfreeze until Monday" >&2\nexit 1\n' >"$BARE/hooks/pre-receive"
    chmod +x "$BARE/hooks/pre-receive"
    sync_cannot_push
    says "pre-receive hook declined"
    says "policy: ?[31mfreeze until Monday"
    has_nothing
    rm "$BARE/hooks/pre-receive"
    mv "$BARE" "$T/away.git"
    sync_cannot_push
    mv "$T/away.git" "$BARE"
    expect 0 --config "$CONFIG" sync
    has_all
}

# ---- https ----

@test "https: a token in a file, and an authority of one's own" {
    sim_start_small
    https_start
    printf '%s\n' "$REMOTE_TOKEN" >"$T/remote.token"
    chmod 600 "$T/remote.token"
    config "mirror.remote=$HTTPS" "mirror.remote_token_file=$T/remote.token"
    export GIT_SSL_CAINFO=$T/ca.pem
    expect 0 --config "$CONFIG" sync
    says_not push
    has_all
    no_secret_of_the_remote
    expect 0 --config "$CONFIG" doctor
    says "can be reached"
}

@test "https: a certificate of nobody's, or of another host's" {
    sim_start_small
    https_start
    printf '%s\n' "$REMOTE_TOKEN" >"$T/remote.token"
    chmod 600 "$T/remote.token"
    unset SSL_CERT_FILE
    config "mirror.remote=$HTTPS" "mirror.remote_token_file=$T/remote.token"
    sync_cannot_push
    says "is not to be trusted"
    config "mirror.remote=${HTTPS/localhost/127.0.0.1}" "mirror.remote_token_file=$T/remote.token"
    GIT_SSL_CAINFO=$T/ca.pem sync_cannot_push
    says "is not to be trusted"
    has_nothing
    no_secret_of_the_remote
    not grep -q " 200 " "$T/access.log"
}

@test "https: a token that is refused, and none" {
    sim_start_small
    https_start
    export GIT_SSL_CAINFO=$T/ca.pem
    config "mirror.remote=$HTTPS"
    sync_cannot_push
    printf 'wrong-%s\n' "$REMOTE_TOKEN" >"$T/remote.token"
    chmod 600 "$T/remote.token"
    config "mirror.remote=$HTTPS" "mirror.remote_token_file=$T/remote.token"
    sync_cannot_push
    says "takes none of the credentials there are (mirror.remote_token_file)"
    has_nothing
    no_secret_of_the_remote
}

@test "https: a redirect to another host is not followed, and plain http gets no token" {
    sim_start_small
    https_start
    printf '%s\n' "$REMOTE_TOKEN" >"$T/remote.token"
    chmod 600 "$T/remote.token"
    export GIT_SSL_CAINFO=$T/ca.pem
    config "mirror.remote=https://localhost:$HTTPS_PORT/moved/remote.git" "mirror.remote_token_file=$T/remote.token"
    sync_cannot_push
    has_nothing
    not grep -q "GET /git" "$T/access.log"
    config "mirror.remote=http://git.example/x.git" "mirror.remote_token_file=$T/remote.token"
    sync_cannot_push
    says "plain http would show the token"
}

# ---- whatever way ----

@test "a remote that has all is not asked again, and one that lacks a ref is" {
    sim_start_small
    sshd_start
    config "mirror.remote=$SSH" "mirror.remote_key_file=$T/client" "mirror.remote_known_hosts=$T/known_hosts"
    expect 0 --config "$CONFIG" sync
    local asked
    asked=$(grep -c "Accepted publickey" "$T/sshd.log")
    expect 0 --config "$CONFIG" sync
    expect 0 --config "$CONFIG" sync
    equal "asked" "$(grep -c "Accepted publickey" "$T/sshd.log")" "$asked"
    g update-ref refs/iokeeper/more HEAD
    expect 0 --config "$CONFIG" sync
    equal "asked" "$(grep -c "Accepted publickey" "$T/sshd.log")" $((asked + 1))
    has_all
}

@test "history that was rewritten there is not overwritten, and what is said helps" {
    sim_start_small
    bare
    config "mirror.remote=$BARE"
    expect 0 --config "$CONFIG" sync
    git clone -q "$BARE" "$T/clone"
    git -C "$T/clone" commit -q --amend -m "Rewritten"
    git -C "$T/clone" push -q --force
    local theirs
    theirs=$(remote_head)
    admin POST '/mutate?seed=3&edits=3'
    sync_cannot_push
    says "has commits that the mirror does not have, and is never overwritten"
    equal "remote's main" "$(remote_head)" "$theirs"
    git -C "$MIRROR" pull -q --no-rebase --allow-unrelated-histories -X ours "$BARE" main
    expect 0 --config "$CONFIG" sync
    says_not "push failed"
    equal "remote's main" "$(remote_head)" "$(head_of)"
    git -C "$BARE" merge-base --is-ancestor "$theirs" main
}

@test "a remote that hangs is left when it is time to stop, and the commit stands" {
    sim_start_small
    silent_start
    config "mirror.remote=ssh://git@127.0.0.1:$SILENT/x.git"
    "$IOKEEPER" --config "$CONFIG" sync >"$T/out" 2>"$T/err" 3>&- &
    local pid=$! code=0
    wait_for 60 test -e "$MIRROR/iokeeper.yaml"
    wait_for 60 pgrep -P "$pid"
    kill -TERM "$pid"
    wait "$pid" || code=$?
    judge 143 "$code" sync
    says "the push was cut off, the commit stands"
    mirror_is_sound
    not pgrep -P "$pid"
}

@test "a remote that is full: told, and made up for" {
    [[ $EUID -eq 0 ]] || skip "only root can mount a small file system"
    mkdir "$T/small"
    mount -t tmpfs -o size=400k tmpfs "$T/small" || skip "cannot mount here"
    sim_start_small --exports 40
    BARE=$T/small/remote.git
    git init -q --bare -b main "$BARE"
    rm -r "$BARE/hooks"
    head -c 300k /dev/zero >"$T/small/ballast" || true
    config "mirror.remote=$BARE"
    sync_cannot_push
    rm "$T/small/ballast"
    mount -o remount,size=20m "$T/small"
    expect 0 --config "$CONFIG" sync
    says_not "push failed"
    has_all
}

@test "a remote that says nothing, or falls silent in the middle, is cut off" {
    sim_start_small
    silent_start
    config "mirror.remote=ssh://git@127.0.0.1:$SILENT/x.git" mirror.remote_timeout=2s
    expect 0 --config "$CONFIG" sync
    says "the remote was cut off: nothing has moved for 2 s"
    expect 1 --config "$CONFIG" doctor
    says "the remote was cut off"
    sshd_start
    printf '#!/bin/sh\nsleep 60\n' >"$BARE/hooks/pre-receive"
    chmod +x "$BARE/hooks/pre-receive"
    config "mirror.remote=$SSH" "mirror.remote_key_file=$T/client" "mirror.remote_known_hosts=$T/known_hosts" \
        mirror.remote_timeout=3s
    expect 0 --config "$CONFIG" sync
    says "the remote was cut off: nothing has moved for 3 s"
    rm "$BARE/hooks/pre-receive"
    expect 0 --config "$CONFIG" sync
    says_not "push"
    has_all
}

@test "a remote that is slow but moves is waited for" {
    sim_start_small
    sshd_start
    printf '#!/bin/sh\nfor i in 1 2 3 4 5 6 7 8; do echo "step $i" >&2; sleep 0.5; done\n' >"$BARE/hooks/pre-receive"
    chmod +x "$BARE/hooks/pre-receive"
    config "mirror.remote=$SSH" "mirror.remote_key_file=$T/client" "mirror.remote_known_hosts=$T/known_hosts" \
        mirror.remote_timeout=2s
    expect 0 --config "$CONFIG" sync
    says_not "push"
    has_all
}
