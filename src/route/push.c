/* push: off this machine, at the end of a cycle. */
#include "base/clock.h"
#include "cycle.h"
#include "route/remote.h"

int cycle_push(struct cycle *c, struct err *err)
{
    const struct store_remote *remote = &c->options->remote;
    struct sync_result *result = c->result;
    struct err outcome = {0};
    if (!*remote->url)
        return 0;
    if (remote_do(REMOTE_PUSH, c->store, remote, c->options->account.stop_fd, &outcome, err) < 0)
        return -1;
    result->push_tried = true;
    if (outcome.cls != ERR_NONE)
        result->push_failure = arena_str(&result->arena, str_of(outcome.text)).p;
    return store_unpushed(c->store, remote->url, &result->unpushed, err);
}
