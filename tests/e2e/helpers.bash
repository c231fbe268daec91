# What the end-to-end tests share. Each test has its own folder ($T), simulator and mirror; the program and the
# simulator come from $BUILD. `load helpers` at a file's top brings setup and teardown along.
#
#   sim_start --flows 3             a simulator on a free port; the program's variables point at it
#   expect 0 sync                   runs iokeeper, checks exit code, sanitizers and that no token shows;
#                                   its output is then in $T/out and $T/err
#   says TEXT / says_not TEXT       in either of them
#   admin POST /faults '{…}'        the simulator's admin path
#   mirror_is_sound                 git's word on the mirror
#   mirror_matches_account          every file against the account (oracle.py)

bats_require_minimum_version 1.5.0
load small

TOKEN=secret-7Kq2vXw9

setup() {
    local build=${BUILD:-build}
    [[ $build == /* ]] || build=$BATS_TEST_DIRNAME/../../$build
    IOKEEPER=$build/iokeeper
    SIMULATOR=$build/simulator
    [[ -x $IOKEEPER && -x $SIMULATOR ]] || { echo "no iokeeper and simulator in $build: run make first" >&2; return 1; }
    T=$BATS_TEST_TMPDIR
    MIRROR=$T/world/mirror
    SIMULATORS=()
    mkdir -p "$T/home" "$T/world"
    clean_environment
    cd "$T" || return 1
    if declare -F setup_more >/dev/null; then setup_more; fi
}

teardown() {
    if declare -F teardown_more >/dev/null; then teardown_more; fi
    sim_stop_all
}

# Nothing of the person who runs the tests is to matter.
clean_environment() {
    local name
    for name in $(compgen -e); do
        case $name in
        GIT_* | XDG_* | IOKEEPER_* | CREDENTIALS_DIRECTORY | INVOCATION_ID | JOURNAL_STREAM | NOTIFY_SOCKET | \
            http_proxy | https_proxy | HTTP_PROXY | HTTPS_PROXY | ALL_PROXY | all_proxy) unset "$name" ;;
        esac
    done
    export HOME=$T/home GIT_CONFIG_NOSYSTEM=1 LC_ALL=C.UTF-8 TZ=UTC
    export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
    cat >"$HOME/.gitconfig" <<'CONFIG'
[user]
    name = A Person
    email = person@example.com
[init]
    defaultBranch = main
[core]
    quotepath = false
[advice]
    detachedHead = false
CONFIG
}

# ---- the simulator ----

# Starts one more simulator. SIM is its URL, and the program's variables point there.
sim_start() {
    local number=${#SIMULATORS[@]} port_file
    port_file=$T/port.$number
    rm -f "$port_file"
    "$SIMULATOR" --port 0 --port-file "$port_file" --token "$TOKEN" "$@" >"$T/simulator.$number" 2>&1 3>&- &
    SIMULATORS+=($!)
    wait_for 30 test -s "$port_file" || { cat "$T/simulator.$number" >&2; return 1; }
    PORT=$(<"$port_file")
    SIM=http://127.0.0.1:$PORT
    export IOKEEPER_API_URL=$SIM/v1 IOKEEPER_TOKEN=$TOKEN IOKEEPER_MIRROR=$MIRROR
}

# A live account with several pages of every long list: sim_start_live [OPTION…]
sim_start_live() {
    sim_start --profile live --integrations 2 --flows 3 --exports 4 --imports 3 --connections 5 --scripts 4 --audit 4 \
        --page-size 3 "$@"
}

# A small account for tests that look at something else.
sim_start_small() {
    sim_start --integrations 2 --flows 2 --exports 2 --imports 2 --connections 2 --audit 3 --users 1 "$@"
}

sim_stop() {
    local pid=${SIMULATORS[-1]}
    unset 'SIMULATORS[-1]' # its number may soon be another program's
    kill "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    return 0
}

sim_stop_all() {
    local pid
    for pid in "${SIMULATORS[@]}"; do
        kill "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    return 0
}

# admin METHOD PATH [BODY | @FILE]: prints what a GET answers
admin() {
    local arguments=(-sS --fail-with-body -X "$1") code=0
    if [[ $# -gt 2 ]]; then arguments+=(--data-binary "$3"); fi
    if [[ $1 == GET ]]; then
        curl "${arguments[@]}" "$SIM/_admin$2"
        return
    fi
    curl "${arguments[@]}" -o "$T/admin" "$SIM/_admin$2" || code=$?
    [[ $code -eq 0 ]] || cat "$T/admin" >&2
    return $code
}

# add KIND <NDJSON: many documents at once
add() {
    /usr/bin/python3 "$BATS_TEST_DIRNAME/add.py" "$SIM" "$1"
}

fault() {
    admin POST /faults "$1"
}

faults_clear() {
    admin DELETE /faults
}

# ids KIND: the account's, one a line
ids() {
    admin GET /state | jq -r ".$1[]._id"
}

# Ids of all documents, of the account and of HEAD, sorted.
all_ids() {
    admin GET /state | jq -r '.[] | arrays | .[] | objects | ._id' | sort
}

ids_held() {
    g ls-tree -r --name-only HEAD | sed -nE 's,.*--([A-Za-z0-9_-]+)(\.yaml|/integration\.yaml)$,\1,p' | sort
}

# first KIND [JQ-CONDITION]: the id of the first document that fits
first() {
    admin GET /state | jq -r "first(.$1[] | select(${2:-true}) | ._id)"
}

stat_of() {
    admin GET /stats | jq -r "$1"
}

# requests_of PATH-TEMPLATE
requests_of() {
    admin GET /stats | jq -r --arg path "$1" '.by_path_template[$path] // 0'
}

# ---- the program ----

# expect CODE ARGUMENT…
expect() {
    local wanted=$1 code=0
    shift
    "$IOKEEPER" "$@" >"$T/out" 2>"$T/err" 3>&- || code=$?
    judge "$wanted" "$code" "iokeeper $*"
}

# judge WANTED CODE WHAT: what holds for every run, whose output is in $T/out and $T/err
judge() {
    if [[ $2 -ne $1 ]]; then
        echo "$3: exit code $2, not $1" >&2
        show_output
        return 1
    fi
    if grep -aqE 'AddressSanitizer|LeakSanitizer|runtime error:' "$T/out" "$T/err"; then
        echo "$3: a sanitizer complains" >&2
        show_output
        return 1
    fi
    if grep -aqF -- "$TOKEN" "$T/out" "$T/err"; then
        echo "$3: shows the token" >&2
        return 1
    fi
}

show_output() {
    sed 's/^/  out: /' "$T/out" >&2
    sed 's/^/  err: /' "$T/err" >&2
}

says() {
    grep -aqF -- "$1" "$T/out" "$T/err" && return
    echo "does not say \"$1\"" >&2
    show_output
    return 1
}

says_not() {
    grep -aqF -- "$1" "$T/out" "$T/err" || return 0
    echo "says \"$1\"" >&2
    show_output
    return 1
}

says_like() {
    grep -aqE -- "$1" "$T/out" "$T/err" && return
    echo "says nothing like /$1/" >&2
    show_output
    return 1
}

silent() {
    [[ ! -s $T/out && ! -s $T/err ]] && return
    echo "is not silent" >&2
    show_output
    return 1
}

is_ndjson() { # EXIT-CODE: each line an object with a type, the last one a summary
    [[ -s $T/out ]] || { echo "no output" >&2; return 1; }
    jq -e -s 'all(type == "object" and (.type | type) == "string")' "$T/out" >"$T/ignored" || { show_output; return 1; }
    equal "lines" "$(wc -l <"$T/out")" "$(jq -s length "$T/out")"
    equal "last line" "$(tail -n 1 "$T/out" | jq -r .type)" summary
    equal "summaries" "$(jq -s 'map(select(.type == "summary")) | length' "$T/out")" 1
    equal "exit in the summary" "$(tail -n 1 "$T/out" | jq -r .exit)" "$1"
}

# config KEY=VALUE…: writes $T/config.yaml for the simulator and names it in $CONFIG. Keys are section.key.
config() {
    local pair key section
    declare -A values=([api.url]=${SIM:-http://127.0.0.1:9}/v1 [api.token_file]=$T/token [mirror.path]=$MIRROR) sections=()
    printf '%s\n' "$TOKEN" >"$T/token"
    chmod 600 "$T/token"
    for pair in "$@"; do values[${pair%%=*}]=${pair#*=}; done
    for key in "${!values[@]}"; do
        sections[${key%%.*}]+="  ${key#*.}: ${values[$key]}"$'\n'
    done
    CONFIG=$T/config.yaml
    for section in "${!sections[@]}"; do
        printf '%s:\n%s' "$section" "${sections[$section]}"
    done >"$CONFIG"
    unset IOKEEPER_API_URL IOKEEPER_TOKEN IOKEEPER_MIRROR
}

# ---- the mirror ----

g() {
    git -C "$MIRROR" "$@"
}

head_of() {
    git -C "${1:-$MIRROR}" rev-parse HEAD
}

commits() {
    g rev-list --count HEAD
}

# The mirror's documents, without rows, which remember where things stood.
documents_of() {
    git -C "${1:-$MIRROR}" ls-tree -r HEAD integrations account | grep -v '/audit/'
}

# is_like_a_fresh_mirror [OPTION…]: the mirror is what a new one would be. $T/fresh is that.
is_like_a_fresh_mirror() {
    rm -rf "$T/fresh"
    IOKEEPER_MIRROR=$T/fresh "$IOKEEPER" "$@" sync >"$T/out" 2>"$T/err" 3>&- || { show_output; return 1; }
    diff <(documents_of "$T/fresh") <(documents_of) >"$T/diff" && return
    echo "differs from a fresh mirror:" >&2
    head -n 20 "$T/diff" >&2
    return 1
}

# nothing_was_deleted_in_vain OLD: no commit since then deleted a document that the account has
nothing_was_deleted_in_vain() {
    equal "deleted from the mirror, but there" \
        "$(g log --format=%b "$1..HEAD" | sed -nE 's/^- [a-z ]+ ".*" \(([A-Za-z0-9_-]+)\).*/\1/p' | sort | comm -12 - <(all_ids))" ""
}

# The mirror's content without the manifest, which names the account's URL.
content_of() {
    git -C "${1:-$MIRROR}" ls-tree HEAD integrations account
}

# Git finds nothing to say, and nobody's files were taken for a person's.
mirror_is_sound() {
    local mirror=${1:-$MIRROR} said
    said=$(git -C "$mirror" status --porcelain 2>&1)
    equal "git status" "$said" ""
    said=$(git -C "$mirror" fsck --full --strict 2>&1 | grep -v '^notice: HEAD points to an unborn branch' || true)
    equal "git fsck" "$said" ""
    [[ ! -e $mirror/.git/index.lock ]] || { echo "index.lock is left" >&2; return 1; }
}

nothing_was_rescued() {
    equal "branches of rescued files" "$(g for-each-ref --format='%(refname)' refs/heads/rescued)" ""
}

mirror_matches_account() {
    admin GET /state >"$T/state.json"
    /usr/bin/python3 "$BATS_TEST_DIRNAME/oracle.py" compare "$MIRROR" "$T/state.json" "$@" >"$T/oracle" && return
    cat "$T/oracle" >&2
    return 1
}

# account_is: notes how the account is now, for cycle_is_signed
account_is() {
    admin GET /state >"$T/before.json"
    OLD=$(g rev-parse HEAD)
}

# cycle_is_signed: the one cycle since account_is was committed person by person, as the audit log tells (oracle.py)
cycle_is_signed() {
    admin GET /state >"$T/state.json"
    /usr/bin/python3 "$BATS_TEST_DIRNAME/oracle.py" signed "$MIRROR" "$T/before.json" "$T/state.json" "$OLD" \
        >"$T/oracle" && return
    cat "$T/oracle" >&2
    return 1
}

# documents_match_account KIND: their content only, wherever their files are
documents_match_account() {
    admin GET /state >"$T/state.json"
    /usr/bin/python3 "$BATS_TEST_DIRNAME/oracle.py" documents "$MIRROR" "$T/state.json" "$1"
}

# path_of ID: the one file of HEAD that belongs to this resource (its integration.yaml for an integration)
path_of() {
    local paths
    paths=$(g ls-tree -r --name-only HEAD | grep -F -e "--$1.yaml" -e "--$1/integration.yaml" || true)
    [[ -n $paths && $(wc -l <<<"$paths") -eq 1 ]] || { echo "files of $1: \"$paths\"" >&2; return 1; }
    printf '%s\n' "$paths"
}

# is_gone ID: no file of HEAD belongs to this resource
is_gone() {
    equal "files of $1" "$(g ls-tree -r --name-only HEAD | grep -F -e "--$1.yaml" -e "--$1/" || true)" ""
}

subject() {
    g log -1 --format=%s "${1:-HEAD}"
}

body() {
    g log -1 --format=%b "${1:-HEAD}"
}

trailer() {
    g log -1 --format="%(trailers:key=$1,valueonly)" HEAD | sed '/^$/d'
}

# ---- small things ----

# All that can be told of the files of a folder, for "nothing was written".
snapshot() {
    find "$1" -path "$1/.git/iokeeper*" -prune -o -printf '%P %y %i %s %m %T@\n' | sort
}

# A canary around the mirror: nothing but the mirror may appear in its folder.
world_holds_only_the_mirror() {
    equal "the folder around the mirror" "$(ls -A "$T/world")" "mirror"
}
