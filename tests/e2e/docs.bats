#!/usr/bin/env bats
# The examples of the documents are what the program prints, and their commands such as it takes.

bats_require_minimum_version 1.5.0
load small

setup() {
    cd "$BATS_TEST_DIRNAME/../.." || return 1
    IOKEEPER=$(realpath "${BUILD:-build}")/iokeeper
    T=$BATS_TEST_TMPDIR
}

@test "the documents show what the program does" {
    tests/docs/play.sh --check 3>&-
}

@test "README.md shows what make demo prints, abridged" {
    mkdir "$T/build"
    ln -s "$IOKEEPER" "$(dirname "$IOKEEPER")/simulator" "$T/build/"
    BUILD=$T/build tests/demo/demo.sh >"$T/printed" 3>&- 4>&-
    tests/docs/abridged.py README.md 0 "$T/printed"
}

# The commands of a document, a line each: of its blocks, without prompts, comments and what follows in a pipe.
commands_of() {
    # shellcheck disable=SC2016 # backquotes of Markdown
    sed -n '/^```\(console\|sh\)$/,/^```$/p' "$1" | sed -nE 's/^(\$ )?(sudo )?(iokeeper .*)$/\3/p' |
        sed -E 's/ +# .*//; s/ *(\||>|;|&&|\)).*//' | grep -vE '^iokeeper( --?[a-z]+)* (init|run)\b|…'
}

@test "each command of a document is one that the program takes" {
    local document line words n=0
    : >"$T/no-mirror"
    export HOME=$T IOKEEPER_API_URL=http://127.0.0.1:1/v1 IOKEEPER_TOKEN=no-token-is-needed IOKEEPER_MIRROR=$T/no-mirror
    for document in README.md docs/*.md; do
        while IFS= read -r line; do
            eval "words=($line)"
            run timeout 5 "$IOKEEPER" "${words[@]:1}" </dev/null
            not grep -E "takes no|no option|no value|usage:|no verb" <<<"$output"
            n=$((n + 1))
        done < <(commands_of "$document")
    done
    [[ $n -gt 40 ]]
}
