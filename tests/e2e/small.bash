# What any bats test may want, here and in tests/systemd.

equal() {
    [[ $2 == "$3" ]] && return
    printf '%s:\n  is:     %s\n  wanted: %s\n' "$1" "$2" "$3" >&2
    return 1
}

contains() {
    [[ $2 == *"$3"* ]] && return
    printf '%s:\n  is:             %s\n  should contain: %s\n' "$1" "$2" "$3" >&2
    return 1
}

# A condition that must not hold: bats takes a bare `! command` for granted.
not() {
    if "$@"; then
        echo "should fail: $*" >&2
        return 1
    fi
}

# wait_for SECONDS COMMAND…
wait_for() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < deadline)) || { echo "waited in vain for: $*" >&2; return 1; }
        sleep 0.02
    done
}
