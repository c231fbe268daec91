# shellcheck disable=SC2016,SC2034,SC2119,SC2120,SC2317 # what the tests use
# What the tests inside of the booted container share. They run as root, in order; the simulators are units of their own.

TOKEN=tok-7Kq2vXw9
A=http://127.0.0.1:8099/_admin

load ../e2e/small

# block DOCUMENT NAME: a block of a document.
block() { /src/tests/docs/block "$1" "$2"; }

# type_in COMMANDS: as a person would. Root needs no sudo, and the container has none.
type_in() {
    sudo() { "$@"; }
    [[ -n $1 ]]
    eval "$1"
}

# ---- the account ----

# simulator [NAME PORT TOKEN]: starts one anew. A unit of its own, since a transient one lingers for a while.
simulator() {
    local name=${1:-sim} port=${2:-8099} token=${3:-$TOKEN}
    mkdir -p /run/systemd/system
    cat >"/run/systemd/system/$name.service" <<SERVICE
[Service]
ExecStart=/usr/local/bin/simulator --port $port --token $token --integrations 2 --flows 2 --exports 2 --imports 2 --connections 2 --audit 3 --users 1
Restart=always
RestartSec=200ms
SERVICE
    systemctl daemon-reload
    systemctl restart "$name.service"
    wait_for 10 curl -sf -o /dev/null "http://127.0.0.1:$port/_admin/stats"
}

fault() {
    curl -sSf -o /dev/null "$A/faults" -d "$1"
}

faults_clear() {
    curl -sSf -o /dev/null -X DELETE "$A/faults"
}

mutate() {
    curl -sSf -o /dev/null -X POST "$A/mutate?seed=$1&edits=3"
}

# ---- the service ----

UNIT=iokeeper@default
MIRROR=/var/lib/iokeeper/default

# account NAME PORT TOKEN: configuration and token, as an operator writes them
account() {
    umask 077
    printf '%s\n' "$3" >"/etc/iokeeper/$1.token"
    printf 'api:\n  url: http://127.0.0.1:%s/v1\nschedule:\n  every: 1h\n  jitter: 0s\n' "$2" >"/etc/iokeeper/$1.yaml"
    chgrp iokeeper "/etc/iokeeper/$1.yaml"
    chmod 640 "/etc/iokeeper/$1.yaml"
    umask 022
}

# drop_in TEXT…: lines of [Service] for the daemon, until fresh
drop_in() {
    mkdir -p "/run/systemd/system/$UNIT.service.d"
    { echo "[Service]"; printf '%s\n' "$@"; } >"/run/systemd/system/$UNIT.service.d/test.conf"
    systemctl daemon-reload
}

# A stopped daemon, no mirror, no drop-in, a new simulator.
fresh() {
    systemctl stop 'iokeeper@*.service' 'iokeeper-sync@*.timer' 'iokeeper-sync@*.service' 2>/dev/null || true
    systemctl reset-failed 2>/dev/null || true
    rm -rf /run/systemd/system/iokeeper@*.d /var/lib/iokeeper/*
    systemctl daemon-reload
    simulator
    account default 8099 "$TOKEN"
    journalctl --rotate >/dev/null 2>&1
    CURSOR=$(journalctl -n 0 --show-cursor 2>/dev/null | sed -n 's/^-- cursor: //p')
}

# logged TEXT [N]: the unit has told so at least N times since fresh, whatever process did
logged() {
    [[ $(journalctl --after-cursor="$CURSOR" -o cat --no-pager 2>/dev/null | grep -cF -- "$1") -ge ${2:-1} ]]
}

# entries CONDITION: those since fresh, as JSON. Not by journalctl's own matches: with --after-cursor, 252 loses the first.
entries() {
    journalctl --after-cursor="$CURSOR" -o json --no-pager | jq -c "select($1)"
}

property() {
    systemctl show -P "$1" "${2:-$UNIT}"
}

started_and_synced() {
    systemctl start "$UNIT"
    wait_for 30 logged "synced:"
}

sound() {
    equal "git fsck" "$(git -c safe.directory='*' -C "${1:-$MIRROR}" fsck --full --strict 2>&1)" ""
}

head_of() {
    git -c safe.directory='*' -C "${1:-$MIRROR}" rev-parse HEAD
}

as_iokeeper() {
    runuser -u iokeeper -- "$@"
}
