#!/usr/bin/env bats
# Who did it: a cycle's changes are committed person by person, as the audit log names them, in order of time, and what
# it does not explain is iokeeper's own commit. `cycle_is_signed` works all of it out anew: authors, dates, order, the
# trees between, and what each message tells.

load helpers

# edit KIND ID USER JSON: a person's change, with its row in the log
edit() {
    admin PATCH "/$1/$2?touch=1&user=$3" "$4"
}

# The authors of the commits since account_is, oldest first.
authors() {
    g log --reverse --format='%an <%ae>' "$OLD..HEAD" | tr '\n' ';'
}

# now_is TIME: the account's clock, to which a change adds a minute
now_is() {
    admin POST /clock "{\"now\":\"$1\"}"
}

both_dialects() { # FUNCTION
    local dialect
    for dialect in live reference; do
        MIRROR=$T/world/$dialect
        if [[ $dialect == live ]]; then sim_start_live; else sim_start_small --users 3; fi
        expect 0 sync
        "$1"
        sim_stop
    done
}

two_persons() {
    account_is
    local one two
    one=$(ids flows | sed -n 1p) two=$(ids flows | sed -n 2p)
    now_is 2026-02-01T10:00:00.000Z
    edit flows "$two" bob@example.com '{"timezone":"Europe/Berlin"}'
    now_is 2026-02-01T11:00:00.000Z
    edit flows "$one" alice@example.com '{"name":"Renamed by Alice","description":"hers"}'
    edit exports "$(first exports)" alice@example.com '{"description":"hers"}'
    expect 0 sync
    equal "authors" "$(authors)" "$(g log -2 --reverse --format='%an <%ae>' | tr '\n' ';')"
    equal "addresses" "$(g log --reverse --format=%ae "$OLD..HEAD" | tr '\n' ' ')" "bob@example.com alice@example.com "
    equal "name" "$(g log -1 --format=%an)" "Alice Meier"
    equal "dates" "$(g log --reverse --format=%ad --date=format:%H:%M "$OLD..HEAD" | tr '\n' ' ')" "10:01 11:02 "
    equal "committers" "$(g log --format=%cn "$OLD..HEAD" | sort -u)" iokeeper
    contains "subject" "$(subject)" "1 flow changed, 1 export changed"
    equal "Changed-by" "$(trailer Changed-by)" alice@example.com
    contains "blame" "$(g blame -L '/^description:/,+1' HEAD -- "$(path_of "$one")")" "Alice Meier"
    contains "blame" "$(g blame -L '/^timezone:/,+1' HEAD -- "$(path_of "$two")")" "$(g log -1 --format=%an HEAD~1)"
    cycle_is_signed
    mirror_is_sound
}

@test "two persons are two commits in order of time, and blame names them" {
    both_dialects two_persons
}

same_flow() {
    account_is
    local flow
    flow=$(first flows)
    edit flows "$flow" alice@example.com '{"description":"one"}'
    edit flows "$flow" bob@example.com '{"description":"two","timezone":"Europe/Rome"}'
    expect 0 sync
    equal "addresses" "$(g log --format=%ae "$OLD..HEAD")" bob@example.com
    equal "Changed-by" "$(trailer Changed-by | sort | tr '\n' ' ')" "alice@example.com bob@example.com "
    cycle_is_signed
}

@test "what two persons changed is the last one's, and both are named" {
    both_dialects same_flow
}

unexplained() {
    account_is
    edit flows "$(ids flows | sed -n 1p)" bob@example.com '{"timezone":"Europe/Berlin"}'
    admin PATCH "/flows/$(ids flows | sed -n 2p)" '{"timezone":"Europe/Vienna"}'
    admin POST /connections '{"_id":"5f0000000000000000000001","name":"From nowhere","type":"http"}'
    expect 0 sync
    equal "addresses" "$(g log --reverse --format=%ae "$OLD..HEAD" | tr '\n' ' ')" "bob@example.com iokeeper@localhost "
    equal "Changed-by" "$(trailer Changed-by)" ""
    contains "subject" "$(subject)" "1 flow changed, 1 connection added"
    cycle_is_signed
}

@test "what no row explains is iokeeper's commit, and comes last" {
    both_dialects unexplained
}

deletion() {
    account_is
    local flow
    flow=$(first flows)
    now_is 2026-02-01T10:00:00.000Z
    admin DELETE "/flows/$flow?touch=1&user=bob@example.com"
    expect 0 sync
    equal "addresses" "$(g log --format=%ae "$OLD..HEAD")" bob@example.com
    grep -qE "^- flow \".*\" \($flow\): absent from a complete list, GET 404.*deleted by bob@example.com at 2026-02-01T10:01:00Z" <<<"$(body)"
    cycle_is_signed
}

@test "a deletion is signed, and says what it is known by" {
    both_dialects deletion
}

@test "of what is in the recycle bin a deletion says so" {
    sim_start_live
    expect 0 sync
    account_is
    admin DELETE "/tags/$(first tags)?touch=1&user=bob@example.com"
    expect 0 sync
    contains "body" "$(body)" "in the recycle bin"
    cycle_is_signed
}

@test "a rename and a move between integrations are one person's, and no deletions" {
    sim_start_live
    local one two flow
    one=$(ids integrations | sed -n 1p) two=$(ids integrations | sed -n 2p)
    flow=$(first flows "._integrationId == \"$one\"")
    expect 0 sync
    account_is
    edit flows "$flow" alice@example.com "{\"_integrationId\":\"$two\",\"name\":\"Here now\"}"
    edit integrations "$one" alice@example.com '{"name":"Called otherwise"}'
    expect 0 sync
    # Steps that only this flow used follow it, and hers is the only reason there is.
    equal "addresses" "$(g log --format=%ae "$OLD..HEAD")" alice@example.com
    not grep -qE '^[-+] ' <<<"$(body)"
    contains "path" "$(path_of "$flow")" "--$two/flows/here-now--"
    cycle_is_signed
    mirror_matches_account --history
    mirror_is_sound
}

@test "weeks of changes by several people, in the live dialect" {
    sim_start_live --connections 12 --scripts 8 --flows 5
    expect 0 sync
    local seed
    for seed in 1 2 3; do
        account_is
        admin POST "/mutate?seed=$seed&edits=$((seed * 5))&adds=3&deletes=2"
        expect 0 sync
        cycle_is_signed
        mirror_matches_account --history
    done
    mirror_is_sound
    is_like_a_fresh_mirror
}

@test "weeks of changes by several people, in the reference's" {
    sim_start --integrations 4 --flows 4 --exports 5 --imports 5 --connections 12 --audit 8 --standalone 2 --shared 2 --orphans 2
    expect 0 sync
    local seed
    for seed in 1 2 3; do
        account_is
        admin POST "/mutate?seed=$seed&edits=$((seed * 5))&adds=3&deletes=2"
        expect 0 sync
        cycle_is_signed
        mirror_matches_account --history
    done
    mirror_is_sound
    is_like_a_fresh_mirror
}

@test "each person's commit is pushed" {
    sim_start_live
    git init -q --bare "$T/remote.git"
    config "mirror.remote=$T/remote.git"
    expect 0 --config "$CONFIG" sync
    account_is
    admin POST '/mutate?seed=9&edits=9'
    expect 0 --config "$CONFIG" sync
    [[ $(g rev-list --count "$OLD..HEAD") -ge 3 ]]
    equal "the remote" "$(git -C "$T/remote.git" rev-parse main)" "$(head_of)"
    equal "commit on record" "$(jq -r .commit "$MIRROR/.git/iokeeper/status.json")" "$(head_of)"
}

@test "the first mirror is iokeeper's, whoever did what before" {
    sim_start_live
    admin POST '/mutate?seed=3&edits=10'
    expect 0 sync
    equal "authors" "$(g log --format=%an)" iokeeper
    equal "Changed-by" "$(trailer Changed-by)" ""
}

# ---- rows in other shapes ----

# with_row JSON: the account's log gets a row; TYPE and ID of a resource are $TYPE and $ID
with_row() {
    admin PUT /audit "$(admin GET /state | jq -c --argjson row "$1" '[$row] + .account.audit')"
}

# signs_as ROW NAME EMAIL: a change of a flow that this row tells of is theirs
signs_as() {
    local flow
    flow=$(first flows)
    ROWS=$((ROWS + 1))
    admin PATCH "/flows/$flow" "{\"description\":\"change $ROWS\",\"lastModified\":\"2026-03-01T00:00:0$ROWS.000Z\"}"
    with_row "$(jq -nc --arg id "$flow" --arg n "$ROWS" --argjson row "$1" '{_id: "row\($n)", timestamp: "2026-03-01T00:00:0\($n).000Z",
        action: "update", resourceType: "flow", _resourceId: $id, changes: {}} + $row')"
    expect 0 sync
    equal "author by $1" "$(g log -1 --format='%an <%ae>' -- "$(path_of "$flow")")" "$2 <$3>"
    equal "date by $1" "$(g log -1 --format=%at -- "$(path_of "$flow")")" "$(date -d "2026-03-01T00:00:0${ROWS}Z" +%s)"
}

@test "the user of a row may be an object, an address, or an id that the users list knows" {
    sim_start_live
    expect 0 sync
    ROWS=0
    local known
    known=$(admin GET /state | jq -c '.account.ashares[0].sharedWithUser')
    local id name email
    id=$(jq -r ._id <<<"$known") name=$(jq -r .name <<<"$known") email=$(jq -r .email <<<"$known")
    signs_as '{"user":{"_id":"u1","name":"Eve Object","email":"eve@example.com"}}' "Eve Object" eve@example.com
    signs_as "{\"user\":{\"_id\":\"$id\"}}" "$name" "$email"
    signs_as "{\"user\":\"$email\"}" "$name" "$email"
    signs_as "{\"_byUserId\":\"$id\"}" "$name" "$email"
    signs_as "{\"byUser\":{\"_id\":\"u2\",\"name\":\"By User\",\"email\":\"by@example.com\"}}" "By User" by@example.com
    signs_as '{"user":"frank@example.com"}' frank@example.com frank@example.com
    signs_as '{"user":"u77"}' u77 unknown
}

@test "a user's name cannot break a commit" {
    sim_start_live
    expect 0 sync
    local flow
    flow=$(first flows)
    admin PATCH "/flows/$flow" '{"description":"x","lastModified":"2026-03-01T00:00:00.000Z"}'
    with_row "{\"_id\":\"row1\",\"timestamp\":\"2026-03-01T00:00:00.000Z\",\"action\":\"update\",\"resourceType\":\"flow\",
        \"_resourceId\":\"$flow\",\"changes\":{},\"user\":{\"name\":\"Mal <root@localhost>\\nauthor X\\u0000\\u001b[31m\\u202e\",\"email\":\"m>\\n@example.com\"}}"
    expect 0 sync
    equal "commits" "$(commits)" 2
    equal "lines of the header" "$(g cat-file commit HEAD | grep -cE '^(author|committer) ')" 2
    contains "author" "$(g log -1 --format=%an)" Mal
    not grep -q $'[\e\u202e]' <<<"$(g log -1)"
    mirror_is_sound
}

# ---- rows of the strict reference, which name no resource ----

# strict_row USER ACTION TYPE CHANGES
strict_row() {
    printf '{"timestamp":"2026-04-01T00:00:0%s.000Z","user":"%s","action":"%s","resourceType":"%s","changes":%s}' \
        "$((SECOND++))" "$1" "$2" "$3" "$4"
}

strict_rows() { # INTEGRATION ROW…
    local rows
    rows=$(printf '%s\n' "${@:2}" | jq -sc .)
    admin PUT "/integrations/$1/audit" "$(admin GET /state | jq -c --arg i "$1" --argjson rows "$rows" '$rows + .audit[$i]')"
}

strict_account() {
    SECOND=0
    sim_start_small --integrations 2 --flows 3
    ONE=$(ids integrations | sed -n 1p)
    TWO=$(ids integrations | sed -n 2p)
    FLOW=$(first flows "._integrationId == \"$ONE\"")
    expect 0 sync
    OLD=$(head_of)
}

@test "a row without a resource signs what it fits" {
    strict_account
    admin PATCH "/flows/$FLOW" '{"timezone":"Europe/Berlin","lastModified":"2026-04-01T00:00:01.000Z"}'
    strict_rows "$ONE" "$(strict_row alice@example.com update flow '{"timezone":{"old":"x","new":"Europe/Berlin"}}')"
    expect 0 sync
    equal "addresses" "$(authors)" "Alice Meier <alice@example.com>;"
    equal "date" "$(g log -1 --format=%at)" "$(date -d 2026-04-01T00:00:00Z +%s)"
    equal "Changed-by" "$(trailer Changed-by)" alice@example.com
}

@test "where rows without a resource of two persons fit, nobody signs" {
    strict_account
    admin PATCH "/flows/$FLOW" '{"timezone":"Europe/Berlin","lastModified":"2026-04-01T00:00:01.000Z"}'
    strict_rows "$ONE" "$(strict_row alice@example.com update flow '{"timezone":{"old":"x","new":"Europe/Berlin"}}')" \
        "$(strict_row bob@example.com update flow '{"timezone":{"old":"y","new":"Europe/Berlin"}}')"
    expect 0 sync
    equal "authors" "$(authors)" "iokeeper <iokeeper@localhost>;"
}

@test "a row without a resource signs nothing of another kind, integration or field" {
    strict_account
    admin PATCH "/flows/$FLOW" '{"timezone":"Europe/Berlin","lastModified":"2026-04-01T00:00:01.000Z"}'
    strict_rows "$ONE" "$(strict_row alice@example.com update export '{"timezone":{"old":"x","new":"y"}}')" \
        "$(strict_row bob@example.com update flow '{"schedule":{"old":"x","new":"y"}}')"
    strict_rows "$TWO" "$(strict_row carol@example.com update flow '{"timezone":{"old":"x","new":"y"}}')"
    expect 0 sync
    equal "authors" "$(authors)" "iokeeper <iokeeper@localhost>;"
}

@test "rows without a resource sign additions and deletions by name" {
    strict_account
    local flow=5f0000000000000000000002
    admin POST /flows "{\"_id\":\"$flow\",\"name\":\"Uses nothing\",\"_integrationId\":\"$ONE\"}"
    expect 0 sync
    OLD=$(head_of)
    admin DELETE "/flows/$flow"
    admin POST /flows "{\"_id\":\"5f0000000000000000000001\",\"name\":\"Brand new\",\"_integrationId\":\"$ONE\",
        \"lastModified\":\"2026-04-01T00:00:01.000Z\"}"
    strict_rows "$ONE" "$(strict_row alice@example.com delete flow '{"name":{"old":"Uses nothing","new":null}}')" \
        "$(strict_row bob@example.com create flow '{"name":{"old":null,"new":"Brand new"}}')"
    expect 0 sync
    equal "addresses" "$(g log --reverse --format=%ae "$OLD..HEAD" | tr '\n' ' ')" "alice@example.com bob@example.com "
    grep -q '^+ flow "Brand new"' <<<"$(body HEAD)"
    grep -q "^- flow \"Uses nothing\" ($flow)" <<<"$(body HEAD~1)"
}
