/* The examples that help and the manual show, a row each; those of a verb stand together. */
#include "app/command.h"

/* clang-format off */
const struct command_example command_examples[] = {
    {"sync", "iokeeper sync", "a cycle now, beside a daemon or without one"},
    {"sync", "iokeeper --json sync | jq -c 'select(.type == \"change\")'", "what changed, for a script"},
    {"list", "iokeeper list", "all that the mirror holds"},
    {"list", "iokeeper list flows --at '2 weeks ago'", "the flows of then"},
    {"list", "iokeeper list --deleted", "what is gone, when it went and who took it"},
    {"log", "iokeeper log -n 5", "the last five commits"},
    {"log", "iokeeper log 'flow/Orders to NetSuite'", "each change of a flow, field by field"},
    {"log", "iokeeper log --author alice --since 2026-03-01", "what Alice has changed since then"},
    {"log", "iokeeper log --kind connection --grep example.org", "connections whose address changed"},
    {"show", "iokeeper show 'integration/Order sync'", "an integration, with what it holds"},
    {"show", "iokeeper show 'Order sync' --live", "which of its connections are online, too"},
    {"show", "iokeeper show 5e8f0a1b2c3d4e5f60718293 --at HEAD~3", "a document as it was, by its id"},
    {"diff", "iokeeper diff", "what the last commit changed"},
    {"diff", "iokeeper diff --live", "what the account has that the mirror does not know yet"},
    {"diff", "iokeeper diff 'integration/Order sync' --from '1 day ago' --stat", "how much changed in it since"},
    {"diff", "iokeeper diff --live --exit-code --quiet", "4 where anything differs, for a script"},
    {"uses", "iokeeper uses 'flow/Orders to NetSuite'", "its exports and imports, their connections and scripts"},
    {"used-by", "iokeeper used-by connection/NetSuite", "what would break with a connection"},
    {"used-by", "iokeeper used-by connection/NetSuite --dot | dot -Tsvg >graph.svg", "the same as a picture"},
    {"check", "iokeeper check", "the mirror as it lies on the disk, and what could be restored"},
    {"check", "iokeeper check --live", "after a sync, so that it is about the account of now"},
    {"plan", "iokeeper plan 'flow/Orders to NetSuite' --at 76a2391", "what restore would do"},
    {"plan", "iokeeper plan --all --at '1 day ago' -o plan.json", "kept in a file, for restore --plan"},
    {"restore", "iokeeper restore 'flow/Orders to NetSuite' --at 76a2391", "a flow as a commit has it"},
    {"restore", "iokeeper restore 'integration/Order sync' --at HEAD~3 --with-dependencies",
     "an integration, and what it needs that is gone"},
    {"restore", "iokeeper restore --plan plan.json --yes", "exactly what a plan says, unasked"},
    {"clone", "iokeeper clone 'flow/Orders to NetSuite' --name 'Orders, a copy'", "a flow once more"},
    {"clone", "iokeeper clone --all --to sandbox.yaml --secrets secrets.yaml", "the account, into another one"},
    {"undo", "iokeeper undo", "takes the last restore or clone back"},
    {"template", "iokeeper template 'integration/Order sync' -o order-sync.zip", "the archive of an integration"},
};
/* clang-format on */

const size_t command_examples_n = sizeof command_examples / sizeof *command_examples;
