#!/usr/bin/env bats
# What stands between a verb and a person: colour, the pager, and readers who leave.
load helpers
load made
load terminals

has_color() { grep -q $'\e\\[[0-9;]*m' "$T/out"; }

@test "colour on a terminal, none in a pipe" {
    made_mirror
    PAGER="cat" on_terminal 80 log
    has_color
    expect 0 log
    not has_color
    PAGER="cat" TERM=dumb on_terminal 80 --json log
    not has_color
}

@test "NO_COLOR, and --color always, never, auto and nonsense" {
    made_mirror
    NO_COLOR=1 PAGER="cat" on_terminal 80 log
    not has_color
    NO_COLOR='' PAGER="cat" on_terminal 80 log
    has_color
    expect 0 --color always log
    has_color
    expect 0 --color always --json log
    not has_color
    PAGER="cat" on_terminal 80 --color never log
    not has_color
    expect 2 --color sometimes log
    says "auto, always, never"
}

@test "a pager, like git's, on a terminal only" {
    made_mirror
    # shellcheck disable=SC2016 # the pager's shell expands it
    export PAGER='sh -c "echo through \$LESS; cat"'
    on_terminal 80 log
    grep -q "through FRX" "$T/out"
    on_terminal 80 --no-pager log
    not grep -q through "$T/out"
    on_terminal 80 --json log
    not grep -q through "$T/out"
    on_terminal 80 status
    not grep -q through "$T/out"
    LESS=X on_terminal 80 list
    grep -q "through X" "$T/out"
    IOKEEPER_PAGER='sed s/^/ours:/' on_terminal 80 list
    grep -q "^ours:" "$T/out"
    expect 0 log
    says_not through
}

@test "without a pager that works, output goes to the terminal itself" {
    made_mirror
    PAGER=/no/such/pager on_terminal 80 list
    grep -q "11 resources" "$T/out"
    PAGER=no-such-pager on_terminal 80 list
    grep -q "11 resources" "$T/out"
    PAGER='' on_terminal 80 list
    grep -q "11 resources" "$T/out"
}

@test "a reader who leaves early is no failure, a full disk is" {
    made_mirror
    many_scripts 3000
    as Alice 2026-02-01T00:00:00Z "many"
    set -o pipefail
    "$IOKEEPER" list 2>"$T/err" | head -n 1 >"$T/out"
    equal "said" "$(<"$T/err")" ""
    "$IOKEEPER" log 2>"$T/err" | head -n 1 >"$T/out"
    equal "said" "$(<"$T/err")" ""
    set +o pipefail
    PAGER='head -n 1' on_terminal 80 list
    equal "exit code" "$TERMINAL_CODE" 0
    equal "lines" "$(wc -l <"$T/out")" 1
    # shellcheck disable=SC2016 # it is not to be expanded here
    run -1 bash -c '"$1" list >/dev/full' _ "$IOKEEPER"
    contains "said" "$output" "cannot be written"
}

@test "Ctrl-C ends a long look back, with 130 and nothing left behind" {
    made_mirror
    /usr/bin/python3 - <<'PY' | g fast-import --quiet --force
import sys
print("reset refs/heads/main\nfrom refs/heads/main^0\n")
for n in range(30000):
    print(f"commit refs/heads/main\ncommitter A <a@example.com> {1770000000 + n} +0000\ndata 2\nx\n"
          f"M 100644 inline account/scripts/clean-up--5c5555555555555555555501.js\ndata {len(str(n))}\n{n}\n")
PY
    snapshot "$MIRROR" >"$T/before"
    "$IOKEEPER" log --grep 'nothing like it' >"$T/out" 2>"$T/err" 3>&- &
    local pid=$! code=0
    sleep 0.2
    kill -INT "$pid"
    wait "$pid" || code=$?
    equal "exit code" "$code" 130
    says interrupted
    snapshot "$MIRROR" | diff "$T/before" -
}

@test "wrong verbs and selectors are answered with what was probably meant" {
    made_mirror
    expect 2 lgo
    says '"log"'
    expect 2 show 'connection/Shpo'
    says '"shop"'
    expect 2 list --deletd
    says "iokeeper help"
    expect 2 list --grep x
    says "iokeeper help list"
    expect 0 list --help
}

@test "help VERB has no line wider than 80 columns" {
    local verb
    expect 0 help
    equal "too wide" "$(grep -E '^.{81,}' "$T/out")" ""
    for verb in $("$IOKEEPER" manual all | sed -n 's/^iokeeper-\(.*\)\.1$/\1/p'); do
        expect 0 help "$verb"
        equal "too wide" "$(grep -E '^.{81,}' "$T/out")" ""
    done
}
