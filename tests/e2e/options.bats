#!/usr/bin/env bats
# shellcheck disable=SC2153 # helpers.bash and restoring.bash set MIRROR and OTHER
# Each option with each verb that takes it: of a verb's own options, what no other file tries; of those of every verb,
# all of them. What is tried nowhere is named by tried.py.

load helpers
load restoring
load cloning
load made
load terminals

setup_more() {
    MAP=$T/map.yaml
    DAEMON=
}

teardown_more() {
    if [[ -n $DAEMON ]]; then kill -KILL "$DAEMON"; fi
}

all_verbs() {
    "$IOKEEPER" help | sed -n '/^Options/q; s/^  \([a-z][a-z-]*\) .*/\1/p'
}

# untried FOLDER: what the tests there do not try
untried() {
    /usr/bin/python3 "$BATS_TEST_DIRNAME/tried.py" "$IOKEEPER" "$1" >"$T/untried"
}

@test "each verb's own options are tried with it by some test; where there is no test, all are named" {
    untried "$BATS_TEST_DIRNAME" || { cat "$T/untried" >&2; return 1; }
    mkdir "$T/empty"
    not untried "$T/empty" 2>"$T/ignored"
    local verb
    for verb in $(all_verbs); do
        "$IOKEEPER" help "$verb" | sed -n '1,/^Options of every verb/s/^  \(-., \)\?\(--[a-z-]*\) .*/'"$verb"' \2/p'
    done >"$T/all"
    diff "$T/all" "$T/untried" >&2
    equal "verbs but help" "$(all_verbs | grep -vx help)" "$("$IOKEEPER" manual all | sed -n 's/^iokeeper-\(.*\)\.1$/\1/p')"
}

# ---- uses and used-by ----

# reached ARGUMENT…: what the graph reaches, the resource itself left out
reached() {
    expect 0 --json "$@"
    jq -r 'select(.type == "resource" and .depth > 0) | .kind + "/" + .id' "$T/out" | sort | paste -sd' '
}

@test "uses --at: what a flow used then, not what it uses now" {
    made_mirror
    equal "now" "$(reached uses "flow/$F1B")" \
        "connection/$C1 export/$E1 import/$M1 import/$M2 script/$S1"
    equal "then" "$(reached uses "flow/$F1" --at 2026-01-02)" \
        "connection/$C1 connection/$C2 export/$E1 import/$M1 script/$S1"
    equal "by a commit" "$(reached uses "flow/$F1" --at HEAD~9)" "$(reached uses "flow/$F1" --at 2026-01-02)"
    expect 2 uses "flow/$F1B" --at 2026-01-02
    says "$F1B"
}

@test "used-by --dot: the edges that --json tells, from who uses to what is used" {
    made_mirror
    expect 0 --json used-by "script/$S1"
    jq -r 'select(.type == "edge") | "\"\(.from_kind)/\(.from)\" -> \"\(.to_kind)/\(.to)\""' "$T/out" | sort >"$T/edges"
    [[ -s $T/edges ]]
    expect 0 used-by "script/$S1" --dot
    equal "first line" "$(head -n 1 "$T/out")" "digraph iokeeper {"
    equal "last line" "$(tail -n 1 "$T/out")" "}"
    sed -nE 's/^  (".*" -> "[^"]*").*/\1/p' "$T/out" | sort | diff "$T/edges" - >&2
    grep -qF "\"import/$M1\" -> \"script/$S1\"" "$T/out"
    equal "the one that was asked about" "$(grep -F penwidth=2 "$T/out" | grep -oE '"[a-z]+/[0-9a-f]+"')" "\"script/$S1\""
}

# ---- plan ----

@test "plan --on-conflict: fail, rename and adopt plan different things, and nothing else counts" {
    name_is_taken
    expect 2 plan "integration/$LOST" --at "$HELD" --on-conflict fail
    says "$OTHER"
    expect 0 --json plan "integration/$LOST" --at "$HELD" --on-conflict rename
    equal "renamed" "$(row step "select(.id == \"$LOST\") | .verb + \" \" + .name")" "create $CALLED (2)"
    expect 0 --json plan "integration/$LOST" --at "$HELD" --on-conflict adopt
    equal "adopted" "$(row step "select(.id == \"$LOST\") | .verb + \" \" + .target")" "update $OTHER"
    expect 2 plan "integration/$LOST" --at "$HELD" --on-conflict maybe
    says "fail, rename, adopt"
    equal "writes" "$(writes)" 0
}

@test "plan and clone --force-managed: what a vendor manages is refused without it" {
    sim_start_live --managed 1
    expect 0 sync
    HELD=$(head_of)
    local managed
    managed=$(first integrations ._connectorId)
    expect 2 clone "integration/$managed" --at "$HELD" --dry-run
    says --force-managed
    expect 0 --json clone "integration/$managed" --at "$HELD" --dry-run --force-managed
    equal "of the clone" "$(row step "select(.id == \"$managed\") | .verb")" create
    edit integrations "$managed" '{"description":"broken"}'
    expect 2 plan "integration/$managed" --at "$HELD"
    says --force-managed
    expect 0 --json plan "integration/$managed" --at "$HELD" --force-managed
    equal "of the plan" "$(row step "select(.id == \"$managed\") | .verb")" update
    equal "writes" "$(writes)" 0
}

@test "plan --connections and --secrets: kept without the one, left without the other, planned with both" {
    live_account
    change_connection
    secrets_file "connection/$CONNECTION"
    expect 0 --json plan "connection/$CONNECTION" --at "$HELD"
    equal "kept" "$(row kept .id)" "$CONNECTION"
    expect 0 --json plan "connection/$CONNECTION" --at "$HELD" --secrets "$T/secrets.yaml"
    equal "kept with secrets alone" "$(row kept .id)" "$CONNECTION"
    expect 0 --json plan "connection/$CONNECTION" --at "$HELD" --connections
    equal "steps" "$(row summary .update)" 0
    row left .id >"$T/left"
    grep -Fxq "$CONNECTION" "$T/left"
    expect 0 --json plan "connection/$CONNECTION" --at "$HELD" --connections --secrets "$T/secrets.yaml" --output "$T/plan"
    equal "planned" "$(row step '.verb + " " + .id')" "update $CONNECTION"
    local secret
    secret=$(admin GET /secrets | jq -r --arg id "$CONNECTION" 'first(.[] | select(._id == $id) | .value | strings)')
    says_not "$secret"
    not grep -qF "$secret" "$T/plan"
    expect 1 plan "connection/$CONNECTION" --at "$HELD" --connections --secrets "$T/nowhere.yaml"
    says nowhere.yaml
    equal "writes" "$(writes)" 0
    expect 0 restore --plan "$T/plan" --secrets "$T/secrets.yaml" --yes
    holds_again "$HELD"
}

# ---- clone ----

@test "clone --on-conflict: fail, rename and adopt, where the copy's name is taken" {
    sim_start_small
    expect 0 sync
    HELD=$(head_of)
    local integration called copy flows
    integration=$(first integrations)
    called=$(get integrations "$integration" .name)
    flows=$(admin GET /state | jq --arg i "$integration" '[.flows[] | select(._integrationId == $i)] | length')
    clones "integration/$integration" --at "$HELD" --map "$MAP" --yes
    copy=$(copy_of integrations "$integration")
    expect 2 clone "integration/$integration" --at "$HELD" --on-conflict fail --yes
    says "$copy"
    equal "integrations" "$(ids integrations | wc -l)" 3
    clones "integration/$integration" --at "$HELD" --on-conflict rename --yes
    equal "the second copy" "$(get integrations "$(newest integrations)" .name)" "Copy of $called (2)"
    clones "integration/$integration" --at "$HELD" --on-conflict adopt --yes
    equal "integrations" "$(ids integrations | wc -l)" 4
    equal "flows of the first copy" \
        "$(admin GET /state | jq --arg i "$copy" '[.flows[] | select(._integrationId == $i)] | length')" $((2 * flows))
}

@test "clone --journal: the journal stands there, and undo reads it there" {
    sim_start_small
    expect 0 sync
    HELD=$(head_of)
    clones "integration/$(first integrations)" --at "$HELD" --journal "$T/journal" --yes
    equal "the last record" "$(tail -n 1 "$T/journal" | jq -r .record)" end
    equal "mode" "$(stat -c %a "$T/journal")" 600
    equal "journals in the mirror" "$(find "$MIRROR/.git/iokeeper/runs" -name journal)" ""
    equal "integrations" "$(ids integrations | wc -l)" 3
    expect 0 undo --yes
    equal "integrations" "$(ids integrations | wc -l)" 2
}

@test "clone --prune with a map: what the copy has and the commit does not is deleted, what the original has is not" {
    live_account
    local integration copy home flow number=0
    integration=$(first integrations)
    flow=$(first flows "._integrationId == \"$integration\"")
    clones "integration/$integration" --at "$HELD" --map "$MAP" --yes
    copy=$(copy_of integrations "$integration")
    for home in "$integration" "$copy"; do
        get flows "$flow" "._id = \"de1f0000000000000000000$((number += 1))\" | ._integrationId = \"$home\" | .disabled = true" \
            >"$T/flow.json"
        admin POST '/flows?touch=1' "@$T/flow.json"
    done
    clones "integration/$integration" --at "$HELD" --map "$MAP" --yes
    equal "deleted without it" "$(stat_of '.by_method.DELETE // 0')" 0
    clones "integration/$integration" --at "$HELD" --map "$MAP" --prune --yes
    equal "deleted with it" "$(stat_of '.by_method.DELETE // 0')" 1
    ids flows >"$T/flows"
    grep -Fxq de1f00000000000000000001 "$T/flows"
    not grep -Fxq de1f00000000000000000002 "$T/flows"
}

@test "clone --connections and --secrets: those of the other account are written with both, and only then" {
    empty_account
    clones_there --all --at "$HELD" --to "$TO" --map "$MAP" --yes
    local here twin wanted
    here=$(first connections '.http.auth.token')
    twin=$(copy_of connections "$here")
    wanted=$(get connections "$here" .name)
    there PATCH "/connections/$twin?touch=1" '{"name":"Renamed there"}'
    secrets_file "connection/$here"
    clones_there "connection/$here" --at "$HELD" --to "$TO" --map "$MAP" --yes
    equal "without them" "$(there GET "/connections/$twin" | jq -r .name)" "Renamed there"
    says --connections
    clones_there "connection/$here" --at "$HELD" --to "$TO" --map "$MAP" --connections --secrets "$T/secrets.yaml" --yes
    equal "with them" "$(there GET "/connections/$twin" | jq -r .name)" "$wanted"
    equal "secrets there" "$(there GET /secrets | jq -c --arg id "$twin" '[.[] | select(._id == $id) | [.path, .value]] | sort')" \
        "$(admin GET /secrets | jq -c --arg id "$here" '[.[] | select(._id == $id) | [.path, .value]] | sort')"
    equal "writes here" "$(writes)" 0
}

# ---- undo, template, log ----

@test "undo --enable-flows: what a restore disabled is enabled again with it, and stays disabled without" {
    live_account
    local flow slept
    flow=$(first flows '(.disabled | not) and .schedule')
    edit flows "$flow" '{"disabled":true}'
    expect 0 sync
    slept=$(head_of)
    edit flows "$flow" '{"disabled":false}'
    expect 0 restore "flow/$flow" --at "$slept" --yes
    equal "restored" "$(get flows "$flow" .disabled)" true
    expect 0 undo --yes
    equal "without it" "$(get flows "$flow" .disabled)" true
    says --enable-flows
    expect 0 undo --enable-flows --yes
    equal "with it" "$(get flows "$flow" .disabled)" false
}

@test "long forms do as the short ones: template --output, log --max-count, --quiet, --verbose" {
    sim_start_small
    expect 0 sync
    admin PATCH "/flows/$(first flows)" '{"name":"Loud"}'
    expect 0 sync --verbose
    says '~ flow "Loud"'
    expect 0 template "$(first integrations)" -o "$T/short.zip"
    expect 0 template "$(first integrations)" --output "$T/long.zip"
    cmp "$T/short.zip" "$T/long.zip"
    expect 0 --json log --max-count 1
    equal "commits" "$(row commit .commit)" "$(head_of)"
    expect 0 sync --quiet
    silent
}

# ---- the options of every verb ----

# What a verb needs to be run and do no harm; a verb that is new wants a line here.
arguments_of() {
    case $1 in
    sync | run | status | list | log | diff | ack | check | doctor | resume | help) ARGUMENTS=() ;;
    init) ARGUMENTS=("$MIRROR") ;;
    show | uses | used-by) ARGUMENTS=("integration/$INTEGRATION") ;;
    plan) ARGUMENTS=("integration/$INTEGRATION" --at "$HELD") ;;
    restore | clone) ARGUMENTS=("integration/$INTEGRATION" --at "$HELD" --dry-run) ;;
    undo) ARGUMENTS=(--yes) ;;
    template) ARGUMENTS=("$INTEGRATION" -o "$T/template.zip") ;;
    *) echo "no arguments are known for $1" >&2; return 1 ;;
    esac
}

# Each verb has something to work on: commits to look at, something to plan, a run to undo.
ready_account() {
    sim_start_small
    expect 0 sync
    HELD=$(head_of)
    INTEGRATION=$(first integrations)
    edit integrations "$INTEGRATION" '{"description":"new"}'
    expect 0 restore "integration/$INTEGRATION" --at "$HELD" --yes
    edit flows "$(first flows)" '{"name":"Loud"}'
    expect 0 sync
}

# With nothing to work on: what can be told without.
no_account() {
    HELD=HEAD INTEGRATION=none
    unset IOKEEPER_API_URL IOKEEPER_TOKEN IOKEEPER_MIRROR
}

# tries CODE VERB OPTION…: a verb with what it needs, and the options. As root init would write into /etc.
tries() {
    local code=$1 verb=$2
    shift 2
    arguments_of "$verb"
    if [[ $verb == init && " $* " != *" --config "* ]]; then set -- --config "$T/init.yaml" "$@"; fi
    if [[ $verb == run && $code -eq 0 ]]; then
        daemon "$@"
    else
        expect "$code" "$verb" "${ARGUMENTS[@]}" "$@" </dev/null
    fi
}

# The daemon, until its first cycle has come to an end; with a mirror of its own, where it has one by the variable.
daemon() {
    local code=0 mirror=$MIRROR
    if [[ -n ${IOKEEPER_MIRROR-} ]]; then mirror=$(mktemp -d -p "$T")/mirror; fi
    ${IOKEEPER_MIRROR+env IOKEEPER_MIRROR="$mirror"} "$IOKEEPER" run "$@" </dev/null >"$T/out" 2>"$T/err" 3>&- &
    DAEMON=$!
    wait_for 30 has_synced "$mirror" || { show_output; return 1; }
    kill -TERM "$DAEMON"
    wait "$DAEMON" || code=$?
    DAEMON=
    judge 143 "$code" "iokeeper run $*"
}

has_synced() {
    HOME=$T IOKEEPER_API_URL=http://127.0.0.1:9/v1 IOKEEPER_MIRROR=$1 "$IOKEEPER" status --json >"$T/status" 2>"$T/ignored" &&
        jq -e '.daemon.state == "waiting" and .last.outcome == "synced"' "$T/status" >"$T/ignored"
}

@test "--help and --version with each verb: nothing else is done" {
    local verb
    no_account
    mkdir "$T/empty"
    cd "$T/empty"
    "$IOKEEPER" --version >"$T/version"
    for verb in $(all_verbs); do
        expect 0 help "$verb"
        cp "$T/out" "$T/page"
        if [[ $verb == help ]]; then "$IOKEEPER" help >"$T/page"; fi
        expect 0 "$verb" --help
        diff "$T/page" "$T/out" >&2
        diff "$T/page" "$T/out" >&2
        equal "$verb --help complains" "$(<"$T/err")" ""
        expect 0 --config "$T/nowhere.yaml" --yes --help "$verb"
        diff "$T/page" "$T/out" >&2
        arguments_of "$verb"
        expect 0 "$verb" "${ARGUMENTS[@]}" --version
        diff "$T/version" "$T/out" >&2
        equal "$verb --version complains" "$(<"$T/err")" ""
    done
    equal "files" "$(find "$T/empty" "$T/world" "$T/home" -mindepth 1 ! -name .gitconfig)" ""
}

# takes VERB: its options, those with a value as --option=x
takes() {
    "$IOKEEPER" help "$1" | sed -nE 's/^  (-[a-z], )?(--[a-z-]+)( [A-Z]+)?.*/\2\3/p' | sed 's/ .*/=x/'
}

@test "an option that is none, or another verb's: exit 2, it is named, and nothing is done" {
    local verb option number=0 all
    no_account
    mkdir "$T/empty"
    cd "$T/empty"
    mapfile -t all < <(for verb in $(all_verbs); do takes "$verb"; done | sort -u)
    for verb in $(all_verbs); do
        tries 2 "$verb" --frobnicate
        says '"--frobnicate"'
        equal "standard output" "$(<"$T/out")" ""
        tries 2 "$verb" --frobnicate --json
        is_ndjson 2
        takes "$verb" >"$T/own"
        # Others' options, each seventh of all that there are: each is refused by several verbs.
        for option in "${all[@]}"; do
            if ((number++ % 7)) || grep -Fxq -- "$option" "$T/own"; then continue; fi
            tries 2 "$verb" "$option"
            says "$verb takes no ${option%=x}; \"iokeeper help $verb\""
        done
    done
    equal "files" "$(find "$T/empty" "$T/world" "$T/home" -mindepth 1 ! -name .gitconfig)" ""
}

@test "--config FILE and --account NAME choose the configuration of each verb" {
    local verb way
    ready_account
    config
    mkdir -p "$HOME/.config/iokeeper"
    cp "$CONFIG" "$HOME/.config/iokeeper/acme.yaml"
    cp "$CONFIG" "$T/acme.yaml"
    printf 'mirror:\n  psth: x\n' >"$HOME/.config/iokeeper/default.yaml"
    for verb in $(all_verbs); do
        if [[ $verb == init ]]; then continue; fi
        if [[ $verb != help ]]; then
            tries 2 "$verb"
            says default.yaml
            tries 2 "$verb" --account nobody
            says nobody.yaml
            tries 2 "$verb" --config "$T/nowhere.yaml"
            says nowhere.yaml
        fi
        tries 2 "$verb" --account acme --config "$T/acme.yaml"
        says "exclude each other"
        for way in "--account acme" "--config $T/acme.yaml"; do
            # shellcheck disable=SC2086 # an option and its value
            tries 0 "$verb" $way
        done
    done
}

# not_root COMMAND…: as somebody who has a configuration of his own
not_root() {
    if [[ $EUID -ne 0 ]]; then "$@"; else unshare --user --map-user=1000 "$@"; fi
}

@test "init --config FILE and --account NAME say which file is written" {
    not_root true 2>/dev/null || skip "root can be nobody else here"
    no_account
    expect 0 init "$MIRROR" --config "$T/own/acme.yaml"
    grep -qF "$MIRROR" "$T/own/acme.yaml"
    equal "files at home" "$(find "$HOME" -mindepth 1 ! -name .gitconfig)" ""
    not_root "$IOKEEPER" init "$MIRROR" --account acme >"$T/out" 2>"$T/err"
    says "iokeeper --account acme sync"
    equal "files at home" "$(find "$HOME" -mindepth 1 -type f ! -name .gitconfig)" "$HOME/.config/iokeeper/acme.yaml"
    grep -qF acme.token "$HOME/.config/iokeeper/acme.yaml"
    expect 2 init "$MIRROR" --account ../acme
    says ../acme
}

# What a verb was asked for it prints with --quiet, too; of others' success nothing is heard.
@test "--quiet with each verb: success is silent but for what was asked for, an error is not" {
    local verb
    ready_account
    for verb in $(all_verbs); do
        tries 0 "$verb" --quiet
        equal "$verb complains" "$(<"$T/err")" ""
        case $verb in
        status | list | log | show | uses | used-by | help) [[ -s $T/out ]] ;;
        init | ack | doctor) ;;
        *) silent || { echo "$verb --quiet" >&2; return 1; } ;;
        esac
    done
    equal "lines of list --quiet" "$("$IOKEEPER" list -q | grep -c .)" "$("$IOKEEPER" list | grep -vc ' resources in ')"
    for verb in $(all_verbs); do
        if [[ $verb == help || $verb == init ]]; then continue; fi
        tries 2 "$verb" --quiet --config "$T/nowhere.yaml"
        equal "standard output" "$(<"$T/out")" ""
        says nowhere.yaml
    done
    expect 2 help --quiet nonsense
    says nonsense
    expect 2 init --quiet --account ../x "$MIRROR"
    says ../x
}

@test "--json with each verb: NDJSON that ends with a summary, on success and on failure" {
    local verb
    ready_account
    for verb in $(all_verbs); do
        if [[ $verb == help ]]; then continue; fi
        tries 0 "$verb" --json
        is_ndjson 0 || { echo "$verb --json" >&2; return 1; }
        if [[ $verb != run ]]; then equal "$verb complains" "$(<"$T/err")" ""; fi
    done
    for verb in $(all_verbs); do
        if [[ $verb == help || $verb == init ]]; then continue; fi
        tries 2 "$verb" --json --config "$T/nowhere.yaml"
        is_ndjson 2 || { echo "$verb --json" >&2; return 1; }
        contains "the error" "$(row summary .error)" nowhere.yaml
    done
    expect 2 help --json nonsense
    is_ndjson 2
    expect 2 init --json --account ../x "$MIRROR"
    is_ndjson 2
}

has_color() { grep -q $'\e\\[[0-9;]*m' "$T/out"; }

@test "--color and --no-pager with each verb" {
    local verb
    ready_account
    # shellcheck disable=SC2016 # the pager's shell expands it
    export IOKEEPER_PAGER='sh -c "echo paged; cat"'
    for verb in $(all_verbs); do
        tries 2 "$verb" --color sometimes
        says "auto, always, never"
        if [[ $verb == run ]]; then continue; fi
        tries 0 "$verb" --color auto
        not has_color
        tries 0 "$verb" --color always
        case $verb in
        list | log | show | diff | uses | used-by) has_color || { echo "$verb --color always" >&2; return 1; } ;;
        *) not has_color ;;
        esac
        if [[ $verb != help ]]; then
            tries 0 "$verb" --color always --json
            not has_color
        fi
        arguments_of "$verb"
        if [[ $verb == init ]]; then ARGUMENTS+=(--config "$T/init.yaml"); fi
        on_terminal 80 "$verb" "${ARGUMENTS[@]}" --color never --no-pager
        equal "exit code of $verb" "$TERMINAL_CODE" 0
        [[ -s $T/out ]]
        not has_color
        not grep -q '^paged' "$T/out"
        on_terminal 80 "$verb" "${ARGUMENTS[@]}" --color never
        case $verb in
        list | log | show | diff | uses | used-by | help) grep -q '^paged' "$T/out" ;;
        *) not grep -q '^paged' "$T/out" ;;
        esac
    done
}

@test "--verbose and --yes take nothing from what a verb prints" {
    local verb option
    ready_account
    for verb in status list show diff uses used-by ack check plan resume template help; do
        tries 0 "$verb"
        sort "$T/out" >"$T/plain"
        for option in --verbose --yes; do
            tries 0 "$verb" "$option"
            equal "what $verb $option leaves out" "$(sort "$T/out" | comm -23 "$T/plain" -)" ""
        done
        diff "$T/plain" <(sort "$T/out") >&2
    done
    for verb in init sync run doctor restore clone undo; do tries 0 "$verb" --verbose; done
    for verb in init sync run doctor restore clone; do tries 0 "$verb" --yes; done
    expect 0 log --verbose
    says '"Loud"'
    expect 0 sync --verbose
    says_like 'debug: [0-9]+ requests'
}

# answers TEXT ARGUMENT…: runs it on a terminal, where somebody types that; what is seen is in $T/out
answers() {
    local typed=$1 code=0
    shift
    TERM=dumb script -qec "$(printf '%q ' "$IOKEEPER" "$@")" /dev/null <<<"$typed" >"$T/out" 2>"$T/err" 3>&- || code=$?
    ANSWERED=$code
    judge "$code" "$code" "iokeeper $*"
}

@test "--yes answers what restore, clone, undo and resume ask; nothing else counts as a yes but y" {
    sim_start_small
    expect 0 sync
    HELD=$(head_of)
    local script wanted
    script=$(first scripts)
    wanted=$(get scripts "$script" .content)
    edit scripts "$script" '{"content":"return 1;"}'

    expect 2 restore --all --at "$HELD" </dev/null
    says --yes
    answers n restore --all --at "$HELD"
    equal "exit code of a no" "$ANSWERED" 2
    says "[y/N]"
    equal "writes" "$(writes)" 0
    answers y restore --all --at "$HELD"
    equal "exit code of a yes" "$ANSWERED" 0
    equal "restored" "$(get scripts "$script" .content)" "$wanted"

    answers n undo
    equal "exit code of a no" "$ANSWERED" 2
    equal "not undone" "$(get scripts "$script" .content)" "$wanted"
    answers n undo --yes
    says_not "[y/N]"
    equal "undone" "$(get scripts "$script" .content)" "return 1;"

    answers n clone "integration/$(first integrations)" --at "$HELD"
    equal "exit code of a no" "$ANSWERED" 2
    equal "integrations" "$(ids integrations | wc -l)" 2
    answers n clone "integration/$(first integrations)" --at "$HELD" --yes
    says_not "[y/N]"
    equal "integrations" "$(ids integrations | wc -l)" 3

    stop_at_write 1 KILL restore "script/$script" --at "$HELD" --yes
    expect 2 resume </dev/null
    answers n resume
    says "[y/N]"
    equal "exit code of a no" "$ANSWERED" 2
    equal "not resumed" "$(get scripts "$script" .content)" "return 1;"
    answers n resume --yes
    says_not "[y/N]"
    equal "resumed" "$(get scripts "$script" .content)" "$wanted"
}

# ---- what was once promised and not kept ----

@test "clone --prune without a map leaves the original alone" {
    live_account
    local integration
    integration=$(first integrations)
    get flows "$(first flows)" "._id = \"de1f00000000000000000001\" | ._integrationId = \"$integration\" | .disabled = true" \
        >"$T/flow.json"
    admin POST '/flows?touch=1' "@$T/flow.json"
    clones "integration/$integration" --at "$HELD" --prune --yes
    equal "deleted" "$(stat_of '.by_method.DELETE // 0')" 0
    ids flows >"$T/flows"
    grep -Fxq de1f00000000000000000001 "$T/flows"
    clones --all --at "$HELD" --prune --yes
    equal "deleted" "$(stat_of '.by_method.DELETE // 0')" 0
}

@test "clone --enable-flows enables at the end what the commit has enabled" {
    live_account
    local integration
    integration=$(first integrations)
    clones "integration/$integration" --at "$HELD" --map "$MAP" --enable-flows --yes
    [[ $(admin GET /state | jq --arg i "$(copy_of integrations "$integration")" \
        '[.flows[] | select(._integrationId == $i and (.disabled | not))] | length') -gt 0 ]]
}

@test "clone takes no --plan: a plan is a restore's" {
    sim_start_small
    expect 0 sync
    HELD=$(head_of)
    edit scripts "$(first scripts)" '{"content":"return 1;\n"}'
    expect 0 plan --all --at "$HELD" --output "$T/plan"
    expect 2 clone --plan "$T/plan" --yes
    says "clone takes no --plan"
}

@test "--quiet does not hide why nothing is done" {
    name_is_taken
    expect 2 plan "integration/$LOST" --at "$HELD" --quiet
    says "$OTHER"
    expect 2 restore "integration/$LOST" --at "$HELD" --quiet --yes
    says "$OTHER"
}

@test "--quiet prints nothing where nothing was to be done, and without it what is left to do is said once" {
    live_account
    local flow
    flow=$(first flows '(.disabled | not) and .schedule')
    edit flows "$flow" '{"disabled":true}'
    expect 0 restore "flow/$flow" --at "$HELD" --yes
    equal "times" "$(grep -c 'enable flow' "$T/out")" 1
    expect 0 restore "flow/$flow" --at "$HELD" --yes --quiet
    silent
}

@test "init, ack and doctor are silent with --quiet where all is well" {
    local verb
    ready_account
    for verb in init ack doctor; do
        tries 0 "$verb" --quiet
        silent
    done
}

@test "--help behind a verb's own options shows its page" {
    local verb
    no_account
    for verb in show plan restore clone template; do
        expect 0 help "$verb"
        cp "$T/out" "$T/page"
        arguments_of "$verb"
        expect 0 "$verb" "${ARGUMENTS[@]}" --at HEAD --help
        diff "$T/page" "$T/out" >&2
    done
}

@test "help --json is NDJSON, too" {
    expect 0 help --json
    is_ndjson 0
    expect 0 help sync --json
    is_ndjson 0
}

@test "of an option that is none the nearest is named" {
    expect 2 list --deletd
    says '"--deleted"'
    expect 2 restore --all --with-dependancies
    says '"--with-dependencies"'
    expect 2 sync --jsn
    says '"--json"'
    expect 2 sync --xyzzy-plugh
    says_not "did you mean"
}

@test "among short options in one word the wrong one is named" {
    expect 2 -xq sync
    says '"-x"'
    says_not "$IOKEEPER"
}

@test "what stands behind an option is its value, though it looks like another option" {
    made_mirror
    expect 0 log --grep --json
    equal "output" "$(<"$T/out")" "no commit of that sort"
}

