#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2153 # helpers.bash sets PORT and SIMULATOR; conditions are expanded when wait_for asks for them
# iokeeper run: when it syncs, what it tells, what it is asked, and how it ends. manager.py stands for systemd; the real
# one is asked in tests/systemd.

load helpers

setup_more() {
    DAEMONS=()
    /usr/bin/python3 "$BATS_TEST_DIRNAME/manager.py" "$T/notify" "$T/told" 3>&- &
    MANAGER=$!
    wait_for 10 test -e "$T/told"
}

teardown_more() {
    local pid
    for pid in "${DAEMONS[@]}"; do
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    kill "$MANAGER" 2>/dev/null || true
}

# start [VARIABLE=VALUE…]: the daemon, with $CONFIG; its output is in $T/daemon.log
start() {
    NOTIFY_SOCKET=$T/notify env "$@" "$IOKEEPER" --config "$CONFIG" run >>"$T/daemon.log" 2>&1 3>&- &
    DAEMONS+=($!)
    DAEMON=$!
}

# told TEXT [N]: the manager was told so, at least N times
told() {
    [[ $(grep -cF -- "$1" "$T/told") -ge ${2:-1} ]]
}

logged() {
    [[ $(grep -cF -- "$1" "$T/daemon.log") -ge ${2:-1} ]]
}

# ready_and_synced [N]: it is, and N cycles have come to an end
ready_and_synced() {
    wait_for 30 told READY=1
    wait_for 60 logged "synced:" "${1:-1}"
}

# ends_with CODE SECONDS
ends_with() {
    local code=0
    wait_for "$2" eval "! kill -0 $DAEMON 2>/dev/null"
    wait "$DAEMON" || code=$?
    [[ $code -eq $1 ]] || { echo "the daemon ended with $code, not $1" >&2; cat "$T/daemon.log" >&2; return 1; }
    if grep -aqE 'AddressSanitizer|LeakSanitizer|runtime error:' "$T/daemon.log"; then cat "$T/daemon.log" >&2; return 1; fi
    if grep -aqF -- "$TOKEN" "$T/daemon.log" "$T/told"; then echo "the token shows" >&2; return 1; fi
}

stop() {
    kill -TERM "$DAEMON"
    ends_with 143 10
}

status() {
    "$IOKEEPER" --config "$CONFIG" --json status | jq -r "$1"
}

@test "it proves its configuration, says that it is ready, and mirrors at once" {
    sim_start_small
    config schedule.every=1h
    start
    ready_and_synced
    mirror_is_sound
    mirror_matches_account
    wait_for 10 told "STATUS=last sync"
    grep -qE '^STATUS=last sync [0-9:]{5} complete, [1-9][0-9]* resources, [1-9][0-9]* changes; next [0-9:]{5}$' "$T/told"
    [[ $(grep -n READY=1 "$T/told" | head -n 1 | cut -d: -f1) -lt $(grep -n "syncing now" "$T/told" | head -n 1 | cut -d: -f1) ]]
    stop
    [[ $(tail -n 2 "$T/told" | head -n 1) == STOPPING=1* ]]
}

@test "cycles come in their rhythm" {
    sim_start_small
    config schedule.every=1s schedule.jitter=0s
    start
    ready_and_synced 4
    stop
    equal commits "$(commits)" 1
}

@test "a change is committed by the next cycle, and told in the log" {
    sim_start_small
    config schedule.every=1h
    start
    ready_and_synced
    admin POST '/mutate?seed=3&edits=1'
    kill -USR1 "$DAEMON"
    wait_for 60 logged "synced:" 2
    logged "iokeeper: ~ "
    mirror_matches_account
    stop
}

@test "a cycle that was run lately is not run again at the start" {
    sim_start_small
    config schedule.every=1h
    expect 0 --config "$CONFIG" sync
    admin DELETE /stats
    start
    wait_for 30 told READY=1
    grep -qE '^STATUS=last sync .* complete, .*; next ' "$T/told"
    [[ $(status .daemon.state) == waiting ]]
    stop
    equal "requests, but for the token's trial" "$(stat_of .requests)" 1
}

@test "a record from the future does not keep it from syncing" {
    sim_start_small
    config schedule.every=1h
    expect 0 --config "$CONFIG" sync
    sed -i 's/"started":"20/"started":"21/' "$MIRROR/.git/iokeeper/status.json"
    start
    ready_and_synced
    stop
}

@test "status tells of the daemon while it runs, and knows when it is gone" {
    sim_start_small
    config schedule.every=1h
    start
    ready_and_synced
    expect 0 --config "$CONFIG" status
    says "pid $DAEMON, since 20"
    says_like '^next cycle +20[0-9-]+T[0-9:]+Z$'
    equal pid "$(status .daemon.pid)" "$DAEMON"
    kill -KILL "$DAEMON"
    wait "$DAEMON" || true
    expect 0 --config "$CONFIG" status
    says "no daemon keeps this mirror"
    equal daemon "$(status .daemon)" null
}

@test "one mirror has one daemon, and verbs work beside it" {
    sim_start_small
    config schedule.every=1h
    start
    ready_and_synced
    expect 11 --config "$CONFIG" run
    says "another daemon keeps this mirror (pid $DAEMON)"
    expect 0 --config "$CONFIG" sync
    expect 0 --config "$CONFIG" check
    stop
}

@test "while a cycle is under way verbs are refused, and while a verb is the daemon waits" {
    sim_start_small
    config schedule.every=1h
    start
    ready_and_synced
    fault '{"path":"/v1/flows","do":"delay","seconds":4,"times":1}'
    kill -USR1 "$DAEMON"
    wait_for 30 eval '[[ $(status .daemon.state) == syncing ]]'
    expect 11 --config "$CONFIG" sync
    wait_for 60 logged "synced:" 2
    # The other way round: whoever holds the mirror's lock, the daemon does not call it a failure.
    flock "$MIRROR/.git/iokeeper.lock" sleep 3 3>&- &
    local holder=$!
    kill -USR1 "$DAEMON"
    wait_for 30 logged "the sync waits"
    wait_for 60 logged "synced:" 3
    equal failures "$(status .daemon.failures)" 0
    wait "$holder"
    stop
}

@test "SIGUSR1 during a cycle asks for another one behind it" {
    sim_start_small
    config schedule.every=1h
    fault '{"path":"/v1/flows","do":"delay","seconds":2,"times":1}'
    start
    wait_for 30 told "syncing now"
    kill -USR1 "$DAEMON"
    ready_and_synced 2
    stop
}

@test "SIGHUP reads the configuration anew; a bad one is told, and the old one stays" {
    sim_start_small
    config schedule.every=1h schedule.jitter=0s
    start
    ready_and_synced
    sed -i 's/every: 1h/evry: 1s/' "$CONFIG"
    kill -HUP "$DAEMON"
    wait_for 30 told "configuration NOT reloaded"
    logged 'unknown key "evry"'
    told READY=1 2
    sed 's/evry/every/' "$CONFIG" >"$T/good.yaml"
    expect 0 --config "$T/good.yaml" status
    says_like '^configuration +not read anew: .*evry'
    sed -i 's/evry: 1s/every: 1s/' "$CONFIG"
    kill -HUP "$DAEMON"
    wait_for 30 logged "read anew"
    wait_for 60 logged "synced:" 3
    equal "the reload's failure" "$(status .daemon.reload_failure)" ""
    told RELOADING=1 2
    stop
}

@test "the mirror cannot be changed under a daemon" {
    sim_start_small
    config schedule.every=1h
    start
    ready_and_synced
    sed -i "s,path: .*,path: $T/other," "$CONFIG"
    kill -HUP "$DAEMON"
    wait_for 30 logged "cannot change while the daemon runs"
    [[ ! -e $T/other ]]
    stop
}

@test "a token is rotated by a reload, in its file and from the environment" {
    sim_start_small
    config schedule.every=1h
    start
    ready_and_synced
    echo "another-token-1" >"$T/token"
    kill -HUP "$DAEMON"
    wait_for 30 logged "read anew"
    kill -USR1 "$DAEMON"
    wait_for 30 logged "401"
    printf '%s\n' "$TOKEN" >"$T/token"
    kill -HUP "$DAEMON"
    wait_for 60 logged "recovered, after 1 failures"
    stop

    : >"$T/told"
    : >"$T/daemon.log"
    sed -i /token_file/d "$CONFIG"
    start IOKEEPER_TOKEN="$TOKEN"
    wait_for 30 told READY=1
    kill -HUP "$DAEMON"
    wait_for 30 logged "read anew"
    kill -USR1 "$DAEMON"
    wait_for 60 logged "synced:"
    not grep -aqF "$TOKEN" "/proc/$DAEMON/environ"
    stop
}

@test "a token that is refused at the start ends it with 12, before it says that it is ready" {
    sim_start_small
    config schedule.every=1h
    echo "another-token-1" >"$T/token"
    start
    ends_with 12 30
    logged "401"
    not told READY=1
}

@test "a token that is refused later slows it down, and it says what to do" {
    sim_start_small
    config schedule.every=1s schedule.jitter=0s
    start
    ready_and_synced
    fault '{"path":"/v1/*","do":"status","status":401}'
    wait_for 30 logged "this needs a person"
    told "failed: "
    local next now
    next=$(date -d "$(status .daemon.next)" +%s)
    now=$(date +%s)
    [[ $((next - now)) -gt 300 ]]
    faults_clear
    kill -USR1 "$DAEMON"
    wait_for 60 logged "recovered, after"
    stop
}

@test "a server that is not there does not keep it from starting; it tries again, sooner than planned" {
    sim_start_small
    config schedule.every=1h
    local port=$PORT
    sim_stop
    start
    wait_for 40 told READY=1
    wait_for 60 logged "error: "
    equal failures "$(status .daemon.failures)" 1
    "$SIMULATOR" --port "$port" --port-file "$T/port.again" --token "$TOKEN" --integrations 1 >/dev/null 2>&1 3>&- &
    SIMULATORS+=($!)
    wait_for 30 test -s "$T/port.again"
    wait_for 60 logged "recovered, after"
    stop
}

@test "what cannot be used at all is an error at once" {
    sim_start_small
    config schedule.every=1h
    mkdir -p "$MIRROR"
    echo mine >"$MIRROR/file"
    start
    ends_with 10 30
    rm -r "$MIRROR"
    config schedule.every=0s
    start
    ends_with 2 30
    not told READY=1
}

@test "SIGTERM in the middle of a cycle ends both in time, with HEAD old or new and no lock" {
    sim_start_small
    config schedule.every=1h
    start
    ready_and_synced
    OLD=$(head_of)
    admin POST '/mutate?seed=3&edits=5'
    fault '{"path":"/v1/exports","do":"stall","bytes":0,"seconds":60}'
    kill -USR1 "$DAEMON"
    wait_for 30 eval '[[ $(status .daemon.state) == syncing ]]'
    stop
    equal HEAD "$(head_of)" "$OLD"
    mirror_is_sound
    faults_clear
    expect 0 --config "$CONFIG" sync
    mirror_matches_account
}

@test "Ctrl-C ends it with 130" {
    sim_start_small
    config schedule.every=1h
    start
    ready_and_synced
    kill -INT "$DAEMON" # a shell's background job ignores it until it is caught
    ends_with 130 10
}

@test "a cycle that is killed is told, and the next one comes soon" {
    sim_start_small
    config schedule.every=1h
    start
    ready_and_synced
    fault '{"path":"/v1/exports","do":"stall","bytes":0,"seconds":60}'
    kill -USR1 "$DAEMON"
    wait_for 30 pgrep -P "$DAEMON"
    pkill -KILL -P "$DAEMON"
    wait_for 30 logged "was killed by signal 9"
    faults_clear
    wait_for 60 logged "recovered, after 1 failures"
    stop
}

@test "where the daemon is killed its cycle ends too, and another daemon takes over" {
    sim_start_small
    config schedule.every=1h
    fault '{"path":"/v1/exports","do":"stall","bytes":0,"seconds":60}'
    start
    wait_for 30 told "syncing now"
    local child
    child=$(pgrep -P "$DAEMON")
    kill -KILL "$DAEMON"
    wait_for 15 eval "! kill -0 $child 2>/dev/null"
    faults_clear
    start
    ready_and_synced
    mirror_is_sound
    stop
}

@test "the watchdog is fed while it waits, and at work only while something moves" {
    sim_start_small
    config schedule.every=1h api.timeout=10min
    start WATCHDOG_USEC=1500000
    ready_and_synced
    : >"$T/told"
    wait_for 30 told WATCHDOG=1 3
    fault '{"path":"/v1/*","do":"stall","bytes":0,"seconds":60}'
    kill -USR1 "$DAEMON"
    wait_for 30 told "syncing now"
    sleep 1 # what moved before is told for the last time
    : >"$T/told"
    sleep 3
    not told WATCHDOG=1
    stop
}

@test "a cycle that goes on for longer than the watchdog waits is fed by what it does" {
    sim_start_small
    config schedule.every=1h api.concurrency=1
    fault '{"path":"/v1/*","do":"delay","seconds":0.4}'
    start WATCHDOG_USEC=3000000
    wait_for 60 told "syncing now"
    : >"$T/told"
    wait_for 30 told WATCHDOG=1 3
    not logged "synced:"
    wait_for 60 logged "synced:"
    stop
}

@test "with --json each cycle is told as by sync" {
    sim_start_small
    config schedule.every=1h
    NOTIFY_SOCKET=$T/notify "$IOKEEPER" --config "$CONFIG" --json run >"$T/json" 2>"$T/daemon.log" 3>&- &
    DAEMONS+=($!)
    DAEMON=$!
    ready_and_synced
    kill -USR1 "$DAEMON"
    wait_for 30 logged "synced:" 2
    equal summaries "$(jq -s 'map(select(.type == "summary")) | length' "$T/json")" 2
    stop
}

@test "while it waits, it does not wake up" {
    sim_start_small
    config schedule.every=1h
    start
    ready_and_synced
    wait_for 10 eval '[[ $(status .daemon.state) == waiting ]]'
    sleep 1
    local before
    before=$(grep ctxt_switches "/proc/$DAEMON/status" | head -n 1)
    sleep 3
    equal "times it woke" "$(grep ctxt_switches "/proc/$DAEMON/status" | head -n 1)" "$before"
    stop
}
