#!/usr/bin/env bats
# Bad input: a clear error, and nothing lost. The table of issue 2, section 4, row by row.

load helpers

# ---- token ----

@test "a wrong token: exit 12, names the variable, HEAD unchanged" {
    sim_start_small
    expect 0 sync
    local head
    head=$(head_of)
    IOKEEPER_TOKEN=wrong-token-5cE expect 12 sync
    says IOKEEPER_TOKEN
    says_not wrong-token-5cE
    equal "HEAD" "$(head_of)" "$head"
    mirror_is_sound
    not grep -rqF wrong-token-5cE "$T/world" "$T/out" "$T/err"
}

@test "a wrong token in a file: exit 12, names the file" {
    sim_start_small
    config
    printf 'wrong-token-5cE' >"$T/token"
    expect 12 --config "$CONFIG" sync
    says "$T/token"
    says_not wrong-token-5cE
}

@test "a token that expires in mid-sync: exit 12 and nothing committed" {
    sim_start_small
    expect 0 sync
    local head
    head=$(head_of)
    admin PATCH "/flows/$(first flows)" '{"name":"changed"}'
    fault '{"path":"/v1/integrations/*/audit","do":"status","status":401,"body":{"message":"Unauthorized"}}'
    expect 12 sync
    equal "HEAD" "$(head_of)" "$head"
    mirror_is_sound
}

@test "the token is in no output and no file, with all verbosity" {
    sim_start_small
    expect 0 -v sync
    expect 0 --json sync
    expect 0 -v status
    fault '{"path":"/v1/integrations/*/ashares","do":"status","status":500,"body":{"errors":[{"code":"x","message":"y"}]}}'
    expect 3 -v sync
    config
    faults_clear
    expect 0 --config "$CONFIG" -v sync
    expect 0 --config "$CONFIG" -v status
    not grep -rqF -- "$TOKEN" "$T/world"
}

@test "a server that echoes the token gets it into no output" {
    sim_start_small
    fault "{\"path\":\"/v1/integrations/*/ashares\",\"do\":\"status\",\"status\":400,\"body\":{\"errors\":[{\"code\":\"bad\",\"message\":\"Bearer $TOKEN is not welcome\"}]}}"
    expect 3 -v sync
    not grep -rqF -- "$TOKEN" "$MIRROR"
}

@test "a token file that others can read: exit 2 with the chmod to run" {
    sim_start_small
    config
    local mode
    for mode in 644 640 604; do
        chmod $mode "$T/token"
        expect 2 --config "$CONFIG" sync
        says "chmod 600 $T/token"
    done
    equal "requests" "$(stat_of .requests)" 0
    not test -e "$MIRROR"
    chmod 400 "$T/token"
    expect 0 --config "$CONFIG" sync
}

@test "a token file that is missing, empty, a folder or holds two words: exit 2 and its name" {
    sim_start_small
    config
    rm "$T/token"
    expect 2 --config "$CONFIG" sync
    says "$T/token"
    (umask 077; : >"$T/token")
    expect 2 --config "$CONFIG" sync
    says "$T/token"
    printf 'first-word second-word' >"$T/token"
    expect 2 --config "$CONFIG" sync
    says "$T/token"
    says_not second-word
    rm "$T/token"
    mkdir "$T/token"
    expect 2 --config "$CONFIG" sync
    says "$T/token"
}

@test "no token at all: exit 2, says where one may come from" {
    sim_start_small
    unset IOKEEPER_TOKEN
    expect 2 sync
    says IOKEEPER_TOKEN
}

@test "the token may come from a systemd credential" {
    sim_start_small
    mkdir "$T/credentials"
    printf '%s\n' "$TOKEN" >"$T/credentials/token"
    unset IOKEEPER_TOKEN
    CREDENTIALS_DIRECTORY=$T/credentials expect 0 sync
}

# ---- configuration ----

@test "an unknown key: exit 2 with file, line and the nearest key" {
    sim_start_small
    config
    printf 'api:\n  url: %s/v1\n  token_fil: x\n' "$SIM" >"$CONFIG"
    expect 2 --config "$CONFIG" sync
    says "$CONFIG:3"
    says token_fil
    says '"token_file"'
}

@test "an unknown section: exit 2 with file, line and the nearest one" {
    config
    printf '# comment\nmirorr:\n  path: /nowhere\n' >"$CONFIG"
    expect 2 --config "$CONFIG" sync
    says "$CONFIG:2"
    says '"mirror"'
}

@test "values of a wrong type or out of range: exit 2 with file, line and key" {
    local line
    for line in 'concurrency: many' 'concurrency: 0' 'concurrency: -1' 'rate: 1.5' 'page_size: 5000' 'timeout: 30' \
        'timeout: fast' 'lists: some' 'sandbox: maybe' 'allow_http: 1' 'url: [a]' 'url: ftp://x/' 'page_size: {a: 1}' \
        'concurrency:' 'concurrency: "8"'; do
        config
        printf 'api:\n  %s\nmirror:\n  path: %s\n' "$line" "$MIRROR" >"$CONFIG"
        expect 2 --config "$CONFIG" sync
        says "$CONFIG:2"
        says "${line%%:*}"
    done
}

@test "a configuration that is no YAML, a folder, or missing: exit 2 and its name" {
    config
    printf 'api: [\n' >"$CONFIG"
    expect 2 --config "$CONFIG" sync
    says "$CONFIG"
    printf 'api: 1\napi: 2\n' >"$CONFIG"
    expect 2 --config "$CONFIG" sync
    says "$CONFIG"
    expect 2 --config "$T" sync
    says "$T"
    expect 2 --config "$T/missing.yaml" sync
    says "$T/missing.yaml"
    expect 2 --account nobody sync
    says nobody
}

@test "an empty configuration file is a configuration" {
    sim_start_small
    : >"$T/empty.yaml"
    expect 0 --config "$T/empty.yaml" sync
    mirror_is_sound
}

@test "plain http to another host is refused unless allowed" {
    sim_start_small
    config
    sed -i 's#url: .*#url: http://192.0.2.1/v1#' "$CONFIG"
    expect 2 --config "$CONFIG" sync
    says allow_http
}

# ---- the server ----

unreachable() { # HOST:PORT
    local head
    head=$(head_of)
    expect 1 sync
    says "$1"
    equal "HEAD" "$(head_of)" "$head"
    mirror_is_sound
}

@test "a dead port: exit 1, host and cause, HEAD unchanged" {
    sim_start_small
    expect 0 sync
    sim_stop
    unreachable "127.0.0.1:$PORT"
    says_like '[Rr]efused|[Cc]onnect'
    expect 0 status
    says failed
}

@test "a dead port before the first mirror: exit 1, and the next sync begins from nothing" {
    sim_start_small
    sim_stop
    expect 1 sync
    sim_start_small
    expect 0 sync
    mirror_is_sound
    mirror_matches_account
}

@test "a host that does not exist: exit 1 and its name" {
    sim_start_small
    IOKEEPER_API_URL=https://no-such-host.invalid/v1 expect 1 sync
    says no-such-host.invalid
}

@test "https to a plain port: exit 1, host and cause" {
    sim_start_small
    expect 0 sync
    IOKEEPER_API_URL=https://127.0.0.1:$PORT/v1 unreachable "127.0.0.1:$PORT"
    says_like 'TLS|SSL'
}

@test "a self-signed certificate: exit 1 with the cause, no token sent" {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$T/key.pem" -out "$T/cert.pem" -days 2 -subj /CN=127.0.0.1 \
        -addext subjectAltName=IP:127.0.0.1 2>"$T/openssl" || { cat "$T/openssl"; return 1; }
    sim_start_small --tls-cert "$T/cert.pem" --tls-key "$T/key.pem"
    IOKEEPER_API_URL=https://127.0.0.1:$PORT/v1 expect 1 sync
    says "127.0.0.1:$PORT"
    says_like 'certificate'
    equal "requests" "$(curl -sSk "https://127.0.0.1:$PORT/_admin/stats" | jq .requests)" 0
}

@test "a redirect is not followed, and the token stays here" {
    sim_start_small
    expect 0 sync
    local files
    files=$(g ls-tree -r --name-only HEAD)
    fault '{"path":"/v1/flows","do":"redirect","location":"http://127.0.0.1:9/elsewhere"}'
    fault '{"path":"/v1/integrations/*/flows","do":"redirect","location":"http://127.0.0.1:9/elsewhere"}'
    expect 3 sync
    equal "files" "$(g ls-tree -r --name-only HEAD)" "$files"
}

@test "an API that answers everything with 404: nothing is deleted" {
    sim_start_small
    expect 0 sync
    local head
    head=$(head_of)
    fault '{"path":"/v1/*","do":"status","status":404}'
    expect 3 sync
    equal "HEAD" "$(head_of)" "$head"
    mirror_is_sound
}

# ---- lists that fail for good ----

# One sub-list of each sort of fault: what it held stays, an edit elsewhere is committed, Complete names the kind.
failing_list() { # FAULT-FIELDS
    sim_start_small
    config api.lists=integration api.timeout=1s
    local integration flow connection
    integration=$(first integrations)
    flow=$(first flows "._integrationId == \"$integration\"")
    expect 0 --config "$CONFIG" sync
    local files complete
    files=$(g ls-tree -r --name-only HEAD)
    complete=$(g rev-parse refs/iokeeper/complete)
    connection=$(first connections)
    admin PATCH "/connections/$connection" '{"settings":{"changed":true}}'
    admin PATCH "/flows/$flow" '{"name":"Not to be seen"}'
    fault "{\"path\":\"/v1/integrations/$integration/flows\",$1}"
    expect 3 --config "$CONFIG" sync
    says flows
    equal "files" "$(g ls-tree -r --name-only HEAD)" "$files"
    contains "body" "$(body)" "($connection)"
    contains "Complete" "$(trailer Complete)" no
    contains "Complete" "$(trailer Complete)" flows
    equal "refs/iokeeper/complete" "$(g rev-parse refs/iokeeper/complete)" "$complete"
    mirror_is_sound
    faults_clear
    expect 0 --config "$CONFIG" sync
    contains "subject" "$(subject)" "1 flow changed"
    equal "Complete" "$(trailer Complete)" yes
    mirror_matches_account --lists integration
}

@test "a sub-list that answers 500 for good: its entries stay, the rest is committed" {
    failing_list '"do":"status","status":500'
}

@test "a sub-list that answers 403" {
    failing_list '"do":"status","status":403'
}

@test "a sub-list whose connection is closed" {
    failing_list '"do":"close"'
}

@test "a sub-list that is cut off" {
    failing_list '"do":"cut","bytes":200'
}

@test "a sub-list that is no JSON" {
    failing_list '"do":"garbage"'
}

@test "a sub-list that is an object, not a list" {
    failing_list '"do":"body","body":{"a":1}'
}

@test "a sub-list that ends in the middle of a document" {
    failing_list '"do":"body","body":"[{\"_id\":\"5f0000000000000000000001\",\"name\":\"x"'
}

@test "a sub-list that stalls" {
    failing_list '"do":"stall","bytes":50,"seconds":30'
}

@test "the list of integrations fails: all stays" {
    sim_start_small
    expect 0 sync
    local files
    files=$(g ls-tree -r --name-only HEAD)
    fault '{"path":"/v1/integrations","do":"status","status":500}'
    expect 3 sync
    says integrations
    equal "files" "$(g ls-tree -r --name-only HEAD)" "$files"
    mirror_is_sound
    nothing_was_rescued
}

@test "users, audit and error lists that fail keep their files, and say so" {
    sim_start_small
    local kind files code
    expect 0 sync
    files=$(g ls-tree -r HEAD)
    for kind in ashares audit errors; do
        fault "{\"path\":\"/v1/integrations/$(first integrations)/$kind\",\"do\":\"status\",\"status\":500}"
        # No file depends on the error counts, unless mirror.errors is on.
        code=3
        if [[ $kind == errors ]]; then code=0; fi
        expect $code sync
        says "/$kind?"
        equal "files" "$(g ls-tree -r HEAD)" "$files"
        faults_clear
    done
}

@test "a first mirror with a failing list is partial, and made whole later" {
    sim_start_small
    fault '{"path":"/v1/imports","do":"status","status":500}'
    fault '{"path":"/v1/integrations/*/imports","do":"status","status":500}'
    expect 3 sync
    contains "Complete" "$(trailer Complete)" imports
    not g rev-parse -q --verify refs/iokeeper/complete
    mirror_is_sound
    faults_clear
    expect 0 sync
    mirror_matches_account
    g rev-parse -q --verify refs/iokeeper/complete
}

# ---- deletions ----

many_flows() {
    sim_start --integrations 1 --flows "${1:-14}" --exports 1 --imports 1 --connections 1 --audit 1 --users 1
}

flows_held() {
    g ls-tree -r --name-only HEAD | grep -c /flows/ || true
}

delete_flows() { # N
    local id
    for id in $(ids flows | head -n "$1"); do
        admin DELETE "/flows/$id"
    done
}

@test "a list that comes back empty: withheld, exit 5, says how to accept, HEAD keeps the files" {
    many_flows
    expect 0 sync
    local files
    files=$(g ls-tree -r --name-only HEAD)
    fault '{"path":"/v1/flows","do":"empty"}'
    fault '{"path":"/v1/integrations/*/flows","do":"empty"}'
    expect 5 sync
    says "iokeeper ack"
    says "14 deletions"
    says "$(path_of "$(first flows)")"
    equal "files" "$(g ls-tree -r --name-only HEAD)" "$files"
    mirror_is_sound
    expect 0 status
    says "iokeeper ack"
    faults_clear
    expect 0 sync
    expect 0 status
    says_not "iokeeper ack"
}

@test "an empty list and an ack do not delete what GET still shows" {
    many_flows
    expect 0 sync
    local files
    files=$(g ls-tree -r --name-only HEAD)
    fault '{"path":"/v1/flows","do":"empty"}'
    fault '{"path":"/v1/integrations/*/flows","do":"empty"}'
    expect 5 sync
    expect 0 ack
    expect 3 sync
    equal "files" "$(g ls-tree -r --name-only HEAD)" "$files"
    mirror_is_sound
}

@test "a few that vanish altogether are withheld, too" {
    many_flows 3
    expect 0 sync
    delete_flows 3
    expect 5 sync
    equal "flows" "$(flows_held)" 3
    mirror_is_sound
}

@test "deleted for real: withheld, accepted, gone; and an ack works once" {
    many_flows 26
    expect 0 sync
    delete_flows 12
    expect 5 sync
    says "12 deletions"
    equal "flows" "$(flows_held)" 26
    expect 0 ack
    says 12
    expect 0 sync
    equal "flows" "$(flows_held)" 14
    mirror_is_sound
    mirror_matches_account
    delete_flows 12
    expect 5 sync
    equal "flows" "$(flows_held)" 14
    expect 0 ack
    expect 0 sync
    equal "flows" "$(flows_held)" 2
    mirror_matches_account
}

@test "an ack accepts what was withheld then, not what is missing since" {
    many_flows 40
    expect 0 sync
    delete_flows 12
    expect 5 sync
    expect 0 ack
    delete_flows 12
    expect 5 sync
    says "12 deletions"
    equal "flows" "$(flows_held)" 28
    mirror_is_sound
}

@test "withheld deletions do not keep the rest from being committed" {
    many_flows 14
    expect 0 sync
    delete_flows 12
    admin PATCH "/exports/$(first exports)" '{"settings":{"changed":1}}'
    expect 5 sync
    contains "subject" "$(subject)" "1 export changed"
    equal "flows" "$(flows_held)" 14
    contains "Complete" "$(trailer Complete)" no
    not equal "refs/iokeeper/complete" "$(g rev-parse refs/iokeeper/complete)" "$(head_of)"
}

@test "up to max_delete are never withheld, whatever the share" {
    many_flows 14
    expect 0 sync
    delete_flows 10
    expect 0 sync
    equal "flows" "$(flows_held)" 4
    mirror_matches_account
}

@test "a small share is not withheld, however many" {
    many_flows 40
    config safety.max_delete=2 safety.max_delete_percent=50
    expect 0 --config "$CONFIG" sync
    delete_flows 20
    expect 0 --config "$CONFIG" sync
    equal "flows" "$(flows_held)" 20
    delete_flows 11
    expect 5 --config "$CONFIG" sync
    equal "flows" "$(flows_held)" 20
}

@test "max_delete and max_delete_percent are the configuration's" {
    many_flows 14
    config safety.max_delete=0 safety.max_delete_percent=0
    expect 0 --config "$CONFIG" sync
    delete_flows 1
    expect 5 --config "$CONFIG" sync
    equal "flows" "$(flows_held)" 14
}

@test "ack with nothing withheld, and before any mirror" {
    sim_start_small
    expect 10 ack
    expect 0 sync
    expect 0 ack
    says "nothing"
}

@test "a resource missing from the list is deleted only when GET says 404" {
    sim_start_small
    local flow answer
    flow=$(first flows)
    expect 0 sync
    local files
    files=$(g ls-tree -r --name-only HEAD)
    admin GET "/flows/$flow" >"$T/flow.json"
    admin DELETE "/flows/$flow"
    for answer in 403 500 410; do
        fault "{\"path\":\"/v1/flows/$flow\",\"do\":\"status\",\"status\":$answer}"
        expect 3 sync
        equal "files after $answer" "$(g ls-tree -r --name-only HEAD)" "$files"
        faults_clear
    done
    fault "{\"path\":\"/v1/flows/$flow\",\"do\":\"body\",\"body\":$(<"$T/flow.json")}"
    expect 3 sync
    equal "files after 200" "$(g ls-tree -r --name-only HEAD)" "$files"
    faults_clear
    fault "{\"path\":\"/v1/flows/$flow\",\"do\":\"status\",\"status\":401}"
    expect 12 sync
    equal "files after 401" "$(g ls-tree -r --name-only HEAD)" "$files"
    faults_clear
    expect 0 sync
    is_gone "$flow"
    mirror_is_sound
}

# ---- documents that cannot be taken ----

# Puts a connection with this JSON text into the account, and an edit beside it: the first is refused by name, the
# other is committed.
refused_document() { # JSON WORDS…
    local good word
    good=$(first flows)
    admin PATCH "/flows/$good" "{\"name\":\"Edited $RANDOM\"}"
    printf '%s' "$1" >"$T/bad.json"
    admin POST /connections "@$T/bad.json"
    shift
    expect 3 sync
    for word in "$@"; do says "$word"; done
    contains "body" "$(body)" "($good)"
    contains "Complete" "$(trailer Complete)" connections
    mirror_is_sound
    world_holds_only_the_mirror
}

@test "a document that is too deep, or holds an integer of 30 digits, is refused by name" {
    sim_start_small
    expect 0 sync
    refused_document '{"_id":"5f0000000000000000000001","name":"Big number","x":123456789012345678901234567890}' \
        5f0000000000000000000001 connection
    is_gone 5f0000000000000000000001
    admin DELETE /connections/5f0000000000000000000001
    local deep
    deep=$(printf '[%.0s' {1..200})$(printf ']%.0s' {1..200})
    refused_document '{"_id":"5f0000000000000000000002","name":"Deep","x":'"$deep"'}' 5f0000000000000000000002
    is_gone 5f0000000000000000000002
}

@test "a document that was mirrored and becomes one that cannot be taken keeps its last version" {
    sim_start_small
    local connection before
    connection=$(first connections)
    expect 0 sync
    before=$(g rev-parse "HEAD:$(path_of "$connection")")
    admin PUT "/connections/$connection" "{\"_id\":\"$connection\",\"name\":\"x\",\"n\":123456789012345678901234567890}"
    expect 3 sync
    says "$connection"
    equal "blob" "$(g rev-parse "HEAD:$(path_of "$connection")")" "$before"
    mirror_is_sound
}

@test "a document over the size limit is refused by name, all else is committed" {
    sim_start_small
    expect 0 sync
    admin GET /state >"$T/dump.json"
    sim_stop
    /usr/bin/python3 - "$T/dump.json" <<'PYTHON'
import json, sys
dump = json.load(open(sys.argv[1]))
dump["connections"].append({"_id": "5f0000000000000000000001", "name": "Huge", "x": "a" * (33 << 20)})
dump["flows"][0]["name"] = "Edited"
json.dump(dump, open(sys.argv[1], "w"))
PYTHON
    sim_start --load "$T/dump.json"
    expect 3 sync
    says 5f0000000000000000000001
    contains "subject" "$(subject)" "flow"
    equal "connections" "$(g ls-tree -r --name-only HEAD account/connections | wc -l)" 2
    mirror_is_sound
}

@test "rows that are no objects are refused, the others taken" {
    sim_start_small
    expect 0 sync
    local files rows
    files=$(g ls-tree -r --name-only HEAD)
    rows=$(admin GET /state | jq -c '.connections + [1, "text", null, []]')
    fault "{\"path\":\"/v1/connections\",\"do\":\"body\",\"body\":$rows}"
    expect 3 sync
    says connection
    equal "files" "$(g ls-tree -r --name-only HEAD)" "$files"
}

# ---- ids ----

@test "hostile ids are refused by name, and nothing is written outside of the mirror" {
    sim_start_small
    expect 0 sync
    mkdir "$T/world/canary"
    echo sing >"$T/world/canary/bird"
    local canary kind
    canary=$(snapshot "$T/world/canary")
    local ids=('../../x' '../../canary/bird' '.git' '.' '..' '/etc/iokeeper-was-here' '' 'a/b' 'a\nb' 'a\u0000b' 'a b' 'ä'
        'x.yaml' '-rf*' "$(printf 'a%.0s' {1..300})")
    local number=0 id
    for kind in connections integrations; do
        number=0
        for id in "${ids[@]}"; do
            number=$((number + 1))
            printf '{"_id":"%s","name":"Hostile %s %d!"}\n' "$id" $kind $number
        done >"$T/documents"
        add $kind <"$T/documents"
    done
    add connections <<'JSON'
{"name":"Hostile connections missing!"}
{"_id":null,"name":"Hostile connections null!"}
{"_id":{"a":1},"name":"Hostile connections map!"}
{"_id":12345,"name":"Hostile connections number!"}
JSON
    local good
    good=$(first flows)
    admin PATCH "/flows/$good" '{"name":"Edited"}'
    expect 3 --json sync
    for kind in connections integrations; do
        for number in $(seq ${#ids[@]}); do says "Hostile $kind $number!"; done
    done
    for kind in missing null map number; do says "Hostile connections $kind!"; done
    contains "body" "$(body)" "($good)"
    equal "hostile files" "$(g ls-tree -r --name-only HEAD | grep -ci hostile || true)" 0
    equal "canary" "$(snapshot "$T/world/canary")" "$canary"
    equal "world" "$(cd "$T/world" && echo * .[!.]*)" "canary mirror .[!.]*"
    not test -e /etc/iokeeper-was-here
    mirror_is_sound
}

@test "a hostile integration id reaches no URL" {
    sim_start_small
    admin POST /integrations '{"_id":"../flows","name":"Hostile"}'
    expect 3 sync
    equal "requests with it" "$(admin GET /log | grep -cE '\.\./flows|\.\.%2[fF]flows' || true)" 0
}

@test "ids that differ only in case are two resources" {
    sim_start_small
    admin POST /connections '{"_id":"5F00000000000000000000AA","name":"Same"}'
    admin POST /connections '{"_id":"5f00000000000000000000aa","name":"Same"}'
    expect 0 sync
    mirror_is_sound
    mirror_matches_account
}

# ---- names ----

@test "names of all sorts get stable, safe, distinct paths" {
    sim_start --integrations 1 --flows 1 --exports 1 --imports 1 --connections 0 --audit 1
    # shellcheck disable=SC2016 # nothing is to be expanded
    local number=0 name names=('' ' ' '...' '../../etc' 'a/b\\c' 'line\nbreak' '-rf' '--' 'CON' 'nul.txt' 'Orders' 'ORDERS' 'orders'
        '😀' '👩‍💻 orders' '\u202Eabc\u202C' '\u200Fمرحبا' 'tab\there' 'nul\u0000byte' '注文の同期' 'ÄÖÜ ß' 'e\u0301' '.git' '$(touch x)'
        '`id`' '*?[x]' '\"quoted\"' "$(printf 'long name %.0s' {1..1000})" "$(printf 'é%.0s' {1..100})" '---' 'a--b' '\u0001\u007f')
    for name in "${names[@]}"; do
        number=$((number + 1))
        printf '{"_id":"5f%022d","name":"%s","n":%d}\n' $number "$name" $number
    done >"$T/documents"
    add connections <"$T/documents"
    add connections <<'JSON'
{"_id":"5f0000000000000000000900"}
{"_id":"5f0000000000000000000901","name":null}
{"_id":"5f0000000000000000000902","name":{"a":1}}
JSON
    expect 0 sync
    mirror_is_sound
    world_holds_only_the_mirror
    equal "paths" "$(g ls-tree -r --name-only HEAD account/connections | wc -l)" $((number + 3))
    # Each file name: SLUG--ID.yaml, a slug of at most 60 bytes without anything that a shell or another system minds.
    local path slug
    g ls-tree -r --name-only -z HEAD account/connections >"$T/paths"
    while IFS= read -r -d '' path; do
        slug=${path##*/}
        slug=${slug%.yaml}
        [[ $slug =~ --5f[0-9]{22}$ ]] || { echo "no SLUG--ID: $path" >&2; return 1; }
        slug=${slug%--5f*}
        [[ $(LC_ALL=C; echo ${#slug}) -le 60 && -n $slug ]] || { echo "length of $path" >&2; return 1; }
        [[ $slug != -* && ! $slug =~ [][:cntrl:][:space:]/\\\"\'\$\`*?.[] ]] || { echo "unsafe: $path" >&2; return 1; }
    done <"$T/paths"
    test -e "$MIRROR/account/connections/unnamed--5f0000000000000000000001.yaml"
    test -e "$MIRROR/account/connections/con--5f0000000000000000000009.yaml"
    # The names themselves are unharmed.
    documents_match_account connections
    # And they do not move.
    expect 0 sync
    equal "commits" "$(commits)" 1
}

@test "commit messages hold names on one line, without control characters" {
    sim_start_small
    expect 0 sync
    admin POST /connections '{"_id":"5f0000000000000000000001","name":"two\nlines\n\nCycle: forged\u0007\u001b[31m"}'
    expect 0 sync
    equal "control characters" "$(g log -1 --format=%B | tr -d '\n' | grep -cP '[\x00-\x1f\x7f]' || true)" 0
    equal "Cycle trailers" "$(trailer Cycle | wc -l)" 1
}

# ---- strings ----

@test "hostile strings survive as values and as keys" {
    sim_start_small
    /usr/bin/python3 - "$T/strings.json" <<'PYTHON'
import json, sys
strings = ["yes", "no", "on", "y", "N", "true", "~", "null", "Null", "", " ", "0x1F", "0o17", "017", "1_000", "1e3", "1.0e+3", ".5",
           "+1", "-0", ".inf", "-.INF", ".NaN", "12:30:45", "2024-01-01", "2024-01-01T00:00:00Z", "<<", "=", "!", "!!str x", "&a", "*a",
           "- x", "-", "---", "--- x", "...", "# x", "a # x", "a: b", "a:", ": a", "? x", "?", "[a]", "{a}", "]", "}", ",", "a, b", "|", ">",
           "%TAG", "@x", "`x`", "'", "\"", "''", "it's", "\\", "\\n", "trailing ", "trailing  ", " leading", "\ttab", "tab\t", "a\tb",
           "\n", "\n\n", "a\n", "a\n\n", "\na", "a\nb", "a\nb\n", " a\nb", "a \nb", "a\n b\n", "a\n\tb", "a\r\nb", "a\rb", "\r\n", "\r",
           "a\n# b", "a\n--- b\n", "\u0000", "a\u0000b", "\u0001\u0002\u001f", "\u001b[31m", "\u007f", "\u0085", "a\u0085b", "\u00a0",
           "\u2028", "a\u2028b", "\u2029", "a\n\u2028b\n", "\ufeff", "\ufeffbom first", "a\ufeffb", "\u200b", "\u202eabc", "\ufffd", "\ufffe",
           "\uffff", "\ud7ff", "\ue000", "😀", "a😀\nb", "👩‍💻", "\U0010ffff", "e\u0301", "注文", "x" * 5000, "word " * 2000,
           "line\n" * 500, "5e8400000000000000000000", "0e12345678901234567890ab", "123456789012345678901234", "NULL", "nan", "inf",
           "******", "<redacted:1>", "{{{json x}}}", "${x}", "a" * 130 + ": b"]
document = {"_id": "5f0000000000000000000001", "name": "Strings", "list": strings, "map": {f"k{i}": s for i, s in enumerate(strings)},
            "keys": {s: i for i, s in enumerate(strings) if "\0" not in s}, "deep": [[[s]] for s in strings]}
json.dump(document, open(sys.argv[1], "w"))
PYTHON
    admin POST /connections "@$T/strings.json"
    expect 0 sync
    /usr/bin/python3 "$BATS_TEST_DIRNAME/oracle.py" same-as-json "$MIRROR/$(path_of 5f0000000000000000000001)" "$T/strings.json"
    mirror_is_sound
    expect 0 sync
    equal "commits" "$(commits)" 1
}

@test "hostile strings are names, too" {
    sim_start_small
    local name number=0
    for name in yes '~' 0x1F 1_000 2024-01-01 '- x' '# x' 'trailing  ' 'cr\r\nlf' 'nul\u0000' '\u007f' '\u2028' '\ufeff' '😀'; do
        number=$((number + 1))
        printf '{"_id":"5f%022d","name":"%s"}\n' $number "$name"
    done >"$T/documents"
    add connections <"$T/documents"
    expect 0 sync
    documents_match_account connections
    equal "connections" "$(g ls-tree -r --name-only HEAD account/connections | wc -l)" $((number + 2))
}

@test "broken text in an answer is refused by name: unpaired surrogates, bad UTF-8, a key that stands twice" {
    sim_start_small
    expect 0 sync
    local good
    good=$(admin GET /state | jq -c '.connections[]' | head -n 1)
    printf '[%s,{"_id":"5f0000000000000000000001","x":"\\ud800"},{"_id":"5f0000000000000000000002","x":"\xff\xfe"},{"_id":"5f0000000000000000000003","x":1,"x":2}]' \
        "$good" >"$T/rows"
    fault "{\"path\":\"/v1/connections\",\"do\":\"body\",\"body_base64\":\"$(base64 -w0 "$T/rows")\"}"
    expect 3 sync
    says 5f0000000000000000000001
    says 5f0000000000000000000002
    says 5f0000000000000000000003
    equal "connections" "$(g ls-tree -r --name-only HEAD account/connections | wc -l)" 2
    mirror_is_sound
}

# ---- the mirror's path ----

@test "a folder that is no repository and not empty: exit 10, untouched" {
    sim_start_small
    mkdir "$MIRROR"
    echo mine >"$MIRROR/letter"
    expect 10 sync
    says "$MIRROR"
    equal "files" "$(find "$MIRROR" -mindepth 1)" "$MIRROR/letter"
    expect 10 status
}

@test "a path that is a file: not touched, exit 10" {
    sim_start_small
    echo mine >"$MIRROR"
    expect 10 sync
    equal "file" "$(<"$MIRROR")" mine
}

@test "a folder inside of somebody's repository is not that repository" {
    sim_start_small
    git init -q "$T/world"
    mkdir "$MIRROR"
    echo mine >"$MIRROR/letter"
    expect 10 sync
    equal "commits of the outer repository" "$(git -C "$T/world" rev-list --all | wc -l)" 0
}

@test "a bare repository: exit 2, untouched" {
    sim_start_small
    git init -q --bare "$MIRROR"
    local before
    before=$(snapshot "$MIRROR")
    expect 2 sync
    says bare
    equal "files" "$(snapshot "$MIRROR")" "$before"
}

@test "status before any mirror: exit 10" {
    sim_start_small
    expect 10 status
    says "$MIRROR"
    not test -e "$MIRROR"
}

@test "a mirror that another process holds: exit 11, and afterwards all is well" {
    sim_start_small
    expect 0 sync
    flock "$MIRROR/.git/iokeeper.lock" sleep 60 3>&- &
    local holder=$!
    wait_for 20 not flock -n "$MIRROR/.git/iokeeper.lock" true 2>"$T/ignored"
    expect 11 sync
    expect 11 ack
    expect 0 status
    pkill -P "$holder" sleep
    wait "$holder" || true
    expect 0 sync
    mirror_is_sound
}

@test "a file that a person changed is rescued to a branch, then restored" {
    sim_start_small
    expect 0 sync
    local path committed
    path=$(path_of "$(first flows)")
    committed=$(<"$MIRROR/$path")
    echo 'a person was here' >>"$MIRROR/$path"
    rm "$MIRROR/iokeeper.yaml"
    echo 'my own notes' >"$MIRROR/notes.txt"
    expect 0 sync
    says rescued/
    equal "file" "$(<"$MIRROR/$path")" "$committed"
    test -f "$MIRROR/iokeeper.yaml"
    equal "own file" "$(<"$MIRROR/notes.txt")" 'my own notes'
    equal "git status" "$(g status --porcelain)" "?? notes.txt"
    local branch
    branch=$(g for-each-ref --format='%(refname)' refs/heads/rescued)
    equal "branches" "$(wc -l <<<"$branch")" 1
    equal "rescued file" "$(g show "$branch:$path" | tail -n 1)" 'a person was here'
    equal "git fsck" "$(g fsck --full --strict 2>&1)" ""
    equal "commits" "$(commits)" 1
}

@test "a staged change is rescued, too" {
    sim_start_small
    expect 0 sync
    local path
    path=$(path_of "$(first flows)")
    echo 'staged by a person' >>"$MIRROR/$path"
    g add "$path"
    echo 'and more' >>"$MIRROR/$path"
    expect 0 sync
    mirror_is_sound
    local branch
    branch=$(g for-each-ref --format='%(refname)' refs/heads/rescued)
    equal "rescued file" "$(g show "$branch:$path" | tail -n 1)" 'and more'
    g log --format=%H "$branch" -- "$path" | while read -r commit; do g show "$commit:$path"; done | grep -q 'staged by a person'
}

@test "a person's file in the way of a new one is rescued" {
    sim_start_small
    expect 0 sync
    admin POST /connections '{"_id":"5f0000000000000000000001","name":"New"}'
    echo mine >"$MIRROR/account/connections/new--5f0000000000000000000001.yaml"
    expect 0 sync
    mirror_is_sound
    mirror_matches_account
    local branch
    branch=$(g for-each-ref --format='%(refname)' refs/heads/rescued)
    equal "rescued file" "$(g show "$branch:account/connections/new--5f0000000000000000000001.yaml")" mine
}

@test "a symbolic link in the mirror leads nobody out of it" {
    sim_start_small
    expect 0 sync
    mkdir "$T/world/outside"
    rm -r "$MIRROR/account"
    ln -s "$T/world/outside" "$MIRROR/account"
    expect 0 sync
    equal "files outside" "$(find "$T/world/outside" -mindepth 1)" ""
    mirror_is_sound
    mirror_matches_account
}

teardown_more() {
    if [[ -n ${MOUNTED:-} ]]; then umount "$MOUNTED"; fi
}

@test "a full disk: exit 1, HEAD intact, and the next sync succeeds" {
    [[ $EUID -eq 0 ]] || skip "mounting a small file system takes root"
    mkdir "$T/disk"
    mount -t tmpfs -o size=3m tmpfs "$T/disk" 2>"$T/mount" || skip "mount is not permitted: $(<"$T/mount")"
    MOUNTED=$T/disk
    MIRROR=$T/disk/mirror
    sim_start_small
    expect 0 sync
    local head
    head=$(head_of)
    # What follows fits into the file system as objects, but not as objects and files.
    /usr/bin/python3 - "$T/big.json" <<'PYTHON'
import json, random, sys
random.seed(1)
json.dump({"_id": "5f0000000000000000000001", "name": "Big", "x": ["%0200x" % random.getrandbits(800) for _ in range(9000)]},
          open(sys.argv[1], "w"))
PYTHON
    admin POST /connections "@$T/big.json"
    dd if=/dev/zero of="$T/disk/ballast" bs=64k 2>"$T/ignored" || true
    expect 1 sync
    says_like 'space|full|ENOSPC'
    equal "HEAD" "$(head_of)" "$head"
    rm "$T/disk/ballast"
    equal "git fsck" "$(g fsck --full --strict 2>&1 | grep -v '^dangling' || true)" ""
    expect 1 sync
    equal "git fsck" "$(g fsck --full --strict 2>&1 | grep -v '^dangling' || true)" ""
    [[ $(commits) -le 2 && $(g rev-parse HEAD~$(($(commits) - 1))) == "$head" ]]
    mount -o remount,size=60m "$T/disk"
    expect 0 sync
    mirror_is_sound
    mirror_matches_account
    nothing_was_rescued
}

@test "a mirror that cannot be written: exit 1, HEAD intact" {
    [[ $EUID -eq 0 ]] || skip "a read-only mount takes root"
    mkdir -p "$T/disk"
    mount -t tmpfs -o size=16m tmpfs "$T/disk" 2>"$T/mount" || skip "mount is not permitted: $(<"$T/mount")"
    MOUNTED=$T/disk
    MIRROR=$T/disk/mirror
    sim_start_small
    expect 0 sync
    local head
    head=$(head_of)
    admin PATCH "/flows/$(first flows)" '{"name":"changed"}'
    mount -o remount,ro "$T/disk"
    expect 1 sync
    equal "HEAD" "$(head_of)" "$head"
    mount -o remount,rw "$T/disk"
    expect 0 sync
    mirror_is_sound
    mirror_matches_account
}

@test "a repository with a damaged object or ref: exit 1, says what, and does not make it worse" {
    sim_start_small
    expect 0 sync
    echo 'no hash' >"$MIRROR/.git/refs/heads/main"
    expect 1 sync
    equal "ref" "$(<"$MIRROR/.git/refs/heads/main")" 'no hash'
}
