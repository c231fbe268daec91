# shellcheck shell=bash disable=SC2016,SC2154 # what `run` is given is expanded when it is run; play.sh has some of the variables
# docs/RESTORE.md, played: sourced by play.sh.

documents+=(docs/RESTORE.md)
scenarios+=(one_flow broken_integration lost_account other_account sandbox_copy cut_off name_taken)

one_flow() {
    begin
    begin_block check
    run 'iokeeper check'
    by_bob DELETE /flows/6f01a7b8c9dae0f102132435
    iokeeper -q sync
    begin_block one-flow-find
    run 'cd ~/celigo'
    run "git log --format='%h %an: %s' --diff-filter=D --name-only -- '*orders-to-netsuite*'"
    local gone
    gone=$(git rev-parse --short=7 HEAD)
    begin_block one-flow-plan
    run "iokeeper plan 'flow/Orders to NetSuite' --at $gone~1"
    begin_block one-flow-restore
    run "iokeeper restore 'flow/Orders to NetSuite' --at $gone~1 --yes"
    run 'cat account/idmap.yaml'
    begin_block one-flow-enable
    run "iokeeper restore 'flow/Orders to NetSuite' --at $gone~1 --enable-flows --yes"
}

broken_integration() {
    begin
    by_bob PATCH /exports/6e01c4d5e6f708192a3b4c5d '{"pageSize":1,"http":{"relativeURI":"/orders.json"}}'
    by_bob PATCH /scripts/6d01a1b2c3d4e5f60718293a '{"content":"function preMap(options) {\n  throw new Error(\"test\");\n}\n"}'
    by_bob DELETE /imports/6b02e7d6c5b4a3928170615f
    by_bob POST /flows '{"_id":"6f04dae0f102132435465768","name":"Test, do not use","_integrationId":"6a01d2f0c3b4a59687786951","disabled":true,
        "pageGenerators":[{"_exportId":"6e01c4d5e6f708192a3b4c5d"}],"pageProcessors":[]}'
    iokeeper -q sync
    begin_block integration-find
    run 'cd ~/celigo'
    run "git log --format='%h %an: %s'"
    local good
    good=$(git rev-parse --short=7 HEAD~1)
    begin_block integration-plan
    run "iokeeper plan 'integration/Order sync' 'script/Order helpers' --at $good -o ~/order-sync.plan"
    is_part_of "$raw" "$(block docs/RESTORE.md plan-line)"
    begin_block integration-restore
    run "iokeeper restore --plan ~/order-sync.plan --yes"
    begin_block integration-prune
    run "iokeeper plan 'integration/Order sync' --at $good --prune"
    begin_block undo
    run 'iokeeper undo --yes'
    by_bob PATCH /exports/6e01c4d5e6f708192a3b4c5d '{"pageSize":75}'
    begin_block undo-refused
    run 'iokeeper undo --yes'
}

lost_account() {
    begin
    local remote=$world/remotes/celigo.git
    admin PUT /state '{}'
    rm -rf "$HOME/celigo"
    begin_block account-clone
    run "git clone -q $remote ~/celigo"
    run 'iokeeper doctor | tail -n 1'
    run "cd ~/celigo && git log --format='%h %an: %s'"
    local good
    good=$(git rev-parse --short=7 HEAD)
    begin_block account-plan
    run "iokeeper plan --all --at $good"
    cat >"$HOME/secrets.yaml" <<'SECRETS'
connection/Shopify:
  http.auth.token.token: the token itself
connection/NetSuite:
  netsuite.tokenId: the id
  netsuite.tokenSecret: the secret
SECRETS
    begin_block secrets
    show "$HOME/secrets.yaml"
    block docs/RESTORE.md secrets-file >"$HOME/others.yaml"
    chmod 600 "$HOME/others.yaml"
    live_by "iokeeper plan --all --at $good --secrets ~/others.yaml"
    not_in_output 'Shopify.*http.auth.token.token' 'netsuite.tokenSecret'
    begin_block account-restore
    chmod 600 "$HOME/secrets.yaml"
    run "iokeeper restore --all --at $good --secrets ~/secrets.yaml --yes"
    begin_block account-again
    run "iokeeper restore --all --at $good --yes"
}

other_account() {
    begin
    cat >"$world/other.json" <<'OTHER'
{"connections":[{"_id":"7c01b3a4958677685a4b3c2d","name":"NetSuite","type":"netsuite","netsuite":{"account":"TSTDRV0002"}}]}
OTHER
    serve --profile live --load "$world/other.json"
    configure new
    begin_block other-plan
    run "iokeeper clone 'integration/Returns' --at HEAD --to ~/.config/iokeeper/new.yaml --map ~/new.map --dry-run"
    block docs/RESTORE.md map-file >"$HOME/own.map"
    live_by "iokeeper clone 'integration/Returns' --at HEAD --to ~/.config/iokeeper/new.yaml --map ~/own.map --with-dependencies --dry-run"
    not_in_output 'is taken for' 'create  connection'
    rm "$HOME/own.map"
    begin_block other-clone
    run "iokeeper clone --all --at HEAD --to ~/.config/iokeeper/new.yaml --map ~/new.map --yes"
    run 'head -n 4 ~/new.map'
}

sandbox_copy() {
    begin
    begin_block copy
    run "iokeeper clone 'integration/Order sync' --at HEAD --map ~/order-sync.map --yes"
    run 'cat ~/order-sync.map'
    begin_block copy-undo
    run 'iokeeper undo --yes'
}

cut_off() {
    begin
    local good
    good=$(git -C celigo rev-parse --short=7 HEAD)
    printf '  concurrency: 1\n' >"$world/one" # so that the journal is the same in each run
    sed -i "/^api:/r $world/one" ~/.config/iokeeper/default.yaml
    admin DELETE "/integrations/6a01d2f0c3b4a59687786951?cascade=1"
    begin_block cut-off
    run_and_die 2 "iokeeper restore 'integration/Order sync' --at $good --yes"
    block docs/RESTORE.md run-files |
        awk -v run="$(<celigo/.git/iokeeper/run)" '!/\.path/ { sub("RUN", run); print "celigo/" $1 }' | xargs ls >/dev/null
    say 'the power fails; some time later, on the same machine:'
    admin DELETE /faults
    run "iokeeper restore 'integration/Order sync' --at $good --yes"
    begin_block cut-off-resume
    run 'iokeeper resume --yes'
    run 'iokeeper resume'
    begin_block cut-off-journal
    run 'cd ~/celigo/.git/iokeeper/runs/* && head -n 5 journal'
    begin_block cut-off-ended
    run 'tail -n +6 journal'
    begin_block idmap
    show ~/celigo/account/idmap.yaml
    admin PATCH "/scripts/6d01a1b2c3d4e5f60718293a" '{"content":"return"}'
    iokeeper -q restore 'script/Order helpers' --at "$good" --journal ~/journal --yes
    block docs/RESTORE.md run-files | grep -qF .git/iokeeper/runs/RUN/journal.path
    ls ~/celigo/.git/iokeeper/runs/*/journal.path >/dev/null
}

name_taken() {
    begin --profile reference
    local good
    good=$(git -C celigo rev-parse --short=7 HEAD)
    admin DELETE "/integrations/6a02e5f60718293a4b5c6d7e"
    by_bob POST /integrations '{"_id":"6a03f60718293a4b5c6d7e8f","name":"Returns"}'
    begin_block taken
    run "iokeeper plan 'integration/Returns' --at $good"
    run "iokeeper restore 'integration/Returns' --at $good --on-conflict adopt --yes"
}
