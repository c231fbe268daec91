# What a person sees: `load terminals` beside helpers.

# on_terminal COLUMNS ARGUMENT…: runs iokeeper on a terminal so wide; what is on the screen then is in $T/out. Variables
# for it stand before. The terminal's own carriage returns are taken out.
on_terminal() {
    local columns=$1 command
    shift
    command=$(printf '%q ' "$IOKEEPER" "$@")
    printf 'stty cols %d rows 50\n%s\n' "$columns" "$command" >"$T/typed"
    TERM=xterm script -qec "bash $T/typed" /dev/null </dev/null 2>&1 3>&- | tr -d '\r' >"$T/out"
    # shellcheck disable=SC2034 # for the tests
    TERMINAL_CODE=${PIPESTATUS[0]}
}

# golden NAME [COLUMNS]: $T/out is what tests/golden/history has under NAME.COLUMNS.txt, or under NAME.txt, where the
# width makes no difference. GOLDEN=write makes it so.
golden() {
    local folder=$BATS_TEST_DIRNAME/../golden/history
    local file=$folder/$1.txt
    if [[ $# -gt 1 && -e $folder/$1.$2.txt ]]; then file=$folder/$1.$2.txt; fi
    if [[ ${GOLDEN-} == write ]]; then cp "$T/out" "$file"; fi
    diff -u "$file" "$T/out" >&2
}
