# shellcheck shell=bash disable=SC2016,SC2154 # play.sh has some of the variables, and `bash` expands what is typed
# tests/simulator/README.md, lived by: sourced by play.sh.

scenarios+=(simulated)

# All of it in one shell, as whoever reads it from the top would type it. An answer that is an error is a failure here.
simulated() {
    local port text
    port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    arrive
    ln -s "$root/tests" tests
    text='trap "kill %1" EXIT
curl() { command curl -sS --fail --retry 9 --retry-connrefused --retry-delay 1 "$@"; }'
    text+=$'\n'$(block tests/simulator/README.md start)
    text+=$'\n'$(block tests/simulator/README.md try)
    text+=$'\n'$(block tests/simulator/README.md faults)
    text+=$'\n'$(block tests/simulator/README.md during)
    text+=$'\n'$(block tests/simulator/README.md admin)
    live_by "$text" "s/8099/$port/" "s,/tmp/mirror,$HOME/mirror,"
    [[ $(git -C mirror rev-list --count HEAD) -gt 1 ]]
}
