# shellcheck disable=SC2034,SC2153 # tests use HELD, TO and MAP
# What the tests of clone share. `load cloning` behind `load restoring`; the test says where $MAP is, the file for --map.
#
#   clones ARGUMENT…            a clone may need credentials, and end with 3
#   two_accounts, empty_account there is another account: $OTHER
#   from, clones_there, there   as expect, clones, admin, for these

# clones ARGUMENT…: a clone may need credentials
clones() {
    local code=0
    "$IOKEEPER" clone "$@" >"$T/out" 2>"$T/err" 3>&- || code=$?
    [[ $code -eq 0 || $code -eq 3 ]] || { echo "clone $*: exit code $code" >&2; show_output; return 1; }
    judge "$code" "$code" "clone $*"
}

# copy_of KIND ID: what the map leads to
copy_of() {
    sed -n "/^$1:/,/^[^ ]/s/^  $2: //p" "$MAP"
}

# Two accounts: a live one, and another (options for it). SIM is the first, OTHER the second; $FROM and $TO are their
# configurations.
two_accounts() {
    sim_start_live --managed 0 --seed 3
    local first=$SIM
    sim_start --profile live "$@"
    OTHER=$SIM
    mkdir -p "$T/other"
    config "mirror.path=$T/other/mirror" "api.url=$OTHER/v1"
    TO=$T/to.yaml
    mv "$CONFIG" "$TO"
    SIM=$first
    config "api.url=$SIM/v1"
    FROM=$CONFIG
    from 0 sync
    HELD=$(head_of)
}

# from CODE ARGUMENT…: as expect, with the first account's configuration
from() {
    local code=$1
    shift
    expect "$code" --config "$FROM" "$@"
}

empty_account() {
    local size sizes=()
    for size in integrations flows exports imports connections scripts users audit standalone shared orphans iclients \
        filedefinitions ediprofiles asynchelpers lookupcaches stacks agents apis tools mcpservers tags managed; do
        sizes+=("--$size" 0)
    done
    two_accounts --seed 77 "${sizes[@]}"
}

clones_there() {
    local code=0
    "$IOKEEPER" --config "$FROM" clone "$@" >"$T/out" 2>"$T/err" 3>&- || code=$?
    [[ $code -eq 0 || $code -eq 3 ]] || { echo "clone $*: exit code $code" >&2; show_output; return 1; }
    judge "$code" "$code" "clone $*"
}

there() { # METHOD PATH [BODY]: the other account's admin path
    local SIM=$OTHER
    admin "$@"
}

# Every connection and all else that is shared has a twin in the other account, which a rule makes of it.
twins_there() { # JQ
    local kind
    for kind in connections scripts iclients filedefinitions ediprofiles asynchelpers stacks agents apis; do
        admin GET /state | jq -c ".${kind}[]" | while IFS= read -r document; do
            jq -c "$1" <<<"$document" >"$T/twin.json"
            there POST "/$kind" "@$T/twin.json"
        done
    done
}
