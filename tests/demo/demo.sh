#!/usr/bin/env bash
# make demo: mirrors a simulated account, lets it change, mirrors it again, and shows the history with plain git.
#
#   BUILD=dir tests/demo/demo.sh        the mirror stays in $BUILD/demo/mirror
set -euo pipefail

build=$(realpath "${BUILD:-build}")
demo=$build/demo
simulator=
bold=''
plain=''
if [[ -t 1 ]]; then
    bold=$'\e[1m'
    plain=$'\e[0m'
fi

cleanup() {
    if [[ -n $simulator ]]; then
        kill "$simulator" 2>/dev/null || true
        wait "$simulator" 2>/dev/null || true
    fi
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf '\n%s# %s%s\n' "$bold" "$*" "$plain"; }

# run LINES COMMAND…: like a person at a terminal; shows the first LINES of what the command prints.
run() {
    local lines=$1 code=0
    shift
    printf '%s$ %s%s\n' "$bold" "$*" "$plain"
    "$@" >"$demo/output" || code=$?
    head -n "$lines" "$demo/output"
    if (($(wc -l <"$demo/output") > lines)); then echo "[…]"; fi
    if ((code)); then echo "[exit code $code]"; fi
}

iokeeper() { "$build/iokeeper" "$@"; }

# admin METHOD PATH [BODY]: what others do to the account, or to the server.
admin() { curl -sS --fail -o "$demo/answer" -X "$1" "$url/_admin$2" --data-binary "${3:-}"; }

# Neither the settings nor the secrets of the person at the terminal are to matter.
for name in "${!GIT_@}" "${!IOKEEPER_@}" "${!XDG_@}"; do unset "$name"; done
export HOME=$demo GIT_CONFIG_NOSYSTEM=1 GIT_PAGER=cat LC_ALL=C.UTF-8

rm -rf "$demo"
mkdir -p "$demo"
git config --global core.quotePath false

"$build/simulator" --port 0 --port-file "$demo/port" --profile live --seed 7 --latency 20 --integrations 40 --flows 10 \
    --exports 20 --imports 20 --connections 30 >"$demo/simulator.log" 2>&1 &
simulator=$!
until [[ -s $demo/port ]]; do
    kill -0 "$simulator" 2>/dev/null || { cat "$demo/simulator.log" >&2; exit 1; }
    sleep 0.05
done
[[ -t 2 ]] || exec 2>&1
url=http://127.0.0.1:$(<"$demo/port")

say "A simulated account: 40 integrations, each with 10 flows, 20 exports and 20 imports; 30 connections, scripts and more."
run 0 export IOKEEPER_API_URL="$url/v1" IOKEEPER_TOKEN=sim-token IOKEEPER_MIRROR="$demo/mirror"
run 5 iokeeper sync
[[ -d $demo/mirror/integrations ]] || exit 1

say "It is a git repository now, with a file for each resource."
run 0 cd "$demo/mirror"
run 4 ls integrations
folder=$(echo integrations/salesforce-to-zendesk-*)
run 9 ls "$folder"
run 3 ls "$folder/exports"

say "Alice changes one field of an export, colleagues change other things. Another cycle."
file=$(git ls-files "$folder/exports" | head -n 1)
id=${file##*--}
admin PATCH "/exports/${id%.yaml}?touch=1&user=alice@example.com" '{"pageSize":50}'
admin POST '/mutate?seed=2&edits=5&adds=1&deletes=1'
run 5 iokeeper sync
run 9 git log --format='%h %an, %ad: %s' --date=short
run 14 git show --stat=100 --format='%an <%ae>%n%n%B'

say "What Alice did, and since when each line is as it is."
run 30 git log -1 --oneline -p -U1 -- "$file"
run 5 git blame -L /^pageSize/,+1 -- "$file"

say "The server will not list this integration's exports. They stay as they were; everything else goes on."
admin POST /faults '[{"path":"/v1/exports","do":"status","status":403},
    {"path":"/v1/integrations/'"${folder##*--}"'/exports","do":"status","status":403}]'
admin PATCH "/exports/${id%.yaml}?touch=1&user=bob@example.com" '{"pageSize":20}'
admin POST '/mutate?seed=4&edits=4'
run 5 iokeeper sync
run 24 git log -1 --format=%B

say "All is well again: the next cycle brings what was missed."
admin DELETE /faults
run 5 iokeeper sync
run 24 iokeeper status
run 6 git log --format='%h %an: %s'

say "The mirror stays in ${demo#"$OLDPWD/"}/mirror: look around with git."
