# shellcheck shell=bash disable=SC2164 # play.sh has -e, and some of the variables
# docs/MIRROR.md, played: sourced by play.sh.

documents+=(docs/MIRROR.md)
scenarios+=(reading_with_git)

# The clock's second is over: commits before it and behind it can be told apart by their times.
next_second() {
    local now=$EPOCHSECONDS
    while ((EPOCHSECONDS == now)); do sleep 0.05; done
}

reading_with_git() {
    local flow=6f01a7b8c9dae0f102132435 gone=6f02b8c9dae0f10213243546 script=6d01a1b2c3d4e5f60718293a
    local commit seen
    begin
    cd celigo
    seen=$(git log -1 --format=%cd --date='format:%F %T')
    next_second
    by chiara.rossi@example.org DELETE "/flows/$gone"
    by chiara.rossi@example.org PATCH /exports/6e01c4d5e6f708192a3b4c5d '{"pageSize":100}'
    iokeeper -q sync
    commit=$(git rev-parse --short=7 HEAD)
    by alice@example.com PATCH "/flows/$flow" '{"schedule":"? 0 6 ? * MON-FRI"}'
    iokeeper -q sync
    begin_block commit
    run "git show -s $commit"
    begin_block flow-who
    run "git log --date=short --format='%h %ad %an: %s' -- '*--$flow.yaml'"
    begin_block flow-what
    run "git log -p -1 -U0 --format='%h %an' -- '*--$flow.yaml'" 1 2
    run "git blame -s -L '/^schedule/,+1' integrations/*/flows/*--$flow.yaml"
    begin_block flow-gone
    run "git log --diff-filter=D --name-only --format='%h %an' -- '*--$gone.yaml'"
    run "git show $commit^:$(git log --diff-filter=D --name-only --format= -- "*--$gone.yaml")" 4 0
    begin_block flow-then
    run "git rev-list -1 --before='$seen' main"
    run "git diff --stat $(git rev-parse --short=7 HEAD~2) main -- integrations account/connections" 0 1
    begin_block flow-uses
    run "git grep -l $script -- '*.yaml' ':!*/audit/*'"
    begin_block incomplete
    admin POST /faults '{"path":"/v1/imports","do":"status","status":403}'
    by alice@example.com PATCH "/flows/$flow" '{"schedule":"? 0 7 ? * MON-FRI"}'
    iokeeper -q sync || (($? == 3))
    run "git log --oneline --grep='^Complete: no'"
    run 'git diff --name-only refs/iokeeper/complete main'
}
