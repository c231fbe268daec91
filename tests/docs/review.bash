# shellcheck shell=bash disable=SC2164 # play.sh has -e, and some of the variables
# docs/REVIEW.md, played: sourced by play.sh.

documents+=(docs/REVIEW.md)
scenarios+=(reading reviewing)

# Colleagues at work, a cycle behind each.
some_days() {
    begin
    by_bob PATCH /exports/6e01c4d5e6f708192a3b4c5d '{"pageSize":100}'
    iokeeper -q sync
    by_bob PATCH /flows/6f01a7b8c9dae0f102132435 '{"name":"Orders to NetSuite, daily","schedule":"? 35 0 ? * *"}'
    by_bob PATCH /scripts/6d01a1b2c3d4e5f60718293a '{"content":"function preMap(options) {\n  return check(options.data);\n}\n"}'
    iokeeper -q sync
}

reading() {
    some_days
    begin_block who
    run "iokeeper log 'Orders to NetSuite, daily'"
    begin_block before
    run "iokeeper diff --from HEAD~2"
    begin_block breaks
    run "iokeeper used-by 'connection/Shopify'"
    begin_block glance
    run "iokeeper show 'Order sync' | grep '^#'"
    begin_block online
    by_bob PATCH /connections/6c03f60718293a4b5c6d7e8f '{"offline":true}'
    run "iokeeper show 'Order sync' --live | grep connection"
    begin_block gone
    by_bob DELETE /flows/6f01a7b8c9dae0f102132435
    iokeeper -q sync
    run 'iokeeper list --deleted'
    begin_block good
    run 'iokeeper check --live | tail -n 2'
}

reviewing() {
    begin
    cd "$HOME/celigo"
    begin_block propose
    run 'git checkout -q -b bigger-pages'
    run "sed -i 's/^pageSize: 50/pageSize: 200/' integrations/order-sync--*/exports/get-shopify-orders--*.yaml"
    run "git commit -qam 'Fetch 200 orders at a time'"
    run 'iokeeper diff --from main --to bigger-pages'
    git checkout -q main
    begin_block apply
    run "iokeeper plan 'integration/Order sync' --at bigger-pages"
    run "iokeeper restore 'integration/Order sync' --at bigger-pages --yes"
    run "iokeeper diff 'Get Shopify orders' --from bigger-pages --exit-code"
}
