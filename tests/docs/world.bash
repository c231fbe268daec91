# shellcheck shell=bash disable=SC2154,SC2164 # play.sh has -e, and some of the variables
# The world that documents are played in, sourced by play.sh: servers, a machine, a mirror; stand-ins, since times, commits,
# ports, folders and ids that the server gives differ from run to run; and how a block is made.

blocks=$world/blocks
simulators=()
raw=

# ---- servers, a machine, a mirror ----

# Neither the settings nor the secrets of the person at the terminal are to matter.
for name in "${!GIT_@}" "${!IOKEEPER_@}" "${!XDG_@}"; do unset "$name"; done
export HOME=$world/ann GIT_CONFIG_NOSYSTEM=1 GIT_PAGER=cat LC_ALL=C.UTF-8 TZ=UTC

export PATH=$build:$PATH

cleanup() {
    local pid
    for pid in "${simulators[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$world"
}

# block DOCUMENT NAME: a block of the document's own.
block() { "$here/block" "$1" "$2"; }

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

# arrive [OPTION…]: a new machine, and the account of account.json.
arrive() {
    cd "$world"
    rm -rf "$HOME" "$world/remotes"
    mkdir "$HOME"
    git config --global core.quotePath false
    git config --global user.name Ann
    git config --global user.email ann@example.com
    serve --profile live --load "$here/account.json" "$@"
    cd "$HOME"
}

# begin [OPTION…]: a new machine with a configuration, the account mirrored.
begin() {
    arrive "$@"
    configure default
    iokeeper -q sync
}

# admin METHOD PATH [BODY]: what others do to the account, or to the server.
admin() { curl -sS --fail -o "$world/answer" -X "$1" "$url/_admin$2" --data-binary "${3:-}"; }

# by WHO METHOD PATH [BODY]: what a colleague does to it.
by() { admin "$2" "$3?touch=1&user=$1" "${4:-}"; }

by_bob() { by bob@example.com "$@"; }

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
        for length in 40 13 10 8 7; do echo "s/${hash:0:length}/${other:0:length}/g"; done
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
    local mirror day # today, or yesterday where it began then; days of the account's own clock stay as they are
    run_rules
    for mirror in "$HOME"/celigo*; do commit_rules "$mirror"; done
    id_rules
    day="\($(date -u +%F)\|$(date -u -d yesterday +%F)\)"
    cat <<RULES
s|$world/remotes/\(celigo[a-z-]*\)\.git|ssh://git.example.com/\1.git|g
s|$HOME|/home/ann|g
s|http://127\.0\.0\.1:[0-9]*|https://api.integrator.io|g
s/${day}T[0-9:]*Z/2026-03-14T03:01:00Z/g
s/$day [0-9][0-9]:[0-9][0-9]:[0-9][0-9]/2026-03-14 03:01:00/g
s/$day [0-9][0-9]:[0-9][0-9]/2026-03-14 03:01/g
s/\b$day\b/2026-03-14/g
s/; [0-9.]* s\$/; 0.9 s/
/^\\$ /!s/\b\([0-9a-f]\{4\}\)[0-9a-f]\{20\}\b/\1…/g
s/ *\$//
RULES
}

# ---- blocks ----

begin_block() { raw=$world/raw/$1; }

# settle: puts stand-ins into the blocks of a scenario that is over.
settle() {
    local name
    rules >"$world/rules"
    for name in "$world"/raw/*; do sed -f "$world/rules" "$name" >"$blocks/${name##*/}"; done
    rm -f "$world"/raw/*
}

say() { printf '# %s\n' "$*" >>"$raw"; }

# run COMMAND [FIRST LAST]: like a person at a terminal. Of what it prints only so many of the first and the last lines are
# shown, where they are given. What the person types behind it is in $typed.
typed=
run() {
    local code=0
    eval "$1" >"$world/output" 2>&1 < <(printf '%s' "$typed") || code=$?
    {
        printf '$ %s\n' "$1"
        abridge "${2:-}" "${3:-0}" <"$world/output"
        ((code == 0)) || echo "[exit code $code]"
    } >>"$raw"
}

abridge() {
    awk -v first="$1" -v last="$2" '
        { line[NR] = $0 }
        END {
            for (i = 1; i <= NR; i++)
                if (first == "" || i <= first || i > NR - last) print line[i]
                else if (i == first + 1) print "[…]"
        }'
}

# live_by TEXT RULE…: commands of the document's own, with what this world has in the place of what they name (sed). What they
# print is not shown; all of them must be well.
live_by() {
    local text=$1 rule
    shift
    for rule; do text=$(sed -E "$rule" <<<"$text"); done
    printf '%s\n' "$text" | sed 's/^\$ //' >"$world/typed"
    bash -euxo pipefail "$world/typed" >"$world/output" 2>"$world/told" </dev/null || failed "$(cat "$world"/{told,output})"
}

# not_in_output PATTERN…: what the last command must not have said.
not_in_output() {
    local pattern
    for pattern; do if grep -E "$pattern" "$world/output"; then failed "this should not be said: $pattern"; fi; done
}

# is_part_of FILE TEXT: each line of a sample is one of the file, but for its ids.
is_part_of() {
    local line
    while IFS= read -r line; do
        grep -qxF -- "$line" <(sed 's/\b\([0-9a-f]\{4\}\)[0-9a-f]\{20\}\b/\1…/g' "$1") || failed "not printed: $line"
    done <<<"$2"
}

failed() {
    printf '%s\n' "$*" >&2
    exit 1
}

# show FILE: a file that a person has written.
show() { cat "$1" >>"$raw"; }

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
    } >>"$raw"
}

