# No secret ever: canaries go in by every door, and must be nowhere afterwards.
#
# A canary is a made-up credential of the shape that its place has; none of them is ever to be found on the disk (the
# mirror with every object of its history, the configuration's folder but for the token file, the home), in what the
# program says, or in what /proc shows of it and its children.

load helpers

# Every canary holds this, so that one search finds any of them, in clear or in the usual encodings.
MARK=CANARY

# canary: a made-up secret with the mark in its middle, the same for the same name.
canary() {
    printf 'q7%s%s' "$MARK" "$(printf '%s' "$1" | sha256sum | cut -c1-20)"
}

# The places in which people leave secrets, each with a canary of its own.
plant() {
    admin POST /exports '{"_id":"aaaaaaaaaaaaaaaaaaaaaa01","name":"Get orders","adaptorType":"HTTPExport",
        "http":{"relativeURI":"/orders?page=1&api_key='"$(canary query)"'","method":"GET",
            "headers":[{"name":"Authorization","value":"Bearer '"$(canary bearer)"'"},
                       {"name":"X-Api-Key","value":"'"$(canary apikey)"'"},
                       {"name":"Accept","value":"application/json"}]},
        "sampleData":{"request":{"headers":{"Cookie":"session='"$(canary cookie)"'; theme=dark"}}},
        "mockOutput":{"page_of_records":[{"record":{"access_token":"'"$(canary mock)"'"}}]},
        "settings":{"partner":{"clientSecret":"'"$(canary settings)"'"}}}'
    admin POST /connections '{"_id":"aaaaaaaaaaaaaaaaaaaaaa02","name":"Shop","type":"http",
        "http":{"baseURI":"https://ann:'"$(canary userinfo)"'@shop.example.com/v1",
            "unencrypted":{"password":"'"$(canary unencrypted)"'"},"auth":{"token":{"token":"******"}}}}'
    admin POST /scripts '{"_id":"aaaaaaaaaaaaaaaaaaaaaa03","name":"Sign",
        "content":"var apiKey = \"'"$(canary script)"'\";\n/*\n-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC'"$(canary pem)"'\n-----END PRIVATE KEY-----\n*/\nfunction sign(o) { return o; }\n"}'
}

# An audit row that tells of an old and a new secret.
plant_audit() {
    local id
    id=$(admin GET /state | jq -r '.integrations[0]._id')
    admin PUT "/integrations/$id/audit" '[{"timestamp":"2025-06-10T10:00:00.000Z","user":"ann@example.com",
        "action":"update","resourceType":"connection","_resourceId":"aaaaaaaaaaaaaaaaaaaaaa02",
        "changes":{"http.unencrypted.password":{"old":"'"$(canary old)"'","new":"'"$(canary new)"'"}}}]'
}

# Everything that is on record: files, and every object of the repository however it is packed.
everything() {
    find "$T/home" "$MIRROR" -type f -not -path '*/.git/objects/*' -exec cat {} +
    git -C "$MIRROR" cat-file --batch-all-objects --batch --buffer
    cat "$T/said"
}

expect_no_canary() {
    everything >"$T/everything"
    run grep -aoE "[^ ]{0,40}${MARK}[^ ]{0,20}" "$T/everything"
    [[ $status -eq 1 ]] || { echo "found: $output"; return 1; }
    run grep -ac "$TOKEN" "$T/everything"
    [[ $output == 0 ]] || { echo "the token is in $output lines"; return 1; }
    [[ $(wc -c <"$T/everything") -gt 10000 ]]
}

say() {
    expect "$@"
    cat "$T/out" "$T/err" >>"$T/said"
}

@test "no canary is found on the disk or in what is said, through additions, changes and failures" {
    sim_start_small --scripts 2
    plant
    plant_audit
    say 0 -v sync
    admin PATCH '/exports/aaaaaaaaaaaaaaaaaaaaaa01?touch=1&user=ann@example.com' '{"http":{"headers":[
        {"name":"Authorization","value":"Bearer '"$(canary rotated)"'"}]}}'
    say 0 -v --json sync
    fault '{"path":"/v1/exports","do":"status","status":500,"body":"{\"errors\":[{\"code\":\"x\",\"message\":\"boom\"}]}"}'
    say 3 -v sync
    faults_clear
    admin DELETE '/connections/aaaaaaaaaaaaaaaaaaaaaa02?touch=1&user=ann@example.com'
    say 0 -v sync
    say 0 status
    say 0 --json status
    say 0 doctor
    expect_no_canary
    # The search itself can find one.
    git -C "$MIRROR" hash-object -w --stdin <<<"$(canary search)" >"$T/blob"
    run ! expect_no_canary
}

@test "a rotated secret shows as a change, and going back to the old one as the old tag" {
    sim_start_small
    plant
    expect 0 sync
    local file=account/exports/get-orders--aaaaaaaaaaaaaaaaaaaaaa01.yaml first second
    first=$(git -C "$MIRROR" show "HEAD:$file")
    [[ $first == *'Bearer <redacted:'* ]]
    admin PATCH '/exports/aaaaaaaaaaaaaaaaaaaaaa01?touch=1' '{"http":{"relativeURI":"/orders?page=1&api_key='"$(canary other)"'"}}'
    expect 0 sync
    second=$(git -C "$MIRROR" show "HEAD:$file")
    [[ $(diff <(printf '%s' "$first") <(printf '%s' "$second") | grep -c '^>.*relativeURI: .*page=1&api_key=<redacted:') -eq 1 ]]
    git -C "$MIRROR" log -1 --format=%B | grep -qF 'http.relativeURI'
    admin PATCH '/exports/aaaaaaaaaaaaaaaaaaaaaa01?touch=1' '{"http":{"relativeURI":"/orders?page=1&api_key='"$(canary query)"'"}}'
    expect 0 sync
    [[ $(git -C "$MIRROR" show "HEAD:$file" | grep relativeURI) == "$(grep relativeURI <<<"$first")" ]]
}

@test "configured paths are redacted whole, and the key is the machine's" {
    sim_start_small
    admin POST /connections '{"_id":"aaaaaaaaaaaaaaaaaaaaaa09","name":"Plain","type":"http","settings":{"pepper":"plain words","tree":{"a":[1,2]}}}'
    mkdir -p "$T/home/.config/iokeeper"
    printf 'api:\n  url: %s\nmirror:\n  path: %s\n  redact:\n    - connection:settings.pepper\n    - "connection:settings.tree"\n' \
        "$IOKEEPER_API_URL" "$MIRROR" >"$T/home/.config/iokeeper/default.yaml"
    unset IOKEEPER_API_URL IOKEEPER_MIRROR
    expect 0 sync
    local file=account/connections/plain--aaaaaaaaaaaaaaaaaaaaaa09.yaml
    git -C "$MIRROR" show "HEAD:$file" | grep -qE 'pepper: "?<redacted:[0-9a-f]+>'
    git -C "$MIRROR" show "HEAD:$file" | grep -qE 'tree: "?<redacted:[0-9a-f]+>'
    [[ $(stat -c '%a %s' "$MIRROR/.git/iokeeper/redact.key") == "600 32" ]]
    git -C "$MIRROR" log --all --name-only | grep -q redact.key && return 1
    expect 0 sync
    says "no change"
    # Another machine's key tells nothing of the same value.
    local tag
    tag=$(git -C "$MIRROR" show "HEAD:$file" | grep -oE '<redacted:[0-9a-f]+>' | head -n 1)
    rm "$MIRROR/.git/iokeeper/redact.key"
    expect 0 sync
    [[ $(git -C "$MIRROR" show "HEAD:$file" | grep -oE '<redacted:[0-9a-f]+>' | head -n 1) != "$tag" ]]
}

@test "a damaged key is told, and not replaced" {
    sim_start_small
    expect 0 sync
    printf 'short' >"$MIRROR/.git/iokeeper/redact.key"
    expect 2 sync
    says "redact.key"
    [[ $(<"$MIRROR/.git/iokeeper/redact.key") == short ]]
}

# A server that takes a connection and says nothing, so that a push lasts. Its port is then in $SILENT.
silent_server() {
    /usr/bin/python3 -c '
import os, socket, sys, time
server = socket.create_server(("127.0.0.1", 0))
with open(sys.argv[1] + ".new", "w") as file:
    file.write(str(server.getsockname()[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
time.sleep(60)' "$T/silent" 3>&- &
    SIMULATORS+=($!)
    wait_for 30 test -s "$T/silent"
    SILENT=$(<"$T/silent")
}

@test "neither arguments nor environment of the program or a child show the token" {
    local pid child
    sim_start_small
    silent_server
    mkdir -p "$T/home/.config/iokeeper"
    printf 'mirror:\n  remote: git://127.0.0.1:%s/mirror.git\n' "$SILENT" >"$T/home/.config/iokeeper/default.yaml"
    "$IOKEEPER" sync >"$T/out" 2>"$T/err" 3>&- &
    pid=$!
    wait_for 30 pgrep -P "$pid" >/dev/null
    child=$(pgrep -P "$pid")
    cat "/proc/$pid/environ" "/proc/$child/environ" | tr '\0' '\n' >"$T/environ"
    cat "/proc/$pid/cmdline" "/proc/$child/cmdline" | tr '\0' '\n' >"$T/cmdline"
    kill -TERM "$pid"
    wait "$pid" || true
    [[ $(grep -c IOKEEPER_MIRROR "$T/environ") -eq 2 && $(grep -cx sync "$T/cmdline") -eq 2 ]]
    run cat "$T/environ" "$T/cmdline" "$T/out" "$T/err"
    [[ $output != *"$TOKEN"* ]]
}
