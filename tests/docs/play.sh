#!/usr/bin/env bash
# Plays the examples of docs/*.md against the simulator, and keeps them true.
#
#   BUILD=dir tests/docs/play.sh            prints what is played
#   BUILD=dir tests/docs/play.sh --check    compares it with the documents; exit 1, with a diff, where one is behind
#   BUILD=dir tests/docs/play.sh --write    brings the documents up to date
#
# What stands in a document between "<!-- play.sh: NAME -->" and "<!-- end -->" is the block of that name. Times,
# commits, ports, folders and ids that the server gives differ from run to run; stand_ins puts the same ones in their place.
# shellcheck disable=SC2016 # what `run` is given is expanded when it is run
set -euo pipefail
shopt -s nullglob

mode=${1:---print}
here=$(realpath "$(dirname "$0")")
docs=$here/../../docs
documents=(RESTORE.md REVIEW.md)
build=$(realpath "${BUILD:-build}")
world=$(mktemp -d)
blocks=$world/blocks
simulators=()
block=

cleanup() {
    local pid
    for pid in "${simulators[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$world"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# ---- the world: servers, a machine, a mirror ----

# Neither the settings nor the secrets of the person at the terminal are to matter.
for name in "${!GIT_@}" "${!IOKEEPER_@}" "${!XDG_@}"; do unset "$name"; done
export HOME=$world/ann GIT_CONFIG_NOSYSTEM=1 GIT_PAGER=cat LC_ALL=C.UTF-8 TZ=UTC

iokeeper() { "$build/iokeeper" "$@"; }

# serve OPTION…: one more server; $url is its address.
serve() {
    local port=$world/port.${#simulators[@]}
    "$build/simulator" --port 0 --port-file "$port" "$@" >/dev/null &
    simulators+=($!)
    until [[ -s $port ]]; do
        kill -0 "${simulators[-1]}"
        sleep 0.02
    done
    url=http://127.0.0.1:$(<"$port")
}

# configure NAME: a configuration for the server at $url. Each has its own mirror and remote, called after it.
configure() {
    local folder=$HOME/.config/iokeeper mirror=celigo
    [[ $1 == default ]] || mirror=celigo-$1
    mkdir -p "$folder" "$world/remotes"
    printf 'api:\n  url: %s/v1\nmirror:\n  path: %s/%s\n  remote: %s\n' "$url" "$HOME" "$mirror" \
        "$world/remotes/$mirror.git" >"$folder/$1.yaml"
    (umask 077 && echo sim-token >"$folder/$1.token")
    [[ -d $world/remotes/$mirror.git ]] || git init -q --bare -b main "$world/remotes/$mirror.git"
}

# begin [OPTION…]: a new machine, the account of account.json, mirrored.
begin() {
    cd "$world"
    rm -rf "$HOME" "$world/remotes"
    mkdir "$HOME"
    git config --global core.quotePath false
    git config --global user.name Ann
    git config --global user.email ann@example.com
    serve --profile live --load "$here/account.json" "$@"
    configure default
    iokeeper -q sync
    cd "$HOME"
}

# admin METHOD PATH [BODY]: what others do to the account, or to the server.
admin() { curl -sS --fail -o "$world/answer" -X "$1" "$url/_admin$2" --data-binary "${3:-}"; }

by_bob() { admin "$1" "$2?touch=1&user=bob@example.com" "${3:-}"; }

# ---- stand-ins ----

# stand_in LENGTH TEXT: as long a hexadecimal number, always the same one for a text.
stand_in() { sha1sum <<<"$2" | cut -c "1-$1"; }

# The commits of a mirror, as sed rules: the Nth of any run stands as that of every other run.
commit_rules() {
    local mirror=$1 n=0 hash other length
    git -C "$mirror" rev-parse -q --verify main >/dev/null || return 0 # a mirror that nothing was written to
    {
        git -C "$mirror" rev-list --reverse main
        git -C "$mirror" rev-list --reverse --branches --not main
    } | while read -r hash; do
        ((n += 1))
        other=$(stand_in 40 "commit $n of ${mirror##*/}")
        for length in 40 10 7; do echo "s/${hash:0:length}/${other:0:length}/g"; done
    done
}

# New ids, as the maps tell them: called after the ids they come from.
id_rules() {
    local old now
    cat /dev/null "$HOME"/*/account/idmap.yaml "$HOME"/*.map |
        sed -n 's/^  \([0-9a-f]*\): "\{0,1\}\([0-9a-f]*\)"\{0,1\}$/\1 \2/p' |
        while read -r old now; do [[ $old == "$now" ]] || echo "s/$now/$(stand_in ${#now} "new $old")/g"; done
}

# Runs by their order; the later first, for the second of a second is called after the first.
run_rules() {
    printf '%s\n' "$HOME"/*/.git/iokeeper/runs/* | sed 's,.*/,,' | sort |
        awk 'NF { rule[++n] = "s/" $0 "/2026-03-14T03-0" n "-00Z/g" } END { while (n) print rule[n--] }'
}

rules() {
    local mirror
    run_rules
    for mirror in "$HOME"/celigo*; do commit_rules "$mirror"; done
    id_rules
    cat <<RULES
s|$world/remotes/\(celigo[a-z-]*\)\.git|ssh://git.example.com/\1.git|g
s|$HOME|/home/ann|g
s|http://127\.0\.0\.1:[0-9]*|https://api.integrator.io|g
s/$(date -u +%Y)-[0-9][0-9]-[0-9][0-9]T[0-9:]*Z/2026-03-14T03:01:00Z/g
s/$(date -u +%Y-%m-%d) [0-9][0-9]:[0-9][0-9]/2026-03-14 03:01/g
s/; [0-9.]* s\$/; 0.9 s/
s/\b\([0-9a-f]\{4\}\)[0-9a-f]\{20\}\b/\1…/g
RULES
}

# ---- blocks ----

begin_block() { block=$world/raw/$1; }

# settle: puts stand-ins into the blocks of a scenario that is over.
settle() {
    local raw
    rules >"$world/rules"
    for raw in "$world"/raw/*; do sed -f "$world/rules" "$raw" >"$blocks/${raw##*/}"; done
    rm "$world"/raw/*
}

say() { printf '# %s\n' "$*" >>"$block"; }

# run COMMAND: like a person at a terminal.
run() {
    local code=0
    eval "$1" >"$world/output" 2>&1 </dev/null || code=$?
    {
        printf '$ %s\n' "$1"
        cat "$world/output"
        ((code == 0)) || echo "[exit code $code]"
    } >>"$block"
}

# show FILE: a file that a person has written.
show() { cat "$1" >>"$block"; }

# run_and_die WRITES COMMAND: the machine loses its power after so many requests that write.
run_and_die() {
    local pid
    admin POST /faults "{\"method\":\"!GET\",\"do\":\"stall\",\"seconds\":60,\"after\":true,\"skip\":$1,\"times\":1}"
    eval "exec \"\$build/iokeeper\" ${2#iokeeper}" >"$world/output" 2>&1 &
    pid=$!
    until curl -sS "$url/_admin/faults" | grep -q '"hits":1'; do sleep 0.02; done
    kill -9 "$pid"
    wait "$pid" 2>/dev/null || true
    {
        printf '$ %s\n' "$2"
        cat "$world/output"
    } >>"$block"
}

# ---- the runbook ----

one_flow() {
    begin
    begin_block check
    run 'iokeeper check'
    by_bob DELETE /flows/6f01a7b8c9dae0f102132435
    iokeeper -q sync
    begin_block one-flow-find
    run 'cd ~/celigo'
    run "git log --format='%h %an: %s' --diff-filter=D --name-only -- '*orders-to-netsuite*'"
    local gone
    gone=$(git rev-parse --short=7 HEAD)
    begin_block one-flow-plan
    run "iokeeper plan 'flow/Orders to NetSuite' --at $gone~1"
    begin_block one-flow-restore
    run "iokeeper restore 'flow/Orders to NetSuite' --at $gone~1 --yes"
    run 'cat account/idmap.yaml'
    begin_block one-flow-enable
    run "iokeeper restore 'flow/Orders to NetSuite' --at $gone~1 --enable-flows --yes"
}

broken_integration() {
    begin
    by_bob PATCH /exports/6e01c4d5e6f708192a3b4c5d '{"pageSize":1,"http":{"relativeURI":"/orders.json"}}'
    by_bob PATCH /scripts/6d01a1b2c3d4e5f60718293a '{"content":"function preMap(options) {\n  throw new Error(\"test\");\n}\n"}'
    by_bob DELETE /imports/6b02e7d6c5b4a3928170615f
    by_bob POST /flows '{"_id":"6f04dae0f102132435465768","name":"Test, do not use","_integrationId":"6a01d2f0c3b4a59687786951","disabled":true,
        "pageGenerators":[{"_exportId":"6e01c4d5e6f708192a3b4c5d"}],"pageProcessors":[]}'
    iokeeper -q sync
    begin_block integration-find
    run 'cd ~/celigo'
    run "git log --format='%h %an: %s'"
    local good
    good=$(git rev-parse --short=7 HEAD~1)
    begin_block integration-plan
    run "iokeeper plan 'integration/Order sync' 'script/Order helpers' --at $good -o ~/order-sync.plan"
    begin_block integration-restore
    run "iokeeper restore --plan ~/order-sync.plan --yes"
    begin_block integration-prune
    run "iokeeper plan 'integration/Order sync' --at $good --prune"
    begin_block undo
    run 'iokeeper undo --yes'
    by_bob PATCH /exports/6e01c4d5e6f708192a3b4c5d '{"pageSize":75}'
    begin_block undo-refused
    run 'iokeeper undo --yes'
}

lost_account() {
    begin
    local remote=$world/remotes/celigo.git
    admin PUT /state '{}'
    rm -rf "$HOME/celigo"
    begin_block account-clone
    run "git clone -q $remote ~/celigo"
    run 'iokeeper doctor | tail -n 1'
    run "cd ~/celigo && git log --format='%h %an: %s'"
    local good
    good=$(git rev-parse --short=7 HEAD)
    begin_block account-plan
    run "iokeeper plan --all --at $good"
    cat >"$HOME/secrets.yaml" <<'SECRETS'
connection/Shopify:
  http.auth.token.token: the token itself
connection/NetSuite:
  netsuite.tokenId: the id
  netsuite.tokenSecret: the secret
SECRETS
    begin_block secrets
    show "$HOME/secrets.yaml"
    begin_block account-restore
    chmod 600 "$HOME/secrets.yaml"
    run "iokeeper restore --all --at $good --secrets ~/secrets.yaml --yes"
    begin_block account-again
    run "iokeeper restore --all --at $good --yes"
}

other_account() {
    begin
    cat >"$world/other.json" <<'OTHER'
{"connections":[{"_id":"7c01b3a4958677685a4b3c2d","name":"NetSuite","type":"netsuite","netsuite":{"account":"TSTDRV0002"}}]}
OTHER
    serve --profile live --load "$world/other.json"
    configure new
    begin_block other-plan
    run "iokeeper clone 'integration/Returns' --at HEAD --to ~/.config/iokeeper/new.yaml --map ~/new.map --dry-run"
    begin_block other-clone
    run "iokeeper clone --all --at HEAD --to ~/.config/iokeeper/new.yaml --map ~/new.map --yes"
    run 'head -n 4 ~/new.map'
}

sandbox_copy() {
    begin
    begin_block copy
    run "iokeeper clone 'integration/Order sync' --at HEAD --map ~/order-sync.map --yes"
    run 'cat ~/order-sync.map'
    begin_block copy-undo
    run 'iokeeper undo --yes'
}

cut_off() {
    begin
    local good
    good=$(git -C celigo rev-parse --short=7 HEAD)
    printf '  concurrency: 1\n' >"$world/one" # so that the journal is the same in each run
    sed -i "/^api:/r $world/one" ~/.config/iokeeper/default.yaml
    admin DELETE "/integrations/6a01d2f0c3b4a59687786951?cascade=1"
    begin_block cut-off
    run_and_die 2 "iokeeper restore 'integration/Order sync' --at $good --yes"
    say 'the power fails; some time later, on the same machine:'
    admin DELETE /faults
    run "iokeeper restore 'integration/Order sync' --at $good --yes"
    begin_block cut-off-resume
    run 'iokeeper resume --yes'
    run 'iokeeper resume'
    begin_block cut-off-journal
    run 'cd ~/celigo/.git/iokeeper/runs/* && head -n 5 journal'
    begin_block cut-off-ended
    run 'tail -n +6 journal'
}

name_taken() {
    begin --profile reference
    local good
    good=$(git -C celigo rev-parse --short=7 HEAD)
    admin DELETE "/integrations/6a02e5f60718293a4b5c6d7e"
    by_bob POST /integrations '{"_id":"6a03f60718293a4b5c6d7e8f","name":"Returns"}'
    begin_block taken
    run "iokeeper plan 'integration/Returns' --at $good"
    run "iokeeper restore 'integration/Returns' --at $good --on-conflict adopt --yes"
}

# ---- reading and reviewing ----

# Colleagues at work, a cycle behind each.
some_days() {
    begin
    by_bob PATCH /exports/6e01c4d5e6f708192a3b4c5d '{"pageSize":100}'
    iokeeper -q sync
    by_bob PATCH /flows/6f01a7b8c9dae0f102132435 '{"name":"Orders to NetSuite, daily","schedule":"? 35 0 ? * *"}'
    by_bob PATCH /scripts/6d01a1b2c3d4e5f60718293a '{"content":"function preMap(options) {\n  return check(options.data);\n}\n"}'
    iokeeper -q sync
}

reading() {
    some_days
    begin_block who
    run "iokeeper log 'Orders to NetSuite, daily'"
    begin_block before
    run "iokeeper diff --from HEAD~2"
    begin_block breaks
    run "iokeeper used-by 'connection/Shopify'"
    begin_block glance
    run "iokeeper show 'Order sync' | grep '^#'"
    begin_block gone
    by_bob DELETE /flows/6f01a7b8c9dae0f102132435
    iokeeper -q sync
    run 'iokeeper list --deleted'
    begin_block good
    run 'iokeeper check --live | tail -n 2'
}

reviewing() {
    begin
    cd "$HOME/celigo"
    begin_block propose
    run 'git checkout -q -b bigger-pages'
    run "sed -i 's/^pageSize: 50/pageSize: 200/' integrations/order-sync--*/exports/get-shopify-orders--*.yaml"
    run "git commit -qam 'Fetch 200 orders at a time'"
    run 'iokeeper diff --from main --to bigger-pages'
    git checkout -q main
    begin_block apply
    run "iokeeper plan 'integration/Order sync' --at bigger-pages"
    run "iokeeper restore 'integration/Order sync' --at bigger-pages --yes"
    run "iokeeper diff 'Get Shopify orders' --from bigger-pages --exit-code"
}

# ---- the documents ----

# assemble DOCUMENT: with the blocks as they are now.
assemble() {
    awk -v blocks="$blocks" '
        /^<!-- play\.sh: [a-z-]+ -->$/ {
            path = blocks "/" $3
            print
            print "```" ($3 == "secrets" ? "yaml" : "console")
            while ((got = (getline line < path)) > 0) print line
            if (got < 0) { print "no block " $3 >"/dev/stderr"; exit 1 }
            print "```"
            inside = 1
        }
        /^<!-- end -->$/ { inside = 0 }
        !inside' "$docs/$1"
}

compare() {
    local name document wrong=0
    for name in "$blocks"/*; do
        grep -qFx "<!-- play.sh: ${name##*/} -->" "${documents[@]/#/$docs/}" && continue
        echo "no document has a block ${name##*/}" >&2
        wrong=1
    done
    for document in "${documents[@]}"; do
        diff -u --label "docs/$document" --label "as it is" "$docs/$document" "$world/$document" || wrong=1
    done
    return $wrong
}

mkdir "$blocks" "$world/raw"
for scenario in reading reviewing one_flow broken_integration lost_account other_account sandbox_copy cut_off name_taken; do
    "$scenario"
    settle
done
case $mode in
--print) tail -n +1 "$blocks"/* ;;
--write)
    for document in "${documents[@]}"; do
        assemble "$document" >"$world/$document"
        cp "$world/$document" "$docs/$document"
    done
    ;;
--check)
    for document in "${documents[@]}"; do assemble "$document" >"$world/$document"; done
    compare
    ;;
*)
    echo "usage: $0 [--check | --write]" >&2
    exit 2
    ;;
esac
