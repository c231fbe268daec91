# undo: takes a run back, and nothing else.

load helpers
load restoring

run_name() {
    find "$MIRROR/.git/iokeeper/runs" -mindepth 1 -printf '%f\n' | grep -E '^[0-9-]+T' | sort | tail -n 1
}

@test "undo puts back what a restore changed" {
    live_account
    local exp script before
    exp=$(first exports 'has("webhook") | not') script=$(first scripts)
    edit exports "$exp" '{"description":"wanted after all"}'
    edit scripts "$script" '{"content":"return 1;\n"}'
    expect 0 sync
    before=$(head_of)
    expect 0 restore --all --at "$HELD" --yes
    expect 0 undo --yes
    equal "description" "$(get exports "$exp" .description)" "wanted after all"
    equal "content" "$(get scripts "$script" .content)" "return 1;"
    holds_again "$before"
    idle
}

@test "undo deletes what a restore created, and creates what it deleted" {
    live_account
    local script tag
    script=$(first scripts) tag=$(first tags)
    remove tags "$tag"
    get scripts "$script" '._id = "de1e00000000000000000001" | .name = "Kept aside"' >"$T/extra.json"
    admin POST '/scripts?touch=1' "@$T/extra.json"
    expect 0 sync
    local before
    before=$(head_of)
    expect 0 restore --all --at "$HELD" --prune --yes
    equal "tags" "$(ids tags | wc -l)" 2
    equal "scripts" "$(ids scripts | wc -l)" 4
    expect 0 undo --yes
    equal "tags" "$(ids tags | wc -l)" 1
    equal "scripts" "$(ids scripts | wc -l)" 5
    holds_again "$before"
    idle
}

@test "undo takes a clone back" {
    live_account
    local before code=0
    before=$(admin GET /state | jq -c 'map_values(arrays | length)')
    "$IOKEEPER" clone "integration/$(first integrations)" --at "$HELD" --yes >"$T/out" 2>"$T/err" || code=$?
    [[ $code -eq 0 || $code -eq 3 ]]
    expect 0 undo --yes
    equal "counts" "$(admin GET /state | jq -c 'map_values(arrays | length) | del(.recycled)')" "$(jq -c 'del(.recycled)' <<<"$before")"
    holds_again "$HELD"
    idle
}

@test "undo disables what a restore enabled" {
    live_account
    local flow
    flow=$(first flows '(.disabled | not) and .schedule')
    edit flows "$flow" '{"disabled":true}'
    expect 0 restore "$flow" --at "$HELD" --enable-flows --yes
    expect 0 undo --yes
    equal "disabled" "$(get flows "$flow" .disabled)" true
}

@test "undo does not start what a restore disabled, or pruned, by itself" {
    live_account
    local flow
    flow=$(first flows '(.disabled | not) and .schedule')
    get flows "$flow" '._id = "de1f00000000000000000001" | .name = "Busy"' >"$T/extra.json"
    admin POST '/flows?touch=1' "@$T/extra.json"
    expect 0 sync
    expect 0 restore --all --at "$HELD" --prune --yes
    admin DELETE /runs
    local code=0
    "$IOKEEPER" undo --yes >"$T/out" 2>"$T/err" || code=$?
    [[ $code -eq 0 || $code -eq 3 ]] || { show_output; return 1; }
    equal "runs" "$(admin GET /runs | jq length)" 0
    equal "flows called so" "$(admin GET /state | jq '[.flows[] | select(.name == "Busy")] | length')" 1
}

@test "undo refuses what others have changed since, by name, and writes nothing" {
    live_account
    local exp script
    exp=$(first exports 'has("webhook") | not') script=$(first scripts)
    edit exports "$exp" '{"description":"broken"}'
    edit scripts "$script" '{"content":"throw 1;\n"}'
    expect 0 restore --all --at "$HELD" --yes
    edit exports "$exp" '{"description":"a colleague was here"}'
    local before
    before=$(writes)
    expect 1 undo --yes
    says "$exp"
    says_not "$script"
    equal "writes" "$(writes)" "$before"
    equal "description" "$(get exports "$exp" .description)" "a colleague was here"
}

@test "undo refuses to delete what a restore created and others have changed since" {
    live_account
    local tag
    tag=$(first tags)
    remove tags "$tag"
    expect 0 restore "tag/$tag" --at "$HELD" --yes
    edit tags "$(newest tags)" '{"color":"amber and more"}'
    expect 1 undo --yes
    equal "tags" "$(ids tags | wc -l)" 2
}

@test "undo is a run itself: it can be undone" {
    live_account
    local exp
    exp=$(first exports 'has("webhook") | not')
    edit exports "$exp" '{"description":"broken"}'
    expect 0 restore "export/$exp" --at "$HELD" --yes
    expect 0 undo --yes
    equal "description" "$(get exports "$exp" .description)" broken
    sleep 1
    expect 0 undo --yes
    holds_again "$HELD"
}

@test "undo of a run by its name; of none that is" {
    live_account
    local exp script first
    exp=$(first exports 'has("webhook") | not') script=$(first scripts)
    edit exports "$exp" '{"description":"broken"}'
    expect 0 restore "export/$exp" --at "$HELD" --yes
    first=$(run_name)
    sleep 1
    edit scripts "$script" '{"content":"throw 1;\n"}'
    expect 0 restore "script/$script" --at "$HELD" --yes
    expect 0 undo "$first" --yes
    equal "description" "$(get exports "$exp" .description)" broken
    not equal "content" "$(get scripts "$script" .content)" "throw 1;" 2>/dev/null
    expect 2 undo 1999-01-01T00-00-00Z --yes
    says 1999-01-01T00-00-00Z
}

@test "undo where nothing was ever done says so" {
    live_account
    local code=0
    "$IOKEEPER" undo --yes >"$T/out" 2>"$T/err" || code=$?
    [[ $code -eq 0 || $code -eq 2 ]] || { show_output; return 1; }
    equal "writes" "$(writes)" 0
}

@test "undo asks first: without a terminal and --yes nothing is written" {
    live_account
    edit exports "$(first exports 'has("webhook") | not')" '{"description":"broken"}'
    expect 0 restore --all --at "$HELD" --yes
    local before
    before=$(writes)
    expect 2 undo </dev/null
    equal "writes" "$(writes)" "$before"
}

@test "undo of an unfinished run takes back what it did" {
    live_account
    local kind
    for kind in exports imports scripts; do edit "$kind" "$(first "$kind" 'has("webhook") | not')" '{"description":"broken"}'; done
    remove tags "$(first tags)"
    expect 0 sync
    local before
    before=$(head_of)
    stop_at_write 3 KILL restore --all --at "$HELD" --yes
    expect 0 undo --yes
    [[ ! -e $MIRROR/.git/iokeeper/run ]]
    holds_again "$before"
    idle
}
