# plan, restore and resume, told by the account they leave.

load helpers
load restoring

# ---- the plan ----

@test "a plan says what would be done, field by field, old and new, and does nothing" {
    live_account
    local flow
    flow=$(first flows '._integrationId')
    local wanted before
    wanted=$(get flows "$flow" .name)
    edit flows "$flow" '{"name":"who did this?"}'
    before=$(admin GET /state)
    expect 0 plan "$flow" --at "$HELD"
    says update
    says name
    says "who did this?"
    says "$wanted"
    equal "requests that write" "$(writes)" 0
    equal "the account" "$(admin GET /state)" "$before"
    equal "runs on record" "$(ls "$MIRROR/.git/iokeeper/runs" 2>/dev/null)" ""
}

@test "a plan for programs: steps with their needs, and a summary" {
    live_account
    local flow exp
    flow=$(first flows '._integrationId and .pageGenerators[0]')
    exp=$(get flows "$flow" '.pageGenerators[0]._exportId')
    remove flows "$flow"
    remove exports "$exp"
    expect 0 --json plan --all --at "$HELD"
    equal "the last row" "$(tail -n 1 "$T/out" | jq -r .type)" summary
    equal "result" "$(row summary .result)" planned
    equal "creations" "$(row summary .create)" "$(row step 'select(.verb == "create") | .id' | wc -l)"
    equal "the flow's step" "$(row step "select(.id == \"$flow\") | .verb, .kind")" $'create\nflow'
    local number
    number=$(row step "select(.id == \"$exp\" and .verb == \"create\") | .step")
    equal "the flow waits for its export" "$(row step "select(.id == \"$flow\" and .verb == \"create\") | .needs | index($number) != null")" true
    jq -e . "$T/out" >/dev/null
}

@test "an order: whatever a step needs comes before it" {
    live_account --seed 5
    remove integrations "$(first integrations)"
    expect 0 --json plan --all --at "$HELD"
    equal "steps before what they need" "$(
        jq -s '[.[] | select(.type == "step") | select(.step as $n | any(.needs[]; . >= $n))] | length' "$T/out"
    )" 0
}

@test "a plan in a file is applied exactly" {
    live_account
    local exp
    exp=$(first exports)
    edit exports "$exp" '{"description":"broken"}'
    expect 0 plan "$exp" --at "$HELD" -o "$T/plan"
    [[ -s $T/plan ]]
    expect 0 restore --plan "$T/plan" --yes
    equal "writes" "$(writes)" 1
    holds_again "$HELD"
}

@test "a plan in a file is refused when the account has moved" {
    live_account
    local exp
    exp=$(first exports)
    edit exports "$exp" '{"description":"broken"}'
    expect 0 plan "$exp" --at "$HELD" -o "$T/plan"
    edit exports "$exp" '{"description":"broken again"}'
    expect 1 restore --plan "$T/plan" --yes
    says_like 'moved|changed'
    equal "writes" "$(writes)" 0
}

@test "a plan ends with what a person must do, and which flows feel it" {
    live_account
    local flow exp
    flow=$(first flows '._integrationId and .pageGenerators[0] and (.disabled | not)')
    exp=$(get flows "$flow" '.pageGenerators[0]._exportId')
    edit exports "$exp" '{"description":"broken"}'
    expect 0 --json plan "export/$exp" --at "$HELD"
    equal "affected" "$(row affected .id | grep -Fx "$flow")" "$flow"
    remove flows "$flow"
    expect 0 --json plan "$flow" --at "$HELD"
    row todo .text | grep -Fq "$(g show "$HELD:$(cd "$MIRROR" && git ls-tree -r --name-only "$HELD" | grep -F -- "--$flow.yaml")" | sed -n 's/^name: "\{0,1\}\([A-Za-z]*\).*/\1/p')"
}

@test "selectors: id, kind/id, path, folder; one that fits nothing or several is refused and writes nothing" {
    live_account
    local exp path
    exp=$(first exports)
    path=$(path_of "$exp")
    edit exports "$exp" '{"description":"broken"}'
    for selector in "$exp" "export/$exp" "exports/$exp" "$path"; do
        expect 0 --json plan "$selector" --at "$HELD"
        equal "updates by $selector" "$(row summary .update)" 1
    done
    expect 2 plan no-such-thing --at "$HELD"
    says no-such-thing
    edit exports "$exp" '{"name":"Same"}'
    edit exports "$(first exports "._id != \"$exp\"")" '{"name":"Same"}'
    expect 0 sync
    expect 2 plan Same
    says "$exp"
    expect 2 plan --at "$HELD"
    expect 2 plan "$exp" --at nonsense
    equal "writes" "$(writes)" 0
}

@test "an integration selects what stands in its folder; a flow selects itself" {
    live_account
    local integration flow
    integration=$(first integrations)
    flow=$(first flows "._integrationId == \"$integration\"")
    edit integrations "$integration" '{"description":"broken"}'
    edit flows "$flow" '{"description":"broken"}'
    expect 0 --json plan "integration/$integration" --at "$HELD"
    equal "updates" "$(row summary .update)" 2
    expect 0 --json plan "flow/$flow" --at "$HELD"
    equal "updates" "$(row summary .update)" 1
}

@test "WHEN is a date, too" {
    live_account
    local exp
    exp=$(first exports)
    edit exports "$exp" '{"description":"broken"}'
    expect 0 sync
    expect 0 --json plan "$exp" --at "$(date -u -d '+1 day' +%Y-%m-%d)"
    equal "nothing to do by now" "$(row summary .result)" nothing
    expect 2 plan "$exp" --at 1999-01-01
}

# ---- what exists and differs ----

@test "what differs is put back, whole" {
    live_account --refuse-server-fields
    local flow exp script
    flow=$(first flows '._integrationId') exp=$(first exports '.http') script=$(first scripts)
    edit flows "$flow" '{"description":"broken","timezone":null}'
    edit exports "$exp" '{"http":{"relativeURI":"/elsewhere"},"more":1}'
    edit scripts "$script" '{"content":"throw 1;\n"}'
    expect 0 restore --all --at "$HELD" --yes
    equal "replaced" "$(stat_of '.by_method.PUT')" 3
    holds_again "$HELD"
    idle
}

@test "nothing to do: says so, writes nothing, keeps no run" {
    live_account
    expect 0 restore --all --at "$HELD" --yes
    says "nothing to do"
    equal "writes" "$(writes)" 0
    equal "runs on record" "$(ls "$MIRROR/.git/iokeeper/runs" 2>/dev/null)" ""
}

@test "the journal stands where it is wished" {
    live_account
    edit exports "$(first exports 'has("webhook") | not')" '{"description":"broken"}'
    expect 0 restore --all --at "$HELD" --journal "$T/journal" --yes
    equal "the last record" "$(tail -n 1 "$T/journal" | jq -r .record)" end
}

@test "secrets come as a credential of systemd, too" {
    live_account
    change_connection
    secrets_file "connection/$CONNECTION"
    mkdir -m 700 "$T/credentials"
    mv "$T/secrets.yaml" "$T/credentials/secrets"
    # shellcheck disable=SC2153 # of helpers.bash
    printf '%s\n' "$TOKEN" >"$T/credentials/token"
    chmod 600 "$T/credentials/token"
    CREDENTIALS_DIRECTORY=$T/credentials expect 0 restore "connection/$CONNECTION" --at "$HELD" --connections --yes
    holds_again "$HELD"
    idle
}

@test "a dry run shows the plan and writes nothing" {
    live_account
    edit exports "$(first exports)" '{"description":"broken"}'
    expect 0 restore --all --at "$HELD" --dry-run
    says update
    equal "writes" "$(writes)" 0
}

@test "without a terminal and without --yes nothing is written" {
    live_account
    edit exports "$(first exports)" '{"description":"broken"}'
    expect 2 restore --all --at "$HELD" </dev/null
    says_like '--yes'
    equal "writes" "$(writes)" 0
}

@test "an enabled flow that was disabled stays disabled, unless asked for" {
    live_account
    local flow
    flow=$(first flows '(.disabled | not) and .schedule')
    edit flows "$flow" '{"disabled":true}'
    expect 0 restore "$flow" --at "$HELD" --yes
    equal "disabled" "$(get flows "$flow" .disabled)" true
    equal "runs" "$(admin GET /runs | jq length)" 0
    expect 0 restore "$flow" --at "$HELD" --enable-flows --yes
    equal "disabled" "$(get flows "$flow" .disabled)" false
    equal "runs" "$(admin GET /runs | jq -r '.[].reason')" enabled
    holds_again "$HELD"
}

# ---- what is missing ----

@test "a flow that is gone is created, disabled; the map and the history know it" {
    live_account
    local flow now
    flow=$(first flows '._integrationId and (.disabled | not) and .schedule')
    local path
    path=$(path_of "$flow")
    edit flows "$flow" '{"description":"second thoughts"}'
    expect 0 sync
    remove flows "$flow"
    expect 0 restore --all --at "$HELD" --yes
    now=$(newest flows)
    equal "the map" "$(now_is flows "$flow")" "$now"
    equal "disabled" "$(get flows "$now" .disabled)" true
    equal "schedule" "$(get flows "$now" .schedule)" "$(g show "$HELD:$path" | sed -n 's/^schedule: "\{0,1\}\([^"]*\)"\{0,1\}$/\1/p')"
    is_gone "$flow"
    holds_again "$HELD" sleeping
    contains "the commit" "$(body)" "$now"
    idle
    mirror_is_sound
    expect 0 restore --all --at "$HELD" --yes
    says "nothing to do"
}

@test "what the recycle bin has is brought back with its id and secrets" {
    live_account
    local connection exp secrets
    connection=$(first connections) exp=$(first exports 'has("webhook") | not')
    secrets=$(admin GET /secrets | jq -c .)
    bin connections "$connection"
    bin exports "$exp"
    expect 0 --json plan --all --at "$HELD"
    equal "from the bin" "$(row step 'select(.from_bin) | .id' | sort)" "$(printf '%s\n' "$connection" "$exp" | sort)"
    expect 0 restore --all --at "$HELD" --yes
    equal "secrets" "$(admin GET /secrets | jq -c 'sort')" "$(jq -c sort <<<"$secrets")"
    equal "created" "$(requests_of '/recycleBinTTL/{kinds}/{id}/doCascadeRestore')" 2
    holds_again "$HELD"
    [[ -z $(g ls-tree HEAD account/idmap.yaml) ]]
    idle
}

@test "what differs from the commit in the bin is put right behind it" {
    live_account
    local exp
    exp=$(first exports 'has("webhook") | not')
    edit exports "$exp" '{"description":"broken"}'
    bin exports "$exp"
    expect 0 restore "$exp" --at "$HELD" --yes
    holds_again "$HELD"
    idle
}

@test "an enabled flow in the bin is created anew rather than started" {
    live_account
    local flow
    flow=$(first flows '._integrationId and (.disabled | not) and .schedule')
    bin flows "$flow"
    expect 0 restore --all --at "$HELD" --yes
    equal "runs" "$(admin GET /runs | jq length)" 0
    equal "disabled" "$(get flows "$(now_is flows "$flow")" .disabled)" true
    holds_again "$HELD" sleeping
}

@test "an integration in the bin whose flows are enabled does not start them" {
    live_account
    local integration
    integration=$(first integrations)
    bin integrations "$integration"
    expect 0 restore "integration/$integration" --at "$HELD" --with-dependencies --yes
    equal "runs" "$(admin GET /runs | jq length)" 0
    expect 0 restore --all --at "$HELD" --connections --yes
    equal "runs" "$(admin GET /runs | jq length)" 0
    holds_again "$HELD" sleeping lenient
}

@test "an integration that is gone comes back: groups, links and all" {
    live_account --seed 4
    local integration flows
    integration=$(first integrations)
    mapfile -t flows < <(admin GET /state | jq -r ".flows[] | select(._integrationId == \"$integration\") | ._id")
    edit flows "${flows[0]}" "{\"_runNextFlowIds\":[\"${flows[1]}\"]}"
    edit flows "${flows[1]}" "{\"_runNextFlowIds\":[\"${flows[0]}\"]}"
    expect 0 sync
    HELD=$(head_of)
    remove integrations "$integration"
    expect 0 --json plan "integration/$integration" --at "$HELD" --with-dependencies
    [[ $(row summary .link) -gt 0 ]]
    local code=0
    "$IOKEEPER" restore --all --at "$HELD" --yes >"$T/out" 2>"$T/err" || code=$?
    [[ $code -eq 0 || $code -eq 3 ]] || { show_output; return 1; }
    equal "the circle" "$(get flows "$(now_is flows "${flows[1]}")" '._runNextFlowIds[0]')" "$(now_is flows "${flows[0]}")"
    holds_again "$HELD" sleeping lenient
    idle
}

@test "enabling comes last" {
    live_account
    local integration
    integration=$(first integrations)
    remove integrations "$integration"
    expect 0 --json plan --all --at "$HELD" --enable-flows
    [[ $(row summary .enable) -gt 0 ]]
    equal "what comes after the first enabling" "$(row step .verb | sed -n '/enable/,$p' | sort -u)" enable
    local code=0
    "$IOKEEPER" restore --all --at "$HELD" --enable-flows --yes >"$T/out" 2>"$T/err" || code=$?
    [[ $code -eq 0 || $code -eq 3 ]] || { show_output; return 1; }
    idle
    holds_again "$HELD" lenient
}

@test "what is referred to and gone is named, or comes along" {
    live_account
    local flow exp
    flow=$(first flows '.pageGenerators[0]')
    exp=$(get flows "$flow" '.pageGenerators[0]._exportId')
    remove flows "$flow"
    remove exports "$exp"
    expect 2 restore "$flow" --at "$HELD" --yes
    says "$exp"
    says_like '--with-dependencies'
    equal "writes" "$(writes)" 0
    edit exports "$(first exports)" '{"description":"a colleague was here"}'
    local code=0
    "$IOKEEPER" restore "$flow" --at "$HELD" --with-dependencies --yes >"$T/out" 2>"$T/err" || code=$?
    [[ $code -eq 0 || $code -eq 3 ]] || { show_output; return 1; }
    equal "the flow's export" "$(get flows "$(now_is flows "$flow")" '.pageGenerators[0]._exportId')" "$(now_is exports "$exp")"
    equal "what was there is left alone" "$(get exports "$(first exports)" .description)" "a colleague was here"
    idle
}

@test "a webhook that is created again listens elsewhere, and that is said" {
    live_account --seed 3 --exports 12
    local exp
    exp=$(first exports 'has("webhook")')
    [[ $exp != null && -n $exp ]]
    remove exports "$exp"
    local code=0
    "$IOKEEPER" restore "$exp" --at "$HELD" --yes >"$T/out" 2>"$T/err" || code=$?
    [[ $code -eq 0 || $code -eq 3 ]] || { show_output; return 1; }
    says_like 'URL|url|listens'
    idle
}

# ---- what is too much ----

@test "what the commit does not hold is kept, and deleted with --prune, dependents first" {
    live_account --refuse-delete-in-use
    local flow exp extra_flow=de1f00000000000000000001 extra_export=de1e00000000000000000001
    flow=$(first flows '._integrationId') exp=$(first exports 'has("webhook") | not')
    get exports "$exp" "._id = \"$extra_export\"" >"$T/export.json"
    get flows "$flow" "._id = \"$extra_flow\" | .disabled = true | .pageGenerators = [{_exportId: \"$extra_export\"}]" >"$T/flow.json"
    admin POST '/exports?touch=1' "@$T/export.json"
    admin POST '/flows?touch=1' "@$T/flow.json"
    expect 0 restore --all --at "$HELD" --yes
    equal "writes" "$(writes)" 0
    expect 0 --json plan --all --at "$HELD" --prune
    equal "order" "$(row step .id | paste -sd' ')" "$extra_flow $extra_export"
    expect 0 restore --all --at "$HELD" --prune --yes
    equal "deleted" "$(stat_of '.by_method.DELETE')" 2
    holds_again "$HELD"
}

@test "--prune of an integration deletes only what stands in its folder" {
    live_account
    local one other
    one=$(first integrations) other=$(first integrations "._id != \"$one\"")
    for integration in "$one" "$other"; do
        get flows "$(first flows)" "._id = \"de1f000000000000$integration\" | ._id |= .[0:24] | ._integrationId = \"$integration\" | .disabled = true" >"$T/flow.json"
        admin POST '/flows?touch=1' "@$T/flow.json"
    done
    expect 0 --json plan "integration/$one" --at "$HELD" --prune
    equal "deletions" "$(row summary .delete)" 1
}

# ---- holes ----

@test "connections that exist are left alone unless asked for" {
    live_account
    change_connection
    expect 0 --json plan --all --at "$HELD"
    equal "updates" "$(row summary .update)" 0
    row kept .id | grep -Fxq "$CONNECTION"
    expect 0 restore --all --at "$HELD" --yes
    equal "writes" "$(writes)" 0
}

@test "a mask is never sent: what cannot be filled is left as it is, and listed" {
    live_account
    change_connection
    local before
    before=$(admin GET /secrets)
    expect 3 restore "connection/$CONNECTION" --at "$HELD" --connections --yes
    says "$CONNECTION"
    equal "secrets" "$(admin GET /secrets)" "$before"
    idle
}

@test "holes are filled from a file of secrets" {
    live_account
    change_connection
    secrets_file "connection/$CONNECTION"
    local before
    before=$(admin GET /secrets)
    expect 0 restore "connection/$CONNECTION" --at "$HELD" --connections --secrets "$T/secrets.yaml" --yes
    equal "secrets" "$(admin GET /secrets)" "$before"
    says_not "$(admin GET /secrets | jq -r --arg id "$CONNECTION" 'first(.[] | select(._id == $id) | .value | strings)')"
    not grep -rqF "$(admin GET /secrets | jq -r --arg id "$CONNECTION" 'first(.[] | select(._id == $id) | .value | strings)')" "$MIRROR/.git/iokeeper"
    holds_again "$HELD"
    idle
}

@test "a file of secrets that others can read is refused" {
    live_account
    change_connection
    secrets_file "connection/$CONNECTION"
    chmod 644 "$T/secrets.yaml"
    expect 2 restore "connection/$CONNECTION" --at "$HELD" --connections --secrets "$T/secrets.yaml" --yes
    says secrets.yaml
    equal "writes" "$(writes)" 0
}

@test "a connection that is gone comes back as a shell, or whole with its secrets" {
    live_account
    CONNECTION=$(first connections '.http.auth.token')
    secrets_file "connection/$CONNECTION"
    remove connections "$CONNECTION"
    expect 3 restore --all --at "$HELD" --yes
    says_like 'credential|password|secret|http\.auth\.token'
    holds_again "$HELD" lenient
    idle
    remove connections "$(now_is connections "$CONNECTION")"
    expect 0 restore --all --at "$HELD" --secrets "$T/secrets.yaml" --yes
    equal "its secrets" "$(admin GET /secrets | jq -c --arg id "$(now_is connections "$CONNECTION")" '[.[] | select(._id == $id) | .path] | sort')" \
        "$(sed -n 's/^  \([^:]*\): .*/\1/p' "$T/secrets.yaml" | sort | jq -Rnc '[inputs]')"
    holds_again "$HELD" lenient
    idle
}

@test "a shell that the server refuses is told as it came, and what does not need it goes on" {
    live_account --refuse-shells --seed 2 --connections 13
    local connection
    connection=$(first connections '.type == "netsuite"')
    remove connections "$connection"
    remove scripts "$(first scripts)"
    expect 3 restore --all --at "$HELD" --yes
    says netsuite.tokenSecret
    equal "scripts" "$(admin GET /state | jq '.scripts | length')" 4
    idle
}

@test "a value that was redacted is filled from the account" {
    sim_start_live --managed 0
    local exp
    exp=$(first exports '.http')
    edit exports "$exp" '{"http":{"headers":[{"name":"Authorization","value":"Bearer 3f9a8c7b6d5e4f3a2b1c0d9e8f7a6b5c"}]}}'
    expect 0 sync
    HELD=$(head_of)
    g show "HEAD:$(path_of "$exp")" | grep -q '<redacted:'
    edit exports "$exp" '{"description":"broken"}'
    expect 0 restore "export/$exp" --at "$HELD" --yes
    equal "the header" "$(get exports "$exp" '.http.headers[0].value')" "Bearer 3f9a8c7b6d5e4f3a2b1c0d9e8f7a6b5c"
    holds_again "$HELD"
    idle
}

# ---- names and vendors ----

@test "what a vendor manages is refused, unless forced" {
    sim_start_live --managed 1
    expect 0 sync
    HELD=$(head_of)
    local managed
    managed=$(first integrations ._connectorId)
    edit integrations "$managed" '{"description":"broken"}'
    expect 2 restore "integration/$managed" --at "$HELD" --yes
    says "$managed"
    says_like '--force-managed'
    equal "managed writes" "$(stat_of .managed_writes)" 0
    expect 0 restore "integration/$managed" --at "$HELD" --force-managed --yes
    holds_again "$HELD"
}

@test "a name that is taken: shown beforehand, and nothing is written" {
    name_is_taken
    expect 2 plan "integration/$LOST" --at "$HELD"
    says "$CALLED"
    # shellcheck disable=SC2153 # of restoring.bash
    says "$OTHER"
    expect 2 restore "integration/$LOST" --at "$HELD" --yes
    equal "writes" "$(writes)" 0
}

@test "a name that is taken: --on-conflict rename" {
    name_is_taken
    local code=0
    "$IOKEEPER" restore "integration/$LOST" --at "$HELD" --on-conflict rename --yes >"$T/out" 2>"$T/err" || code=$?
    [[ $code -eq 0 || $code -eq 3 ]] || { show_output; return 1; }
    not equal "its name" "$(get integrations "$(now_is integrations "$LOST")" .name)" "$CALLED" 2>/dev/null
    equal "the other" "$(get integrations "$OTHER" .name)" "$CALLED"
}

@test "a name that is taken: --on-conflict adopt" {
    name_is_taken
    local code=0
    "$IOKEEPER" restore "integration/$LOST" --at "$HELD" --on-conflict adopt --yes >"$T/out" 2>"$T/err" || code=$?
    [[ $code -eq 0 || $code -eq 3 ]] || { show_output; return 1; }
    equal "integrations" "$(ids integrations | wc -l)" 1
    equal "the map" "$(now_is integrations "$LOST")" "$OTHER"
    equal "its description" "$(get integrations "$OTHER" .description)" "$(admin GET /state | jq -r '.integrations[0].description')"
}

@test "what a server refuses is shown with its field and message" {
    live_account
    local script
    script=$(first scripts)
    remove scripts "$script"
    fault '{"method":"POST","path":"/v1/scripts","do":"status","status":422,"body":{"errors":[{"code":"bad","message":"No such luck","field":"content"}]}}'
    expect 3 restore "script/$script" --at "$HELD" --yes
    says content
    says "No such luck"
}

@test "a server without a kind: the rest goes on, and what could not come back is named" {
    live_account
    local script tag status
    script=$(first scripts) tag=$(first tags)
    for status in 404 405; do
        faults_clear
        remove scripts "$script"
        remove tags "$tag"
        fault "{\"method\":\"POST\",\"path\":\"/v1/tags\",\"do\":\"status\",\"status\":$status}"
        local before
        before=$(ids scripts | wc -l)
        expect 3 restore "script/$script" "tag/$tag" --at "$HELD" --yes
        says "$tag"
        equal "scripts" "$(ids scripts | wc -l)" $((before + 1))
        script=$(newest scripts)
        HELD=$(head_of)
        break
    done
}

@test "what the server stores otherwise is a residual, and is not written again and again" {
    live_account
    local exp
    exp=$(first exports 'has("webhook") | not')
    sim_restart_with --clamp 10
    edit exports "$exp" '{"description":"broken"}'
    expect 3 --json restore "export/$exp" --at "$HELD" --yes
    equal "residual" "$(row residual .id)" "$exp"
    contains "its text" "$(row residual .text)" pageSize
    equal "writes" "$(writes)" 1
}

# The same account on the same port, by other rules.
sim_restart_with() {
    admin GET /state >"$T/dump.json"
    sim_stop
    sim_start --profile live --load "$T/dump.json" --port "$PORT" "$@"
}

# ---- ids ----

@test "what refers to a resource that has a new id, and is not selected, is told" {
    live_account
    local flow exp
    flow=$(first flows '.pageGenerators[0]')
    exp=$(get flows "$flow" '.pageGenerators[0]._exportId')
    remove exports "$exp"
    local code=0
    "$IOKEEPER" restore "export/$exp" --at "$HELD" --yes >"$T/out" 2>"$T/err" || code=$?
    [[ $code -eq 0 || $code -eq 3 ]] || { show_output; return 1; }
    says "$flow"
}

@test "ids in free text are listed, not rewritten" {
    live_account
    local exp script
    exp=$(first exports 'has("webhook") | not') script=$(first scripts)
    edit scripts "$script" "$(jq -n --arg id "$exp" '{content: "// see export \($id)\nfetch(\"/exports/\($id)\");\n"}')"
    expect 0 sync
    HELD=$(head_of)
    remove exports "$exp"
    expect 0 restore "export/$exp" --at "$HELD" --yes
    says "$script"
    contains "the script" "$(get scripts "$script" .content)" "$exp"
}

@test "a restore from an old commit maps old ids and creates nothing twice" {
    live_account
    local exp count
    exp=$(first exports 'has("webhook") | not')
    count=$(ids exports | wc -l)
    for _ in 1 2; do
        remove exports "$(now_or "$exp")"
        expect 0 restore --all --at "$HELD" --yes
        equal "exports" "$(ids exports | wc -l)" "$count"
    done
    edit exports "$(now_or "$exp")" '{"description":"broken"}'
    expect 0 restore --all --at "$HELD" --yes
    equal "exports" "$(ids exports | wc -l)" "$count"
    holds_again "$HELD"
    idle
}

now_or() {
    local now
    now=$(now_is exports "$1" 2>/dev/null)
    printf '%s\n' "${now:-$1}"
}

# ---- another machine ----

@test "a fresh clone of the remote on a new machine restores into the old account" {
    sim_start_live --managed 0
    git init -q --bare "$T/remote"
    config "mirror.remote=$T/remote"
    expect 0 --config "$CONFIG" sync
    HELD=$(head_of)
    remove exports "$(first exports 'has("webhook") | not')"
    remove tags "$(first tags)"
    rm -rf "$MIRROR"
    git clone -q "$T/remote" "$MIRROR"
    expect 0 --config "$CONFIG" restore --all --at "$HELD" --yes
    holds_again "$HELD"
    idle
}

@test "a fresh clone of the remote on a new machine restores into an empty account" {
    sim_start_live --managed 0 --seed 6
    git init -q --bare "$T/remote"
    config "mirror.remote=$T/remote"
    expect 0 --config "$CONFIG" sync
    HELD=$(head_of)
    rm -rf "$MIRROR"
    git clone -q "$T/remote" "$MIRROR"
    admin PUT /state '{}'
    expect 3 --config "$CONFIG" restore --all --at "$HELD" --yes
    holds_again "$HELD" lenient sleeping
    idle
}

# ---- it breaks off ----

@test "a refused token: 12, and nothing is written" {
    live_account
    edit exports "$(first exports)" '{"description":"broken"}'
    IOKEEPER_TOKEN=wrong "$IOKEEPER" restore --all --at "$HELD" --yes >"$T/out" 2>"$T/err" && return 1
    IOKEEPER_TOKEN=wrong expect 12 restore --all --at "$HELD" --yes
    equal "writes" "$(writes)" 0
}

@test "a token that is refused amid a restore: 12, and resume goes on" {
    live_account
    for kind in exports imports scripts; do edit "$kind" "$(first "$kind" 'has("webhook") | not')" '{"description":"broken"}'; done
    fault '{"method":"PUT","do":"status","status":401,"skip":1}'
    expect 12 restore --all --at "$HELD" --yes
    says resume
    faults_clear
    expect 0 resume --yes
    holds_again "$HELD"
}

@test "a dead server: 1, and resume goes on when it is back" {
    live_account
    for kind in exports imports scripts tags; do edit "$kind" "$(first "$kind" 'has("webhook") | not')" '{"description":"broken"}'; done
    remove ediprofiles "$(first ediprofiles)"
    fault '{"method":"!GET","do":"close","skip":2}'
    fault '{"method":"GET","do":"close","skip":60}'
    config api.timeout=2s
    local code=0
    "$IOKEEPER" --config "$CONFIG" restore --all --at "$HELD" --yes >"$T/out" 2>"$T/err" || code=$?
    faults_clear
    [[ $code -eq 1 || $code -eq 3 || $code -eq 13 ]] || { show_output; return 1; }
    if [[ $code -eq 1 ]]; then says resume; fi
    "$IOKEEPER" --config "$CONFIG" resume --yes >"$T/out" 2>"$T/err" || true
    expect 0 --config "$CONFIG" restore --all --at "$HELD" --yes
    holds_again "$HELD"
    equal "EDI profiles" "$(ids ediprofiles | wc -l)" 2
}

@test "Ctrl-C: 130; while the run is unfinished nothing else begins; resume finishes it" {
    live_account
    for kind in exports imports scripts; do edit "$kind" "$(first "$kind" 'has("webhook") | not')" '{"description":"broken"}'; done
    remove tags "$(first tags)"
    stop_at_write 2 INT restore --all --at "$HELD" --yes
    equal "exit code" "$STOPPED" 130
    says resume
    expect 13 restore --all --at "$HELD" --yes
    says resume
    expect 13 plan --all --at "$HELD" -o "$T/plan"
    expect 0 resume --yes
    holds_again "$HELD"
    idle
    equal "tags" "$(ids tags | wc -l)" 2
    expect 0 restore --all --at "$HELD" --yes
    says "nothing to do"
}

@test "the run is on record: plan before the first write, then intents and ends; no secret in it" {
    live_account
    remove tags "$(first tags)"
    edit exports "$(first exports 'has("webhook") | not')" '{"description":"broken"}'
    stop_at_write 1 KILL restore --all --at "$HELD" --yes
    local run
    run=$(<"$MIRROR/.git/iokeeper/run")
    [[ -s $MIRROR/.git/iokeeper/runs/$run/plan.json ]]
    jq -e . "$MIRROR/.git/iokeeper/runs/$run/plan.json" >/dev/null
    expect 0 resume --yes
    [[ ! -e $MIRROR/.git/iokeeper/run ]]
    local journal=$MIRROR/.git/iokeeper/runs/$run/journal
    equal "the last record" "$(tail -n 1 "$journal" | jq -r .record)" end
    equal "intents without an end" "$(jq -s '[.[] | select(.record == "intent") | .step] - [.[] | select(.record == "done" or .record == "failed") | .step] | length' "$journal")" 0
    equal "mode" "$(stat -c %a "$journal")" 600
}

@test "resume where nothing is unfinished says so" {
    live_account
    expect 0 resume
    equal "writes" "$(writes)" 0
}

@test "an answer that did not come: nothing is created twice" {
    live_account
    local kind
    for kind in tags scripts ediprofiles; do remove "$kind" "$(first "$kind")"; done
    fault '{"method":"POST","do":"close","after":true,"times":2}'
    local code=0
    "$IOKEEPER" restore --all --at "$HELD" --yes >"$T/out" 2>"$T/err" || code=$?
    faults_clear
    [[ $code -eq 0 || $code -eq 1 ]] || { show_output; return 1; }
    if ((code)); then expect 0 resume --yes; fi
    for kind in tags ediprofiles; do equal "$kind" "$(ids "$kind" | wc -l)" 2; done
    equal scripts "$(ids scripts | wc -l)" 4
    holds_again "$HELD"
    idle
}

@test "a server that answers 503 and 429 for a while is ridden out; a 5xx on a creation makes no double" {
    live_account
    local kind
    for kind in tags scripts ediprofiles; do remove "$kind" "$(first "$kind")"; done
    edit exports "$(first exports 'has("webhook") | not')" '{"description":"broken"}'
    fault '[{"method":"PUT","do":"status","status":503,"times":2},{"method":"POST","do":"status","status":429,"retry_after":"1","times":2},{"method":"POST","do":"status","status":502,"after":true,"times":1}]'
    local code=0
    "$IOKEEPER" restore --all --at "$HELD" --yes >"$T/out" 2>"$T/err" || code=$?
    faults_clear
    [[ $code -eq 0 || $code -eq 1 ]] || { show_output; return 1; }
    if ((code)); then expect 0 resume --yes; fi
    for kind in tags ediprofiles; do equal "$kind" "$(ids "$kind" | wc -l)" 2; done
    holds_again "$HELD"
}

@test "a colleague who changes something meanwhile is not overwritten unseen: it is in the history" {
    live_account
    local exp
    exp=$(first exports 'has("webhook") | not')
    edit exports "$exp" '{"description":"broken"}'
    expect 0 restore "export/$exp" --at "$HELD" --yes
    contains "history" "$(g log --format=%b)" "$exp"
    g log -p --format= -- "$(path_of "$exp")" | grep -q 'description: broken'
}

# ---- proof ----

@test "check says what could be restored, whole or with holes, and the ratio" {
    live_account
    expect 0 check
    says_like '[0-9]+ ?%|[0-9]+ of [0-9]+'
    says_like 'restor'
    expect 0 --json check
    jq -e . "$T/out" >/dev/null
}

@test "plan, restore and resume are told by help; unknown options are refused" {
    expect 0 help
    for verb in plan restore clone undo resume; do says "$verb"; done
    expect 2 restore --no-such-option
    expect 2 restore --all --on-conflict maybe --yes
}
