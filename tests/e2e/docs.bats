#!/usr/bin/env bats
# The examples of the documents are what the program prints, and their commands such as it takes.
# shellcheck disable=SC2016 # backquotes of Markdown

bats_require_minimum_version 1.5.0
load small

setup() {
    cd "$BATS_TEST_DIRNAME/../.." || return 1
    IOKEEPER=$(realpath "${BUILD:-build}")/iokeeper
    [[ -x $IOKEEPER ]] || { echo "no $IOKEEPER: run make first" >&2; return 1; }
    T=$BATS_TEST_TMPDIR
}

# block DOCUMENT NAME: a block of a document
block() { tests/docs/block "$1" "$2"; }

# type_in DOCUMENT NAME: its commands are typed in, where BUILD is a copy of what is built: nothing has to be built again.
type_in() {
    mkdir -p "$T/build/tests"
    cp -a "$(dirname "$IOKEEPER")"/{iokeeper,simulator} "$T/build/"
    cp -a "$(dirname "$IOKEEPER")/src" "$T/build/" 2>/dev/null || true
    cp -a "$(dirname "$IOKEEPER")/tests/simulator" "$T/build/tests/" 2>/dev/null || true
    unset MAKEFLAGS MAKELEVEL MFLAGS
    sudo() { "$@"; }
    export -f sudo
    BUILD=$T/build bash -euo pipefail <(block "$1" "$2") 3>&- 4>&-
}

@test "the documents show what the program does" {
    tests/docs/play.sh --check 3>&-
}

@test "make demo prints what README.md shows, abridged, and its mirror looks as the documents say" {
    type_in README.md make-demo >"$T/printed"
    tests/docs/abridged.py <(block README.md demo) "$T/printed"
    git -C "$T/build/demo/mirror" -c core.quotePath=false ls-files >"$T/files"
    tests/docs/figure.py <(block README.md tree) <"$T/files"
    echo account/idmap.yaml >>"$T/files" # nothing has been created again there
    tests/docs/figure.py <(block docs/MIRROR.md layout) <"$T/files"
    block README.md document | diff - "$T/build/demo/mirror/$(sed -nE 's/^`(account.*\.yaml)`:$/\1/p' README.md)"
}

@test "make install does what README.md says" {
    export DESTDIR=$T/root
    type_in README.md install
    equal version "$("$T/root/usr/local/bin/iokeeper" --version)" "$("$IOKEEPER" --version)"
}

@test "the modules that docs/ARCHITECTURE.md shows are there" {
    local line floor='' word
    while IFS= read -r line; do
        if [[ $line =~ ^[a-z]+ ]]; then floor=${BASH_REMATCH[0]} line=${line#"${BASH_REMATCH[0]}"}; fi
        for word in $(tr -c 'a-z0-9_*\n' ' ' <<<"${line/: verbs and options/}"); do
            compgen -G "src/$floor/$word.[ch]" || compgen -G "src/$floor/*_$word.c" || { echo "no $word in src/$floor" >&2; return 1; }
        done >/dev/null
    done < <(block docs/ARCHITECTURE.md floors)
}

# The blocks of a document, a line each: what stands above, and the first line (between them what no text has).
blocks_of() {
    awk '
        begun { print above "\037" $0 }
        { begun = 0 }
        /^ *```/ { inside = !inside; begun = inside; above = last; sub(/^ */, "", above) }
        { last = $0 }' "$1"
}

@test "each block of each document is played, or is named with its reason" {
    local document above first name unplayed=0
    for document in README.md docs/*.md tests/simulator/README.md; do
        while IFS=$'\037' read -r above first; do
            case $above in
            '<!-- play.sh: '*) grep -qxF "documents+=($document)" tests/docs/*.bash ;;
            '<!-- played: '*)
                name=${above#*: }
                grep -qE "\b(block|type_in) $document ${name% -->}\b" tests/docs/*.bash tests/e2e/docs.bats tests/systemd/inside.bats
                ;;
            *) grep -qF "$document | $first | " tests/docs/unplayed && unplayed=$((unplayed + 1)) ;;
            esac || { echo "$document: nothing plays the block that begins with: $first" >&2; return 1; }
        done < <(blocks_of "$document")
    done
    equal "blocks that nothing plays" "$unplayed" "$(grep -vc '^#' tests/docs/unplayed)"
}

# The commands of a document, a line each: of its blocks, without prompts, comments and what follows in a pipe.
commands_of() {
    sed -n '/^```\(console\|sh\)$/,/^```$/p' "$1" | sed -nE 's/^(\$ )?(sudo )?(iokeeper .*)$/\3/p' |
        sed -E 's/ +# .*//; s/ *(\||>|;|&&|\)).*//' | grep -vE '^iokeeper( --?[a-z]+)* (init|run)\b|…'
}

@test "each command of a document is one that the program takes" {
    local document line words n=0
    : >"$T/no-mirror"
    export HOME=$T IOKEEPER_API_URL=http://127.0.0.1:1/v1 IOKEEPER_TOKEN=no-token-is-needed IOKEEPER_MIRROR=$T/no-mirror
    for document in README.md docs/*.md tests/simulator/README.md; do
        while IFS= read -r line; do
            eval "words=($line)"
            run timeout 5 "$IOKEEPER" "${words[@]:1}" </dev/null
            not grep -E "takes no|no option|no value|usage:|no verb" <<<"$output"
            n=$((n + 1))
        done < <(commands_of "$document")
    done
    [[ $n -gt 40 ]]
}
