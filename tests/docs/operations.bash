# shellcheck shell=bash disable=SC2154 # play.sh has some of the variables
# docs/OPERATIONS.md, SECURITY.md and CONTAINER.md, lived by: sourced by play.sh. What systemd has to say is asked in its own
# containers, by tests/systemd.

scenarios+=(signed hidden contained)

# A receiver as OPERATIONS.md has it believes what it gets, and nothing that anybody else has made of it.
signed() {
    local port
    begin
    port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    echo 204 >"$world/answer.receiver"
    /usr/bin/python3 "$root/tests/e2e/receiver.py" "$port" "$world/received" "$world/answer.receiver" &
    simulators+=($!)
    until (exec 9<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.05; done
    (umask 077 && echo signing-key >"$HOME/key")
    printf 'notify:\n  webhook: http://127.0.0.1:%s/hook\n  secret_file: %s/key\n' "$port" "$HOME" >>~/.config/iokeeper/default.yaml
    iokeeper -q sync # what was there before is no news
    by_bob PATCH /exports/6e01c4d5e6f708192a3b4c5d '{"pageSize":100}'
    iokeeper -q sync
    block docs/OPERATIONS.md signature >"$world/signature.py"
    believes signing-key || failed "$(<"$world/output")"
    if believes another-key; then failed "it believes what another key has signed"; fi
    grep -q AssertionError "$world/output"
}

believes() {
    SECRET=$1 /usr/bin/python3 - "$world/received" "$world/signature.py" >"$world/output" 2>&1 <<'RECEIVER'
import hashlib, hmac, json, os, sys, types
secret = os.environ["SECRET"]
with open(sys.argv[1], encoding="utf-8") as received:
    requests = [json.loads(line) for line in received]
assert requests
for request in requests:
    request = types.SimpleNamespace(headers=request["headers"], body=request["body"])
    with open(sys.argv[2], encoding="utf-8") as program:
        exec(program.read())
RECEIVER
}

# What SECURITY.md names in mirror.redact is hidden, each.
hidden() {
    local path=$HOME/celigo
    arrive
    configure default
    block docs/SECURITY.md redact >"$world/redact"
    sed -i -e "/^mirror:/{r $world/redact" -e 'd}' ~/.config/iokeeper/default.yaml
    admin PATCH /exports/6e01c4d5e6f708192a3b4c5d '{"http":{"headers":[{"name":"X-Region","value":"plain one"}]},"mockOutput":{"a":["plain two"]}}'
    admin PATCH /connections/6c01b3a4958677685a4b3c2d '{"settings":{"pepper":{"deep":"plain three"}}}'
    admin PUT /ashares '[{"_id":"000000000000000000000009","accepted":true,"sharedByUser":{"email":"plain.four@example.com"}}]'
    iokeeper -q sync
    git -C "$path" grep -h '<redacted:' -- '*.yaml' | sed 's/redacted:[0-9a-f]*/redacted/' >"$world/output"
    [[ $(wc -l <"$world/output") -eq $(grep -c '^    - "' "$world/redact") ]] || failed "$(<"$world/output")"
    if git -C "$path" grep -E 'plain (one|two|three)|plain.four' >&2; then failed "this is not hidden"; fi
    iokeeper doctor >/dev/null
}

contained() {
    arrive
    mkdir secrets
    echo sim-token >secrets/token
    live_by "here=$here
source $here/podman.bash
$(block docs/CONTAINER.md podman)" "s,https://api\.integrator\.io,$url,"
    grep -q '^daemon  *pid' "$world/output"
    [[ $(git -C mirror/account log --format=%s) == "First mirror: "* ]]
}
