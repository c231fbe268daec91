#!/usr/bin/env bats
# A cycle that goes well: what the mirror holds, how it is committed, and that the same account gives the same bytes.

load helpers

rich_account() {
    sim_start --seed "${1:-7}" --integrations 4 --flows 3 --exports 4 --imports 4 --connections 5 --audit 8 --users 2 \
        --standalone 2 --shared 2 --orphans 2 "${@:2}"
}

# ---- the first mirror ----

@test "first sync creates the mirror where the path is free, parents too" {
    sim_start_small
    MIRROR=$T/world/a/b/mirror
    export IOKEEPER_MIRROR=$MIRROR
    expect 0 sync
    mirror_is_sound
    mirror_matches_account
    equal "branch" "$(g symbolic-ref HEAD)" refs/heads/main
}

@test "first sync creates the mirror in an empty folder" {
    sim_start_small
    mkdir "$MIRROR"
    expect 0 sync
    mirror_is_sound
    mirror_matches_account
}

@test "every document, row and path of a rich account is as the contract says" {
    rich_account
    expect 0 sync
    mirror_is_sound
    mirror_matches_account
    [[ $(grep -oE '^[0-9]+ documents' "$T/oracle" | cut -d' ' -f1) -ge 60 ]] # and not none
}

@test "the accounts of other seeds are mirrored as faithfully" {
    local seed
    for seed in 11 12 13; do
        rich_account $seed
        MIRROR=$T/world/mirror$seed
        export IOKEEPER_MIRROR=$MIRROR
        expect 0 sync
        mirror_is_sound
        mirror_matches_account
        sim_stop
    done
}

@test "the layout has each class of path, and nothing else at its root" {
    rich_account
    expect 0 sync
    local paths pattern
    paths=$(g ls-tree -r --name-only HEAD)
    for pattern in 'iokeeper\.yaml' 'integrations/[^/]*--[0-9a-f]{24}/integration\.yaml' \
        'integrations/[^/]*/flows/[^/]*--[0-9a-f]{24}\.yaml' 'integrations/[^/]*/exports/[^/]*--[0-9a-f]{24}\.yaml' \
        'integrations/[^/]*/imports/[^/]*--[0-9a-f]{24}\.yaml' 'integrations/[^/]*/users\.yaml' \
        'integrations/[^/]*/audit/[0-9]{4}-[0-9]{2}\.yaml' 'account/connections/[^/]*\.yaml' 'account/flows/[^/]*\.yaml' \
        'account/exports/[^/]*\.yaml' 'account/imports/[^/]*\.yaml'; do
        grep -qxE "$pattern" <<<"$paths" || { echo "no path like $pattern" >&2; return 1; }
    done
    equal "root" "$(g ls-tree --name-only HEAD | tr '\n' ' ')" "account integrations iokeeper.yaml "
    equal "modes" "$(g ls-tree -r HEAD | cut -c1-6 | sort -u)" 100644
    # Standalone flows, and steps that none or several use, belong to no integration.
    equal "standalone flows" "$(g ls-tree --name-only HEAD account/flows/ | wc -l)" 2
}

@test "iokeeper.yaml tells the format and the account, and stays as it is" {
    sim_start_small
    expect 0 sync
    equal "manifest" "$(/usr/bin/python3 -c 'import sys, yaml; d = yaml.safe_load(sys.stdin); print(d["format"], d["url"])' \
        <"$MIRROR/iokeeper.yaml")" "1 $SIM/v1"
    local blob
    blob=$(g rev-parse HEAD:iokeeper.yaml)
    admin PATCH "/flows/$(first flows)" '{"description":"other"}'
    expect 0 sync
    equal "manifest" "$(g rev-parse HEAD:iokeeper.yaml)" "$blob"
}

@test "the first commit: subject, trailers, author and committer" {
    sim_start_small
    expect 0 sync
    equal "commits" "$(commits)" 1
    contains "subject" "$(subject)" "2 integrations, 4 flows"
    equal "author" "$(g log -1 --format='%an <%ae>')" "iokeeper <iokeeper@localhost>"
    equal "committer" "$(g log -1 --format='%cn <%ce>')" "iokeeper <iokeeper@localhost>"
    equal "Complete" "$(trailer Complete)" yes
    [[ $(trailer Cycle) =~ ^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z$ ]]
    equal "second line" "$(g log -1 --format=%B | sed -n 2p)" ""
    equal "refs/iokeeper/complete" "$(g rev-parse refs/iokeeper/complete)" "$(head_of)"
}

@test "an account without anything is a mirror of its own" {
    sim_start --integrations 0 --connections 0 --scripts 0
    expect 0 sync
    mirror_is_sound
    equal "files" "$(g ls-tree -r --name-only HEAD)" iokeeper.yaml
    expect 0 sync
    equal "commits" "$(commits)" 1
}

@test "204 without a body is an empty list" {
    sim_start_small
    fault '{"path":"/v1/integrations/*/ashares","do":"status","status":204,"body":""}'
    expect 0 sync
    mirror_is_sound
    equal "users" "$(g ls-tree -r --name-only HEAD | grep -c 'users\.yaml$' || true)" 0
    equal "Complete" "$(trailer Complete)" yes
}

# ---- no change, no commit ----

@test "second sync of the unchanged account: no commit, no file written" {
    rich_account
    expect 0 sync
    local before after head objects
    head=$(head_of)
    before=$(snapshot "$MIRROR" | grep -v '^\.git ')
    objects=$(find "$MIRROR/.git/objects" -type f | wc -l)
    expect 0 sync
    after=$(snapshot "$MIRROR" | grep -v '^\.git ')
    equal "HEAD" "$(head_of)" "$head"
    equal "number of objects" "$(find "$MIRROR/.git/objects" -type f | wc -l)" "$objects"
    diff <(grep -v '^\.git/' <<<"$before") <(grep -v '^\.git/' <<<"$after")
    # In .git, too, only our own records and refs may have been touched.
    diff <(grep -vE '^\.git/(refs/|logs/|iokeeper)' <<<"$before") <(grep -vE '^\.git/(refs/|logs/|iokeeper)' <<<"$after")
}

@test "answers in any order give the same bytes" {
    rich_account 7
    expect 0 sync
    local plain
    plain=$(content_of)
    admin GET /state >"$T/dump.json"
    sim_stop
    local seed
    for seed in 1 2 3; do
        sim_start --load "$T/dump.json" --shuffle --seed $seed
        MIRROR=$T/world/shuffled$seed
        export IOKEEPER_MIRROR=$MIRROR
        expect 0 sync
        equal "tree of shuffled answers" "$(content_of)" "$plain"
        expect 0 sync
        equal "commits" "$(commits)" 1
        sim_stop
    done
}

@test "stamps alone make no commit, and are kept with the next change" {
    sim_start_small
    local flow
    flow=$(first flows)
    expect 0 sync
    admin POST "/touch/flows/$flow"
    admin POST "/touch/integrations/$(first integrations)"
    admin POST "/touch/connections/$(first connections)"
    expect 0 sync
    equal "commits" "$(commits)" 1
    admin PATCH "/flows/$flow" '{"timezone":"Europe/Berlin"}'
    expect 0 sync
    equal "commits" "$(commits)" 2
    g show HEAD -- "$(path_of "$flow")" | grep -q '^+lastModified'
}

@test "runtime state is in no document and makes no commit" {
    sim_start_small
    local flow connection step
    flow=$(first flows) connection=$(first connections) step=$(first exports)
    expect 0 sync
    admin PATCH "/flows/$flow" '{"lastExecutedAt":"2026-01-01T00:00:00.000Z","logging":{"debugUntil":"2027-01-01T00:00:00Z"}}'
    admin PATCH "/connections/$connection" '{"offline":true,"queues":[{"name":"q","size":3}],"lastPingStatus":"x","debugDate":"x"}'
    admin PATCH "/exports/$step" '{"debugUntil":"2027-01-01T00:00:00Z","__validHelper":{"a":1}}'
    expect 0 sync
    equal "commits" "$(commits)" 1
    not grep -rqE 'lastExecutedAt|debugUntil|lastPing|^offline|__validHelper' "$MIRROR/integrations" "$MIRROR/account"
}

# ---- changes ----

@test "an edit is one commit that names the field, the resource and who did it" {
    sim_start_small
    local flow
    flow=$(first flows)
    expect 0 sync
    account_is
    admin PATCH "/flows/$flow?touch=1&user=alice@example.com" '{"schedule":"? 7 3 ? * *","name":"Orders now"}'
    expect 0 sync
    equal "commits" "$(commits)" 2
    contains "subject" "$(subject)" "1 flow changed"
    grep -qF "~ flow \"Orders now\" ($flow): name, schedule" <<<"$(body)"
    equal "author" "$(g log -1 --format='%an <%ae>')" "Alice Meier <alice@example.com>"
    equal "author date" "$(g log -1 --format=%at)" "$(date -d "$(admin GET "/flows/$flow" | jq -r .lastModified)" +%s)"
    equal "committer" "$(g log -1 --format='%cn <%ce>')" "iokeeper <iokeeper@localhost>"
    equal "Changed-by" "$(trailer Changed-by)" alice@example.com
    equal "Complete" "$(trailer Complete)" yes
    cycle_is_signed
    mirror_is_sound
    mirror_matches_account
}

@test "who is in no users list is named by address" {
    sim_start_small
    expect 0 sync
    account_is
    admin PATCH "/flows/$(first flows)?touch=1&user=carol@example.com" '{"timezone":"Europe/Berlin"}'
    expect 0 sync
    equal "author" "$(g log -1 --format='%an <%ae>')" "carol@example.com <carol@example.com>"
    cycle_is_signed
}

@test "one commit a person and cycle, however many resources changed" {
    rich_account
    expect 0 sync
    account_is
    admin POST '/mutate?seed=5&edits=15&adds=3&deletes=2'
    expect 0 sync
    cycle_is_signed
    [[ $(g rev-list --count "$OLD..HEAD") -ge 3 ]] # and not of one
    mirror_is_sound
    mirror_matches_account --history
}

@test "what nobody is named for is iokeeper's commit, and there is one" {
    rich_account
    expect 0 sync
    account_is
    local kind id
    for kind in exports connections; do
        for id in $(ids $kind | head -n 3); do admin PATCH "/$kind/$id" '{"description":"x"}'; done
    done
    expect 0 sync
    equal "commits" "$(commits)" 2
    equal "author" "$(g log -1 --format='%an <%ae>')" "iokeeper <iokeeper@localhost>"
    equal "Changed-by" "$(trailer Changed-by)" ""
    cycle_is_signed
}

@test "a change in a list names the element" {
    sim_start_small
    local flow
    flow=$(first flows)
    admin PATCH "/flows/$flow" '{"pageProcessors":[{"type":"import","_importId":"a1"},{"type":"import","_importId":"b1"}]}'
    expect 0 sync
    admin PATCH "/flows/$flow" '{"pageProcessors":[{"type":"import","_importId":"a1"},{"type":"import","_importId":"c1"}]}'
    expect 0 sync
    contains "body" "$(body)" "($flow): pageProcessors[1]._importId"
}

@test "a rename moves the file, and git sees it as one" {
    sim_start_small
    local flow old new
    flow=$(first flows)
    expect 0 sync
    old=$(path_of "$flow")
    admin PATCH "/flows/$flow" '{"name":"Completely Different: ÄÖÜ"}'
    expect 0 sync
    new=$(path_of "$flow")
    equal "new name" "$(basename "$new")" "completely-different-äöü--$flow.yaml"
    contains "git's view" "$(g show --format= --name-status -M HEAD)" "$(printf '%s\t%s' "$old" "$new")"
    grep -qE '^R[0-9]+' <<<"$(g show --format= --name-status -M HEAD)"
    grep -qF "~ flow \"Completely Different: ÄÖÜ\" ($flow)" <<<"$(body)"
    not test -e "$MIRROR/$old"
    mirror_is_sound
    mirror_matches_account
}

@test "an integration's rename moves its whole folder" {
    sim_start_small
    local integration old
    integration=$(first integrations)
    expect 0 sync
    old=$(dirname "$(path_of "$integration")")
    admin PATCH "/integrations/$integration" '{"name":"Moved"}'
    expect 0 sync
    not test -e "$MIRROR/$old"
    test -f "$MIRROR/integrations/moved--$integration/integration.yaml"
    equal "what git calls no rename" "$(g show --format= --name-status -M HEAD | grep -v '^R' || true)" ""
    mirror_is_sound
    mirror_matches_account
}

@test "a resource that moves to another integration is changed, not deleted" {
    sim_start_small
    local flow one two
    one=$(ids integrations | sed -n 1p) two=$(ids integrations | sed -n 2p)
    flow=$(first flows "._integrationId == \"$one\"")
    expect 0 sync
    admin PATCH "/flows/$flow" "{\"_integrationId\":\"$two\"}"
    expect 0 sync
    contains "path" "$(path_of "$flow")" "--$two/flows/"
    grep -qF "~ flow " <<<"$(body)"
    not grep -qE '^[-+] flow' <<<"$(body)"
    mirror_matches_account
}

@test "what is added is told with +, what is deleted with -" {
    sim_start_small
    local flow
    expect 0 sync
    flow=$(first flows)
    admin DELETE "/flows/$flow"
    admin POST /connections '{"_id":"5f0000000000000000000001","name":"New one","type":"http"}'
    expect 0 sync
    contains "subject" "$(subject)" "1 flow deleted"
    contains "subject" "$(subject)" "1 connection added"
    grep -qF '+ connection "New one" (5f0000000000000000000001)' <<<"$(body)"
    grep -qE "^- flow .*\($flow\)" <<<"$(body)"
    is_gone "$flow"
    mirror_is_sound
    mirror_matches_account
}

@test "a deleted integration takes its folder along, each resource asked for by GET" {
    rich_account
    local integration flow
    integration=$(first integrations)
    flow=$(first flows "._integrationId == \"$integration\"")
    expect 0 sync
    curl -sSf -X DELETE -H "Authorization: Bearer $TOKEN" "$SIM/v1/integrations/$integration"
    admin DELETE /stats
    expect 0 sync
    equal "folder" "$(g ls-tree -r --name-only HEAD | grep -cF -- "--$integration/" || true)" 0
    [[ $(requests_of '/flows/{id}') -ge 3 ]]
    [[ $(requests_of '/integrations/{id}') -ge 1 ]]
    is_gone "$flow"
    mirror_is_sound
    mirror_matches_account --history
    test ! -e "$MIRROR/integrations/"*"--$integration"
}

@test "a name that comes back with another id is another resource" {
    sim_start_small
    local flow document
    flow=$(first flows)
    expect 0 sync
    document=$(admin GET "/flows/$flow" | jq -c '._id = "5f0000000000000000000009"')
    admin DELETE "/flows/$flow"
    admin POST /flows "$document"
    expect 0 sync
    is_gone "$flow"
    path_of 5f0000000000000000000009
    mirror_matches_account
}

@test "an export that a second integration begins to use moves to account/, and back" {
    sim_start_small
    local step one two flow
    one=$(ids integrations | sed -n 1p) two=$(ids integrations | sed -n 2p)
    flow=$(first flows "._integrationId == \"$two\"")
    step=$(first exports)
    admin PATCH "/flows/$(first flows "._integrationId == \"$one\"")" "{\"pageGenerators\":[{\"_exportId\":\"$step\"}]}"
    admin PATCH "/flows/$flow" '{"pageGenerators":[],"pageProcessors":[],"routers":null}'
    expect 0 sync
    contains "path" "$(path_of "$step")" "--$one/exports/"
    admin PATCH "/flows/$flow" "{\"pageGenerators\":[{\"_exportId\":\"$step\"}]}"
    expect 0 sync
    contains "path" "$(path_of "$step")" "account/exports/"
    mirror_matches_account
    admin PATCH "/flows/$flow" '{"pageGenerators":[]}'
    expect 0 sync
    contains "path" "$(path_of "$step")" "--$one/exports/"
    mirror_is_sound
    mirror_matches_account
}

# ---- which lists ----

@test "sub-lists and account-wide lists give the same mirror, byte for byte" {
    sim_start --integrations 3 --flows 3 --exports 4 --imports 4 --connections 0 --shared 2 --audit 4
    local lists wanted=''
    for lists in account integration auto; do
        MIRROR=$T/world/$lists
        config "api.lists=$lists"
        expect 0 --config "$CONFIG" sync
        mirror_is_sound
        mirror_matches_account
        [[ -n $wanted ]] || wanted=$(g rev-parse 'HEAD^{tree}')
        equal "tree with lists: $lists" "$(g rev-parse 'HEAD^{tree}')" "$wanted"
    done
}

@test "only account-wide lists see standalone flows and orphans" {
    rich_account
    MIRROR=$T/world/account
    config api.lists=account
    expect 0 --config "$CONFIG" sync
    mirror_matches_account --lists account
    equal "standalone flows" "$(g ls-tree --name-only HEAD account/flows/ | wc -l)" 2
    MIRROR=$T/world/integration
    config api.lists=integration
    expect 0 --config "$CONFIG" sync
    mirror_is_sound
    mirror_matches_account --lists integration
    equal "standalone flows" "$(g ls-tree --name-only HEAD account/flows/ | wc -l)" 0
}

@test "auto falls back to sub-lists where the server has no account-wide ones" {
    rich_account 7 --no-account-lists
    expect 0 sync
    mirror_is_sound
    mirror_matches_account --lists integration --not-served scripts
    expect 0 sync
    equal "commits" "$(commits)" 1
}

@test "a server that has only the reference's table is mirrored whole" {
    sim_start --integrations 3 --flows 3 --exports 4 --imports 4 --connections 4 --shared 1 --audit 4 --no-items
    local lists
    for lists in auto integration; do
        MIRROR=$T/world/$lists
        config "api.lists=$lists"
        expect 0 --config "$CONFIG" sync
        mirror_is_sound
        mirror_matches_account --lists integration --not-served scripts
    done
}

@test "lists: account on a server without them is partial and loses nothing" {
    sim_start_small
    config api.lists=account
    expect 0 --config "$CONFIG" sync
    local files
    files=$(g ls-tree -r --name-only HEAD)
    sim_stop
    sim_start_small --no-account-lists
    config api.lists=account
    expect 3 --config "$CONFIG" sync
    equal "files" "$(g ls-tree -r --name-only HEAD)" "$files"
}

# ---- paging ----

@test "any page size and any cap of the server give the same mirror" {
    rich_account 7 --page-cap 7
    local size wanted=''
    for size in 100 3 7; do
        MIRROR=$T/world/by$size
        config "api.page_size=$size"
        expect 0 --config "$CONFIG" sync
        mirror_matches_account
        [[ -n $wanted ]] || wanted=$(g rev-parse 'HEAD^{tree}')
        equal "tree with page_size: $size" "$(g rev-parse 'HEAD^{tree}')" "$wanted"
    done
    [[ $(admin GET /log | grep -c 'limit=3&') -gt 20 ]]
}

@test "summaries in the list, or whole documents, give the same mirror" {
    rich_account 7
    expect 0 sync
    [[ $(requests_of '/integrations/{id}') -eq 4 ]]
    local wanted
    wanted=$(content_of)
    sim_stop
    MIRROR=$T/world/whole
    rich_account 7 --whole-lists
    expect 0 sync
    equal "GETs of integrations" "$(requests_of '/integrations/{id}')" 0
    equal "tree" "$(content_of)" "$wanted"
}

@test "a compressed answer is an answer" {
    rich_account 7 --gzip
    expect 0 sync
    mirror_matches_account
}

# ---- what is mirrored ----

@test "sandbox: true and false mirror their part of the account" {
    rich_account
    local sandbox lists
    for sandbox in true false; do
        for lists in auto integration; do
            MIRROR=$T/world/$sandbox-$lists
            config "api.sandbox=$sandbox" "api.lists=$lists"
            expect 0 --config "$CONFIG" sync
            mirror_is_sound
            mirror_matches_account --sandbox $sandbox
        done
    done
    [[ $(git -C "$T/world/true-auto" ls-tree --name-only HEAD integrations/ | wc -l) -eq 1 ]]
    [[ $(git -C "$T/world/false-auto" ls-tree --name-only HEAD integrations/ | wc -l) -eq 3 ]]
}

@test "unknown fields, of any kind of value, are kept" {
    sim_start_small
    local flow
    flow=$(first flows)
    admin PATCH "/flows/$flow" '{"_newThingId":"5f0000000000000000000001","newField":{"deep":[1,2.50,{"x":null}],"":"empty key"},
        "aFlag":false,"nothing":[],"none":{},"nested":[[],[[1]],{}],"z":1e3,"big":9223372036854775807,"neg":-1.5E-7}'
    expect 0 sync
    mirror_matches_account
    grep -qx 'z: 1.0e+3' "$MIRROR/$(path_of "$flow")"
    grep -qx 'big: 9223372036854775807' "$MIRROR/$(path_of "$flow")"
}

@test "documents are canonical to the letter" {
    sim_start --integrations 0 --connections 0 --scripts 0
    admin POST /connections '{"zeta":[],"type":"http","name":"yes","_id":"5f0000000000000000000001","alpha":{"b":1.10,"a":"1.10",
        "name":"n","_id":"x"},"description":"two\nlines","list":[{"b":null,"a":true},"~",[1,[]]],"http":{"auth":{"basic":
        {"password":"******"}}},"Zeta":-0.0,"num":1e3}'
    expect 0 sync
    diff - "$MIRROR/account/connections/yes--5f0000000000000000000001.yaml" <<'YAML'
_id: 5f0000000000000000000001
name: "yes"
description: |-
  two
  lines
Zeta: -0.0
alpha:
  _id: x
  name: "n"
  a: "1.10"
  b: 1.10
http:
  auth:
    basic:
      password: "******"
list:
  - a: true
    b: null
  - "~"
  - - 1
    - []
num: 1.0e+3
type: http
zeta: []
YAML
}

@test "the connections sub-list supplies _registeredConnectionIds where the document lacks it" {
    sim_start_small
    local integration
    integration=$(first integrations)
    admin PATCH "/integrations/$integration" '{"_registeredConnectionIds":null}'
    equal "the account's field" "$(admin GET "/integrations/$integration" | jq 'has("_registeredConnectionIds")')" false
    expect 0 sync
    mirror_matches_account
    grep -qx '_registeredConnectionIds:' "$MIRROR/$(path_of "$integration")"
}

@test "mirror.errors writes error counts as files, and only then" {
    sim_start_small
    local integration
    integration=$(first integrations)
    admin PUT "/integrations/$integration/errors" "[{\"_flowId\":\"$(first flows)\",\"numError\":5}]"
    expect 0 sync
    equal "errors.yaml" "$(g ls-tree -r --name-only HEAD | grep -c 'errors\.yaml$' || true)" 0
    admin PUT "/integrations/$integration/errors" "[{\"_flowId\":\"$(first flows)\",\"numError\":6}]"
    expect 0 sync
    equal "commits" "$(commits)" 1
    MIRROR=$T/world/with-errors
    config mirror.errors=true
    expect 0 --config "$CONFIG" sync
    mirror_is_sound
    mirror_matches_account --errors
    grep -qx '  numError: 6' "$MIRROR/$(dirname "$(path_of "$integration")")/errors.yaml"
}

@test "mirror.users and mirror.audit can be turned off" {
    sim_start_small
    config mirror.users=false mirror.audit=false
    expect 0 --config "$CONFIG" sync
    equal "files" "$(g ls-tree -r --name-only HEAD | grep -cE '/audit/|users\.yaml' || true)" 0
    equal "requests" "$(requests_of '/integrations/{id}/audit') $(requests_of '/integrations/{id}/ashares')" "0 0"
}

@test "the audit log grows by month and never shrinks" {
    sim_start_small
    local integration folder
    integration=$(first integrations)
    row() { printf '{"timestamp":"%s","user":"%s","action":"update","resourceType":"flow","changes":{}}' "$1" "$2"; }
    admin PUT "/integrations/$integration/audit" "[$(row 2024-02-01T00:00:00.000Z c@example.com),$(row 2024-01-20T00:00:00.000Z b@example.com),$(row 2024-01-10T00:00:00.000Z a@example.com)]"
    expect 0 sync
    folder=$MIRROR/$(dirname "$(path_of "$integration")")/audit
    equal "months" "$(cd "$folder" && echo *)" "2024-01.yaml 2024-02.yaml"
    equal "rows of January" "$(grep -c '^- ' "$folder/2024-01.yaml")" 2
    admin PUT "/integrations/$integration/audit" "[$(row 2024-03-01T00:00:00.000Z d@example.com),$(row 2024-02-01T00:00:00.000Z c@example.com)]"
    expect 0 sync
    equal "months" "$(cd "$folder" && echo *)" "2024-01.yaml 2024-02.yaml 2024-03.yaml"
    equal "rows of January" "$(grep -c '^- ' "$folder/2024-01.yaml")" 2
    admin PUT "/integrations/$integration/audit" "[$(row 2024-01-30T00:00:00.000Z e@example.com)]"
    expect 0 sync
    equal "users of January" "$(grep -o '[a-e]@example.com' "$folder/2024-01.yaml" | tr '\n' ' ')" \
        "a@example.com b@example.com e@example.com "
    admin PUT "/integrations/$integration/audit" '[]'
    local head
    head=$(head_of)
    expect 0 sync
    equal "HEAD" "$(head_of)" "$head"
    mirror_is_sound
}

@test "users who leave are gone from users.yaml" {
    sim_start_small
    local integration users
    integration=$(first integrations)
    expect 0 sync
    users=$(dirname "$(path_of "$integration")")/users.yaml
    test -f "$MIRROR/$users"
    admin PUT "/integrations/$integration/ashares" '[{"_id":"5f0000000000000000000002","accessLevel":"monitor"}]'
    expect 0 sync
    equal "rows" "$(grep -c '^- ' "$MIRROR/$users")" 1
    mirror_matches_account
}
