#!/usr/bin/env bats
# Lists that change while they are read, in both dialects: nothing is lost or deleted in vain, and the next undisturbed
# sync ends where a fresh mirror does. Links lead through pages by offset, so that a row deleted on a page that was read
# already takes another one unseen with it.

load helpers

LISTS="/v1/flows /v1/exports /v1/imports /v1/connections /v1/scripts"
OPTIONS=()

# during DO [JSON-FIELDS]: happens on each of the lists, after its first page
during() {
    local list
    for list in $LISTS; do
        admin POST /during "{\"path\":\"$list\",\"page\":1,\"do\":\"$1\"${2:+,$2}}"
    done
}

# A sync while lists move: it may be partial.
disturbed_sync() {
    local code=0
    "$IOKEEPER" "${OPTIONS[@]}" sync >"$T/out" 2>"$T/err" 3>&- || code=$?
    [[ $code -eq 0 || $code -eq 3 ]] || { echo "exit code $code" >&2; show_output; return 1; }
    judge $code $code "iokeeper sync"
    [[ $(admin GET /during | jq 'map(.hits) | add') -ge 4 ]] || { echo "hardly anything happened" >&2; return 1; }
    # Of a document that changed meanwhile, the first version may be left in the repository, in no commit.
    equal "git status" "$(g status --porcelain 2>&1)" ""
    equal "git fsck" "$(g fsck --full --strict 2>&1 | grep -v '^dangling' || true)" ""
}

is_complete() {
    [[ $(jq .complete "$MIRROR/.git/iokeeper/status.json") == true ]]
}

# holds_all_of IDS (sorted): each is there; what was deleted meanwhile may be missing
holds_all_of() {
    equal "missing" "$(comm -12 <(comm -23 - <(ids_held) <<<"$1") <(all_ids))" ""
}

# What holds after a cycle in which lists moved, and after the next, in which none does.
disturbed_then_quiet() {
    local old complete ids
    old=$(head_of) complete=$(g rev-parse refs/iokeeper/complete) ids=$(all_ids)
    disturbed_sync
    nothing_was_deleted_in_vain "$old"
    holds_all_of "$ids"
    is_complete || equal "refs/iokeeper/complete" "$(g rev-parse refs/iokeeper/complete)" "$complete"
    quiet "$@"
    nothing_was_deleted_in_vain "$old"
}

quiet() {
    admin DELETE /during
    expect 0 "${OPTIONS[@]}" sync
    equal "refs/iokeeper/complete" "$(g rev-parse refs/iokeeper/complete)" "$(head_of)"
    mirror_matches_account --history "$@"
    is_like_a_fresh_mirror "${OPTIONS[@]}"
}

live() { # DO [FIELDS [SIMULATOR-OPTION…]]
    sim_start_live "${@:3}"
    expect 0 sync
    during "$1" "$2"
}

@test "live: rows deleted behind the reader" {
    live delete '"count":2'
    disturbed_then_quiet
}

@test "live: rows deleted ahead of the reader" {
    live delete '"where":"behind"'
    disturbed_then_quiet
}

@test "live: rows added" {
    live add '"count":2'
    disturbed_then_quiet
}

@test "live: rows renamed" {
    live rename '"count":2'
    disturbed_then_quiet
}

@test "live: rows moved to another integration, or to another place in the list" {
    live move
    disturbed_then_quiet
}

@test "live: lists put in another order, which no log tells" {
    live reorder
    disturbed_then_quiet
}

@test "live: rows deleted that the audit log does not tell of" {
    live delete '"audit":false'
    disturbed_then_quiet
}

@test "live: rows deleted on each page of each list, again and again" {
    live delete '"page":0,"times":3'
    disturbed_then_quiet
}

@test "live without an account-wide log: rows deleted behind the reader" {
    live delete '"count":2' --no-account-audit
    disturbed_then_quiet --no-account-audit
}

@test "live without an account-wide log: lists put in another order" {
    live reorder '' --no-account-audit
    disturbed_then_quiet --no-account-audit
}

@test "live, a first mirror: it is whole, or says that it is not" {
    sim_start_live
    admin GET /state >"$T/dump.json"
    local change ids
    for change in delete reorder; do
        admin PUT /state "@$T/dump.json"
        MIRROR=$T/world/$change
        export IOKEEPER_MIRROR=$MIRROR
        during $change '"count":2'
        ids=$(all_ids)
        disturbed_sync
        if is_complete; then
            holds_all_of "$ids"
        else
            equal "refs/iokeeper/complete" "$(g for-each-ref refs/iokeeper/complete)" ""
        fi
        quiet
    done
}

@test "reference: rows deleted, added, moved and renamed between pages of offset=" {
    sim_start --integrations 3 --flows 3 --exports 4 --imports 4 --connections 8 --scripts 5 --audit 4
    config api.page_size=4
    OPTIONS=(--config "$CONFIG")
    expect 0 "${OPTIONS[@]}" sync
    local changes change
    for changes in delete "add rename" "move reorder"; do
        for change in $changes; do during "$change"; done
        disturbed_then_quiet
    done
}
