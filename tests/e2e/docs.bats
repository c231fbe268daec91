# The examples of the documents are what the program prints.

@test "docs/RESTORE.md and docs/REVIEW.md show what the program does" {
    cd "$BATS_TEST_DIRNAME/../.."
    tests/docs/play.sh --check 3>&-
}
