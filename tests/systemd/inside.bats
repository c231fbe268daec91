#!/usr/bin/env bats
# shellcheck disable=SC2016 # conditions are expanded when wait_for asks for them
# The package in a booted system, through systemctl and journalctl. tests/systemd/run brings it here.

bats_require_minimum_version 1.5.0
load inside

setup() {
    CURSOR=
}

@test "the package installs: user, folders, units, pages, completions; nothing is started" {
    # tests/systemd/run has made it, with lintian's word on it: `make deb` is not done twice.
    make() { equal "make" "$*" deb; }
    ln -sfn /build /src/build
    cd /src
    type_in "$(block README.md service | sed -n 1p)"
    id iokeeper
    equal "etc" "$(stat -c '%U:%G %a' /etc/iokeeper)" "root:iokeeper 750"
    equal "var" "$(stat -c '%U:%G %a' /var/lib/iokeeper)" "iokeeper:iokeeper 750"
    systemd-analyze verify /usr/lib/systemd/system/iokeeper@.service /usr/lib/systemd/system/iokeeper-sync@.timer 2>&1 | tee /tmp/verify
    [[ ! -s /tmp/verify ]]
    man -w iokeeper iokeeper-run iokeeper.yaml >/dev/null
    journalctl --list-catalog 3f0f0b6c8a1f4f0b9d6d0c7a51e2a9d1 | grep -q "was synced"
    equal "running" "$(systemctl list-units --no-legend 'iokeeper*')" ""
    equal version "$(iokeeper --version)" "iokeeper $(dpkg-query -W -f '${Version}' iokeeper)"
}

@test "a token and systemctl enable --now are enough" {
    fresh
    rm /etc/iokeeper/default.yaml
    systemctl stop sim
    drop_in "Environment=IOKEEPER_API_URL=http://127.0.0.1:8099/v1"
    simulator
    # docs/OPERATIONS.md says the same, and one thing more.
    diff <(block README.md service | sed -E 's/ +#.*//') <(block docs/OPERATIONS.md first-mirror | sed -E 's/ +#.*//' | head -n 3)
    rm -f /etc/iokeeper/default.token
    type_in "$(block README.md service | sed 1d)" <<<"$TOKEN"
    equal mode "$(stat -c %a /etc/iokeeper/default.token)" 600
    type_in "$(block docs/OPERATIONS.md first-mirror | sed 1,3d)" >/tmp/said
    grep -q "Active: active (running)" /tmp/said
    equal active "$(systemctl is-active "$UNIT")" active
    wait_for 30 logged "synced:"
    sound
    equal owner "$(stat -c '%U %a' "$MIRROR")" "iokeeper 750"
}

@test "it is ready once its configuration is proved, and says what a person would ask" {
    fresh
    systemctl start "$UNIT"
    equal active "$(systemctl is-active "$UNIT")" active
    wait_for 30 eval '[[ $(property StatusText) == "last sync "* ]]'
    property StatusText | grep -qE '^last sync [0-9:]{5} complete, [0-9]+ resources, [0-9]+ changes; next [0-9:]{5}$'
    systemctl status --no-pager "$UNIT" | grep -q 'Status: "last sync'
    iokeeper --account default status | grep -q "^daemon *pid $(property MainPID),"
    as_iokeeper iokeeper --account default status | grep -q "^daemon *pid $(property MainPID),"
    type_in "$(block docs/OPERATIONS.md beside)"
    # Root works as the mirror's owner, with the token that only root can read.
    mutate 3
    iokeeper --account default sync
    equal "files of root's" "$(find "$MIRROR" -not -user iokeeper)" ""
}

@test "the main process is small" {
    fresh
    started_and_synced
    local rss
    rss=$(awk '/^VmRSS/ { print $2 }' "/proc/$(property MainPID)/status")
    echo "VmRSS is $rss kB"
    [[ $rss -le 12288 ]]
}

@test "the journal has fields, stable ids, and explains them" {
    fresh
    started_and_synced
    mutate 3
    curl -sSf -o /dev/null -X PATCH "$A/flows/$(curl -sSf "$A/state" | jq -r '.flows[0]._id')" -d '{"description":"changed"}'
    systemctl kill -s USR1 --kill-whom=main "$UNIT"
    wait_for 30 logged "synced:" 2
    local entry
    entry=$(entries '.MESSAGE_ID == "3f0f0b6c8a1f4f0b9d6d0c7a51e2a9d1"' | tail -n 1)
    equal account "$(jq -r .IOKEEPER_ACCOUNT <<<"$entry")" default
    equal commit "$(jq -r .IOKEEPER_COMMIT <<<"$entry")" "$(head_of)"
    equal unit "$(jq -r ._SYSTEMD_UNIT <<<"$entry")" "$UNIT.service"
    [[ $(entries '.IOKEEPER_ACCOUNT == "default" and .IOKEEPER_KIND and .IOKEEPER_RESOURCE' | wc -l) -ge 1 ]]
    journalctl --after-cursor="$CURSOR" -x --no-pager >/tmp/said
    grep -q "The mirror of account default was synced" /tmp/said
    fault '{"path":"/v1/*","do":"status","status":401}'
    systemctl kill -s USR1 --kill-whom=main "$UNIT"
    wait_for 30 logged "401 Unauthorized"
    equal priority "$(entries '.MESSAGE_ID == "8d3f7c0e2b5a4d6f9a1c4e8b70d2f3a6"' | jq -r .PRIORITY | head -n 1)" 3
    not grep -rqF "$TOKEN" <(journalctl --no-pager --after-cursor="$CURSOR")
    # What docs/OPERATIONS.md asks it has an answer, each.
    local question n=0
    while IFS= read -r question; do
        type_in "$question --no-pager -q" >/tmp/said
        [[ -s /tmp/said ]] || { echo "no answer: $question" >&2; return 1; }
        n=$((n + 1))
    done < <(block docs/OPERATIONS.md journal | sed -E 's/ +#.*//')
    [[ $n -ge 3 ]]
}

@test "the timer syncs, too" {
    fresh
    mkdir -p /run/systemd/system/iokeeper-sync@default.timer.d
    printf '[Timer]\nOnCalendar=\nOnCalendar=*:*:0/2\nRandomizedDelaySec=0\nAccuracySec=100ms\n' >/run/systemd/system/iokeeper-sync@default.timer.d/test.conf
    systemctl daemon-reload
    systemctl start iokeeper-sync@default.timer
    wait_for 30 logged "synced:" 2
    systemctl stop iokeeper-sync@default.timer
    rm -r /run/systemd/system/iokeeper-sync@default.timer.d
    systemctl daemon-reload
    wait_for 30 eval '[[ $(systemctl is-active iokeeper-sync@default.service) == inactive ]]'
    equal result "$(property Result iokeeper-sync@default.service)" success
    sound
}

@test "a partial sync by the timer is no failed unit" {
    fresh
    fault '{"path":"/v1/connections","do":"status","status":403}'
    systemctl start iokeeper-sync@default.service
    logged "partial:"
    not systemctl is-failed iokeeper-sync@default.service
}

@test "a reload takes a good configuration, and keeps the old one from a bad one" {
    fresh
    started_and_synced
    sed -i 's/every: 1h/every: 1s/' /etc/iokeeper/default.yaml
    systemctl reload "$UNIT"
    wait_for 30 logged "has been read anew"
    wait_for 30 logged "synced:" 3
    sed -i 's/every: 1s/evry: 1s/' /etc/iokeeper/default.yaml
    systemctl reload "$UNIT"
    wait_for 30 logged 'unknown key "evry"'
    wait_for 10 eval '[[ $(property StatusText) == *"NOT reloaded"* ]]'
    equal active "$(systemctl is-active "$UNIT")" active
    wait_for 30 logged "synced:" 5
}

@test "a token is rotated by a restart, and the old one is refused" {
    fresh
    started_and_synced
    echo another-token-12 >/etc/iokeeper/default.token
    not systemctl restart "$UNIT"
    equal code "$(property ExecMainStatus)" 12
    equal restarts "$(property NRestarts)" 0
    simulator sim 8099 another-token-12
    systemctl reset-failed "$UNIT"
    systemctl start "$UNIT"
    equal active "$(systemctl is-active "$UNIT")" active
}

@test "what a restart cannot help does not restart" {
    fresh
    echo 'nonsense: {' >>/etc/iokeeper/default.yaml
    not systemctl start "$UNIT"
    equal code "$(property ExecMainStatus)" 2
    sleep 2
    equal restarts "$(property NRestarts)" 0
    equal failed "$(systemctl is-failed "$UNIT")" failed
}

@test "SIGUSR1 syncs now" {
    fresh
    started_and_synced
    mutate 3
    local old
    old=$(head_of)
    systemctl kill -s USR1 --kill-whom=main "$UNIT"
    wait_for 30 logged "synced:" 2
    [[ $(head_of) != "$old" ]]
}

@test "killed, it comes back, and the mirror is whole" {
    fresh
    drop_in RestartSec=1
    started_and_synced
    mutate 3
    fault '{"path":"/v1/exports","do":"stall","bytes":0,"seconds":60}'
    systemctl kill -s USR1 --kill-whom=main "$UNIT"
    wait_for 30 eval '[[ $(property StatusText) == *"syncing now" ]]'
    local old
    old=$(property MainPID)
    kill -KILL "$old"
    faults_clear
    wait_for 60 eval '[[ $(property NRestarts) == 1 && $(systemctl is-active "$UNIT") == active ]]'
    [[ $(property MainPID) != "$old" ]]
    systemctl kill -s USR1 --kill-whom=main "$UNIT"
    wait_for 30 logged "synced:" 2
    sound
    wait_for 10 eval '[[ $(pgrep -c -x iokeeper) == 1 ]]'
}

@test "the watchdog restarts it where a server stalls for longer than anything may" {
    fresh
    echo '  timeout: 10min' >/tmp/timeout
    sed -i '/url:/r /tmp/timeout' /etc/iokeeper/default.yaml
    drop_in WatchdogSec=4 RestartSec=1
    started_and_synced
    fault '{"path":"/v1/*","do":"stall","bytes":0,"seconds":600}'
    systemctl kill -s USR1 --kill-whom=main "$UNIT"
    wait_for 60 logged "Watchdog timeout"
    wait_for 30 eval '[[ $(property NRestarts) -ge 1 ]]'
    simulator
    wait_for 60 eval '[[ $(systemctl is-active "$UNIT") == active ]]'
    systemctl kill -s USR1 --kill-whom=main "$UNIT"
    wait_for 60 logged "synced:" 2
    sound
}

@test "the watchdog restarts it where a remote hangs in the middle of a push" {
    fresh
    printf 'mirror:\n  remote: ssh://git@127.0.0.1:8022/x.git\n  remote_timeout: 1h\n' >>/etc/iokeeper/default.yaml
    systemd-run --quiet --unit=silent perl -MIO::Socket::INET -e \
        'my $l = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 8022, Listen => 5) or die; my @k; while (my $c = $l->accept) { push @k, $c }'
    wait_for 10 eval '(exec 9<>/dev/tcp/127.0.0.1/8022) 2>/dev/null'
    drop_in WatchdogSec=4 RestartSec=1
    systemctl start "$UNIT"
    wait_for 60 logged "Watchdog timeout"
    wait_for 30 eval '[[ $(property NRestarts) -ge 1 ]]'
    systemctl stop silent
    sound
}

@test "stopped in the middle of a sync, it is gone in time, with HEAD old or new and no lock" {
    fresh
    started_and_synced
    local old
    old=$(head_of)
    mutate 3
    fault '{"path":"/v1/exports","do":"stall","bytes":0,"seconds":60}'
    systemctl kill -s USR1 --kill-whom=main "$UNIT"
    wait_for 30 eval '[[ $(property StatusText) == *"syncing now" ]]'
    local begin=$SECONDS
    systemctl stop "$UNIT"
    [[ $((SECONDS - begin)) -le 10 ]]
    equal result "$(property Result)" success
    equal HEAD "$(head_of)" "$old"
    sound
    faults_clear
    iokeeper --account default sync
}

@test "a full disk is told, nothing is lost, and it recovers" {
    fresh
    mkdir -p "$MIRROR"
    mount -t tmpfs -o "size=3m,uid=$(id -u iokeeper),gid=$(id -g iokeeper),mode=750" tmpfs "$MIRROR"
    started_and_synced
    local old
    old=$(head_of)
    head -c 8m /dev/zero >"$MIRROR/ballast" 2>/dev/null || true
    mutate 3
    systemctl kill -s USR1 --kill-whom=main "$UNIT"
    wait_for 30 logged "No space left on device"
    equal HEAD "$(head_of)" "$old"
    equal active "$(systemctl is-active "$UNIT")" active
    rm "$MIRROR/ballast"
    wait_for 60 logged "recovered, after"
    [[ $(head_of) != "$old" ]]
    sound
    systemctl stop "$UNIT"
    umount "$MIRROR"
}

@test "a server that is not there does not keep it from starting" {
    fresh
    systemctl stop sim
    systemctl start "$UNIT"
    equal active "$(systemctl is-active "$UNIT")" active
    wait_for 60 eval '[[ $(property StatusText) == *failed* ]]'
    simulator
    wait_for 60 logged "recovered, after"
}

@test "a clock that jumps does no harm" {
    fresh
    gcc -shared -fPIC -o /usr/local/lib/jump.so /src/tests/systemd/jump.c
    sed -i 's/every: 1h/every: 2s/' /etc/iokeeper/default.yaml
    echo 0 >/run/jump
    drop_in "Environment=LD_PRELOAD=/usr/local/lib/jump.so JUMP=/run/jump"
    started_and_synced
    echo $((400 * 86400)) >/run/jump
    wait_for 30 logged "synced:" 3
    [[ $(jq -r .started "$MIRROR/.git/iokeeper/status.json") == "$(date -d '+400 days' -u +%Y-%m)"* ]]
    echo -$((400 * 86400)) >/run/jump
    wait_for 30 logged "synced:" 6
    echo 0 >/run/jump
    local n
    n=$(journalctl --after-cursor="$CURSOR" -o cat | grep -c "synced:")
    sleep 5
    [[ $(($(journalctl --after-cursor="$CURSOR" -o cat | grep -c "synced:") - n)) -le 4 ]]
    sound
}

@test "two accounts live side by side, and neither can read the other's token" {
    fresh
    simulator other 8098 tok-other-12345
    account other 8098 tok-other-12345
    started_and_synced
    systemctl start iokeeper@other
    wait_for 30 logged "synced:" 2
    sound
    sound /var/lib/iokeeper/other
    [[ $(head_of) != "$(head_of /var/lib/iokeeper/other)" ]]
    equal "reading the token" "$(as_iokeeper cat /etc/iokeeper/other.token 2>/dev/null)" ""
    local pid
    pid=$(property MainPID)
    equal "the other's credential" "$(nsenter -t "$pid" -m cat /run/credentials/iokeeper@other.service/token 2>/dev/null)" ""
    equal "its own" "$(nsenter -t "$pid" -m cat /run/credentials/iokeeper@default.service/token)" "$TOKEN"
    systemctl stop other iokeeper@other
    rm /etc/iokeeper/other.*
}

@test "in its sandbox, scored at most 1.2, it syncs and pushes by ssh" {
    fresh
    mkdir -p /run/sshd ~/.ssh
    rm -rf /srv/remote.git /tmp/keys
    mkdir -m 700 /tmp/keys
    ssh-keygen -q -t ed25519 -N '' -f /tmp/keys/client
    ssh-keygen -q -t ed25519 -N '' -f /tmp/keys/host
    cp /tmp/keys/client.pub ~/.ssh/authorized_keys
    chmod 600 ~/.ssh/authorized_keys
    git init -q --bare -b main /srv/remote.git
    systemd-run --quiet --unit=sshd-test /usr/sbin/sshd -D -p 8022 -h /tmp/keys/host -o PidFile=none
    wait_for 10 eval '(exec 9<>/dev/tcp/127.0.0.1/8022) 2>/dev/null'
    install -m 600 /tmp/keys/client /etc/iokeeper/default.ssh_key
    echo "[127.0.0.1]:8022 $(cut -d' ' -f1,2 /tmp/keys/host.pub)" >/etc/iokeeper/default.known_hosts
    printf 'mirror:\n  remote: ssh://root@127.0.0.1:8022/srv/remote.git\n' >>/etc/iokeeper/default.yaml
    drop_in "$(block docs/OPERATIONS.md drop-in | sed 1d)"
    started_and_synced
    wait_for 30 eval '[[ $(property StatusText) == *"; 0 unpushed; next"* ]]'
    equal remote "$(git -C /srv/remote.git rev-parse main)" "$(head_of)"
    # Root, by hand, has the same key from beside the configuration.
    mutate 3
    iokeeper --account default sync 2>&1 | tee /tmp/said
    not grep -q "push failed" /tmp/said
    equal remote "$(git -C /srv/remote.git rev-parse main)" "$(head_of)"
    systemctl stop sshd-test
    local score
    score=$(systemd-analyze security --no-pager "$UNIT" | sed -nE 's/.*Overall exposure level for .*: ([0-9.]+) .*/\1/p')
    echo "exposure is $score"
    awk -v score="$score" 'BEGIN { exit !(score != "" && score <= 1.2) }'
}

@test "metrics go where a drop-in lets them" {
    fresh
    install -d -o iokeeper -g iokeeper /var/lib/metrics
    printf 'metrics:\n  textfile: /var/lib/metrics/iokeeper.prom\n' >>/etc/iokeeper/default.yaml
    systemctl start "$UNIT"
    wait_for 30 logged "metrics.textfile: "
    drop_in ReadWritePaths=/var/lib/metrics
    systemctl restart "$UNIT"
    systemctl kill -s USR1 --kill-whom=main "$UNIT"
    wait_for 30 test -s /var/lib/metrics/iokeeper.prom
    grep -q '^iokeeper_last_cycle_success{account="default"} 1' /var/lib/metrics/iokeeper.prom
}

@test "an upgrade restarts what runs, and keeps the mirror" {
    fresh
    started_and_synced
    local old pid
    old=$(head_of)
    pid=$(property MainPID)
    dpkg-deb -R /build/iokeeper_*.deb /tmp/newer
    sed -i 's/^Version: .*/&+test/' /tmp/newer/DEBIAN/control
    dpkg-deb -b /tmp/newer /tmp/newer.deb >/dev/null
    dpkg -i /tmp/newer.deb
    wait_for 30 eval '[[ $(systemctl is-active "$UNIT") == active && $(property MainPID) != "'"$pid"'" ]]'
    equal HEAD "$(head_of)" "$old"
    sound
}

@test "a mirror that root has made becomes the service's" {
    fresh
    rm /etc/iokeeper/default.yaml
    IOKEEPER_API_URL=http://127.0.0.1:8099/v1 iokeeper --account default init
    equal owner "$(stat -c %U "$MIRROR/.git")" root
    chgrp iokeeper /etc/iokeeper/default.yaml
    chmod 640 /etc/iokeeper/default.yaml
    started_and_synced
    equal "files of root's" "$(find "$MIRROR" -not -user iokeeper)" ""
    sound
}

@test "it is left enabled, without its server, for the next boot" {
    fresh
    systemctl enable "$UNIT"
    started_and_synced
    sed -i 's/every: 1h/every: 5s/' /etc/iokeeper/default.yaml
}
