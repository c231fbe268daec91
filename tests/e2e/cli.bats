#!/usr/bin/env bats
# The command line: verbs, options, outputs, configuration, exit codes.

load helpers

# ---- help and mistakes ----

@test "help, --help and --version" {
    local way verb
    for way in help --help; do
        expect 0 $way
        for verb in init sync status ack template; do says "$verb"; done
        equal "standard error" "$(<"$T/err")" ""
    done
    expect 0 --version
    grep -qE '^iokeeper [0-9]+\.[0-9]+\.[0-9]+$' "$T/out"
    equal "lines" "$(wc -l <"$T/out")" 1
}

@test "no verb, wrong verbs, wrong options and too many words: exit 2 and a hint" {
    expect 2
    says help
    expect 2 snyc
    says '"sync"'
    expect 2 xyzzy-plugh
    says_not 'did you mean'
    expect 2 --frobnicate sync
    says frobnicate
    expect 2 sync --frobnicate
    expect 2 sync extra
    expect 2 status extra
    expect 2 -o file sync
    expect 2 status --full
    expect 2 --config
    expect 2 --config a.yaml --account b sync
    expect 2 template
    expect 2 --account ../../etc/passwd sync
    equal "standard output" "$(<"$T/out")" ""
    not test -e "$MIRROR"
}

@test "options may stand on either side of the verb" {
    sim_start_small
    expect 0 sync --json
    jq -e . "$T/out" >"$T/ignored"
    expect 0 sync -q
    silent
    expect 0 sync --full
    expect 0 sync --yes
}

# ---- outputs ----

@test "--json is NDJSON that ends with a summary, whatever the exit code" {
    sim_start_small
    expect 10 --json status
    is_ndjson 10
    expect 0 --json sync
    is_ndjson 0
    equal "commit" "$(tail -n 1 "$T/out" | jq -r .commit)" "$(head_of)"
    expect 0 --json sync
    is_ndjson 0
    fault '{"path":"/v1/integrations/*/ashares","do":"status","status":500}'
    expect 3 --json sync
    is_ndjson 3
    faults_clear
    fault '{"path":"/v1/flows","do":"empty"}'
    fault '{"path":"/v1/integrations/*/flows","do":"empty"}'
    expect 5 --json sync
    is_ndjson 5
    equal "withheld" "$(tail -n 1 "$T/out" | jq -r .withheld)" 4
    faults_clear
    expect 0 --json status
    is_ndjson 0
    expect 0 --json ack
    is_ndjson 0
    IOKEEPER_TOKEN=x expect 12 --json sync
    is_ndjson 12
    expect 2 --json snyc
    is_ndjson 2
    expect 2 --json sync --frobnicate
    is_ndjson 2
    IOKEEPER_API_URL=http://127.0.0.1:9/v1 expect 1 --json sync
    is_ndjson 1
}

@test "--json tells each change" {
    sim_start_small
    expect 0 sync
    local flow
    flow=$(first flows)
    admin PATCH "/flows/$flow" '{"name":"A \"quoted\" näme\n"}'
    expect 0 --json sync
    equal "change" "$(jq -r 'select(.type == "change" and .kind == "flow") | .verb + " " + .id + " " + .fields' "$T/out")" \
        "changed $flow name"
    equal "path" "$(jq -r 'select(.type == "change" and .kind == "flow") | .path' "$T/out")" "$(path_of "$flow")"
}

@test "-q says nothing on success, and the error on failure" {
    sim_start_small
    expect 0 -q sync
    silent
    expect 0 -q sync
    silent
    sim_stop
    expect 1 -q sync
    equal "standard output" "$(<"$T/out")" ""
    [[ -s $T/err ]]
}

@test "one closing line on standard output; warnings on standard error" {
    sim_start_small
    expect 0 sync
    equal "lines on standard output" "$(wc -l <"$T/out")" 1
    equal "standard error" "$(<"$T/err")" ""
    fault '{"path":"/v1/integrations/*/ashares","do":"status","status":500}'
    expect 3 sync
    equal "lines on standard output" "$(wc -l <"$T/out")" 1
    grep -q ashares "$T/err"
}

@test "-v names each change" {
    sim_start_small
    expect 0 sync
    admin PATCH "/flows/$(first flows)" '{"name":"Loud"}'
    expect 0 -v sync
    says '~ flow "Loud"'
}

@test "no colour, no progress and no control characters into a pipe" {
    sim_start_small --latency 400
    admin POST /connections '{"_id":"5f0000000000000000000001","name":"bell\u0007 \u001b[31mred"}'
    expect 0 -v sync
    equal "control characters" "$(cat "$T/out" "$T/err" | tr -d '\n' | grep -cP '[\x00-\x08\x0b-\x1f\x7f]' || true)" 0
}

on_a_terminal() { # ARGUMENT…: what a terminal gets to see, in $T/typescript
    local command
    printf -v command '%q ' "$IOKEEPER" "$@"
    TERM=xterm script -q -e -c "stty cols 100; $command" "$T/typescript" >"$T/ignored" </dev/null
}

@test "a progress bar on a terminal, for work of over a second" {
    [[ -n $(command -v script) ]] || skip "script (util-linux, bsdutils) is not installed"
    sim_start_small --latency 700
    on_a_terminal sync
    grep -aq mirroring "$T/typescript"
    grep -aq $'\r' "$T/typescript"
    rm "$T/typescript"
    on_a_terminal -q sync
    not grep -aq mirroring "$T/typescript"
    rm "$T/typescript"
    on_a_terminal --json sync
    not grep -aq mirroring "$T/typescript"
}

@test "no progress bar on a terminal for work under a second, nor on a dumb one" {
    [[ -n $(command -v script) ]] || skip "script (util-linux, bsdutils) is not installed"
    sim_start_small --latency 700
    TERM=dumb script -q -e -c "$(printf '%q' "$IOKEEPER") sync" "$T/typescript" >"$T/ignored" </dev/null
    not grep -aq 'mirroring ' "$T/typescript"
}

@test "a closed or full standard output is a failure, not a crash, and the mirror is whole" {
    sim_start_small
    local code=0
    "$IOKEEPER" sync >&- 2>"$T/err" 3>&- || code=$?
    [[ $code -eq 1 || $code -eq 0 ]] || { echo "exit code $code" >&2; cat "$T/err" >&2; return 1; }
    mirror_is_sound
    mirror_matches_account
    if [[ -w /dev/full ]]; then
        code=0
        "$IOKEEPER" --json sync >/dev/full 2>"$T/err" 3>&- || code=$?
        equal "exit code with a full disk" "$code" 1
        grep -q 'standard output' "$T/err"
    fi
    code=0
    "$IOKEEPER" sync <&- >&- 2>&- 3>&- || code=$?
    [[ $code -eq 1 || $code -eq 0 ]]
    mirror_is_sound
    mirror_matches_account
}

@test "closed standard descriptors let nothing be written into the repository" {
    sim_start_small
    admin POST /connections '{"_id":"5f0000000000000000000001","name":"x"}'
    "$IOKEEPER" -v sync <&- >&- 2>&- 3>&- || true
    admin PATCH "/connections/5f0000000000000000000001" '{"name":"y"}'
    "$IOKEEPER" -v sync <&- >&- 2>&- 3>&- || true
    expect 0 sync
    mirror_is_sound
    mirror_matches_account
    nothing_was_rescued
}

# ---- init ----

@test "init writes a commented configuration that loads, and creates the mirror" {
    sim_start_small
    unset IOKEEPER_API_URL IOKEEPER_TOKEN IOKEEPER_MIRROR
    expect 0 --config "$T/etc/acme.yaml" init "$MIRROR"
    says "$T/etc/acme.yaml"
    says "$MIRROR"
    says "$T/etc/acme.token"
    grep -q '^ *#' "$T/etc/acme.yaml"
    local key
    for key in url token_file lists sandbox concurrency rate page_size timeout path branch remote include exclude users audit errors \
        redact every jitter full_every max_delete_percent max_delete webhook textfile; do
        grep -qE "^ *#? *$key:" "$T/etc/acme.yaml" || { echo "init does not document $key" >&2; return 1; }
    done
    /usr/bin/python3 -c 'import sys, yaml; yaml.safe_load(open(sys.argv[1]))' "$T/etc/acme.yaml"
    g rev-parse --git-dir
    equal "branch" "$(g symbolic-ref HEAD)" refs/heads/main
    # With a token the file is enough.
    expect 2 --config "$T/etc/acme.yaml" sync
    (umask 077; echo "$TOKEN" >"$T/etc/acme.token")
    IOKEEPER_API_URL=$SIM/v1 expect 0 --config "$T/etc/acme.yaml" sync
    mirror_is_sound
    mirror_matches_account
    expect 0 --config "$T/etc/acme.yaml" status
}

@test "init keeps a configuration and a mirror that are there" {
    sim_start_small
    config
    expect 0 --config "$CONFIG" sync
    local text head
    text=$(<"$CONFIG") head=$(head_of)
    expect 0 --config "$CONFIG" init "$MIRROR"
    equal "configuration" "$(<"$CONFIG")" "$text"
    equal "HEAD" "$(head_of)" "$head"
}

@test "init --json ends with a summary, and takes IOKEEPER_API_URL and IOKEEPER_MIRROR" {
    sim_start_small
    expect 0 --config "$T/a.yaml" --json init
    is_ndjson 0
    grep -qF "$SIM/v1" "$T/a.yaml"
    grep -qF "$MIRROR" "$T/a.yaml"
    not grep -qF "$TOKEN" "$T/a.yaml"
    unset IOKEEPER_API_URL IOKEEPER_MIRROR
    expect 0 --config "$T/a.yaml" sync
    mirror_is_sound
}

@test "init into a folder that is no repository: exit 10 and no configuration" {
    mkdir "$MIRROR"
    echo mine >"$MIRROR/letter"
    expect 10 --config "$T/a.yaml" init "$MIRROR"
    not test -e "$T/a.yaml"
    equal "files" "$(ls -A "$MIRROR")" letter
}

# ---- status ----

@test "status tells the last cycle, counts, problems and open flow errors" {
    sim_start --integrations 2 --flows 3 --exports 4 --imports 4 --connections 5 --audit 2
    local integration
    for integration in $(ids integrations); do admin PUT "/integrations/$integration/errors" '[]'; done
    admin PUT "/integrations/$(first integrations)/errors" "[{\"_flowId\":\"$(first flows)\",\"numError\":7}]"
    expect 0 sync
    expect 0 status
    grep -qE '^flows +6$' "$T/out"
    grep -qE '^exports +8$' "$T/out"
    grep -qE '^connections +5$' "$T/out"
    grep -qE '^open flow errors +7$' "$T/out"
    says synced
    expect 0 --json status
    equal "counts" "$(jq -c '[.resources.flows, .resources.integrations, .last.open_errors]' "$T/out")" "[6,2,7]"
    equal "commit" "$(jq -r .commit "$T/out")" "$(head_of)"
    fault '{"path":"/v1/integrations/*/ashares","do":"status","status":500}'
    expect 3 sync
    expect 0 status
    says partial
    says ashares
    sim_stop
    expect 1 sync
    expect 0 status
    says failed
    says "127.0.0.1:$PORT"
    equal "last complete cycle" "$("$IOKEEPER" --json status | jq -r '.last.last_complete | length')" 20
}

@test "status needs no server, no token and writes nothing" {
    sim_start_small
    expect 0 sync
    sim_stop
    unset IOKEEPER_TOKEN
    local before
    before=$(snapshot "$MIRROR")
    expect 0 status
    equal "files" "$(snapshot "$MIRROR")" "$before"
    rm "$MIRROR/.git/iokeeper/status.json"
    expect 0 status
    echo '{"broken' >"$MIRROR/.git/iokeeper/status.json"
    expect 0 status
}

# ---- template ----

@test "template downloads the archive, by id, name, kind/name and path, and leaks no token" {
    sim_start_small
    expect 0 sync
    local integration name selector
    integration=$(first integrations)
    name=$(admin GET "/integrations/$integration" | jq -r .name)
    for selector in "$integration" "$name" "integration/$name" "integrations/$integration" "$(path_of "$integration")"; do
        rm -f "$T/template.zip"
        expect 0 template "$selector" -o "$T/template.zip"
        /usr/bin/python3 - "$T/template.zip" "$integration" <<'PYTHON'
import json, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
assert json.loads(archive.read("integration.json"))["_id"] == sys.argv[2]
PYTHON
    done
    equal "tokens sent to the signed URL" "$(stat_of .leaked_authorization)" 0
    equal "downloads" "$(requests_of '/_files/template/{id}.zip')" 5
}

@test "template needs no mirror; -o - writes to standard output alone; --json tells" {
    sim_start_small
    expect 0 template "$(first integrations)" -o -
    /usr/bin/python3 -c 'import sys, zipfile; assert zipfile.ZipFile(sys.argv[1]).testzip() is None' "$T/out"
    expect 0 --json template "$(first integrations)" -o "$T/template.zip"
    is_ndjson 0
    equal "file" "$(tail -n 1 "$T/out" | jq -r .file)" "$T/template.zip"
    expect 0 -q template "$(first integrations)" -o "$T/template.zip"
    silent
    not test -e "$MIRROR"
}

@test "template of none or of several integrations: exit 2 that lists them, no file" {
    sim_start_small
    expect 2 template "No such thing" -o "$T/template.zip"
    says "No such thing"
    expect 2 template "$(first integrations)"
    admin PATCH "/integrations/$(ids integrations | sed -n 1p)" '{"name":"Twins"}'
    admin PATCH "/integrations/$(ids integrations | sed -n 2p)" '{"name":"Twins"}'
    expect 2 template Twins -o "$T/template.zip"
    says "$(ids integrations | sed -n 1p)"
    says "$(ids integrations | sed -n 2p)"
    not test -e "$T/template.zip"
}

@test "template that fails leaves a file that was there as it was" {
    sim_start_small
    echo old >"$T/template.zip"
    fault '{"path":"/_files/*","do":"cut","bytes":20}'
    expect 1 template "$(first integrations)" -o "$T/template.zip"
    equal "file" "$(<"$T/template.zip")" old
    faults_clear
    fault '{"path":"/v1/integrations/*/template","do":"status","status":404}'
    expect 1 template "$(first integrations)" -o "$T/template.zip"
    faults_clear
    fault '{"path":"/v1/integrations/*/template","do":"body","body":{"signedURL":"http://192.0.2.1/x.zip"}}'
    expect 1 template "$(first integrations)" -o "$T/template.zip"
    fault '{"path":"/v1/*","do":"status","status":401}'
    faults_clear
    IOKEEPER_TOKEN=wrong expect 12 template "$(first integrations)" -o "$T/template.zip"
    equal "file" "$(<"$T/template.zip")" old
    equal "other files" "$(find "$T" -maxdepth 1 -name '*template*' | wc -l)" 1
}

# ---- where the configuration comes from ----

@test "the environment overrides the file" {
    sim_start_small
    config mirror.path="$T/world/by-file"
    IOKEEPER_MIRROR=$T/world/by-environment expect 0 --config "$CONFIG" sync
    test -d "$T/world/by-environment/.git"
    not test -e "$T/world/by-file"
    IOKEEPER_TOKEN=wrong expect 12 --config "$CONFIG" sync
    says IOKEEPER_TOKEN
    IOKEEPER_API_URL=http://127.0.0.1:9/v1 expect 1 --config "$CONFIG" sync
    says 127.0.0.1:9
    IOKEEPER_MIRROR='' expect 0 --config "$CONFIG" sync # empty is unset
    test -d "$T/world/by-file/.git"
}

@test "--account NAME and the default account are found in XDG_CONFIG_HOME" {
    sim_start_small
    config
    export XDG_CONFIG_HOME=$T/xdg
    mkdir -p "$T/xdg/iokeeper"
    cp "$CONFIG" "$T/xdg/iokeeper/acme.yaml"
    expect 0 --account acme sync
    mirror_is_sound
    sed "s#$MIRROR#$T/world/default#" "$CONFIG" >"$T/xdg/iokeeper/default.yaml"
    expect 0 sync
    test -d "$T/world/default/.git"
    unset XDG_CONFIG_HOME
    mkdir -p "$HOME/.config"
    mv "$T/xdg/iokeeper" "$HOME/.config/iokeeper"
    expect 0 --account acme sync
}

@test "relative paths begin at the configuration's folder; the environment's at the current one" {
    sim_start_small
    config mirror.path=mirror-here api.token_file=../token
    mkdir "$T/etc"
    mv "$CONFIG" "$T/etc/a.yaml"
    expect 0 --config "$T/etc/a.yaml" sync
    test -d "$T/etc/mirror-here/.git"
    cd "$T/world"
    IOKEEPER_MIRROR=./relative expect 0 --config "$T/etc/a.yaml" sync
    test -d "$T/world/relative/.git"
}

@test "an odd path is a path: spaces, quotes, letters of all sorts" {
    sim_start_small
    MIRROR="$T/world/my \"mirror\" – ä'\$x"
    export IOKEEPER_MIRROR=$MIRROR
    expect 0 sync
    mirror_is_sound
    mirror_matches_account
    expect 0 status
}

@test "api.url with a slash at its end is the same account" {
    sim_start_small
    IOKEEPER_API_URL=$SIM/v1/ expect 0 sync
    expect 0 sync
    equal "commits" "$(commits)" 1
}

@test "api.rate and api.concurrency are kept to" {
    sim_start_small --latency 100
    config api.concurrency=2
    expect 0 --config "$CONFIG" sync
    [[ $(stat_of .max_parallel) -le 2 ]]
    MIRROR=$T/world/slow
    config api.rate=10
    admin DELETE /stats
    local before=$SECONDS
    expect 0 --config "$CONFIG" sync
    # 8 at once, then ten a second.
    [[ $((SECONDS - before + 1)) -ge $((($(stat_of .requests) - 8) / 10)) ]]
}
