#!/usr/bin/env bash
# Plays the examples of README.md, docs/*.md and the simulator's README.md, and keeps them true.
#
#   BUILD=dir tests/docs/play.sh            prints what is played
#   BUILD=dir tests/docs/play.sh --check    compares it with the documents; exit 1, with a diff, where one is behind
#   BUILD=dir tests/docs/play.sh --write    brings the documents up to date
#
# What stands in a document between "<!-- play.sh: NAME -->" and "<!-- end -->" is the block of that name: what `run` has
# typed, and what came of it. A block below "<!-- played: NAME -->" is the document's own: some scenario takes its text
# (`block DOCUMENT NAME`) and lives by it; a command of it that fails is a failure. The scenarios of a document are in the
# file that is called after it (those of several short ones in operations.bash), and what they share in world.bash.
# shellcheck disable=SC2034,SC2154 # variables that the parts use, and those they make
set -Eeuo pipefail
shopt -s nullglob

mode=${1:---print}
here=$(realpath "$(dirname "$0")")
root=$(realpath "$here/../..")
build=$(realpath "${BUILD:-build}")
world=$(mktemp -d)
documents=()
scenarios=()
# shellcheck source=/dev/null
for part in world readme review restore mirror operations simulator; do source "$here/$part.bash"; done

trap cleanup EXIT
trap 'echo "$0: ${scenario:-}: this has failed: $BASH_COMMAND" >&2' ERR
trap 'exit 130' INT
trap 'exit 143' TERM

# assemble DOCUMENT: with the blocks as they are now. The fence and its indentation are the document's.
assemble() {
    awk -v blocks="$blocks" '
        /^ *<!-- play\.sh: [a-z-]+ -->$/ {
            match($0, /^ */)
            indent = substr($0, 1, RLENGTH)
            path = blocks "/" $3
            print
            if ((getline fence) <= 0 || fence !~ /^ *```/) { print "no fence below " $0 >"/dev/stderr"; exit 1 }
            print fence
            while ((got = (getline line < path)) > 0) print (line == "" ? "" : indent) line
            if (got < 0) { print "no block " path >"/dev/stderr"; exit 1 }
            print indent "```"
            inside = 1
        }
        /^ *<!-- end -->$/ { inside = 0 }
        !inside' "$root/$1" >"$world/${1##*/}"
}

compare() {
    local name document wrong=0
    for name in "$blocks"/*; do
        grep -qE "^ *<!-- play\.sh: ${name##*/} -->$" "${documents[@]/#/$root/}" && continue
        echo "no document has a block ${name##*/}" >&2
        wrong=1
    done
    for document in "${documents[@]}"; do
        diff -u --label "$document" --label "as it is" "$root/$document" "$world/${document##*/}" || wrong=1
    done
    return $wrong
}

mkdir "$blocks" "$world/raw"
for scenario in "${scenarios[@]}"; do
    "$scenario"
    settle
done
case $mode in
--print) tail -n +1 "$blocks"/* ;;
--write)
    for document in "${documents[@]}"; do
        assemble "$document"
        cp "$world/${document##*/}" "$root/$document"
    done
    ;;
--check)
    for document in "${documents[@]}"; do assemble "$document"; done
    compare
    ;;
*)
    echo "usage: $0 [--check | --write]" >&2
    exit 2
    ;;
esac
