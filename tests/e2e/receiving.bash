# shellcheck disable=SC2016,SC2034 # what the tests use
# A receiver of webhooks and heartbeats (receiver.py), for notify.bats and metrics.bats.

# receiver_start: HOOK is its URL, $T/received has a line of JSON for each request, $T/answer says what it answers.
receiver_start() {
    RECEIVER_PORT=${RECEIVER_PORT:-$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')}
    HOOK=http://127.0.0.1:$RECEIVER_PORT
    echo "${1:-204}" >"$T/answer"
    touch "$T/received"
    /usr/bin/python3 "$BATS_TEST_DIRNAME/receiver.py" "$RECEIVER_PORT" "$T/received" "$T/answer" 3>&- &
    RECEIVER=$!
    wait_for 15 eval '(exec 9<>/dev/tcp/127.0.0.1/$RECEIVER_PORT) 2>/dev/null'
}

receiver_stop() {
    [[ -n ${RECEIVER:-} ]] || return 0
    kill "$RECEIVER" 2>/dev/null || true
    wait "$RECEIVER" 2>/dev/null || true
    RECEIVER=
}

# events: the names of all events that arrived, in a line
events() {
    jq -r 'select(.method == "POST") | .body | fromjson | .event' "$T/received" | paste -sd' '
}

# last FILTER: of the body of the last event
last() {
    jq -s '[.[] | select(.method == "POST")][-1].body | fromjson' "$T/received" | jq -r "$1"
}

received_nothing() {
    [[ ! -s $T/received ]] || { cat "$T/received" >&2; return 1; }
}
