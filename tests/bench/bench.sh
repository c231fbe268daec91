#!/usr/bin/env bash
# bench.sh: what a mirror costs, beside what fetching and writing the same bytes costs with the best plain tools, and
# beside the script that one would write by hand. Prints a table; never fails because of a figure.
#
#   BUILD=dir ROUNDS=3 tests/bench/bench.sh       (make bench)
#
# Everything is measured in the same run, in turns, and compared as medians: absolute figures depend on the machine
# and on what else it does, ratios hardly. Nothing is deleted before the end: ext4 makes new files slowly for some
# seconds after old ones were deleted.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${BUILD:-build}" && pwd)
rounds=${ROUNDS:-3}
integrations=${INTEGRATIONS:-200}
token=sim-token
concurrency=8

work=$(mktemp -d "${TMPDIR:-/tmp}/iokeeper-bench.XXXXXX")
table=$work/table
simulators=()

cleanup() {
    if ((${#simulators[@]})); then
        kill "${simulators[@]}" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap cleanup EXIT

say() { printf '%s\n' "$*" >&2; }

# measure LABEL COMMAND…: what it says goes to a file that is shown if it fails.
measure() {
    local label=$1
    if ! "$here/measure.py" "$table" "$@" >"$work/output" 2>&1; then
        say "bench: $label failed:"
        tail -n 20 "$work/output" >&2
    fi
}

# simulator NAME [OPTION…]: starts one; its port is then in ports[NAME].
declare -A ports
simulator() {
    local name=$1
    shift
    "$build/simulator" --port 0 --port-file "$work/$name.port" --token "$token" --seed 7 \
        --integrations "$integrations" --flows 10 --exports 20 --imports 20 --connections 100 "$@" \
        >"$work/$name.log" 2>&1 &
    simulators+=($!)
    for _ in $(seq 300); do
        if [[ -s $work/$name.port ]]; then
            ports[$name]=$(<"$work/$name.port")
            return
        fi
        sleep 0.1
    done
    say "bench: the simulator does not start"
    tail -n 5 "$work/$name.log" >&2
    exit 1
}

# configure NAME SIMULATOR LISTS RATE: writes NAME.yaml, for a mirror that MIRROR names on each call.
configure() {
    cat >"$work/$1.yaml" <<END
api:
  url: http://127.0.0.1:${ports[$2]}/v1
  lists: $3
  rate: $4
  concurrency: $concurrency
mirror:
  path: $work/unused
END
}

# ours LABEL NAME MIRROR: one sync.
ours() {
    IOKEEPER_TOKEN=$token IOKEEPER_MIRROR=$work/$3 measure "$1" "$build/iokeeper" --config "$work/$2.yaml" -q sync
}

# urls NAME SIMULATOR: what that simulator was asked since the last call, as a configuration of curl's that fetches the
# same to nowhere.
urls() {
    local base=http://127.0.0.1:${ports[$2]}
    printf 'header = "Authorization: Bearer %s"\nheader = "Accept: application/json"\nsilent\nshow-error\nfail\n' \
        "$token" >"$work/$1.curl"
    curl -s "$base/_admin/log" | jq -r --arg base "$base" \
        'select(.status == 200) | "url = \"\($base)\(.path)\"\noutput = \"/dev/null\""' >>"$work/$1.curl"
    curl -s -X DELETE "$base/_admin/stats" >"$work/output"
}

# fetch LABEL NAME PARALLEL: the URLs of NAME with curl, kept alive; 1 is one after the other.
fetch() {
    local how=(--parallel --parallel-max "$3")
    if (($3 == 1)); then
        how=()
    fi
    measure "$1" curl -K "$work/$2.curl" "${how[@]}"
}

# unchanged_mirror NAME MIRROR: says whether the second sync left everything as it was.
unchanged_mirror() {
    local written commits
    written=$(find "$work/$2" -path "$work/$2/.git" -prune -o -newer "$work/$2.marker" -print | wc -l)
    commits=$(git -C "$work/$2" rev-list --count HEAD || echo 0)
    if ((written == 0 && commits == 1)); then
        return
    fi
    echo "the second sync ($1) wrote $written files and made $((commits - 1)) commits" >>"$work/wrong"
}

# A cold sync into a fresh path, then one of the unchanged account.
cold_and_unchanged() {
    local name=$1 round=$2
    ours "cold $name" "$name" "$name.$round"
    touch "$work/$name.$round.marker"
    ours "unchanged $name" "$name" "$name.$round"
    unchanged_mirror "$name" "$name.$round"
}

# The files of a mirror as a stream, into a new repository; then its working tree. Twice: glibc gives memory back to the
# system after each object, and takes it again for the next; told not to, fast-import needs a fraction of the time.
import() {
    local repository=$work/import.$1
    git init -q -b main "$repository"
    measure "fast-import" git -C "$repository" fast-import --quiet <"$work/stream"
    measure "checkout" git -C "$repository" reset -q --hard
    git init -q -b main "$repository.tuned"
    MALLOC_TRIM_THRESHOLD_=$((256 << 20)) measure "fast-import, tuned" \
        git -C "$repository.tuned" fast-import --quiet <"$work/stream"
}

# ---- set up ----

simulator plain
simulator sublists --no-account-lists
simulator slow --latency 50
configure auto plain auto 10000
configure integration plain integration 10000
configure no-account-lists sublists auto 10000
configure default-rate plain auto 200
configure latency slow auto 10000

say "bench: warming up"
for name in auto integration; do
    IOKEEPER_TOKEN=$token IOKEEPER_MIRROR=$work/warm.$name "$build/iokeeper" --config "$work/$name.yaml" -q sync
    urls "$name" plain
done
IOKEEPER_TOKEN=$token IOKEEPER_MIRROR=$work/warm.no-account-lists "$build/iokeeper" \
    --config "$work/no-account-lists.yaml" -q sync
urls no-account-lists sublists
git -C "$work/warm.auto" fast-export HEAD >"$work/stream"

# ---- in turns ----

for round in $(seq "$rounds"); do
    say "bench: round $round of $rounds"
    for name in auto integration no-account-lists; do
        for parallel in 1 2 $concurrency 32; do
            fetch "curl $name, $parallel at once" "$name" "$parallel"
        done
        cold_and_unchanged "$name" "$round"
    done
    import "$round"
done

say "bench: once: the default rate, a far server, the script by hand (which takes a while)"
ours "cold default-rate" default-rate default-rate
ours "cold latency" latency latency
urls latency slow
ours "unchanged latency" latency latency
fetch "curl latency" latency "$concurrency"
if [[ ${BY_HAND:-1} == 1 ]]; then
    measure "by hand" "$here/by_hand.sh" "http://127.0.0.1:${ports[plain]}/v1" "$token" "$work/hand"
fi

# ---- what came out ----

{
    echo "files	$(git -C "$work/warm.auto" ls-files | wc -l)"
    echo "bytes	$(git -C "$work/warm.auto" ls-files -z | (cd "$work/warm.auto" && xargs -0 cat) | wc -c)"
    echo "requests	$(grep -c '^url' "$work/auto.curl")"
    echo "requests of lists: integration	$(grep -c '^url' "$work/integration.curl")"
} >"$work/facts"
touch "$work/wrong"
"$here/report.py" "$table" "$work/facts" "$work/wrong"

# ---- the live service ----

kill "${simulators[@]}" 2>/dev/null || true
simulators=()
echo
"$here/live.py" "$build" "$integrations"
"$here/restore.py" "$build"

# ---- looking back ----

echo
"$here/history.py" "$build"
