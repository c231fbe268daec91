# doctor: what is right and wrong with a set-up, found by trying it, without changing anything.

load helpers

@test "a good set-up of a live account has nothing to be mended" {
    sim_start_small --profile live
    expect 0 sync
    local before
    before=$(git -C "$MIRROR" rev-parse HEAD)
    expect 0 doctor
    says "answers, and takes the token from variable IOKEEPER_TOKEN"
    says "live: an account-wide audit log"
    says "nothing to be mended"
    [[ $(grep -c '^good .* served$' "$T/out") -eq 16 ]]
    [[ $(git -C "$MIRROR" rev-parse HEAD) == "$before" ]]
}

@test "the reference's dialect is told, and the kinds it does not have" {
    sim_start_small
    expect 0 doctor
    says "reference: no account-wide audit log (404)"
    grep -qE '^note +mirror +.*none there yet' "$T/out"
    grep -qE '^note +iclients +not served here \(404\)' "$T/out"
    [[ ! -e $MIRROR ]]
}

@test "kinds that are refused are a note in doctor and in status, and no failure" {
    sim_start_small --profile live
    fault '[{"path":"/v1/agents","do":"status","status":403},{"path":"/v1/tools","do":"status","status":404}]'
    expect 0 sync
    says_not agents
    expect 0 status
    grep -qE '^not served here +agents, tools$' "$T/out"
    expect 0 doctor
    grep -qE '^note +agents +not served here \(403\)' "$T/out"
    grep -qE '^note +tools +not served here \(404\)' "$T/out"
}

@test "a refused token is named, with what to do, and exit code 12" {
    sim_start_small
    export IOKEEPER_TOKEN=wrong
    TOKEN=wrong expect 12 doctor
    says "the API refused the token from variable IOKEEPER_TOKEN"
    says "make a new one"
}

@test "a server that is not there is named, and exit code 1" {
    sim_start_small
    sim_stop
    expect 1 doctor
    says "connection refused"
    says "see api.url"
}

@test "a failing list is bad, and the others are looked at all the same" {
    sim_start_small --profile live
    fault '{"path":"/v1/exports","do":"status","status":400}'
    expect 1 doctor
    grep -qE '^bad +exports +GET /v1/exports.*400 Bad Request' "$T/out"
    grep -qE '^good +tags +served' "$T/out"
}

@test "a remote that is behind or failed is told" {
    sim_start_small
    mkdir -p "$T/home/.config/iokeeper"
    printf 'mirror:\n  remote: %s\n' "$T/nowhere.git" >"$T/home/.config/iokeeper/default.yaml"
    expect 0 sync
    expect 1 doctor
    grep -qE '^bad +remote +push to .*nowhere.git' "$T/out"
    git init -q --bare "$T/nowhere.git"
    expect 0 sync
    expect 0 doctor
    grep -qE '^good +remote +can be reached, and has all commits' "$T/out"
}

@test "--json tells each finding, and a summary" {
    sim_start_small --profile live --no-account-audit
    expect 0 --json doctor
    jq -es 'map(select(.type == "finding")) | length > 15 and all(.level == "good" or .level == "note")' "$T/out" >/dev/null
    jq -es '.[-1] == {"type":"summary","bad":0,"exit":0}' "$T/out" >/dev/null
}

@test "each finding that is bad has a remedy" {
    sim_start_live
    expect 0 sync
    fault '[{"path":"/v1/scripts","do":"status","status":500},{"path":"/v1/exports","do":"status","status":500}]'
    expect 1 doctor --json
    [[ $(jq -c 'select(.type == "finding" and .level == "bad")' "$T/out" | wc -l) -ge 2 ]]
    equal "without one" "$(jq -c 'select(.type == "finding" and .level == "bad" and .remedy == "")' "$T/out")" ""
}
