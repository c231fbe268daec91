# clone: copies in the same account, in another one, and again.

load helpers
load restoring
load cloning

setup_more() {
    MAP=$T/map.yaml
}

# in_use INTEGRATION KIND KEY: what its flows refer to
in_use() {
    admin GET /state | jq -r --arg i "$1" ".flows[] | select(._integrationId == \$i) | .. | objects | .$2? // empty" | sort -u
}

# ---- the same account ----

@test "a copy of an integration: its name, in the sandbox, all flows disabled with their schedules, connections shared" {
    live_account
    local integration copy flow
    integration=$(first integrations)
    flow=$(first flows "._integrationId == \"$integration\" and (.disabled | not) and .schedule")
    local before
    before=$(admin GET /state | jq '.connections | length')
    clones "integration/$integration" --at "$HELD" --map "$MAP" --yes
    copy=$(copy_of integrations "$integration")
    equal "name" "$(get integrations "$copy" .name)" "Copy of $(get integrations "$integration" .name)"
    equal "sandbox" "$(get integrations "$copy" .sandbox)" true
    equal "enabled flows" "$(admin GET /state | jq --arg i "$copy" '[.flows[] | select(._integrationId == $i and (.disabled | not))] | length')" 0
    equal "flows" "$(admin GET /state | jq --arg i "$copy" '[.flows[] | select(._integrationId == $i)] | length')" 3
    equal "schedule" "$(get flows "$(copy_of flows "$flow")" .schedule)" "$(get flows "$flow" .schedule)"
    equal "connections" "$(admin GET /state | jq '.connections | length')" "$before"
    equal "registered" "$(get integrations "$copy" '._registeredConnectionIds | sort | join(" ")')" "$(get integrations "$integration" '._registeredConnectionIds | sort | join(" ")')"
    idle
}

@test "a copy shares nothing that is the integration's own" {
    live_account
    local integration copy
    integration=$(first integrations)
    clones "integration/$integration" --at "$HELD" --map "$MAP" --yes
    copy=$(copy_of integrations "$integration")
    local shared
    shared=$(comm -12 <(in_use "$integration" _exportId) <(in_use "$copy" _exportId))
    for exp in $shared; do
        not grep -qF "integrations/" <<<"$(g ls-tree -r --name-only "$HELD" | grep -F -- "--$exp.yaml")"
    done
    equal "the original" "$(diff <(g ls-tree -r "$HELD" "$(dirname "$(path_of "$integration")")/" | grep -v /audit/) <(g ls-tree -r HEAD "$(dirname "$(path_of "$integration")")/" | grep -v /audit/))" ""
    idle
}

@test "a name of one's own, and not in the sandbox" {
    live_account
    local integration copy
    integration=$(first integrations '.sandbox | not')
    clones "integration/$integration" --at "$HELD" --map "$MAP" --name "Trial run" --sandbox false --yes
    copy=$(copy_of integrations "$integration")
    equal "name" "$(get integrations "$copy" .name)" "Trial run"
    not equal "sandbox" "$(get integrations "$copy" .sandbox)" true 2>/dev/null
}

@test "cloning again with the map updates instead of making more" {
    live_account
    local integration counts copy
    integration=$(first integrations)
    clones "integration/$integration" --at "$HELD" --map "$MAP" --yes
    copy=$(copy_of integrations "$integration")
    counts=$(admin GET /state | jq -c 'map_values(arrays | length)')
    clones "integration/$integration" --at "$HELD" --map "$MAP" --yes
    equal "counts" "$(admin GET /state | jq -c 'map_values(arrays | length)')" "$counts"
    says "nothing to do"
    local flow
    flow=$(copy_of flows "$(first flows "._integrationId == \"$integration\"")")
    edit flows "$flow" '{"description":"somebody tried something"}'
    clones "integration/$integration" --at "$HELD" --map "$MAP" --yes
    equal "counts" "$(admin GET /state | jq -c 'map_values(arrays | length)')" "$counts"
    not equal "description" "$(get flows "$flow" .description)" "somebody tried something" 2>/dev/null
    equal "the copy's name" "$(get integrations "$copy" .name)" "Copy of $(get integrations "$integration" .name)"
}

@test "without a map two clones are two copies" {
    live_account
    local integration
    integration=$(first integrations)
    clones "integration/$integration" --at "$HELD" --yes
    clones "integration/$integration" --at "$HELD" --yes
    equal "copies" "$(admin GET /state | jq '[.integrations[] | select(.name | startswith("Copy of"))] | length')" 2
}

@test "a copy of one flow" {
    live_account
    local flow
    flow=$(first flows '._integrationId')
    clones "flow/$flow" --at "$HELD" --map "$MAP" --yes
    equal "flows" "$(ids flows | wc -l)" $(($(g ls-tree -r --name-only "$HELD" | grep -c '/flows/') + 1))
    equal "disabled" "$(get flows "$(copy_of flows "$flow")" .disabled)" true
}

@test "a clone writes nothing without a terminal and --yes, nor dry" {
    live_account
    expect 2 clone "integration/$(first integrations)" --at "$HELD" </dev/null
    expect 0 clone "integration/$(first integrations)" --at "$HELD" --dry-run
    equal "writes" "$(writes)" 0
}

@test "the reference's profile: a second copy has a name that is taken" {
    sim_start_small
    expect 0 sync
    local integration
    integration=$(first integrations)
    clones "integration/$integration" --at HEAD --yes
    expect 2 clone "integration/$integration" --at HEAD --yes
    says "Copy of"
    equal "integrations" "$(ids integrations | wc -l)" 3
}

# ---- another account ----

@test "the whole account is rebuilt in an empty one: names and sandbox are kept, nothing runs" {
    empty_account
    clones_there --all --at "$HELD" --to "$TO" --yes
    local kind
    for kind in integrations flows exports imports connections scripts tags tools apis; do
        equal "$kind" "$(there GET /state | jq -c "[.${kind}[].name] | sort")" "$(admin GET /state | jq -c "[.${kind}[].name] | sort")"
    done
    equal "sandbox" "$(there GET /state | jq -c '[.integrations[].sandbox] | sort')" "$(admin GET /state | jq -c '[.integrations[].sandbox] | sort')"
    equal "enabled" "$(there GET /state | jq '[.flows[] | select(.disabled | not)] | length')" 0
    equal "runs" "$(there GET /runs | jq length)" 0
    equal "losses" "$(there GET /losses | jq length)" 0
    equal "invalid references" "$(there GET /stats | jq '.by_code.invalid_ref // 0')" 0
    equal "writes here" "$(writes)" 0
}

@test "variables are about the account that is cloned, not about the one it goes to" {
    empty_account
    export IOKEEPER_API_URL=$SIM/v1 IOKEEPER_TOKEN=$TOKEN IOKEEPER_MIRROR=$MIRROR
    clones --all --at "$HELD" --to "$TO" --yes
    equal "writes here" "$(writes)" 0
    equal "integrations there" "$(there GET /state | jq '.integrations | length')" "$(ids integrations | wc -l)"
}

@test "the whole account again with the map: nothing is made twice" {
    empty_account
    clones_there --all --at "$HELD" --to "$TO" --map "$MAP" --yes
    local counts
    counts=$(there GET /state | jq -c 'map_values(arrays | length)')
    clones_there --all --at "$HELD" --to "$TO" --map "$MAP" --yes
    equal "counts" "$(there GET /state | jq -c 'map_values(arrays | length)')" "$counts"
    edit scripts "$(first scripts)" '{"content":"return 2;\n"}'
    from 0 sync
    clones_there --all --at HEAD --to "$TO" --map "$MAP" --yes
    equal "counts" "$(there GET /state | jq -c 'map_values(arrays | length)')" "$counts"
    equal "the script" "$(there GET "/scripts/$(copy_of scripts "$(first scripts)")" | jq -r .content)" "return 2;"
}

@test "connections of another account: refused and named where it has none" {
    empty_account
    local integration
    integration=$(first integrations)
    from 2 clone "integration/$integration" --at "$HELD" --to "$TO" --yes
    says "$(get connections "$(get integrations "$integration" '._registeredConnectionIds[0]')" .name)"
    says_like '--with-dependencies|--map'
    equal "writes there" "$(there GET /stats | jq '.by_method.POST // 0')" 0
}

@test "connections of another account: created as shells with --with-dependencies" {
    empty_account
    local integration
    integration=$(first integrations)
    clones_there "integration/$integration" --at "$HELD" --to "$TO" --with-dependencies --yes
    [[ $(there GET /state | jq '.connections | length') -gt 0 ]]
    equal "losses" "$(there GET /losses | jq length)" 0
    says_like 'credential|password|token'
}

@test "connections of another account: by unique name and type" {
    empty_account
    local integration copy
    integration=$(first integrations)
    twins_there '._id |= ("aaaa" + .[4:])'
    clones_there "integration/$integration" --at "$HELD" --to "$TO" --map "$MAP" --with-dependencies --yes
    equal "connections there" "$(there GET /state | jq '.connections | length')" "$(ids connections | wc -l)"
    copy=$(copy_of integrations "$integration")
    local wanted
    wanted=$(get integrations "$integration" '._registeredConnectionIds[0]')
    equal "registered there" "$(there GET "/integrations/$copy" | jq -r '._registeredConnectionIds[0]')" "aaaa${wanted:4}"
    equal "runs" "$(there GET /runs | jq length)" 0
}

@test "connections of another account: a map that leads nowhere is told, and does not count" {
    empty_account
    local integration connection
    integration=$(first integrations)
    connection=$(get integrations "$integration" '._registeredConnectionIds[0]')
    twins_there '._id |= ("aaaa" + .[4:])'
    printf 'connections:\n  %s: bbbb%s\n' "$connection" "${connection:4}" >"$MAP"
    clones_there "integration/$integration" --at "$HELD" --to "$TO" --map "$MAP" --with-dependencies --yes
    says "--map pairs connection $connection with bbbb${connection:4}, which the account does not have"
    equal "connections there" "$(there GET /state | jq '.connections | length')" "$(ids connections | wc -l)"
    equal "the pair" "$(copy_of connections "$connection")" "aaaa${connection:4}"
}

@test "connections of another account: by externalId before name" {
    sim_start_live --managed 0 --seed 3
    local connection
    connection=$(get integrations "$(first integrations)" '._registeredConnectionIds[0]')
    sim_stop
    empty_account
    edit connections "$connection" '{"externalId":"erp-main"}'
    from 0 sync
    HELD=$(head_of)
    twins_there '._id |= ("aaaa" + .[4:]) | del(.externalId)'
    get connections "$connection" '._id = "bbbb00000000000000000001" | .name = "Another name"' >"$T/twin.json"
    there POST /connections "@$T/twin.json"
    clones_there "integration/$(first integrations)" --at "$HELD" --to "$TO" --map "$MAP" --with-dependencies --yes
    equal "registered there" "$(there GET "/integrations/$(copy_of integrations "$(first integrations)")" | jq -r '._registeredConnectionIds[0]')" bbbb00000000000000000001
}

@test "connections of another account: by the map before all else" {
    empty_account
    local integration connection
    integration=$(first integrations)
    connection=$(get integrations "$integration" '._registeredConnectionIds[0]')
    twins_there '._id |= ("aaaa" + .[4:])'
    get connections "$connection" '._id = "bbbb00000000000000000001" | .name = "Another name"' >"$T/twin.json"
    there POST /connections "@$T/twin.json"
    printf 'connections:\n  %s: bbbb00000000000000000001\n' "$connection" >"$MAP"
    clones_there "integration/$integration" --at "$HELD" --to "$TO" --map "$MAP" --with-dependencies --yes
    equal "registered there" "$(there GET "/integrations/$(copy_of integrations "$integration")" | jq -r '._registeredConnectionIds[0]')" bbbb00000000000000000001
}

@test "connections of another account: a name that two have decides nothing" {
    empty_account
    local integration connection
    integration=$(first integrations)
    connection=$(get integrations "$integration" '._registeredConnectionIds[0]')
    twins_there '._id |= ("aaaa" + .[4:])'
    get connections "$connection" '._id = "bbbb00000000000000000001"' >"$T/twin.json"
    there POST /connections "@$T/twin.json"
    from 2 clone "integration/$integration" --at "$HELD" --to "$TO" --yes
    says "$(get connections "$connection" .name)"
}

@test "a clone that dies is finished by resume, and nothing is there twice" {
    live_account
    local integration
    integration=$(first integrations)
    stop_at_write 5 KILL clone "integration/$integration" --at "$HELD" --map "$MAP" --yes
    local code=0
    "$IOKEEPER" resume --yes >"$T/out" 2>"$T/err" || code=$?
    [[ $code -eq 0 || $code -eq 3 ]] || { show_output; return 1; }
    equal "copies" "$(admin GET /state | jq '[.integrations[] | select(.name | startswith("Copy of"))] | length')" 1
    local counts
    counts=$(admin GET /state | jq -c 'map_values(arrays | length)')
    clones "integration/$integration" --at "$HELD" --map "$MAP" --yes
    equal "counts" "$(admin GET /state | jq -c 'map_values(arrays | length)')" "$counts"
    idle
}
