# The examples of docs/RESTORE.md are what the program prints.

@test "docs/RESTORE.md shows what the program does" {
    cd "$BATS_TEST_DIRNAME/../.."
    tests/docs/restore.sh --check 3>&-
}
