#!/usr/bin/env bats
# Completions of kinds, names and ids from the mirror, in real shells; and the schema of the configuration.
load helpers
load made

setup_more() {
    mkdir -p "$T/bin"
    ln -s "$IOKEEPER" "$T/bin/iokeeper"
    export PATH=$T/bin:$PATH
    iokeeper manual completion.bash >"$T/completion.bash"
    iokeeper manual completion.fish >"$T/completion.fish"
    iokeeper manual completion.zsh >"$T/completion.zsh"
}

# in_bash WORD…: what bash would offer for the last one
in_bash() {
    # shellcheck disable=SC2016 # bash expands it
    bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _iokeeper; printf "%s\n" "${COMPREPLY[@]}"' _ \
        "$T/completion.bash" iokeeper "$@"
}

@test "complete: kinds, names by kind or without, ids" {
    made_mirror
    equal "kinds" "$(iokeeper complete fl)" "flow/"
    equal "names of a kind" "$(iokeeper complete flow/O)" "flow/Orders to NetSuite (daily)"
    equal "names" "$(iokeeper complete "Orders to")" "Orders to NetSuite (daily)"
    equal "ids" "$(iokeeper complete "${F2:0:23}")" "$(printf '%s\n' "$F2")"
    equal "all of a kind" "$(iokeeper complete connection/)" $'connection/NetSuite\nconnection/Shop'
    equal "nothing" "$(iokeeper complete zzz)" ""
    contains "of nothing, kinds" "$(iokeeper complete)" "integration/"
}

@test "complete: without a mirror it ends with a failure that shells hide" {
    made_mirror
    rm -rf "$MIRROR"
    equal "bash" "$(in_bash show flow/ 2>&1)" ""
}

@test "bash completes names with spaces, quotes, dollars and colons as one word" {
    made_mirror
    # shellcheck disable=SC2016 # it is not to be expanded here
    printf '_id: e1\nname: "It'"'"'s $(touch owned) a:b"\n' | doc "$ORDERS/imports/it-s-touch-owned-a-b--e1.yaml"
    printf '_id: e2\nname: "line\\nbreak"\n' | doc "$ORDERS/imports/line-break--e2.yaml"
    as Alice 2026-02-01T00:00:00Z "evil"
    local word
    word=$(in_bash show "import/It")
    eval "set -- $word"
    equal "words" "$#" 1
    equal "the word" "$1" "import/It's \$(touch owned) a:b"
    iokeeper show "$1" >"$T/out"
    equal "half typed, with backslashes" "$(in_bash show 'flow/Orders\ to')" "flow/Orders\\ to\\ NetSuite\\ \\(daily\\)"
    equal "in quotes" "$(in_bash show "'flow/Orders to")" "flow/Orders to NetSuite (daily)"
    not grep -q break <(in_bash show import/line)
    [[ ! -e $T/owned ]]
}

@test "bash: kinds for list, words of options, verbs for help" {
    made_mirror
    equal "list" "$(in_bash list conn)" connections
    equal "--color" "$(in_bash list --color a)" $'auto\nalways'
    equal "--kind" "$(in_bash log --kind scr)" scripts
    equal "help" "$(in_bash help used)" used-by
    equal "options are offered, and no resources" "$(in_bash show --at)" --at
}

@test "bash: another configuration's mirror is asked for what it holds" {
    made_mirror
    mkdir -p "$HOME/.config/iokeeper"
    printf 'mirror:\n  path: %s\n' "$MIRROR" >"$T/other.yaml"
    unset IOKEEPER_MIRROR IOKEEPER_TOKEN IOKEEPER_API_URL
    equal "names" "$(in_bash --config "$T/other.yaml" show flow/Pa)" flow/Pay
}

@test "fish and zsh" {
    made_mirror
    contains "fish" "$(fish -c "source $T/completion.fish; complete -C 'iokeeper show flow/P'" 2>&1)" flow/Pay
    contains "fish, kinds" "$(fish -c "source $T/completion.fish; complete -C 'iokeeper list conn'" 2>&1)" connections
    zsh -n "$T/completion.zsh"
    # The function as zsh would call it, with what it hands to compadd told instead of offered.
    cat >"$T/try.zsh" <<'ZSH'
compadd() { print -l -- "${@:2}" }
_arguments() { : }
words=(iokeeper show flow/P) CURRENT=3 PREFIX=flow/P
source $1
_iokeeper_arguments
ZSH
    equal "zsh" "$(zsh -f "$T/try.zsh" "$T/completion.zsh")" flow/Pay
}

@test "5,000 resources: only those whose names may fit are read" {
    made_mirror
    many_scripts 5000
    as Alice 2026-02-01T00:00:00Z "many"
    equal "names" "$(iokeeper complete 'script/Script 4999')" "script/Script 4999"
    ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=openat,pread64,read -o "$T/strace" iokeeper complete 'script/Script 4999' >/dev/null
    [[ $(grep -c 'objects/' "$T/strace") -lt 60 ]]
}

@test "schema: the example configuration fits it, mistakes do not" {
    iokeeper manual schema.json >"$T/schema.json"
    iokeeper manual example >"$T/example.yaml"
    cat >"$T/validate.py" <<'PY'
import json, sys, yaml, jsonschema
schema = json.load(open(sys.argv[1], encoding="utf-8"))
jsonschema.Draft7Validator.check_schema(schema)
jsonschema.validate(yaml.safe_load(open(sys.argv[2], encoding="utf-8")), schema)
PY
    /usr/bin/python3 "$T/validate.py" "$T/schema.json" "$T/example.yaml"
    local mistake
    for mistake in 'api: {concurency: 8}' 'api: {concurrency: 0}' 'api: {concurrency: many}' 'api: {lists: all}' 'apis: {}' \
        'schedule: {every: 15 minutes}' 'mirror: {include: x}'; do
        echo "$mistake" >"$T/wrong.yaml"
        not /usr/bin/python3 "$T/validate.py" "$T/schema.json" "$T/wrong.yaml" 2>/dev/null
        sed 's,^,,' "$T/wrong.yaml" >"$T/config.yaml"
        IOKEEPER_TOKEN=$TOKEN expect 2 --config "$T/config.yaml" status
    done
}

# typed SHELL LINE…: typed on a terminal, with \t for the tab key; what was seen there is in $T/typed
typed() {
    local shell=$1
    shift
    timeout 180 /usr/bin/python3 "$BATS_TEST_DIRNAME/tab.py" "$shell" "$T/completion.$shell" "$@" >"$T/typed" 3>&-
}

@test "typed into bash, zsh and fish: verbs, options, kinds, names, commits" {
    made_mirror
    g tag release-1 HEAD~3
    g branch rescued/2026 HEAD~1
    local shell
    for shell in bash zsh fish; do
        echo "in $shell"
        typed "$shell" 'iokeeper show connection/Sh\t' 'iokeeper show flow/Orders\t' 'iokeeper sho\tflow/Pa\t --at rel\t' \
            'iokeeper list conn\t'
        contains "a connection" "$(<"$T/typed")" "_id: $C1"
        contains "a name with spaces and parentheses" "$(<"$T/typed")" "_id: $F1B"
        contains "a verb, an option and a tag" "$(<"$T/typed")" "_id: $F2"
        contains "a kind" "$(<"$T/typed")" "2 connections in"
    done
}

# shellcheck disable=SC2016 # it is not to be expanded here
@test "commits: branches and tags, where a commit is asked for, and only there" {
    made_mirror
    g tag release-1 HEAD~3
    g tag 'odd"$(touch)' HEAD~3
    g branch rescued/2026 HEAD~1
    equal "all" "$(iokeeper complete-when)" $'main\nodd"$(touch)\nrelease-1\nrescued/2026'
    equal "a beginning" "$(iokeeper complete-when re)" $'release-1\nrescued/2026'
    equal "bash, --at" "$(in_bash show flow/Pay --at rel)" release-1
    equal "bash, --from" "$(in_bash diff --from res)" rescued/2026
    equal "bash, --to of diff" "$(in_bash diff --to ma)" main
    equal "bash, --to of clone is a file" "$(cd "$T" && in_bash clone --to completion.b)" completion.bash
    contains "bash, quoted" "$(in_bash show --at odd)" '\$\(touch'
    contains "fish" "$(fish -c "source $T/completion.fish; complete -C 'iokeeper show flow/Pay --at rel'")" release-1
}
