# shellcheck disable=SC2034 # tests use HELD and STOPPED
# What the tests of plan, restore, clone, undo and resume share. `load restoring` behind `load helpers`.
#
#   writes                      requests so far that were no GET
#   row TYPE JQ                 of the last --json output, the rows of a type
#   remove KIND ID              gone for good; bin KIND ID: the recycle bin has it
#   idle                        no flow started, no secret was lost, no reference led nowhere
#   holds_again COMMIT          the mirror and so the account hold what the commit holds, but for ids
#   change_connection, secrets_file, name_is_taken   what goes wrong with connections and names

writes() {
    admin GET /stats | jq '[.by_method | to_entries[] | select(.key != "GET") | .value] | add // 0'
}

row() {
    jq -r "select(.type == \"$1\") | $2" "$T/out"
}

remove() {
    admin DELETE "/$1/$2?cascade=1"
}

bin() {
    admin DELETE "/$1/$2?cascade=1&touch=1"
}

get() { # KIND ID [JQ]
    admin GET "/$1/$2" | jq -r "${3:-.}"
}

edit() { # KIND ID JSON
    admin PATCH "/$1/$2?touch=1" "$3"
}

# The newest document of a kind.
newest() {
    admin GET /state | jq -r ".$1[-1]._id"
}

# now_is KIND OLD: the id that the map of the mirror leads to
now_is() {
    g show HEAD:account/idmap.yaml | sed -n "/^$1:/,/^[^ ]/s/^  $2: //p"
}

idle() {
    equal "flows that started" "$(admin GET /runs | jq -c '[.[] | select(.reason != "enabled")]')" "[]"
    equal "lost secrets" "$(admin GET /losses | jq -c .)" "[]"
    equal "references that led nowhere" "$(stat_of '.by_code.invalid_ref // 0')" 0
}

holds_again() { # COMMIT [lenient] [sleeping]
    local commit=$1
    shift
    /usr/bin/python3 "$BATS_TEST_DIRNAME/../restore/trees.py" "$MIRROR" "$commit" HEAD "$@" >"$T/trees" && return
    head -n 30 "$T/trees" >&2
    return 1
}

# A live account, mirrored; HELD is the commit.
live_account() {
    sim_start_live --managed 0 "$@"
    expect 0 sync
    HELD=$(head_of)
}

# A run is stopped by a signal while the server has its Nth write in hand; STOPPED is its exit code.
stop_at_write() { # N SIGNAL ARGUMENT…
    local number=$1 signal=$2 pid code=0
    shift 2
    fault "{\"method\":\"!GET\",\"do\":\"stall\",\"seconds\":60,\"skip\":$((number - 1)),\"times\":1}"
    "$IOKEEPER" "$@" >"$T/out" 2>"$T/err" 3>&- &
    pid=$!
    wait_for 60 is_struck || { show_output; return 1; }
    kill -"$signal" "$pid"
    wait "$pid" || code=$?
    faults_clear
    STOPPED=$code
}

is_struck() {
    [[ $(admin GET /faults | jq '[.[].hits] | add') -gt 0 ]]
}

# A connection that differs and has masks.
change_connection() {
    CONNECTION=$(first connections '.http.auth.token')
    edit connections "$CONNECTION" '{"name":"Renamed","http":{"baseURI":"https://elsewhere.example/"}}'
}

# secrets_file KIND/ID…: all that the server stores of these
secrets_file() {
    local selector
    for selector in "$@"; do
        printf '%s:\n' "$selector"
        admin GET /secrets | jq -r --arg id "${selector#*/}" '.[] | select(._id == $id) | "  \(.path): \(.value | tojson)"'
    done >"$T/secrets.yaml"
    chmod 600 "$T/secrets.yaml"
}

# An integration is gone, and another one has its name.
name_is_taken() {
    sim_start_small
    expect 0 sync
    HELD=$(head_of)
    LOST=$(first integrations)
    CALLED=$(get integrations "$LOST" .name)
    remove integrations "$LOST"
    OTHER=$(first integrations)
    edit integrations "$OTHER" "$(jq -n --arg name "$CALLED" '{name: $name}')"
}
