#!/usr/bin/env bats
# What once went wrong: deletions nobody made, rows lost, files that moved and came back, cycles that never ended.

load helpers

files_held() {
    g ls-tree -r --name-only HEAD
}

complete_ref() {
    g rev-parse -q --verify refs/iokeeper/complete
}

# The folder of one of the account's integrations.
integration_folder() { # ID
    local path
    path=$(path_of "$1") && dirname "$path"
}

# fault_body PATH BODY: 200 with exactly these bytes
fault_body() {
    fault "{\"path\":\"$1\",\"do\":\"body\",\"body_base64\":\"$(printf '%s' "$2" | base64 -w0)\"}"
}

fault_status() { # STATUS PATH…
    local status=$1 path
    shift
    for path in "$@"; do
        fault "{\"path\":\"$path\",\"do\":\"status\",\"status\":$status}"
    done
}

# What must hold of a cycle that has nothing to commit.
nothing_was_committed() { # HEAD
    equal "HEAD" "$(head_of)" "$1"
    mirror_is_sound
}

# commit_as_person PATH TEXT: what a person may do to a mirrored file
commit_as_person() {
    printf '%s\n' "$2" >"$MIRROR/$1"
    g add "$1"
    g commit -q -m "A person's commit"
}

# An audit row a line, as `TIME USER`, oldest first; of all of an integration's files.
audit_rows() { # ID
    /usr/bin/python3 - "$MIRROR/$(integration_folder "$1")/audit" <<'PYTHON'
import os, sys, yaml
rows = []
for name in os.listdir(sys.argv[1]):
    rows += yaml.load(open(os.path.join(sys.argv[1], name)), yaml.BaseLoader)
print("\n".join(sorted(f"{row['timestamp']} {row['user']}" for row in rows)))
PYTHON
}

audit_row() { # TIME USER
    printf '{"timestamp":"%s","user":"%s","action":"update","resourceType":"flow","changes":{"name":{"old":"a","new":"b"}}}' "$1" "$2"
}

put_audit() { # ID ROW…
    local id=$1 IFS=,
    shift
    admin PUT "/integrations/$id/audit" "[$*]"
}

teardown_more() {
    if [[ -n ${LISTENER:-} ]]; then kill "$LISTENER" 2>/dev/null || true; fi
    if [[ -n ${SYNC:-} ]]; then kill -KILL "$SYNC" 2>/dev/null || true; fi
}

# ---- lists of rows ----

@test "a users list that comes back empty is withheld; an ack takes it away" {
    sim_start_small
    expect 0 sync
    local head integration
    head=$(head_of) integration=$(first integrations)
    fault '{"path":"/v1/integrations/*/ashares","do":"empty"}'
    expect 5 sync
    says "iokeeper ack"
    says "$(integration_folder "$integration")/users.yaml"
    nothing_was_committed "$head"
    expect 0 status
    says "iokeeper ack"
    expect 0 ack
    expect 0 sync
    equal "users" "$(files_held | grep -c 'users\.yaml$' || true)" 0
    equal "other files" "$(files_held)" "$(g ls-tree -r --name-only "$head" | grep -v 'users\.yaml$')"
    mirror_is_sound
}

@test "a users list that was empty for one cycle only was never gone" {
    sim_start_small
    expect 0 sync
    local head
    head=$(head_of)
    fault '{"path":"/v1/integrations/*/ashares","do":"empty"}'
    expect 5 sync
    faults_clear
    expect 0 sync
    nothing_was_committed "$head"
    expect 0 status
    says_not "iokeeper ack"
}

@test "a users list that shrinks is a change like any other" {
    sim_start_small
    local integration
    integration=$(first integrations)
    admin PUT "/integrations/$integration/ashares" '[{"_id":"u1","name":"One"},{"_id":"u2","name":"Two"}]'
    expect 0 sync
    admin PUT "/integrations/$integration/ashares" '[{"_id":"u2","name":"Two"}]'
    expect 0 sync
    equal "u1" "$(grep -c 'u1' "$MIRROR/$(integration_folder "$integration")/users.yaml" || true)" 0
    mirror_matches_account
}

@test "a row of users or error counts that cannot be read takes nothing out of the file" {
    sim_start_small
    config mirror.errors=true
    local integration head
    integration=$(first integrations)
    admin PUT "/integrations/$integration/ashares" '[{"_id":"u1","name":"One"},{"_id":"u2","name":"Two"}]'
    admin PUT "/integrations/$integration/errors" '[{"_flowId":"f1","numError":1},{"_flowId":"f2","numError":2}]'
    expect 0 --config "$CONFIG" sync
    head=$(head_of)
    fault_body "/v1/integrations/$integration/ashares" '[{"_id":"u1","name":"One","x":1,"x":2},{"_id":"u2","name":"Two"}]'
    expect 3 --config "$CONFIG" sync
    says ashares
    nothing_was_committed "$head"
    faults_clear
    fault_body "/v1/integrations/$integration/errors" '[{"_flowId":"f1","numError":1},{"_flowId":"f2","numError":2,"numError":3}]'
    expect 3 --config "$CONFIG" sync
    says "$integration/errors"
    nothing_was_committed "$head"
    faults_clear
    expect 0 --config "$CONFIG" sync
    nothing_was_committed "$head"
}

@test "a first mirror holds the rows that could be read" {
    sim_start_small
    local integration
    integration=$(first integrations)
    fault_body "/v1/integrations/$integration/ashares" '[{"_id":"u1","x":1,"x":2},{"_id":"u2","name":"Two"}]'
    expect 3 sync
    contains "Complete" "$(trailer Complete)" no
    contains "users.yaml" "$(<"$MIRROR/$(integration_folder "$integration")/users.yaml")" u2
    not complete_ref
}

@test "an empty body with 200 is no empty list, with 204 it is one" {
    sim_start_small
    expect 0 sync
    local head
    head=$(head_of)
    fault_body '/v1/integrations/*/ashares' ''
    expect 3 sync
    says user
    nothing_was_committed "$head"
    faults_clear
    fault_body '/v1/flows' ''
    fault_body '/v1/integrations/*/flows' ''
    expect 3 sync
    says flows
    nothing_was_committed "$head"
    faults_clear
    fault '{"path":"/v1/integrations/*/errors","do":"status","status":204,"body":""}'
    expect 0 sync
    nothing_was_committed "$head"
}

@test "403 on the audit logs or users everywhere is a failure, not a server without them" {
    local kind head
    sim_start --integrations 1 --flows 2 --exports 1 --imports 1 --connections 1 --audit 3 --users 1
    expect 0 sync
    for kind in audit ashares; do
        head=$(head_of)
        fault_status 403 "/v1/integrations/*/$kind"
        admin PATCH "/flows/$(first flows)" "{\"name\":\"Changed while $kind failed\"}"
        expect 3 sync
        contains "Complete" "$(trailer Complete)" no
        equal "refs/iokeeper/complete" "$(complete_ref)" "$head"
        faults_clear
        admin PATCH "/flows/$(first flows)" "{\"name\":\"Changed after $kind failed\"}"
        expect 0 sync
        equal "refs/iokeeper/complete" "$(complete_ref)" "$(head_of)"
    done
    mirror_matches_account
}

@test "404 on the audit logs everywhere: fine where there never were any, a failure where HEAD has some" {
    sim_start_small
    fault_status 404 '/v1/integrations/*/audit'
    expect 0 sync
    equal "Complete" "$(trailer Complete)" yes
    faults_clear
    expect 0 sync
    local head
    head=$(head_of)
    equal "commits" "$(commits)" 2
    fault_status 404 '/v1/integrations/*/audit'
    expect 3 sync
    nothing_was_committed "$head"
}

@test "one integration whose small lists close the connection fails by name, the rest is committed" {
    sim_start_small
    expect 0 sync
    local integration list before=$SECONDS complete
    complete=$(complete_ref) integration=$(first integrations)
    admin PATCH "/connections/$(first connections)" '{"settings":{"changed":true}}'
    for list in ashares audit errors; do
        fault "{\"path\":\"/v1/integrations/$integration/$list\",\"do\":\"close\"}"
    done
    expect 3 sync
    says user
    says audit
    says_like 'error count'
    contains "body" "$(body)" "($(first connections))"
    contains "Complete" "$(trailer Complete)" no
    equal "refs/iokeeper/complete" "$(complete_ref)" "$complete"
    [[ $((SECONDS - before)) -lt 40 ]]
    mirror_is_sound
    faults_clear
    expect 0 sync
    mirror_matches_account
}

@test "a server that goes away in mid-cycle: exit 1, nothing committed" {
    sim_start_small
    expect 0 sync
    local head before=$SECONDS
    head=$(head_of)
    admin PATCH "/flows/$(first flows)" '{"name":"changed"}'
    fault '{"do":"close","skip":3}'
    expect 1 sync
    says "127.0.0.1:$PORT"
    [[ $((SECONDS - before)) -lt 40 ]]
    nothing_was_committed "$head"
}

# ---- audit logs ----

@test "equal audit rows on two pages are no rows that came twice" {
    sim_start_small
    config api.page_size=4
    local integration old rows=()
    integration=$(first integrations)
    rows+=("$(audit_row 2025-05-03T10:00:00.000Z later@example.com)")
    for _ in 1 2 3 4; do rows+=("$(audit_row 2025-05-02T10:00:00.000Z bulk@example.com)"); done
    rows+=("$(audit_row 2025-04-01T10:00:00.000Z early@example.com)")
    put_audit "$integration" "${rows[@]}"
    expect 0 --config "$CONFIG" sync
    equal "Complete" "$(trailer Complete)" yes
    old=$(audit_rows "$integration" | sort -u)
    equal "rows" "$old" $'2025-04-01T10:00:00.000Z early@example.com\n2025-05-02T10:00:00.000Z bulk@example.com\n2025-05-03T10:00:00.000Z later@example.com'
    put_audit "$integration" "$(audit_row 2025-05-04T10:00:00.000Z new@example.com)" "${rows[@]}"
    expect 0 --config "$CONFIG" sync
    equal "rows" "$(audit_rows "$integration" | sort -u)" "$old"$'\n2025-05-04T10:00:00.000Z new@example.com'
    expect 0 --config "$CONFIG" sync
    equal "commits" "$(commits)" 2
    mirror_is_sound
}

@test "audit rows read before their list failed are kept" {
    sim_start_small
    config api.page_size=3
    local integration rows=() day
    integration=$(first integrations)
    for day in 09 08 07 06 05 04 03 02; do rows+=("$(audit_row "2025-05-${day}T10:00:00.000Z" a@example.com)"); done
    put_audit "$integration" "${rows[@]}"
    expect 0 --config "$CONFIG" sync
    put_audit "$integration" "$(audit_row 2025-05-10T10:00:00.000Z new@example.com)" "${rows[@]}"
    fault "{\"path\":\"/v1/integrations/$integration/audit\",\"do\":\"status\",\"status\":403,\"skip\":1}"
    expect 3 --config "$CONFIG" sync
    contains "rows" "$(audit_rows "$integration")" new@example.com
    equal "number of rows" "$(audit_rows "$integration" | wc -l)" 9
    contains "Complete" "$(trailer Complete)" no
    faults_clear
    expect 0 --config "$CONFIG" sync
    mirror_matches_account
}

@test "undated audit rows between dated ones are all kept, in one go" {
    sim_start_small
    local integration folder
    integration=$(first integrations)
    put_audit "$integration" "$(audit_row yesterday y@example.com)" "$(audit_row 2025-05-02T10:00:00.000Z d@example.com)" \
        "$(audit_row '' e@example.com)" "$(audit_row 2025/05/01 s@example.com)" "$(audit_row 2025-04-02T10:00:00.000Z o@example.com)"
    expect 0 sync
    equal "users" "$(audit_rows "$integration" | grep -oE '[a-z]@' | sort | tr -d '\n')" d@e@o@s@y@
    folder=$(integration_folder "$integration")
    contains "undated.yaml" "$(<"$MIRROR/$folder/audit/undated.yaml")" e@example.com
    contains "undated.yaml" "$(<"$MIRROR/$folder/audit/undated.yaml")" y@example.com
    expect 0 sync
    equal "commits" "$(commits)" 1
}

@test "an audit file that a person turned into something else is left alone" {
    sim_start_small
    expect 0 sync
    local folder path head
    folder=$(integration_folder "$(first integrations)")
    path=$(files_held | grep -F "$folder/audit/" | tail -n 1)
    commit_as_person "$path" 'a: map'
    head=$(head_of)
    expect 3 sync
    says audit
    equal "file" "$(g show "HEAD:$path")" 'a: map'
    nothing_was_committed "$head"
}

# ---- pages ----

@test "a row that slips between two pages, because one before it was deleted, is not missing" {
    sim_start --integrations 1 --flows 1 --exports 1 --imports 1 --connections 14 --audit 1 --users 1
    config api.lists=account api.page_size=4
    local deleted id
    deleted=$(first connections)
    # While the second page is on its way, the rows shift.
    fault '{"path":"/v1/connections","do":"delay","ms":1500,"skip":1,"times":1}'
    "$IOKEEPER" --config "$CONFIG" sync >"$T/out" 2>"$T/err" 3>&- &
    SYNC=$!
    wait_for 20 connections_were_asked_for 2
    admin DELETE "/connections/$deleted"
    local code=0
    wait "$SYNC" || code=$?
    SYNC=
    judge 0 $code sync
    equal "Complete" "$(trailer Complete)" yes
    for id in $(ids connections); do path_of "$id" >"$T/ignored"; done
    expect 0 --config "$CONFIG" sync
    mirror_is_sound
    mirror_matches_account
}

connections_were_asked_for() { # N
    [[ $(requests_of /v1/connections) -ge $1 || $(admin GET /faults | jq '.[0].hits') -ge 1 ]]
}

@test "a list with a lower cap than others is read to its end, or not called whole" {
    sim_start --integrations 1 --flows 1 --exports 12 --imports 1 --connections 9 --audit 1 --users 1
    config api.lists=account
    fault "{\"path\":\"/v1/connections\",\"do\":\"body\",\"body\":$(admin GET /state | jq -c '.connections[:3]'),\"times\":1}"
    local code=0
    "$IOKEEPER" --config "$CONFIG" sync >"$T/out" 2>"$T/err" 3>&- || code=$?
    if [[ $code -eq 3 ]]; then
        judge 3 $code sync
        contains "Complete" "$(trailer Complete)" connections
    else
        judge 0 $code sync
        equal "connections" "$(files_held | grep -c ^account/connections/)" 9
    fi
}

@test "a row that cannot be read is told once, however often its list is walked" {
    sim_start_small
    config api.page_size=2 api.lists=account
    admin POST /connections '{"_id":"5f0000000000000000000001","x":1,"x":2}'
    add connections <<'JSON'
{"_id":"5f0000000000000000000002","name":"Two"}
{"_id":"5f0000000000000000000003","name":"Three"}
JSON
    fault '{"path":"/v1/connections","do":"repeat","skip":2,"times":1}'
    expect 3 --config "$CONFIG" sync
    equal "lines about it" "$(cat "$T/out" "$T/err" | grep -c 5f0000000000000000000001)" 1
    path_of 5f0000000000000000000003
}

# ---- account-wide lists that fail ----

# The account has what only the account-wide lists show.
standalone_account() { # N
    sim_start --integrations 2 --flows 2 --exports 2 --imports 2 --connections 3 --standalone "$1" --audit 2 --users 1
}

standalone_held() {
    files_held | grep -c '^account/flows/' || true
}

standalone_ids() {
    admin GET /state | jq -r '.flows[] | select(._integrationId == null) | ._id'
}

@test "an account-wide list that fails leaves the cycle incomplete, though the sub-lists are read" {
    standalone_account 1
    expect 0 sync
    local complete owned
    complete=$(complete_ref) owned=$(first flows '._integrationId')
    admin POST /flows '{"_id":"5f0000000000000000000001","name":"A new standalone flow"}'
    admin PATCH "/flows/$owned" '{"name":"Changed"}'
    fault_status 500 /v1/flows
    expect 3 sync
    says flows
    contains "body" "$(body)" "($owned)"
    contains "Complete" "$(trailer Complete)" no
    contains "Complete" "$(trailer Complete)" flows
    equal "refs/iokeeper/complete" "$(complete_ref)" "$complete"
    mirror_is_sound
    expect 3 sync
    equal "commits" "$(commits)" 2
    faults_clear
    expect 0 sync
    path_of 5f0000000000000000000001
    equal "refs/iokeeper/complete" "$(complete_ref)" "$(head_of)"
    mirror_matches_account
}

@test "many standalone resources whose account-wide lists fail are not withheld: they stay" {
    standalone_account 14
    expect 0 sync
    local head
    head=$(head_of)
    fault_status 500 /v1/flows /v1/exports /v1/imports /v1/connections
    expect 3 sync
    says_not "iokeeper ack"
    nothing_was_committed "$head"
    expect 0 status
    says_not "iokeeper ack"
}

@test "a server without account-wide lists: standalone resources are asked for by name and stay" {
    standalone_account 14
    expect 0 sync
    local head
    head=$(head_of)
    fault_status 404 /v1/flows /v1/exports /v1/imports /v1/connections
    expect 0 sync
    says_not "iokeeper ack"
    nothing_was_committed "$head"
}

@test "switching to sub-lists deletes and withholds nothing that exists" {
    standalone_account 14
    expect 0 sync
    local head
    head=$(head_of)
    config api.lists=integration
    for _ in 1 2; do
        expect 0 --config "$CONFIG" sync
        says_not "iokeeper ack"
        nothing_was_committed "$head"
    done
    # Only 404 says that one is gone.
    local one
    one=$(standalone_ids | head -n 1)
    fault_status 403 "/v1/flows/$one"
    expect 3 --config "$CONFIG" sync
    nothing_was_committed "$head"
    faults_clear
    admin DELETE "/flows/$one"
    expect 0 --config "$CONFIG" sync
    is_gone "$one"
    equal "standalone flows" "$(standalone_held)" 13
    mirror_is_sound
}

@test "standalone resources that no list can show are counted against the limits" {
    standalone_account 14
    expect 0 sync
    local head id
    head=$(head_of)
    config api.lists=integration
    for id in $(standalone_ids | head -n 12); do admin DELETE "/flows/$id"; done
    expect 5 --config "$CONFIG" sync
    says "iokeeper ack"
    equal "standalone flows" "$(standalone_held)" 14
    nothing_was_committed "$head"
    expect 0 --config "$CONFIG" ack
    expect 0 --config "$CONFIG" sync
    equal "standalone flows" "$(standalone_held)" 2
    mirror_is_sound
}

# ---- what is registered ----

integration_files() {
    g ls-tree -r HEAD integrations | grep 'integration\.yaml$'
}

supplied_alike() { # SIMULATOR-OPTION…
    sim_start_small "$@"
    local lists id wanted='' is
    for id in $(ids integrations); do admin PATCH "/integrations/$id" '{"_registeredConnectionIds":null}'; done
    for lists in integration account auto; do
        MIRROR=$T/world/$lists
        config api.lists=$lists
        expect 0 --config "$CONFIG" sync
        is=$(integration_files)
        [[ -n $wanted ]] || wanted=$is
        equal "integrations by $lists" "$is" "$wanted"
    done
    grep -q '^_registeredConnectionIds:' "$MIRROR/$(path_of "$(first integrations)")"
    # The mode may change.
    config api.lists=integration
    expect 0 --config "$CONFIG" sync
    equal "commits" "$(commits)" 1
}

@test "all ways of listing supply registered connections alike" {
    supplied_alike
}

@test "all ways of listing supply registered connections alike, where lists hold whole documents" {
    supplied_alike --whole-lists
}

@test "a row of the connections' sub-list that cannot be read unregisters nothing" {
    sim_start --integrations 1 --flows 6 --exports 6 --imports 6 --connections 4 --audit 1 --users 1
    local integration head file used code=0
    integration=$(first integrations)
    admin PATCH "/integrations/$integration" '{"_registeredConnectionIds":null}'
    expect 0 sync
    head=$(head_of) file=$(path_of "$integration")
    used=$(/usr/bin/python3 -c 'import sys, yaml; print(" ".join(yaml.safe_load(sys.stdin)["_registeredConnectionIds"]))' <"$MIRROR/$file")
    # All as before, but the first row is broken.
    fault_body "/v1/integrations/$integration/connections" \
        "[{\"_id\":\"${used%% *}\",\"x\":1,\"x\":2}$(for used in ${used#* }; do printf ',{"_id":"%s"}' "$used"; done)]"
    "$IOKEEPER" sync >"$T/out" 2>"$T/err" 3>&- || code=$?
    if [[ $code -ne 0 ]]; then judge 3 $code sync; fi # its id is known, so that it may be no harm
    nothing_was_committed "$head"
}

# ---- files that do not move ----

# One export that no flow uses, and who lists it. The account's list shows it in any case.
listed_export() { # INTEGRATION…
    local integration
    admin POST /exports '{"_id":"5f0000000000000000000001","name":"Listed only"}'
    for integration in "$@"; do
        fault_body "/v1/integrations/$integration/exports" '[{"_id":"5f0000000000000000000001","name":"Listed only"}]'
    done
}

stays_when_a_list_fails() { # PATH-PATTERN INTEGRATION-THAT-FAILS OTHER…
    local head
    # shellcheck disable=SC2053 # a pattern
    [[ $(path_of 5f0000000000000000000001) == $1 ]] || { path_of 5f0000000000000000000001 >&2; return 1; }
    expect 0 sync
    head=$(head_of)
    faults_clear
    fault_status 403 "/v1/integrations/$2/exports"
    [[ -z ${3:-} ]] || fault_body "/v1/integrations/$3/exports" '[{"_id":"5f0000000000000000000001","name":"Listed only"}]'
    expect 3 sync
    nothing_was_committed "$head"
}

@test "an export that belongs to an integration by its list alone stays there when the list fails" {
    sim_start_small
    local integration
    integration=$(first integrations)
    listed_export "$integration"
    expect 0 sync
    stays_when_a_list_fails 'integrations/*' "$integration"
}

@test "an export that two integrations list stays with the account when the list of one fails" {
    sim_start_small
    local both
    mapfile -t both < <(ids integrations)
    listed_export "${both[@]}"
    expect 0 sync
    stays_when_a_list_fails 'account/*' "${both[1]}" "${both[0]}"
}

@test "an export of one integration that another one uses stays where it is when its lists fail" {
    sim_start_small
    local both head
    mapfile -t both < <(ids integrations)
    admin POST /exports "{\"_id\":\"5f0000000000000000000001\",\"name\":\"At home elsewhere\",\"_integrationId\":\"${both[0]}\"}"
    admin POST /flows "{\"_id\":\"5f0000000000000000000002\",\"name\":\"User\",\"_integrationId\":\"${both[1]}\",\"pageGenerators\":[{\"_exportId\":\"5f0000000000000000000001\"}]}"
    expect 0 sync
    contains "path" "$(path_of 5f0000000000000000000001)" account/exports/
    head=$(head_of)
    fault_status 403 /v1/exports '/v1/integrations/*/exports'
    expect 3 sync
    nothing_was_committed "$head"
    faults_clear
    expect 0 sync
    nothing_was_committed "$head"
}

@test "an integration that cannot be read at first sends nothing of it to the account" {
    local status integration
    for status in 403 404; do
        sim_start_small
        MIRROR=$T/world/mirror$status
        export IOKEEPER_MIRROR=$MIRROR
        integration=$(first integrations)
        fault_status $status "/v1/integrations/$integration"
        expect 3 sync
        equal "files of the account" "$(files_held | grep -E '^account/(flows|exports|imports)/' || true)" ""
        contains "Complete" "$(trailer Complete)" no
        not complete_ref
        faults_clear
        expect 0 sync
        mirror_is_sound
        mirror_matches_account
        equal "renames" "$(g log --format= --name-status -M HEAD | grep -c ^R || true)" 0
        sim_stop
    done
}

@test "a new integration that cannot be read is left out with all that is in it" {
    sim_start_small
    expect 0 sync
    admin POST /integrations '{"_id":"5f0000000000000000000001","name":"New","createdAt":"2025-01-01T00:00:00.000Z"}'
    admin POST /exports '{"_id":"5f0000000000000000000002","name":"New export"}'
    admin POST /flows '{"_id":"5f0000000000000000000003","name":"New flow","_integrationId":"5f0000000000000000000001","pageGenerators":[{"_exportId":"5f0000000000000000000002"}]}'
    fault_status 403 /v1/integrations/5f0000000000000000000001
    expect 3 sync
    equal "files of the account" "$(files_held | grep -E '^account/(flows|exports)/' || true)" ""
    faults_clear
    expect 0 sync
    contains "path" "$(path_of 5f0000000000000000000003)" integrations/new--5f0000000000000000000001/flows/
    contains "path" "$(path_of 5f0000000000000000000002)" integrations/new--5f0000000000000000000001/exports/
    mirror_matches_account
}

# ---- deletions ----

@test "an integration is not deleted while deletions of its flows are withheld" {
    sim_start --integrations 2 --flows 12 --exports 1 --imports 1 --connections 1 --audit 2 --users 1
    expect 0 sync
    local integration head folder
    integration=$(first integrations) head=$(head_of)
    folder=$(integration_folder "$integration")
    admin DELETE "/integrations/$integration?cascade=1"
    expect 5 sync
    says "$folder/flows/"
    equal "its folder" "$(g rev-parse "HEAD:$folder/integration.yaml" "HEAD:$folder/users.yaml" "HEAD:$folder/audit" "HEAD:$folder/flows")" \
        "$(g rev-parse "$head:$folder/integration.yaml" "$head:$folder/users.yaml" "$head:$folder/audit" "$head:$folder/flows")"
    equal "moved" "$(files_held | grep '^account/flows/' || true)" ""
    mirror_is_sound
    # What it says is withheld is there.
    local path
    for path in $(jq -r '.. | .path? // empty' "$MIRROR/.git/iokeeper/status.json"); do g cat-file -e "HEAD:$path"; done
    expect 0 ack
    expect 0 sync
    is_gone "$integration"
    # Its log only grows: it is the account's now.
    equal "rows" "$(g show HEAD:account/audit | grep yaml | xargs -I{} git -C "$MIRROR" show "HEAD:account/audit/{}" | sort)" \
        "$(g show "$head:$folder/audit" | grep yaml | xargs -I{} git -C "$MIRROR" show "$head:$folder/audit/{}" | sort)"
    mirror_is_sound
    mirror_matches_account --history
}

@test "an integration is not deleted while what is in it could not be read" {
    sim_start_small
    expect 0 sync
    local integration folder flows
    integration=$(first integrations)
    folder=$(integration_folder "$integration")
    flows=$(g rev-parse "HEAD:$folder/flows")
    admin DELETE "/integrations/$integration?cascade=1"
    fault_status 500 /v1/flows
    expect 3 sync
    equal "its flows" "$(g rev-parse "HEAD:$folder/flows")" "$flows"
    g cat-file -e "HEAD:$folder/integration.yaml"
    equal "moved" "$(files_held | grep '^account/flows/' || true)" ""
    mirror_is_sound
    faults_clear
    expect 0 sync
    mirror_matches_account --history
}

delete_flows() { # N
    local id
    for id in $(ids flows | head -n "$1"); do admin DELETE "/flows/$id"; done
}

held() { # KIND
    files_held | grep -c "/$1/" || true
}

@test "an acceptance is used up by the cycle that follows, though that withholds other things" {
    sim_start --integrations 1 --flows 12 --exports 12 --imports 1 --connections 1 --audit 1 --users 1
    expect 0 sync
    admin GET /state >"$T/dump"
    delete_flows 11
    expect 5 sync
    expect 0 ack
    jq -c '.exports = .exports[:1]' "$T/dump" >"$T/fewer" # which also brings the flows back
    admin PUT /state "@$T/fewer"
    delete_flows 11
    expect 5 sync
    equal "flows, exports" "$(held flows), $(held exports)" "1, 12"
    # They come back, and go again: nobody has accepted that.
    admin PUT /state "@$T/fewer"
    expect 5 sync
    equal "flows, exports" "$(held flows), $(held exports)" "12, 12"
    delete_flows 11
    expect 5 sync
    equal "flows, exports" "$(held flows), $(held exports)" "12, 12"
    mirror_is_sound
}

@test "an acceptance is used up by a cycle that finds everything there" {
    sim_start --integrations 1 --flows 14 --exports 1 --imports 1 --connections 1 --audit 1 --users 1
    expect 0 sync
    admin GET /state >"$T/dump"
    delete_flows 12
    expect 5 sync
    expect 0 ack
    admin PUT /state "@$T/dump"
    expect 0 sync
    delete_flows 12
    expect 5 sync
    equal "flows" "$(files_held | grep -c /flows/)" 14
    mirror_is_sound
}

@test "an acceptance outlasts a cycle that could not read the list" {
    sim_start --integrations 1 --flows 14 --exports 1 --imports 1 --connections 1 --audit 1 --users 1
    expect 0 sync
    delete_flows 12
    expect 5 sync
    expect 0 ack
    fault_status 403 /v1/flows '/v1/integrations/*/flows'
    expect 3 sync
    equal "flows" "$(files_held | grep -c /flows/)" 14
    faults_clear
    expect 0 sync
    equal "flows" "$(files_held | grep -c /flows/)" 2
    mirror_matches_account
}

# ---- a person's commits ----

# Broken in each place where the program looks at what HEAD holds.
broken='a: b: c: ['

@test "mirrored files that a person committed broken are replaced by the account's" {
    sim_start_small
    expect 0 sync
    local kind path
    for kind in connections flows exports imports integrations; do
        commit_as_person "$(path_of "$(first $kind)")" "$broken"
    done
    path=$(path_of "$(first integrations)")
    commit_as_person "$(dirname "$path")/users.yaml" "$broken"
    expect 0 sync
    not g grep -qF "$broken" HEAD
    mirror_is_sound
    mirror_matches_account
    equal "commits" "$(commits)" 8
    expect 0 sync
    equal "commits" "$(commits)" 8
}

@test "a broken file whose resource is renamed or gone stops nothing" {
    sim_start_small
    local connection
    connection=$(first connections)
    admin POST /connections '{"_id":"5f0000000000000000000001","name":"To go"}'
    expect 0 sync
    commit_as_person "$(path_of 5f0000000000000000000001)" "$broken"
    admin DELETE /connections/5f0000000000000000000001
    expect 0 sync
    is_gone 5f0000000000000000000001
    commit_as_person "$(path_of "$connection")" "$broken"
    admin PATCH "/connections/$connection" '{"name":"Renamed"}'
    expect 0 sync
    contains "path" "$(path_of "$connection")" /renamed--
    mirror_is_sound
    mirror_matches_account
}

@test "a broken flow whose list fails stays, and stops nothing" {
    sim_start_small
    expect 0 sync
    local flow path connection
    flow=$(first flows) connection=$(first connections)
    path=$(path_of "$flow")
    commit_as_person "$path" "$broken"
    admin PATCH "/connections/$connection" '{"settings":{"changed":true}}'
    fault_status 403 /v1/flows '/v1/integrations/*/flows'
    expect 3 sync
    contains "body" "$(body)" "($connection)"
    equal "file" "$(g show "HEAD:$path")" "$broken"
    mirror_is_sound
    faults_clear
    expect 0 sync
    mirror_is_sound
    mirror_matches_account
}

@test "a broken integration whose connections cannot be listed stops nothing" {
    sim_start_small
    local integration connection
    integration=$(first integrations) connection=$(first connections)
    admin PATCH "/integrations/$integration" '{"_registeredConnectionIds":null}'
    expect 0 sync
    commit_as_person "$(path_of "$integration")" "$broken"
    admin PATCH "/connections/$connection" '{"settings":{"changed":true}}'
    fault_status 403 "/v1/integrations/$integration/connections"
    expect 3 sync
    contains "body" "$(body)" "($connection)"
    mirror_is_sound
    faults_clear
    expect 0 sync
    mirror_is_sound
    not g grep -qF "$broken" HEAD
}

# ---- what must not be shown ----

@test "a token that the server sends back with its refusal is not shown" {
    sim_start_small
    expect 0 sync
    fault "{\"do\":\"status\",\"status\":401,\"body\":{\"message\":\"bad token $TOKEN\"}}"
    expect 12 sync
    expect 12 -v sync
    expect 12 --json sync
    not grep -rqF -- "$TOKEN" "$T/world"
}

@test "no signature of a signed URL is shown" {
    sim_start_small
    local integration options code
    integration=$(first integrations)
    fault "{\"path\":\"/v1/integrations/$integration/template\",\"do\":\"body\",\"body\":{\"signedURL\":\"$SIM/nowhere.zip?X-Amz-Signature=SECRETSIG\"}}"
    for options in '' -v --json; do
        code=0
        # shellcheck disable=SC2086 # no option or one
        "$IOKEEPER" $options template "$integration" -o "$T/template.zip" >"$T/out" 2>"$T/err" 3>&- || code=$?
        [[ $code -ne 0 ]]
        judge $code $code template
        says_not SECRETSIG
    done
    faults_clear
    fault "{\"path\":\"/v1/integrations/$integration/template\",\"do\":\"body\",\"body\":{\"signedURL\":\"http://127.0.0.1:9/gone.zip?X-Amz-Signature=SECRETSIG\"}}"
    code=0
    "$IOKEEPER" template "$integration" -o "$T/template.zip" >"$T/out" 2>"$T/err" 3>&- || code=$?
    [[ $code -ne 0 ]]
    judge $code $code template
    says_not SECRETSIG
    not test -e "$T/template.zip"
    fault '{"path":"/v1/flows","do":"redirect","location":"http://127.0.0.1:9/elsewhere?X-Amz-Signature=SECRETSIG"}'
    expect 3 -v sync
    says_not SECRETSIG
    not grep -rqF SECRETSIG "$T/world"
}

# ---- ends ----

# A remote that takes a connection and never says a word. PORT_OF_SILENCE; $T/heard when somebody has come.
listen_in_silence() {
    /usr/bin/python3 - "$T/silence" "$T/heard" >"$T/listener" 2>&1 3>&- <<'PYTHON' &
import os, socket, sys, time
server = socket.create_server(("127.0.0.1", 0))
with open(sys.argv[1] + ".new", "w") as file:
    file.write(str(server.getsockname()[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
held = []
server.settimeout(60)
while True:
    held.append(server.accept()[0])
    open(sys.argv[2], "w").close()
PYTHON
    LISTENER=$!
    wait_for 20 test -s "$T/silence"
    PORT_OF_SILENCE=$(<"$T/silence")
}

@test "SIGTERM during a push that gets no answer: within 10 s, 143, the commit made and recorded" {
    sim_start_small
    listen_in_silence
    config "mirror.remote=git://127.0.0.1:$PORT_OF_SILENCE/mirror.git"
    local code=0 before
    env --default-signal=INT,TERM "$IOKEEPER" --config "$CONFIG" sync >"$T/out" 2>"$T/err" 3>&- &
    SYNC=$!
    wait_for 20 test -e "$T/heard"
    before=$SECONDS
    kill -TERM "$SYNC"
    wait_for 12 not kill -0 "$SYNC" 2>"$T/ignored"
    [[ $((SECONDS - before)) -le 10 ]]
    wait "$SYNC" || code=$?
    SYNC=
    judge 143 $code "sync stopped in its push"
    equal "commits" "$(commits)" 1
    mirror_is_sound
    mirror_matches_account
    equal "cycle in status.json" "$(jq -r '.. | .commit? // empty' "$MIRROR/.git/iokeeper/status.json" | grep -c "$(head_of)" || true)" 1
    flock -n "$MIRROR/.git/iokeeper.lock" true
    # Its child is gone with it.
    equal "processes that hold the mirror" "$(pgrep -f -- "$CONFIG" || true)" ""
    unset CONFIG
    config
    expect 0 --config "$CONFIG" sync
    equal "commits" "$(commits)" 1
}

# ---- --json ----

@test "a wrong option ends in a summary, too, and is told once" {
    expect 2 sync --bogus --json
    equal "last line" "$(tail -n 1 "$T/out" | jq -r .type)" summary
    grep -qF -- --bogus "$T/out" "$T/err"
    expect 2 sync --bogus
    equal "lines that name it" "$(cat "$T/out" "$T/err" | grep -cF -- bogus)" 1
}
