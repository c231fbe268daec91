#!/usr/bin/env bats
# The history as a person reads it: list, log, show, diff. The mirror of most tests is made by hand (made.bash), so that
# each output is known to the byte; of the others git is the oracle.
load helpers
load made
load terminals

# prints ARGUMENT…: runs it, and it ends with 0; the output is in $T/out
prints() {
    expect 0 "$@"
}

# ---- golden outputs ----

# told NAME ARGUMENT…: what it prints, to a pipe or on a terminal of $COLUMNS_THERE, is as it was
told() {
    local name=$1
    shift
    if [[ -n ${COLUMNS_THERE-} ]]; then
        NO_COLOR=1 PAGER="cat" on_terminal "$COLUMNS_THERE" "$@"
        golden "$name" "$COLUMNS_THERE"
    else
        prints "$@"
        golden "$name"
    fi
}

story() {
    told log-flow log 'Orders to NetSuite (daily)'
    told log log
    told log-integration log 'Order sync'
    told log-secret log Shop
    told log-script log 'script/Clean up'
    told diff diff --from HEAD~10
    told diff-stat diff --from HEAD~10 --stat
    told show-integration show 'Order sync'
    told list list
    told list-deleted list --deleted --at HEAD~2
    told used-by used-by Shop
    told uses uses 'Order sync'
}

@test "to a pipe: what log, diff, show, list and the graph print is known to the byte" {
    made_mirror
    story
}

@test "on a terminal of 80 columns" {
    made_mirror
    COLUMNS_THERE=80 story
}

@test "on a terminal of 120 columns" {
    made_mirror
    COLUMNS_THERE=120 story
}

@test "no line of a list is wider than the terminal, whatever scripts the names are in" {
    made_mirror
    doc "$ORDERS/imports/x--a1.yaml" <<YAML
_id: a1
name: 受注を倉庫へ送る とても長い名前のインポートです 👩‍👩‍👧 e\u0301 and much more of it, to the end of the line
YAML
    sed -i "s/\\\\u0301/\xcc\x81/" "$MIRROR/$ORDERS/imports/x--a1.yaml"
    as Alice 2026-02-01T00:00:00Z "wide"
    NO_COLOR=1 PAGER="cat" on_terminal 80 list import
    /usr/bin/python3 - "$T/out" <<'PY'
import sys, unicodedata
for line in open(sys.argv[1], encoding="utf-8").read().splitlines():
    width = sum(0 if unicodedata.combining(c) or c in "\u200d\ufe0f" else 2 if unicodedata.east_asian_width(c) in "WF" else 1
                for c in line)
    assert width <= 80, (width, line)
PY
}

# ---- log ----

# commits_of ARGUMENT…: what log tells, as ids
commits_of() {
    prints log --json "$@"
    jq -r 'select(.type == "commit").commit' "$T/out"
}

@test "log: a resource is followed across names, folders and re-creation, by each of its names and ids" {
    made_mirror
    local all
    all=$(g log --format=%H -- "$ORDERS/flows/" | sort)
    for selector in 'Orders to NetSuite (daily)' 'Orders to NetSuite' "$F1" "$F1B" "flow/$F1" "flow/Orders to NetSuite"; do
        equal "commits of $selector" "$(commits_of "$selector" | sort)" "$all"
    done
    prints log --json "$F1B"
    equal "what happened" "$(jq -rc 'select(.type == "change") | [.verb, .old_id // "", .old_name // ""] | join(" ")' "$T/out" | tr '\n' ,)" \
        "changed  ,added $F1 ,deleted  ,changed  ,changed  Orders to NetSuite,changed  ,added  ,"
}

@test "log: a move between folders" {
    made_mirror
    equal "commits" "$(commits_of 'Get orders' | wc -l)" 2
    prints log 'Get orders'
    says "moved from $ORDERS/exports to account/exports"
}

@test "log: a resource that is gone, by its name and by its id" {
    made_mirror
    g reset -q --hard HEAD~2
    equal "commits" "$(commits_of 'Orders to NetSuite (daily)' | wc -l)" 5
    equal "commits" "$(commits_of "$F1" | wc -l)" 5
    equal "commits" "$(commits_of 'Orders to NetSuite' | wc -l)" 5
}

@test "log: --author, --since, --until, --kind, --grep, --deleted, -n" {
    made_mirror
    equal "of Carol" "$(commits_of --author CAROL | wc -l)" 2
    equal "by address" "$(commits_of --author bob@example | wc -l)" 4
    equal "of nobody" "$(commits_of --author nobody)" ""
    equal "since" "$(commits_of --since 2026-01-10 | wc -l)" 2
    equal "until" "$(commits_of --until 2026-01-02 | wc -l)" 2
    equal "both" "$(commits_of --since 2026-01-02 --until 2026-01-02)" "$(g rev-parse HEAD~9)"
    equal "of a kind" "$(commits_of --kind scripts | wc -l)" 2
    equal "grep of a path" "$(commits_of --grep pageProcessors | wc -l)" 1
    equal "grep of a value" "$(commits_of --grep '1-5')" "$(g rev-parse HEAD)"
    equal "grep of one" "$(commits_of Shop --grep headers | wc -l)" 1
    equal "deleted" "$(commits_of --deleted)" "$(g rev-parse HEAD~2)"
    equal "at most" "$(commits_of -n 3 | wc -l)" 3
    equal "at most, long" "$(commits_of --max-count 1 | wc -l)" 1
    equal "none" "$(commits_of -n 0)" ""
}

@test "log: what is none is refused, with what would be right" {
    made_mirror
    expect 2 log --since yesteryear
    says "--since yesteryear"
    expect 2 log --kind floe
    says "--kind floe"
    expect 2 log -n many
    says "-n many"
    expect 2 log "no such flow"
    says "iokeeper list --deleted"
    expect 2 log Shop --kind flow
    expect 2 log --prune
    says "help log"
}

@test "log: of each file it tells the commits that git tells" {
    sim_start_live --seed 5
    prints sync
    local round
    for round in 1 2 3 4 5; do
        admin POST "/mutate?seed=$round&edits=6&adds=1&deletes=1"
        prints sync
    done
    local path n=0
    while read -r path; do
        equal "commits of $path" "$(commits_of "$path")" "$(g log --format=%H --follow -- "$path")"
        n=$((n + 1))
    done < <(g log --format= --name-only HEAD~3.. -- '*.yaml' | grep -v /audit/ | grep -v users.yaml | sort -u |
        while read -r path; do if g cat-file -e "HEAD:$path" 2>/dev/null; then echo "$path"; fi; done | grep -v integration.yaml)
    [[ $n -gt 5 ]]
    equal "all commits" "$(commits_of)" "$(g log --format=%H --first-parent)"
}

@test "log: a merge of a person's branch is the change that it makes" {
    made_mirror
    g checkout -q -b proposal
    sed -i 's/pageSize: 20/pageSize: 50/' "$MIRROR/account/exports/get-orders--$E1.yaml"
    as Dora 2026-02-01T00:00:00Z "Bigger pages"
    g checkout -q main
    GIT_COMMITTER_DATE=2026-02-02T00:00:00Z g merge -q --no-ff -m "Merge the proposal" proposal
    prints log 'Get orders' -n 1
    says "Merge the proposal"
    says "pageSize: 20 → 50"
}

# ---- diff ----

@test "diff: files that differ are those that git names" {
    sim_start_live --seed 6
    prints sync
    admin POST "/mutate?seed=9&edits=20&adds=3&deletes=3"
    prints sync
    prints diff --json --from HEAD~1
    equal "paths" \
        "$(jq -r 'select(.type == "change") | .path // empty, .old_path // empty' "$T/out" | grep -v '\.js$' | sort -u)" \
        "$(g diff --name-only --no-renames HEAD~1 HEAD | grep -v '\.js$' | sort -u)"
    equal "counts" "$(tail -n 1 "$T/out" | jq '.added + .changed + .deleted')" "$(grep -c '"type":"change"' "$T/out")"
}

@test "diff: nothing between a commit and itself; --exit-code" {
    made_mirror
    expect 0 diff --from HEAD --to HEAD --exit-code
    says "no difference"
    expect 4 diff --exit-code
    expect 4 --json diff --exit-code
    equal "result" "$(tail -n 1 "$T/out" | jq -r .result)" different
    expect 4 diff --quiet --exit-code
    equal "output" "$(<"$T/out")" ""
}

@test "diff: of what is selected only, an integration standing for its folder" {
    made_mirror
    prints diff --json --from HEAD~10 Shop
    equal "names" "$(jq -r 'select(.type == "change").name' "$T/out")" Shop
    prints diff --json --from HEAD~10 'Order sync'
    equal "kinds" "$(jq -r 'select(.type == "change").kind' "$T/out" | sort | tr '\n' ' ')" "export flow import import "
    expect 2 diff --from HEAD~10 Shopp
    says "nearest"
}

@test "diff: dates, tags and branches on either side" {
    made_mirror
    g tag release HEAD~5
    prints diff --json --from release --to 2026-01-07
    equal "from" "$(tail -n 1 "$T/out" | jq -r .from)" "$(g rev-parse HEAD~5)"
    equal "to" "$(tail -n 1 "$T/out" | jq -r .to)" "$(g rev-parse HEAD~4)"
    expect 2 diff --from no-such-tag
    says "no-such-tag"
}

@test "diff: --patch is what git apply takes, byte for byte" {
    made_mirror
    prints diff --patch --from HEAD~10
    git clone -q "$MIRROR" "$T/clone"
    git -C "$T/clone" checkout -q HEAD~10
    git -C "$T/clone" apply --index "$T/out"
    equal "the tree" "$(git -C "$T/clone" write-tree)" "$(g rev-parse 'HEAD^{tree}')"
    expect 2 diff --patch --json
    expect 2 diff --patch --stat
}

@test "diff: the first commit differs from nothing" {
    made_mirror
    g checkout -q -B main HEAD~10
    prints diff --stat
    says "between nothing and"
}

@test "diff --live: from what was the newest to the account as it is now" {
    sim_start_live --seed 8
    prints sync
    local old
    old=$(head_of)
    admin POST "/mutate?seed=2&edits=5"
    expect 4 diff --live --exit-code --json
    equal "from" "$(tail -n 1 "$T/out" | jq -r .from)" "$old"
    equal "to" "$(tail -n 1 "$T/out" | jq -r .to)" "$(head_of)"
    mirror_matches_account
    expect 0 diff --live --exit-code
    says "no difference"
    expect 2 diff --live --to HEAD
}

@test "diff: what is hidden is said to have changed, and is shown nowhere" {
    made_mirror
    for arguments in "log Shop" "diff --from HEAD~10" "log --verbose" "log Shop --json" "diff --from HEAD~10 --json"; do
        # shellcheck disable=SC2086 # several words
        prints $arguments
        says_not "redacted:"
        says secret
    done
}

@test "diff: a document that is none any more is said to be so, and --patch has its lines" {
    made_mirror
    printf '{ no: [yaml' | doc "account/connections/shop--$C1.yaml"
    as Mallory 2026-02-01T00:00:00Z "broken"
    prints diff
    says "cannot be read as a document"
    prints diff --patch
    says "no: [yaml"
}

# ---- show and list ----

@test "show: each document comes back byte for byte" {
    sim_start_live --seed 9
    prints sync
    local path
    while read -r path; do
        prints show "$path"
        cmp "$T/out" "$MIRROR/$path"
    done < <(g ls-files '*.yaml' | grep -v -e /audit/ -e users.yaml -e integration.yaml -e /scripts/ -e ^iokeeper -e ashares)
    while read -r path; do
        prints show "$path"
        /usr/bin/python3 -c 'import sys, yaml; yaml.safe_load(open(sys.argv[1], encoding="utf-8"))' "$T/out"
    done < <(g ls-files '*/integration.yaml' '*/scripts/*.yaml')
}

@test "show: --at, a script with its text, NDJSON with who changed an integration last" {
    made_mirror
    prints show "Post orders" --at 2026-01-04
    says "extract: total"
    prints show "script/Clean up"
    says "check(o)"
    prints show 'Order sync' --json
    equal "by" "$(jq -r 'select(.type == "resource").last_change.author' "$T/out")" Alice
    equal "schedule" "$(jq -r 'select(.type == "resource").flows[0].schedule_words' "$T/out")" "Monday to Friday at 06:00"
    expect 2 show "Post orders" --at 2025-01-01
    says "first commit is younger"
}

@test "list: counts are those of the account; kinds by singular and plural; --at" {
    sim_start_live --seed 10
    prints sync
    local kind
    for kind in flow export connection script; do
        equal "${kind}s" "$("$IOKEEPER" list "$kind" --json | grep -c '"type":"resource"')" "$(ids "${kind}s" | wc -l)"
        equal "by plural" "$("$IOKEEPER" list "${kind}s" | tail -n 1)" "$("$IOKEEPER" list "$kind" | tail -n 1)"
    done
    expect 2 list flaws
    says "no kind"
}

@test "list --deleted: what is gone, who took it, and not what is back under another id" {
    made_mirror
    prints list --deleted --json
    equal "gone" "$(jq -c 'select(.type == "deleted")' "$T/out")" ""
    prints list --deleted --at HEAD~2 --json
    equal "gone" "$(jq -r 'select(.type == "deleted") | [.name, .author, .deleted] | join(", ")' "$T/out")" \
        "Orders to NetSuite (daily), Bob, 2026-01-09T09:00:00Z"
}

# ---- whatever a name holds ----

@test "hostile names do nothing to a terminal or a program" {
    made_mirror
    # shellcheck disable=SC2016 # it is not to be expanded here
    printf '_id: evil1\nname: "\\e]0;owned\\a\\e[31m\\n$(touch %s/owned)\\u202e\\\\\\""\n' "$T" |
        doc "$ORDERS/imports/evil--evil1.yaml"
    as Mallory 2026-02-01T00:00:00Z $'\e[31msubject'
    for arguments in "list" "log" "diff" "show import/evil1" "used-by Shop" "uses evil1" "uses evil1 --dot"; do
        # shellcheck disable=SC2086 # several words
        PAGER="cat" on_terminal 80 --color never $arguments
        [[ $(tr -d '\n\t[:print:]\200-\377' <"$T/out" | wc -c) -eq 0 ]] || { cat -v "$T/out" >&2; return 1; }
    done
    [[ ! -e $T/owned ]]
    prints list --json
    jq -e . "$T/out" >/dev/null
}

@test "without a mirror, or without a commit: what to do is said" {
    made_mirror
    rm -rf "$MIRROR"
    for arguments in list log "show x" diff "uses x" "used-by x"; do
        # shellcheck disable=SC2086 # several words
        expect 10 $arguments
        says "iokeeper sync"
    done
    git init -q -b main "$MIRROR"
    for arguments in list log "show x" diff "uses x" "used-by x"; do
        # shellcheck disable=SC2086 # several words
        expect 2 $arguments
        says "no commit yet"
    done
}

@test "they work beside a daemon that holds the mirror" {
    made_mirror
    exec 9>"$MIRROR/.git/iokeeper.lock"
    flock 9
    for arguments in list log "show Shop" diff "uses Pay"; do
        # shellcheck disable=SC2086 # several words
        prints $arguments 9>&-
    done
    exec 9>&-
}

@test "show --live: the account is synced, and says which connections are online" {
    sim_start_small
    expect 0 sync
    local integration on off connections
    mapfile -t connections < <(ids connections)
    on=${connections[0]} off=${connections[1]}
    integration=$(first integrations)
    admin PATCH "/connections/$on" '{"offline":false}'
    admin PATCH "/connections/$off" '{"offline":true,"name":"Renamed now"}'
    admin PATCH "/integrations/$integration" \
        "{\"_registeredConnectionIds\":[\"$on\",\"$off\"],\"name\":\"Renamed, too\"}"
    expect 0 show --live "$integration"
    says_like "# connection .*\\($on\\).*, online"
    says_like "# connection \"Renamed now\" \\($off\\).*, offline"
    says "name: Renamed, too"
    equal "what is told is committed" "$(g show "HEAD:$(path_of "$integration")" | grep ^name:)" "name: Renamed, too"
    expect 0 --json show --live "$integration"
    equal "state" "$(jq -r "select(.type == \"resource\").connections[] | select(.id == \"$off\").state" "$T/out")" offline
    expect 0 show --live "connection/$off"
    says "# as the account says now, offline"
    expect 0 --json show --live "$on"
    equal "state" "$(jq -r 'select(.type == "resource").state' "$T/out")" online
    expect 0 show "$integration"
    says_not ", online"
    expect 2 show --live --at HEAD "$integration"
    says "exclude each other"
    IOKEEPER_TOKEN=wrong expect 12 show --live "$integration"
}

@test "show --live: what the account does not say, or does not have" {
    sim_start_small
    expect 0 sync
    local integration connection
    integration=$(first integrations)
    connection=$(first connections)
    admin PATCH "/integrations/$integration" "{\"_registeredConnectionIds\":[\"$connection\",\"0123456789abcdef01234567\"]}"
    admin PATCH "/connections/$connection" '{"offline":null}'
    expect 0 show --live "$integration"
    says_like "\\($connection\\).*, state unknown"
    says_like '0123456789abcdef01234567.*not in the mirror'
    fault "{\"path\":\"/v1/connections/$connection\",\"do\":\"status\",\"status\":500}"
    expect 1 show --live "$integration"
    says "/connections/$connection"
}
