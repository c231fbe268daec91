# mirror.include and mirror.exclude: what is not mirrored, and that a changed configuration is no deletion.

load helpers

# scope LINE…: the configuration, with these lines under mirror:
scope() {
    mkdir -p "$T/home/.config/iokeeper"
    {
        printf 'mirror:\n  audit: true\n'
        if [[ $# -gt 0 ]]; then printf '  %s\n' "$@"; fi
    } >"$T/home/.config/iokeeper/default.yaml"
}

subjects() { git -C "$MIRROR" log --format='%an: %s' "$@"; }

tree() { git -C "$MIRROR" rev-parse "HEAD^{tree}"; }

setup_more() {
    sim_start_small --profile live --scripts 3
    mapfile -t IDS < <(admin GET /state | jq -r '.integrations[]._id')
    admin PATCH "/integrations/${IDS[0]}" '{"name":"Payroll"}'
    admin PATCH "/integrations/${IDS[1]}" '{"name":"Orders"}'
}

@test "narrowing says Scope changed, not deleted, and widening brings all back" {
    scope
    expect 0 sync
    local all
    all=$(tree)
    scope 'exclude: ["scripts", "integration/Pay*"]'
    expect 0 sync
    says "0 added, 0 changed, 0 deleted"
    [[ $(subjects -1) == "iokeeper: Scope changed: "*" no longer mirrored" ]]
    [[ $(git -C "$MIRROR" log --format=%B | grep -c "deleted") -eq 0 ]]
    git -C "$MIRROR" log -1 --format=%B | grep -qxF -- "- integration \"Payroll\" (${IDS[0]}): no longer in scope"
    run git -C "$MIRROR" ls-files "account/scripts" "integrations/payroll--${IDS[0]}"
    [[ -z $output ]]
    [[ -n $(git -C "$MIRROR" ls-files "integrations/orders--${IDS[1]}/flows") ]]
    grep -qx 'exclude:' "$MIRROR/iokeeper.yaml"
    expect 0 sync
    says "no change"
    scope
    expect 0 sync
    [[ $(subjects -1) == "iokeeper: Scope changed: "*" now mirrored" ]]
    [[ $(tree) == "$all" ]]
}

@test "what happened in the account meanwhile is told apart, and signed" {
    scope
    expect 0 sync
    local flow
    flow=$(admin GET /state | jq -r --arg i "${IDS[1]}" '[.flows[] | select(._integrationId == $i)][0]._id')
    admin PATCH "/flows/$flow?touch=1&user=alice@example.com" '{"description":"new"}'
    scope 'exclude: ["integration/Pay*"]'
    expect 0 sync
    [[ $(subjects -2 | sed -n 1p) == "Alice Meier: Orders: 1 flow changed" ]]
    [[ $(subjects -2 | sed -n 2p) == "iokeeper: Scope changed: "* ]]
    # The commit of the scope holds nothing of Alice's.
    run git -C "$MIRROR" diff --name-only HEAD~2 HEAD~1 -- "integrations/orders--${IDS[1]}"
    [[ -z $output ]]
}

@test "include is everything that is mirrored" {
    scope 'include: ["integration/Orders", "flow/*", "connections"]'
    expect 0 sync
    run bash -c "git -C '$MIRROR' ls-files | grep -vE '^(iokeeper.yaml|integrations/orders--|account/(connections|flows|audit|users))'"
    [[ -z $output ]]
    [[ -n $(git -C "$MIRROR" ls-files "integrations/orders--${IDS[1]}/flows") ]]
    run git -C "$MIRROR" ls-files "integrations/orders--${IDS[1]}/exports"
    [[ -z $output ]]
}

@test "a resource renamed out of the scope is no longer mirrored, and comes back with its name" {
    scope 'exclude: ["connection/Test*"]'
    expect 0 sync
    local id
    id=$(admin GET /state | jq -r '.connections[0]._id')
    admin PATCH "/connections/$id?touch=1&user=bob@example.com" '{"name":"Test shop"}'
    expect 0 sync
    [[ $(subjects -2) == *"iokeeper: Scope changed: 1 connection no longer mirrored"* ]]
    admin PATCH "/connections/$id?touch=1&user=bob@example.com" '{"name":"Shop"}'
    expect 0 sync
    [[ $(git -C "$MIRROR" ls-files "account/connections/shop--$id.yaml") ]]
}

@test "more than the limit of deletions leaves the scope without being withheld" {
    scope 'exclude: []'
    expect 0 sync
    printf 'safety:\n  max_delete: 0\n  max_delete_percent: 0\n' >>"$T/home/.config/iokeeper/default.yaml"
    sed -i 's/exclude: .*/exclude: [connections, exports, imports]/' "$T/home/.config/iokeeper/default.yaml"
    expect 0 sync
    run bash -c "git -C '$MIRROR' ls-files | grep -E '/(connections|exports|imports)/'"
    [[ -z $output ]]
}

@test "a first mirror with a scope is a first mirror" {
    scope 'exclude: ["integration/Pay*"]'
    expect 0 sync
    [[ $(subjects) == "iokeeper: First mirror: 1 integration, "* ]]
}

@test "a bad glob is an error that names file, line and glob" {
    scope 'exclude: ["flwo/*"]'
    expect 2 sync
    says "default.yaml"
    says "flwo"
}
