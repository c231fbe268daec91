# shellcheck shell=bash disable=SC2034,SC2154,SC2164,SC2317 # play.sh has -e, some of the variables, and calls
# README.md, played: sourced by play.sh. Its demo is compared by tests/e2e/docs.bats.

documents+=(README.md)
scenarios+=(first_steps looking_around bringing_back)

first_steps() {
    arrive
    export IOKEEPER_API_URL=$url/v1
    begin_block first-steps
    # What root configures would lie in /etc: Ann is no root.
    iokeeper() {
        if [[ $1 == init && $EUID -eq 0 ]]; then
            command iokeeper --config ~/.config/iokeeper/default.yaml "$@" | sed 's/iokeeper --config [^ ]* /iokeeper /'
        else
            command iokeeper "$@"
        fi
    }
    run 'iokeeper init ~/celigo'
    unset -f iokeeper
    typed='sim-token'
    run '(umask 077; cat >~/.config/iokeeper/default.token)          # paste it, Enter, Ctrl-D'
    typed=
    unset IOKEEPER_API_URL
    run 'iokeeper doctor            # tries configuration, token, API, mirror and remote, and says what to mend' 4 1
    run 'iokeeper sync'
    run 'iokeeper status' 5 0
    # The same without a file.
    live_by "$(block README.md variables)" "s,https://api\.integrator\.io,$url," 's,TOKEN=…,TOKEN=sim-token,' "s,/srv/celigo,$HOME/other,"
    [[ $(jq -rs '.[-1].result' "$world/output") == synced ]]
    [[ $(git -C ~/other log --format=%s) == "First mirror: "* ]]
}

looking_around() {
    local since
    some_days
    since=$(git -C celigo log --reverse --format=%cd --date='format:%FT%TZ' | sed -n 1p)
    live_by "$(block README.md look)" "s/2026-01-15/$since/"
}

bringing_back() {
    local good before
    some_days
    cd celigo
    good=$(git rev-parse HEAD~2)
    before=$(git rev-parse HEAD)
    block README.md bring-back | sed "s/^\\$ //; s/76a2391/$good/" >"$world/typed"
    # It asks, at a terminal: before it restores, and before it takes that back.
    printf 'y\ny\n' | script -qec "bash -euo pipefail $world/typed" /dev/null >"$world/output" 2>&1 || failed "$(<"$world/output")"
    [[ $(grep -c 'Write this to' "$world/output") -eq 2 ]]
    [[ $(git rev-parse HEAD~2) == "$before" ]]
    iokeeper diff --from "$before" --to HEAD --exit-code 'flow/Orders to NetSuite, daily' >/dev/null
}
