#!/usr/bin/env bash
# make demo: mirrors a made-up account twice, with changes between, and shows its history with plain git.
#
#   BUILD=dir tests/demo/demo.sh        the mirror stays in $BUILD/demo/mirror
set -euo pipefail

build=$(realpath "${BUILD:-build}")
folder=$build/demo
mirror=$folder/mirror
shown=${mirror#"$PWD/"}
simulator=

bold='' plain=''
if [[ -t 1 ]]; then bold=$'\e[1m' plain=$'\e[0m'; fi

cleanup() {
    [[ -z $simulator ]] || { kill "$simulator" && wait "$simulator"; } 2>/dev/null || true
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf '\n%s# %s%s\n' "$bold" "$*" "$plain"; }

# run LINES COMMAND…: shows the command and the first LINES lines of what it prints.
run() {
    local lines=$1 code=0
    shift
    printf '%s$ %s%s\n' "$bold" "$*" "$plain"
    "$@" >"$folder/output" || code=$?
    head -n "$lines" "$folder/output"
    if (($(wc -l <"$folder/output") > lines)); then echo "…"; fi
    if ((code)); then echo "(exit code $code)"; fi
}

# As commands of a session: iokeeper and git in the mirror.
iokeeper() { "$build/iokeeper" "$@"; }
admin() { curl -sS --fail -X POST "$url/_admin/$1" "${@:2}" >/dev/null; }

rm -rf "$folder"
mkdir -p "$folder"
export HOME=$folder GIT_CONFIG_NOSYSTEM=1 GIT_PAGER=cat LC_ALL=C.UTF-8
unset "${!XDG_@}" "${!IOKEEPER_@}" "${!GIT_DIR@}" "${!GIT_WORK_TREE@}"

"$build/simulator" --port 0 --port-file "$folder/port" --seed 7 --latency 20 --connections 30 \
    --integrations 40 --flows 10 --exports 20 --imports 20 >"$folder/simulator" 2>&1 &
simulator=$!
until [[ -s $folder/port ]]; do
    kill -0 "$simulator" 2>/dev/null || { cat "$folder/simulator" >&2; exit 1; }
    sleep 0.05
done
url=http://127.0.0.1:$(<"$folder/port")
export IOKEEPER_API_URL=$url/v1 IOKEEPER_TOKEN=sim-token IOKEEPER_MIRROR=$mirror

say "An account of 40 integrations: each 10 flows, 20 exports, 20 imports. The first cycle mirrors it all."
run 10 iokeeper sync
run 10 git -C "$shown" log --oneline

say "Five colleagues work in it for a while. The second cycle."
admin 'mutate?seed=3&edits=12&adds=2&deletes=1'
run 10 iokeeper sync

say "Nothing happens. The third cycle."
run 10 iokeeper sync

say "One list fails for good: what it holds stays as it was, the rest goes on."
admin faults -d '{"path":"/v1/exports","do":"status","status":403}'
admin 'mutate?seed=4&edits=6'
run 10 iokeeper sync
