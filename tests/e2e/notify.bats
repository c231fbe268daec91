#!/usr/bin/env bats
# shellcheck disable=SC2016 # conditions are expanded when wait_for asks for them
# The webhook and the heartbeat: who is told what, once, signed, and never in the way of a sync.

load helpers
load receiving

SECRET=signing-2mWq8YtR

teardown_more() {
    receiver_stop
}

# notified KEY=VALUE…: a configuration with the webhook, whose path and key are secret, too
notified() {
    printf '%s\n' "$SECRET" >"$T/webhook.key"
    chmod 600 "$T/webhook.key"
    config "notify.webhook=$HOOK/hook/path-7f3a" "notify.secret_file=$T/webhook.key" "$@"
}

sync() {
    expect "$1" --config "$CONFIG" sync
    not grep -aqF -e "$SECRET" -e path-7f3a "$T/out" "$T/err"
    not grep -aqrF -e "$SECRET" -e path-7f3a "$MIRROR"
}

signatures_are_right() {
    SECRET=$SECRET /usr/bin/python3 - "$T/received" <<'CHECK'
import hashlib, hmac, json, os, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
assert lines
for line in lines:
    headers = {name.lower(): value for name, value in line["headers"].items()}
    signed = headers["x-iokeeper-timestamp"] + "." + line["body"]
    wanted = "sha256=" + hmac.new(os.environ["SECRET"].encode(), signed.encode(), hashlib.sha256).hexdigest()
    assert hmac.compare_digest(wanted, headers["x-iokeeper-signature"]), line
    body = json.loads(line["body"])
    assert headers["x-iokeeper-delivery"] == body["id"] and headers["x-iokeeper-event"] == body["event"]
    assert headers["content-type"] == "application/json" and "authorization" not in headers
CHECK
}

@test "a change is told, with its commits, signed; no change is not" {
    sim_start_small
    receiver_start
    notified
    sync 0
    received_nothing # what was there before is no news
    admin POST '/mutate?seed=3&edits=2'
    sync 0
    equal events "$(events)" changed
    equal "commits told" "$(last '[.commits[].id] | join(" ")')" "$(g log --format=%H "$(g rev-list --max-parents=0 HEAD)..HEAD" | paste -sd' ')"
    equal subject "$(last '.commits[0].subject')" "$(subject)"
    equal account "$(last '.account')" default
    contains text "$(last .text)" "iokeeper default: "
    contains text "$(last .text)" "$(g log -1 --format='%an: ')"
    signatures_are_right
    sync 0
    equal events "$(events)" changed
}

@test "what Slack would take for its own is escaped" {
    sim_start_small
    receiver_start
    notified
    sync 0
    git -C "$MIRROR" -c user.name='a <!channel> & b' -c user.email=a@b commit -q --allow-empty -m 'Look: <!here>'
    sync 0
    equal events "$(events)" changed
    contains text "$(last .text)" "Look: &lt;!here&gt;"
    contains text "$(last .text)" "&amp; b"
    not grep -qF -e '<!' <(last .text)
}

@test "a failure is told once, and recovery" {
    sim_start_small
    receiver_start
    notified
    sync 0
    fault '{"path":"/v1/*","do":"status","status":401}'
    sync 12
    equal events "$(events)" failed
    equal class "$(last .failure_class)" auth
    contains text "$(last .text)" "401"
    sync 12
    equal events "$(events)" failed
    faults_clear
    sync 0
    equal events "$(events)" "failed recovered"
    signatures_are_right
}

@test "another kind of failure is told, and one that lasts for a day again" {
    sim_start_small
    receiver_start
    notified
    sync 0
    fault '{"path":"/v1/*","do":"status","status":401}'
    sync 12
    faults_clear
    sim_stop
    sync 1
    equal events "$(events)" "failed failed"
    equal class "$(last .failure_class)" retry
    sed -i 's/"state_at":"20[0-9][0-9]/"state_at":"2001/' "$MIRROR/.git/iokeeper/told.json"
    sync 1
    equal events "$(events)" "failed failed failed"
}

@test "a partial cycle is told, with what could not be read" {
    sim_start_small
    receiver_start
    notified
    sync 0
    fault '{"path":"/v1/connections","do":"status","status":403}'
    sync 3
    equal events "$(events)" partial
    contains text "$(last .text)" connections
    sync 3
    equal events "$(events)" partial
    faults_clear
    sync 0
    equal events "$(events)" "partial recovered"
}

@test "withheld deletions are told once, with what accepts them, and others anew" {
    sim_start_small --exports 20
    receiver_start
    notified safety.max_delete=0 safety.max_delete_percent=1
    sync 0
    admin DELETE "/exports/$(first exports)"
    admin DELETE "/exports/$(first exports)"
    sync 5
    equal events "$(events)" withheld
    contains text "$(last .text)" "iokeeper ack"
    equal withheld "$(last '.withheld | length')" 2
    sync 5
    equal events "$(events)" withheld
    admin DELETE "/exports/$(first exports)"
    sync 5
    equal events "$(events)" "withheld withheld"
    expect 0 --config "$CONFIG" ack
    sync 0
    equal events "$(events)" "withheld withheld changed"
}

@test "a receiver that is down hears of it later, once" {
    sim_start_small
    receiver_start
    notified
    sync 0
    receiver_stop
    admin POST '/mutate?seed=3&edits=1'
    sync 0
    says "webhook: 127.0.0.1:$RECEIVER_PORT: "
    says '"changed" is not told yet'
    admin POST '/mutate?seed=4&edits=1'
    sync 0
    receiver_start
    sync 0
    equal events "$(events)" changed
    equal "commits told" "$(last .commits_total)" "$(($(commits) - 1))"
    sync 0
    equal events "$(events)" changed
}

@test "a receiver in trouble is asked again; one that refuses is not" {
    sim_start_small
    receiver_start 503
    notified
    sync 0
    admin POST '/mutate?seed=3&edits=1'
    sync 0
    says "webhook: 127.0.0.1:$RECEIVER_PORT answers 503"
    equal tries "$(events)" "changed changed changed"
    equal ids "$(jq -r '.headers["X-Iokeeper-Delivery"]' "$T/received" | sort -u | wc -l)" 1
}

@test "a receiver that is not where it should be loses nothing; one that refuses an event is not asked again" {
    sim_start_small
    receiver_start 404
    notified
    sync 0
    admin POST '/mutate?seed=3&edits=1'
    sync 0
    says "answers 404"
    says '"changed" is not told yet'
    equal tries "$(events)" changed
    : >"$T/received"
    echo 422 >"$T/answer"
    sync 0
    says '"changed" is not told, and is left out'
    : >"$T/received"
    echo 204 >"$T/answer"
    sync 0
    received_nothing
    echo 403 >"$T/answer"
    admin POST '/mutate?seed=4&edits=1'
    sync 0
    : >"$T/received"
    echo 204 >"$T/answer"
    sync 0
    equal events "$(events)" changed
}

# distinct EVENT N: that many came, each under an id of its own
distinct() {
    equal "ids of $1" "$(jq -r --arg event "$1" 'select(.method == "POST") | .body | fromjson | select(.event == $event) | .id' "$T/received" | sort | uniq -c | awk '{ print $1 }' | paste -sd' ')" \
        "$(yes 1 | head -n "$2" | paste -sd' ')"
}

@test "the same words another time are another event" {
    sim_start_small --exports 20
    receiver_start
    notified
    sync 0
    for _ in 1 2; do
        fault '{"path":"/v1/exports","do":"empty"}'
        sync 5
        faults_clear
        sync 0
    done
    distinct withheld 2
    fault '{"path":"/v1/connections","do":"status","status":403}'
    sync 3
    sed -i 's/"state_at":"20[0-9][0-9]/"state_at":"2001/' "$MIRROR/.git/iokeeper/told.json"
    sync 3
    distinct partial 2
}

@test "what is partial and withheld is both, and no recovery" {
    sim_start_small --exports 20
    receiver_start
    notified safety.max_delete=0 safety.max_delete_percent=1
    sync 0
    fault '{"path":"/v1/connections","do":"status","status":403}'
    sync 3
    admin DELETE "/exports/$(first exports)"
    admin DELETE "/exports/$(first exports)"
    sync 5
    equal events "$(events)" "partial withheld"
    faults_clear
    sync 5
    equal events "$(events)" "partial withheld recovered"
}

@test "very many withheld deletions are told, the first of them by name" {
    sim_start_small
    receiver_start
    notified
    sync 0
    fault '{"path":"/v1/*","do":"status","status":401}'
    sync 12
    jq -c '.withheld = [range(9000) | {kind: "export", id: "e\(.)", path: "integrations/some-integration--5e8f00000000000000000000/exports/some-export--e\(.).yaml"}]' \
        "$MIRROR/.git/iokeeper/status.json" >"$T/status"
    cp "$T/status" "$MIRROR/.git/iokeeper/status.json"
    sync 12
    equal events "$(events)" "failed withheld"
    equal total "$(last .withheld_total)" 9000
    equal named "$(last '.withheld | length')" 200
}

@test "a redirect is not followed" {
    sim_start_small
    receiver_start
    notified
    sync 0
    echo "302 $HOOK/elsewhere" >"$T/answer"
    admin POST '/mutate?seed=3&edits=1'
    sync 0
    says "answers 302"
    equal paths "$(jq -r .path "$T/received")" /hook/path-7f3a
}

@test "a receiver that hangs does not hold a daemon's stop" {
    sim_start_small
    receiver_start hang
    notified schedule.every=1h
    sync 0
    admin POST '/mutate?seed=3&edits=1'
    "$IOKEEPER" --config "$CONFIG" run >"$T/out" 2>"$T/err" 3>&- &
    local pid=$! code=0
    wait_for 30 grep -q keeping "$T/err"
    kill -USR1 "$pid"
    wait_for 60 test -s "$T/received"
    kill -TERM "$pid"
    wait "$pid" || code=$?
    judge 143 "$code" run
    equal HEAD "$(g rev-parse refs/iokeeper/complete)" "$(head_of)"
}

@test "a daemon tells later what it could not, without another sync" {
    sim_start_small
    RECEIVER_PORT=
    receiver_start
    notified schedule.every=1h
    sync 0
    receiver_stop
    admin POST '/mutate?seed=3&edits=1'
    "$IOKEEPER" --config "$CONFIG" run >"$T/out" 2>"$T/err" 3>&- &
    local pid=$! code=0
    wait_for 30 grep -q keeping "$T/err"
    kill -USR1 "$pid"
    wait_for 60 grep -q "is not told yet" "$T/err"
    receiver_start
    wait_for 100 test -s "$T/received"
    equal events "$(events)" changed
    kill -TERM "$pid"
    wait "$pid" || code=$?
    judge 143 "$code" run
    equal cycles "$(grep -c synced: "$T/err")" 1
}

@test "a push that fails for long is told, and when it works again" {
    sim_start_small
    receiver_start
    notified "mirror.remote=$T/nowhere.git"
    sync 0
    received_nothing
    sed -i 's/"push_failing_since":"20[0-9][0-9]/"push_failing_since":"2001/' "$MIRROR/.git/iokeeper/status.json"
    sync 0
    equal events "$(events)" push_failing
    sync 0
    equal events "$(events)" push_failing
    git init -q --bare -b main "$T/nowhere.git"
    sync 0
    equal events "$(events)" "push_failing push_recovered"
}

@test "a mirror that cannot be opened is told, too" {
    sim_start_small
    receiver_start
    notified
    mkdir -p "$MIRROR"
    echo mine >"$MIRROR/file"
    expect 10 --config "$CONFIG" sync
    equal events "$(events)" failed
    equal class "$(last .failure_class)" no-mirror
}

@test "told.json may be lost or spoiled: nothing old is told, nothing breaks" {
    sim_start_small
    receiver_start
    notified
    sync 0
    admin POST '/mutate?seed=3&edits=1'
    echo '{"commit":17,"state":[]' >"$MIRROR/.git/iokeeper/told.json"
    sync 0
    received_nothing
    rm "$MIRROR/.git/iokeeper/told.json"
    sync 0
    received_nothing
    admin POST '/mutate?seed=4&edits=1'
    sync 0
    equal events "$(events)" changed
}

@test "the heart beats after each complete cycle, and no other" {
    sim_start_small
    receiver_start 200
    config "metrics.heartbeat_url=$HOOK/beat/path-7f3a"
    expect 0 --config "$CONFIG" sync
    equal beats "$(jq -r '.method + .path' "$T/received")" GET/beat/path-7f3a
    : >"$T/received"
    fault '{"path":"/v1/connections","do":"status","status":403}'
    expect 3 --config "$CONFIG" sync
    fault '{"path":"/v1/*","do":"status","status":401}'
    expect 12 --config "$CONFIG" sync
    received_nothing
    faults_clear
    echo 500 >"$T/answer"
    expect 0 --config "$CONFIG" sync
    says "heartbeat: 127.0.0.1:$RECEIVER_PORT answers 500"
    says_not path-7f3a
}
