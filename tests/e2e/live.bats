#!/usr/bin/env bats
# The live service: the whole account by account-wide lists with Link paging, whatever it serves and refuses, and
# nothing in the history that nobody did.

load helpers

is_complete() {
    equal "complete" "$(jq .complete "$MIRROR/.git/iokeeper/status.json")" true
}

# The kinds on record as not served here, " " between them.
not_served() {
    jq -r '.not_served | join(" ")' "$MIRROR/.git/iokeeper/status.json"
}

# paths_held PATTERN: how many paths of HEAD are like it
paths_held() {
    g ls-tree -r --name-only HEAD | grep -cxE "$1" || true
}

SCRIPT=5f0000000000000000000001

add_script() { # CONTENT-AS-JSON [NAME]
    printf '{"_id":"%s","name":"%s","content":%s}\n' $SCRIPT "${2:-Hooks}" "$1" | add scripts
}

# ---- the whole account ----

@test "the whole account is mirrored, page by page" {
    sim_start_live --standalone 3 --orphans 2 --shared 2
    expect 0 sync
    mirror_is_sound
    mirror_matches_account
    is_complete
    [[ $(requests_of /exports) -ge 4 ]] # pages there were
    [[ $(admin GET /state | jq '[.scripts, .iclients, .filedefinitions, .ediprofiles, .asynchelpers, .lookupcaches, .stacks,
        .agents, .apis, .tools, .mcpservers, .tags] | map(length) | min') -ge 2 ]]
    expect 0 sync
    equal "commits" "$(commits)" 1
}

@test "other accounts, with many of each kind and vendors' integrations" {
    local seed
    for seed in 21 22; do
        sim_start_live --seed $seed --integrations 3 --managed 1 --iclients 4 --filedefinitions 4 --ediprofiles 4 \
            --asynchelpers 4 --lookupcaches 7 --stacks 4 --agents 4 --apis 4 --tools 7 --mcpservers 4 --tags 4
        MIRROR=$T/world/mirror$seed
        export IOKEEPER_MIRROR=$MIRROR
        expect 0 sync
        mirror_is_sound
        mirror_matches_account
        sim_stop
    done
}

@test "pages of any size, and keys and rows in any order, give the same mirror" {
    sim_start_live
    admin GET /state >"$T/dump.json"
    sim_stop
    local size wanted=''
    for size in 1000 1 7; do
        sim_start_live --page-size $size --load "$T/dump.json" --shuffle
        MIRROR=$T/world/by$size
        export IOKEEPER_MIRROR=$MIRROR
        expect 0 sync
        mirror_matches_account
        [[ -n $wanted ]] || wanted=$(content_of)
        equal "tree with pages of $size" "$(content_of)" "$wanted"
        sim_stop
    done
}

@test "the layout has each class of path" {
    sim_start_live --orphans 1
    expect 0 sync
    local id='[^/]*--[0-9a-f]{24}' pattern
    for pattern in "account/flows/$id.yaml" "account/exports/$id.yaml" "account/imports/$id.yaml" \
        account/{connections,scripts,iclients,filedefinitions,ediprofiles,asynchelpers,stacks,agents,apis,mcpservers,tags}/"$id.yaml" \
        "account/scripts/$id.js" 'account/users.yaml' 'account/audit/[0-9]{4}-[0-9]{2}.yaml' \
        "integrations/$id/integration.yaml" integrations/$id/{flows,exports,imports,tools,lookupcaches}/"$id.yaml" \
        "integrations/$id/users.yaml" "integrations/$id/audit/[0-9]{4}-[0-9]{2}.yaml"; do
        [[ $(paths_held "$pattern") -gt 0 ]] || { echo "no path like $pattern" >&2; return 1; }
    done
    equal "standalone flows" "$(paths_held "account/flows/$id.yaml")" 3
}

@test "204 is an empty list" {
    sim_start_live --tags 0 --agents 0 --stacks 0 --standalone 0
    expect 0 sync
    [[ $(stat_of '.by_status["204"]') -ge 3 ]]
    mirror_matches_account
    is_complete
    equal "kinds not served" "$(not_served)" ""
}

@test "an account without anything is a mirror of its own" {
    sim_start_live --integrations 0 --connections 0 --scripts 0 --standalone 0 --iclients 0 --filedefinitions 0 --ediprofiles 0 \
        --asynchelpers 0 --lookupcaches 0 --stacks 0 --agents 0 --apis 0 --tools 0 --mcpservers 0 --tags 0
    admin PUT /ashares '[]'
    admin PUT /audit '[]'
    expect 0 sync
    equal "files" "$(g ls-tree -r --name-only HEAD)" iokeeper.yaml
    is_complete
}

@test "401 in the live service's words ends the cycle" {
    sim_start_live
    expect 0 sync
    local head
    head=$(head_of)
    IOKEEPER_TOKEN=other expect 12 sync
    says Unauthorized
    equal "HEAD" "$(head_of)" "$head"
}

@test "names are not unique: two of one name are two" {
    sim_start_live
    admin POST /tags '{"_id":"5f0000000000000000000001","name":"Twin"}'
    admin POST /tags '{"_id":"5f0000000000000000000002","name":"Twin"}'
    expect 0 sync
    equal "files" "$(paths_held 'account/tags/twin--.*')" 2
    mirror_matches_account
}

# ---- scripts ----

@test "a script lies beside its document, byte for byte" {
    sim_start_live
    add_script '"/* caf\u00e9 \ud83d\ude80 */\r\nfunction f () {\r\n\treturn \"{{{x}}}\"   \r\n}\n\n"'
    expect 0 sync
    mirror_matches_account
    printf '/* café 🚀 */\r\nfunction f () {\r\n\treturn "{{{x}}}"   \r\n}\n\n' | cmp - "$MIRROR/account/scripts/hooks--$SCRIPT.js"
    not grep -q content "$MIRROR/account/scripts/hooks--$SCRIPT.yaml"
}

@test "a script's change is told as content, and is a diff of the text" {
    sim_start_live
    add_script '"one\ntwo\nthree\n"'
    expect 0 sync
    account_is
    admin PATCH "/scripts/$SCRIPT?touch=1&user=alice@example.com" '{"content":"one\n2\nthree\n"}'
    expect 0 sync
    grep -qxF "~ script \"Hooks\" ($SCRIPT): content" <<<"$(body)"
    equal "diff" "$(g show --format= -U0 HEAD -- '*.js' | grep -E '^[-+][^-+]' | tr '\n' ' ')" "-two +2 "
    cycle_is_signed
    admin PATCH "/scripts/$SCRIPT" '{"content":"","name":"Hooks 2"}'
    expect 0 sync
    grep -qE "^~ script \"Hooks 2\" \($SCRIPT\): content, name" <<<"$(body)"
    equal "files" "$(paths_held "account/scripts/.*$SCRIPT\.(js|yaml)")" 2
    [[ -f $MIRROR/account/scripts/hooks-2--$SCRIPT.js && ! -s $MIRROR/account/scripts/hooks-2--$SCRIPT.js ]]
    mirror_matches_account --history
    mirror_is_sound
}

@test "a script goes with both its files" {
    sim_start_live
    add_script '"x"'
    expect 0 sync
    admin DELETE "/scripts/$SCRIPT"
    expect 0 sync
    equal "files" "$(paths_held ".*$SCRIPT.*")" 0
    grep -qF -- "- script \"Hooks\" ($SCRIPT): absent from a complete list, GET 404" <<<"$(body)"
    mirror_is_sound
}

@test "content that is no text stays in the document; without any there is no file beside" {
    sim_start_live --scripts 0
    printf '%s\n' '{"_id":"5f0000000000000000000001","name":"a","content":null}' '{"_id":"5f0000000000000000000002","name":"b","content":{"x":[1]}}' \
        '{"_id":"5f0000000000000000000003","name":"c"}' | add scripts
    expect 0 sync
    mirror_matches_account
    equal "files beside" "$(paths_held '.*\.js')" 0
    admin PATCH /scripts/5f0000000000000000000002 '{"content":"text"}'
    expect 0 sync
    equal "files beside" "$(paths_held '.*\.js')" 1
    mirror_matches_account --history
    admin PUT /scripts/5f0000000000000000000002 '{"_id":"5f0000000000000000000002","name":"b"}'
    expect 0 sync
    equal "files beside" "$(paths_held '.*\.js')" 0
    mirror_matches_account --history
}

@test "a script that cannot be got singly stays as it was, and the kind is incomplete" {
    sim_start_live
    expect 0 sync
    local one complete
    one=$(first scripts) complete=$(head_of)
    admin PATCH "/scripts/$one" '{"content":"changed"}'
    admin POST /scripts '{"_id":"5f0000000000000000000002","name":"New","content":"x"}'
    fault "[{\"path\":\"/v1/scripts/$one\",\"do\":\"status\",\"status\":403},{\"path\":\"/v1/scripts/5f0000000000000000000002\",\"do\":\"garbage\"}]"
    expect 3 sync
    says "$one"
    equal "HEAD" "$(head_of)" "$complete"
    faults_clear
    expect 0 sync
    mirror_matches_account --history
    equal "refs/iokeeper/complete" "$(g rev-parse refs/iokeeper/complete)" "$(head_of)"
}

@test "a script that another is sent for is neither" {
    sim_start_live
    expect 0 sync
    local one
    one=$(first scripts)
    fault "{\"path\":\"/v1/scripts/$one\",\"do\":\"body\",\"body\":\"{\\\"_id\\\":\\\"5f0000000000000000000009\\\",\\\"content\\\":\\\"x\\\"}\"}"
    expect 3 sync
    equal "commits" "$(commits)" 1
}

# ---- what a server does not have ----

# refuse STATUS KIND…
refuse() {
    local status=$1 kind
    for kind in "${@:2}"; do
        fault "[{\"path\":\"/v1/$kind\",\"do\":\"status\",\"status\":$status},{\"path\":\"/v1/$kind/*\",\"do\":\"status\",\"status\":$status}]"
    done
}

@test "kinds that a server does not have are noted once, and are no failure" {
    sim_start_live
    refuse 404 ediprofiles
    refuse 403 mcpservers
    refuse 405 tags
    expect 0 sync
    says_not warning
    is_complete
    equal "kinds not served" "$(not_served)" "ediprofiles mcpservers tags"
    equal "Complete" "$(trailer Complete)" yes
    mirror_matches_account --not-served ediprofiles,mcpservers,tags
    expect 0 sync
    equal "commits" "$(commits)" 1
    expect 0 status
    equal "lines about them" "$(grep -c 'ediprofiles, mcpservers, tags' "$T/out")" 1
    faults_clear
    expect 0 sync
    equal "kinds not served" "$(not_served)" ""
    mirror_matches_account
}

@test "a kind that there was and is refused now is kept, and incomplete" {
    sim_start_live
    expect 0 sync
    local files complete status
    files=$(paths_held 'account/(tags|apis)/.*') complete=$(head_of)
    for status in 403 404; do
        refuse $status tags apis
        admin PATCH "/flows/$(first flows)" "{\"description\":\"$status\"}"
        expect 3 sync
        says tags
        equal "kinds not served" "$(not_served)" ""
        equal "files" "$(paths_held 'account/(tags|apis)/.*')" "$files"
        equal "Complete" "$(trailer Complete)" "no (apis, tags)"
        equal "refs/iokeeper/complete" "$(g rev-parse refs/iokeeper/complete)" "$complete"
        faults_clear
    done
    expect 0 sync
    equal "refs/iokeeper/complete" "$(g rev-parse refs/iokeeper/complete)" "$(head_of)"
}

@test "a kind of the reference that is refused is a failure" {
    sim_start_live
    fault_all() { fault "{\"path\":\"$1\",\"do\":\"status\",\"status\":403}"; }
    fault_all /v1/connections
    fault_all '/v1/integrations/*/connections'
    expect 3 sync
    says connections
    equal "kinds not served" "$(not_served)" ""
}

@test "without an account-wide log or users, the integrations' own are read" {
    sim_start_live --no-account-audit --no-account-ashares
    expect 0 sync
    mirror_is_sound
    mirror_matches_account --no-account-audit --no-account-ashares
    is_complete
    expect 0 sync
    equal "commits" "$(commits)" 1
}

@test "a server that takes no paging parameters gives the same mirror" {
    sim_start_live
    expect 0 sync
    local wanted
    wanted=$(content_of)
    sim_stop
    sim_start_live --strict-query
    MIRROR=$T/world/strict
    export IOKEEPER_MIRROR=$MIRROR
    expect 0 sync
    equal "tree" "$(content_of)" "$wanted"
    is_complete
    [[ $(stat_of '.by_status["400"]') -le 30 ]]
}

# ---- where it belongs ----

@test "tools and lookup caches move with the integration they name" {
    sim_start_live
    local kind id one two
    one=$(ids integrations | sed -n 1p) two=$(ids integrations | sed -n 2p)
    expect 0 sync
    for kind in tools lookupcaches; do
        id=$(first $kind "._integrationId == \"$one\"")
        admin PATCH "/$kind/$id" "{\"_integrationId\":\"$two\"}"
        expect 0 sync
        contains "path" "$(path_of "$id")" "--$two/$kind/"
        not grep -qE '^[-+] (tool|lookupcache)' <<<"$(body)"
        admin PATCH "/$kind/$id" '{"_integrationId":null}'
        expect 0 sync
        contains "path" "$(path_of "$id")" "account/$kind/"
    done
    mirror_is_sound
    mirror_matches_account --history
}

@test "users stand with the integrations they may see, or with the account" {
    sim_start_live
    local one two
    one=$(ids integrations | sed -n 1p) two=$(ids integrations | sed -n 2p)
    user() { printf '{"_id":"%s","sharedWithUser":{"_id":"u%s","email":"%s@example.com"},"integrationAccessLevel":%s}' "$1" "$1" "$1" "$2"; }
    of() { printf '{"_integrationId":"%s","accessLevel":"manage"}' "$1"; }
    admin PUT /ashares "[$(user a '[]'),$(user b "[$(of "$one")]"),$(user c "[$(of "$one"),$(of "$two")]"),$(user d "[$(of nowhere)]")]"
    expect 0 sync
    mirror_matches_account
    users_of() { g show "HEAD:$1" | sed -nE 's/^- _id: //p' | sort | tr -d '\n'; }
    equal "the account's" "$(users_of account/users.yaml)" ad
    equal "the first's" "$(users_of "$(dirname "$(path_of "$one")")/users.yaml")" bc
    equal "the second's" "$(users_of "$(dirname "$(path_of "$two")")/users.yaml")" c
    admin PUT /ashares "[$(user a '[]'),$(user b "[$(of "$two")]")]"
    expect 0 sync
    mirror_matches_account --history
}

@test "the audit log grows, wherever its rows' resources go, and whoever forgets them" {
    sim_start_live
    expect 0 sync
    local rows one two id
    rows_held() { g ls-tree -r --name-only HEAD | grep /audit/ | while read -r path; do g show "HEAD:$path"; done | grep -c '^- '; }
    rows=$(rows_held)
    equal "rows" "$rows" "$(admin GET /state | jq '.account.audit | length')"
    one=$(ids integrations | sed -n 1p) two=$(ids integrations | sed -n 2p)
    id=$(first flows "._integrationId == \"$one\"")
    admin PATCH "/flows/$id?touch=1&user=bob@example.com" "{\"_integrationId\":\"$two\"}"
    admin DELETE "/exports/$(first exports)?touch=1&user=bob@example.com"
    expect 0 sync
    equal "rows" "$(rows_held)" $((rows + 2))
    mirror_matches_account --history
    admin PUT /audit "$(admin GET /state | jq -c '.account.audit[:1]')"
    expect 0 sync
    equal "rows" "$(rows_held)" $((rows + 2))
    mirror_is_sound
}

@test "an account whose log is empty can be complete" {
    sim_start_live
    admin PUT /audit '[]'
    expect 0 sync
    is_complete
    mirror_matches_account
    admin PATCH "/flows/$(first flows)" '{"description":"x"}'
    expect 0 sync
    is_complete
}

# ---- links that lead astray ----

# astray FAULT: in each list with pages, from its second page on
astray() {
    sim_start_live
    expect 0 sync
    local old
    old=$(head_of)
    admin POST '/mutate?seed=4&edits=3&adds=2&deletes=1'
    fault "{\"path\":\"/v1/*s\",\"do\":\"$1\",\"skip\":${2:-12},\"times\":${3:-4}}"
    local code=0
    "$IOKEEPER" sync >"$T/out" 2>"$T/err" 3>&- || code=$?
    judge $code $code "iokeeper sync"
    [[ $code -eq 0 || $code -eq 3 || ($1 == empty204 && $code -eq 5) ]]
    [[ $(admin GET /faults | jq '.[0].hits') -ge 1 ]]
    nothing_was_deleted_in_vain "$old"
    faults_clear
    expect 0 sync
    nothing_was_deleted_in_vain "$old"
    mirror_matches_account --history
    is_like_a_fresh_mirror
}

@test "a link to another host is not followed, and what it hides is not deleted" {
    astray wrong_link
    equal "requests that gave the token away" "$(stat_of .leaked_authorization)" 0
}

@test "a link that leads to its own page ends" {
    astray loop_link
}

@test "a page that lost its link deletes nothing" {
    astray drop_link
}

@test "a list that is said to be empty deletes nothing" {
    astray empty204
}

# first_mirror_astray FAULT PAGES: once, on each of these pages of a list in turn, counted from 0
first_mirror_astray() {
    local page
    sim_start_live
    for page in $2; do
        MIRROR=$T/world/$page
        export IOKEEPER_MIRROR=$MIRROR
        fault "{\"path\":\"/v1/exports\",\"do\":\"$1\",\"skip\":$page,\"times\":1}"
        "$IOKEEPER" sync >"$T/out" 2>"$T/err" 3>&- || true
        if [[ $(jq .complete "$MIRROR/.git/iokeeper/status.json") == true ]]; then mirror_matches_account; fi
        faults_clear
        expect 0 sync
        mirror_matches_account
    done
}

@test "a first mirror with a link to another host is whole, or says that it is not" {
    first_mirror_astray wrong_link '0 1 2'
}

@test "a first mirror with a link that loops is whole, or says that it is not" {
    first_mirror_astray loop_link '0 1 2'
}

# ---- how much is asked ----

@test "a whole account takes its pages, its scripts and a few requests more" {
    sim_start --profile live --integrations 6 --flows 12 --exports 12 --imports 12 --connections 60 --scripts 30 --audit 20 \
        --page-size 20
    expect 0 sync
    local pages
    # Of each list with pages of 20 rows, and a first and a last look at the log.
    pages=$(admin GET /state | jq '[to_entries[] | select(.value | arrays) | .value | length] + [.account.audit, .account.ashares | length]
        | map((. + 19) / 20 | floor) | add')
    [[ $(stat_of .requests) -le $((pages + 30 + 6 + 25)) ]] || { admin GET /stats >&2; return 1; }
    admin DELETE /stats
    expect 0 sync
    [[ $(stat_of .requests) -le $((pages + 30 + 6 + 25)) ]] || { admin GET /stats >&2; return 1; }
    mirror_matches_account
}

@test "requests do not grow with the number of integrations" {
    sim_start --profile live --integrations 60 --flows 1 --exports 1 --imports 1 --connections 2 --scripts 2 --audit 1 --users 1
    expect 0 sync
    # Two for each account-wide list, as long as no link was seen, and for the errors of 32 integrations.
    [[ $(stat_of .requests) -le $((2 * 20 + 2 * 32 + 2 + 4)) ]] || { admin GET /stats >&2; return 1; }
    mirror_matches_account
}

@test "no faster than api.rate, from the first request on" {
    sim_start_live
    config api.rate=20
    expect 0 --config "$CONFIG" sync
    local requests took
    requests=$(stat_of .requests) took=$(jq .took_ms "$MIRROR/.git/iokeeper/status.json")
    [[ $requests -ge 40 ]]
    [[ $((requests - 1)) -le $((20 * took / 1000)) ]] || { echo "$requests requests in $took ms" >&2; return 1; }
    equal "429s" "$(stat_of .rate_limited)" 0
}

@test "429 makes it wait, and loses nothing" {
    sim_start_live --bucket 10 --refill 30
    expect 0 sync
    [[ $(stat_of .rate_limited) -ge 1 ]]
    mirror_matches_account
    is_complete
}

# ---- no noise ----

@test "a week of polls in which nobody changes anything makes no commit" {
    sim_start --profile live --integrations 1 --flows 2 --exports 2 --imports 2 --connections 3 --scripts 1 --standalone 1 --audit 2 \
        --users 1 --page-size 3
    admin POST '/churn?seed=0'
    expect 0 sync
    local poll head files flow agent script connection
    head=$(head_of) files=$(snapshot "$MIRROR" | grep -v '^\.git')
    flow=$(first flows) agent=$(first agents) script=$(first scripts) connection=$(first connections)
    for poll in $(seq 60); do
        admin POST "/churn?seed=$poll"
        case $((poll % 6)) in
        1) admin POST "/touch/flows/$flow" ;;
        2) admin PATCH "/agents/$agent" "{\"offline\":$((poll % 4 ? 1 : 0)),\"lastPingAt\":\"$poll\",\"status\":\"s$poll\"}" ;;
        3) admin PATCH "/scripts/$script" "{\"debugUntil\":\"$poll\",\"__editorHelper\":{\"line\":$poll}}" ;;
        4) admin PATCH "/connections/$connection" "{\"lastPing$poll\":$poll,\"http\":{\"__helper\":null,\"__xHelper\":[$poll]}}" ;;
        5) admin POST /clock "{\"now\":\"2026-01-02T03:04:$poll.000Z\"}" ;;
        esac
        expect 0 sync
        equal "HEAD after poll $poll" "$(head_of)" "$head"
    done
    equal "files" "$(snapshot "$MIRROR" | grep -v '^\.git')" "$files"
    mirror_matches_account --history
}

@test "a new log row about nothing that changed is a commit of rows alone" {
    sim_start_live
    expect 0 sync
    account_is
    admin PUT /audit "$(admin GET /state | jq -c '[{"_id":"r1","timestamp":"2026-01-15T00:00:00.000Z","user":{"_id":"u","email":"x@example.com"},
        "action":"update","resourceType":"flow","_resourceId":"5f0000000000000000000009","changes":{}}] + .account.audit')"
    expect 0 sync
    equal "commits" "$(commits)" 2
    equal "paths" "$(g diff --name-only HEAD~1)" account/audit/2026-01.yaml
    equal "author" "$(g log -1 --format=%an)" iokeeper
    expect 0 sync
    equal "commits" "$(commits)" 2
}

# ---- no secrets ----

@test "what the service masks is in no object, log or output" {
    sim_start_live
    expect 0 sync
    admin POST '/churn?seed=1'
    admin POST '/mutate?seed=2&edits=10&adds=2'
    expect 0 -v sync
    admin GET /secrets | grep -oE 'sim-secret-[0-9a-f]+' | sort -u >"$T/secrets"
    [[ $(wc -l <"$T/secrets") -ge 5 ]]
    g cat-file --batch-all-objects --batch >"$T/objects"
    not grep -aqF -f "$T/secrets" "$T/objects" "$T/out" "$T/err" "$MIRROR/.git/iokeeper/status.json"
    grep -rqF '"******"' "$MIRROR/account/connections"
}

# ---- deletions withheld ----

@test "ack accepts exactly what was withheld, once" {
    sim_start_live --tags 15 --apis 5
    expect 0 sync
    local gone complete id
    gone=$(ids tags | head -n 12) complete=$(head_of)
    for id in $gone; do admin DELETE "/tags/$id"; done
    expect 5 sync
    equal "withheld" "$(jq -r '.withheld[].id' "$MIRROR/.git/iokeeper/status.json" | sort)" "$(sort <<<"$gone")"
    equal "tags" "$(paths_held 'account/tags/.*')" 15
    equal "refs/iokeeper/complete" "$(g rev-parse refs/iokeeper/complete)" "$complete"
    expect 0 ack
    # More go before the next cycle: too many once more, and not those accepted.
    for id in $(ids tags); do admin DELETE "/tags/$id"; done
    for id in $(ids apis); do admin DELETE "/apis/$id"; done
    expect 5 sync
    equal "tags" "$(paths_held 'account/tags/.*')" 3
    equal "apis" "$(paths_held 'account/apis/.*')" 5
    equal "deleted" "$(g log -1 --format=%b | grep -c '^- tag .*absent from a complete list, GET 404')" 12
    expect 5 sync
    equal "tags" "$(paths_held 'account/tags/.*')" 3
    expect 0 ack
    expect 0 sync
    equal "tags and apis" "$(paths_held 'account/(tags|apis)/.*')" 0
    equal "refs/iokeeper/complete" "$(g rev-parse refs/iokeeper/complete)" "$(head_of)"
    mirror_matches_account --history
}

@test "a token that may see less withholds, kind by kind" {
    sim_start_live
    expect 0 sync
    local head
    head=$(head_of)
    fault '[{"path":"/v1/scripts","do":"empty204"},{"path":"/v1/iclients","do":"empty204"},{"path":"/v1/ashares","do":"empty204"}]'
    expect 5 sync
    equal "HEAD" "$(head_of)" "$head"
    contains "withheld" "$(jq -r '[.withheld[].kind] | unique | join(",")' "$MIRROR/.git/iokeeper/status.json")" "iclient,script"
    faults_clear
    expect 0 sync
    equal "HEAD" "$(head_of)" "$head"
}
