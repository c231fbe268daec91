#!/usr/bin/env bats
# Servers that stumble and programs that die: the mirror is the old one or the new one, and the next sync goes on.

load helpers

medium_account() {
    sim_start --seed 21 --integrations 2 --flows 5 --exports 5 --imports 5 --connections 5 --audit 4 --users 1 "$@"
}

files_held() {
    g ls-tree -r --name-only HEAD
}

# ---- faults that pass ----

@test "429 with Retry-After, then success: waited for, complete" {
    medium_account
    fault '{"path":"/v1/flows","do":"status","status":429,"retry_after":"1","times":2}'
    local before=$SECONDS
    expect 0 sync
    [[ $((SECONDS - before)) -ge 1 ]]
    equal "429s" "$(stat_of '.by_status["429"]')" 2
    mirror_is_sound
    mirror_matches_account
}

@test "each transient status once, then success" {
    medium_account
    local status list
    while read -r status list; do
        fault "{\"path\":\"/v1/$list\",\"do\":\"status\",\"status\":$status,\"times\":1}"
    done <<<'408 flows
429 exports
500 imports
502 connections
503 integrations
504 integrations/*/audit'
    expect 0 sync
    equal "faults that struck" "$(admin GET /faults | jq -c 'map(.hits)')" "[1,1,1,1,1,1]"
    mirror_matches_account
}

@test "closed, cut and stalled answers, once each, then success" {
    medium_account
    config api.timeout=1s
    fault '{"path":"/v1/flows","do":"close","times":1}'
    fault '{"path":"/v1/exports","do":"cut","bytes":300,"times":1}'
    fault '{"path":"/v1/imports","do":"stall","bytes":300,"seconds":20,"times":1}'
    fault '{"path":"/v1/connections","do":"stall","bytes":0,"seconds":20,"times":1}'
    expect 0 --config "$CONFIG" sync
    mirror_is_sound
    mirror_matches_account
}

@test "a stall for good is cut off after timeout" {
    medium_account
    config api.timeout=1s
    fault '{"path":"/v1/integrations","do":"stall","bytes":10,"seconds":300}'
    local before=$SECONDS
    expect 3 --config "$CONFIG" sync
    [[ $((SECONDS - before)) -lt 60 ]]
    says integrations
}

@test "a Retry-After of an hour is not waited for" {
    medium_account
    fault '{"path":"/v1/flows","do":"status","status":503,"retry_after":"3600"}'
    fault '{"path":"/v1/integrations/*/flows","do":"status","status":503,"retry_after":"3600"}'
    local before=$SECONDS
    expect 3 sync
    [[ $((SECONDS - before)) -lt 60 ]]
    says flows
}

@test "a third of all answers is a 500: complete or partial, and never a deletion" {
    medium_account
    expect 0 sync
    local files round code
    files=$(files_held)
    fault '{"do":"status","status":500,"share":0.3}'
    for round in 1 2 3; do
        code=0
        "$IOKEEPER" sync >"$T/out" 2>"$T/err" 3>&- || code=$?
        [[ $code -eq 0 || $code -eq 3 ]] || { echo "round $round: exit $code" >&2; show_output; return 1; }
        judge $code $code sync
        equal "files" "$(files_held)" "$files"
    done
    mirror_is_sound
    faults_clear
    expect 0 sync
    mirror_matches_account
}

@test "a first mirror through many faults is completed by later syncs" {
    medium_account
    fault '{"do":"status","status":500,"share":0.3}'
    fault '{"do":"close","share":0.1}'
    fault '{"do":"cut","bytes":100,"share":0.1}'
    local code=3 round
    for round in 1 2 3 4; do
        code=0
        "$IOKEEPER" sync >"$T/out" 2>"$T/err" 3>&- || code=$?
        [[ $code -eq 0 || $code -eq 3 ]] || { echo "round $round: exit $code" >&2; show_output; return 1; }
        mirror_is_sound
    done
    faults_clear
    expect 0 sync
    mirror_is_sound
    mirror_matches_account
}

# ---- pages ----

@test "a page that is repeated once: walked again, complete" {
    medium_account
    config api.page_size=2
    fault '{"path":"/v1/flows","query":"offset=2","do":"repeat","times":1}'
    fault '{"path":"/v1/exports","query":"offset=4","do":"repeat","times":1}'
    expect 0 --config "$CONFIG" sync
    mirror_is_sound
    mirror_matches_account
}

@test "an offset that is ignored: it ends, nothing is doubled, nothing is deleted" {
    medium_account
    config api.page_size=2
    expect 0 --config "$CONFIG" sync
    local files
    files=$(files_held)
    admin DELETE /stats
    fault '{"do":"ignore_offset"}'
    expect 3 --config "$CONFIG" sync
    equal "files" "$(files_held)" "$files"
    [[ $(stat_of .requests) -lt 300 ]]
    mirror_is_sound
}

@test "an offset that is ignored harms no list that fits a page" {
    medium_account
    fault '{"do":"ignore_offset"}'
    expect 0 sync
    mirror_matches_account
}

@test "a limit that is ignored: all rows at once are as good" {
    medium_account
    config api.page_size=2
    fault '{"do":"ignore_limit"}'
    expect 0 --config "$CONFIG" sync
    mirror_is_sound
    mirror_matches_account
}

@test "a list whose rows number exactly a page, or two" {
    sim_start --integrations 1 --flows 4 --exports 2 --imports 2 --connections 4 --audit 2
    local size
    for size in 2 4; do
        MIRROR=$T/world/by$size
        config api.page_size=$size
        expect 0 --config "$CONFIG" sync
        mirror_matches_account
    done
}

@test "a list that becomes empty behind its first page loses nothing for good" {
    medium_account
    config api.page_size=3
    expect 0 --config "$CONFIG" sync
    local files
    files=$(files_held)
    fault '{"path":"/v1/flows","query":"offset=3","do":"empty"}'
    fault '{"path":"/v1/integrations/*/flows","query":"offset=3","do":"empty"}'
    "$IOKEEPER" --config "$CONFIG" sync >"$T/out" 2>"$T/err" 3>&- || true
    equal "files" "$(files_held)" "$files"
    mirror_is_sound
}

# ---- signals ----

# Starts a sync in the background and waits until it is in the middle of its work.
sync_begin() {
    env --default-signal=INT,TERM "$IOKEEPER" sync >"$T/out" 2>"$T/err" 3>&- &
    SYNC=$!
}

has_requests() { # N
    [[ $(stat_of .requests) -ge $1 ]]
}

stopped_by() { # SIGNAL EXIT-CODE
    medium_account --latency 300
    expect 0 sync
    local head code=0 before
    head=$(head_of)
    admin PATCH "/flows/$(first flows)" '{"name":"changed"}'
    admin DELETE /stats
    sync_begin
    wait_for 30 has_requests 3
    before=$SECONDS
    kill -"$1" "$SYNC"
    wait "$SYNC" || code=$?
    [[ $((SECONDS - before)) -lt 10 ]]
    judge "$2" $code "sync stopped by $1"
    equal "HEAD" "$(head_of)" "$head"
    mirror_is_sound
    flock -n "$MIRROR/.git/iokeeper.lock" true
    expect 0 sync
    equal "commits" "$(commits)" 2
    mirror_is_sound
    mirror_matches_account
    nothing_was_rescued
}

@test "SIGINT in mid-sync: exit 130, HEAD as it was, the next sync is fine" {
    stopped_by INT 130
    says_not rescued
}

@test "SIGTERM in mid-sync: exit 143, HEAD as it was, the next sync is fine" {
    stopped_by TERM 143
}

@test "SIGTERM while waiting for a Retry-After" {
    medium_account
    expect 0 sync
    fault '{"do":"status","status":503,"retry_after":"60"}'
    admin DELETE /stats
    local code=0 before
    sync_begin
    wait_for 30 has_requests 1
    before=$SECONDS
    kill -TERM "$SYNC"
    wait "$SYNC" || code=$?
    judge 143 $code sync
    [[ $((SECONDS - before)) -lt 10 ]]
}

@test "kill -9 at many moments: the next sync finds nothing to mend" {
    medium_account --latency 15
    expect 0 sync
    local delay round=0
    for delay in 0.1 0.2 0.3 0.4 0.5 0.6 0.8 1.0; do
        round=$((round + 1))
        admin POST "/mutate?seed=$round&edits=6&adds=1"
        timeout -s KILL $delay "$IOKEEPER" sync >"$T/out" 2>"$T/err" 3>&- || true
        equal "git fsck" "$(g fsck --full --strict 2>&1 | grep -v '^dangling' || true)" ""
    done
    expect 0 sync
    equal "git status" "$(g status --porcelain 2>&1)" ""
    nothing_was_rescued
    mirror_matches_account
}

# What changes files. Worker threads make none of these calls.
CALLS=renameat,rename,link,linkat,unlink,unlinkat,mkdir,mkdirat,write,pwrite64,fsync,fdatasync,ftruncate

# Puts a copy of $T/base, if there is one, in the mirror's place. All syncs that are compared begin from a copy, for
# git's index knows inodes.
from_base() {
    rm -rf "$MIRROR"
    [[ ! -d $T/base ]] || cp -a "$T/base" "$MIRROR"
}

# Traces a sync to its end, so that $T/strace tells the calls it makes.
trace_calls() {
    from_base
    [[ -n $(command -v strace) ]] || skip "strace is not installed"
    strace -o "$T/probe" true 2>"$T/ignored" || skip "strace may not trace here: $(tail -n 1 "$T/ignored")"
    export ASAN_OPTIONS=detect_leaks=0 # which cannot work under strace
    strace -qq -e trace=$CALLS -o "$T/strace" "$IOKEEPER" sync >"$T/out" 2>"$T/err" 3>&-
    [[ $(wc -l <"$T/strace") -gt 40 ]]
}

# Runs a sync that dies at the Nth of those calls; KILLED counts those that did.
die_at() { # N
    local call nth
    call=$(sed -n "$1{s/(.*//;p}" "$T/strace")
    nth=$(head -n "$1" "$T/strace" | grep -c "^$call(")
    strace -qq -e trace="$call" -e inject="$call:signal=KILL:when=$nth" -o "$T/ignored" "$IOKEEPER" sync >"$T/out" 2>"$T/err" 3>&- ||
        KILLED=$((KILLED + 1))
}

recover() { # N
    "$IOKEEPER" sync >"$T/out" 2>"$T/err" 3>&- || { echo "sync after death at call $1" >&2; show_output; return 1; }
    equal "git status after death at call $1" "$(g status --porcelain 2>&1)" ""
    nothing_was_rescued
}

# The commits, by what they hold and who signed them.
history_of() {
    g log --format='%T %an <%ae>'
}

@test "killed at system calls all along the way: HEAD is one of the commits, the next sync ends like any other" {
    medium_account
    expect 0 sync
    cp -a "$MIRROR" "$T/base"
    admin POST '/mutate?seed=3&edits=12&adds=2&deletes=1'
    trace_calls
    local total wanted point
    total=$(wc -l <"$T/strace") wanted=$(history_of)
    [[ $(wc -l <<<"$wanted") -ge 4 ]] # more than one person's
    KILLED=0
    for point in $(seq 8); do
        point=$((total * point / 9))
        from_base
        die_at $point
        equal "git fsck" "$(g fsck --full --strict 2>&1 | grep -v '^dangling' || true)" ""
        contains "history after death at call $point" "$wanted" "$(history_of)"
        recover $point
        equal "history after death at call $point and another sync" "$(history_of)" "$wanted"
    done
    [[ $KILLED -ge 6 ]]
    mirror_matches_account --history
}

@test "killed at system calls of the first sync: the next one makes a whole mirror" {
    sim_start_small
    trace_calls
    local total point
    total=$(wc -l <"$T/strace")
    KILLED=0
    for point in 1 3 6 10 15 $((total / 4)) $((total / 2)) $((total * 3 / 4)); do
        from_base
        die_at $point
        recover $point
        mirror_matches_account
    done
    [[ $KILLED -ge 6 ]]
}

@test "killed while it holds a lock of git's: the next sync is not kept out by it" {
    sim_start_small
    expect 0 sync
    cp -a "$MIRROR" "$T/base"
    admin PATCH "/flows/$(first flows)" '{"name":"changed"}'
    trace_calls
    local lock line wanted
    wanted=$(content_of)
    KILLED=0
    for lock in refs/heads/main.lock refs/worktree/iokeeper.lock refs/iokeeper/complete.lock .git/index.lock; do
        # The last call that names it takes it away, so that it is there until then.
        line=$(grep -nF "$lock" "$T/strace" | tail -n 1 | cut -d: -f1)
        [[ -n $line ]] || { echo "no call names $lock" >&2; return 1; }
        from_base
        die_at "$line"
        recover "$line ($lock)"
        equal "tree" "$(content_of)" "$wanted"
    done
    equal "killed" "$KILLED" 4
}

# ---- two at once ----

@test "two syncs at once: one works, the other says 11" {
    medium_account --latency 300
    expect 0 sync
    admin DELETE /stats
    sync_begin
    wait_for 30 has_requests 1
    local code=0
    "$IOKEEPER" sync >"$T/out2" 2>"$T/err2" 3>&- || code=$?
    equal "exit code of the second" "$code" 11
    grep -qF "$SYNC" "$T/err2" # it says who
    wait "$SYNC"
    mirror_is_sound
}

@test "eight first syncs at once make one mirror" {
    sim_start_small --latency 50
    local i pids=() code codes=''
    for i in 1 2 3 4 5 6 7 8; do
        "$IOKEEPER" sync >"$T/out.$i" 2>"$T/err.$i" 3>&- &
        pids+=($!)
    done
    for i in "${pids[@]}"; do
        code=0
        wait "$i" || code=$?
        codes+="$code "
    done
    [[ $codes == *"0 "* ]] || { echo "codes: $codes" >&2; cat "$T"/err.* >&2; return 1; }
    [[ $codes =~ ^((0|11)\ )+$ ]] || { echo "codes: $codes" >&2; cat "$T"/err.* >&2; return 1; }
    mirror_is_sound
    mirror_matches_account
    equal "commits" "$(commits)" 1
}

@test "a foreign index.lock: the commit is made, the working tree follows when it is gone" {
    sim_start_small
    expect 0 sync
    : >"$MIRROR/.git/index.lock"
    admin PATCH "/flows/$(first flows)" '{"name":"changed"}'
    expect 0 sync
    says index.lock
    equal "commits" "$(commits)" 2
    test -e "$MIRROR/.git/index.lock"
    rm "$MIRROR/.git/index.lock"
    expect 0 sync
    mirror_is_sound
    mirror_matches_account
    nothing_was_rescued
}
