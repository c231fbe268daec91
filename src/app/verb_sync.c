/* verb_sync: one cycle, now. */
#include "app/command.h"
#include "app/options.h"
#include "base/log.h"
#include "live.h"
#include "sync_output.h"

int verb_sync(struct invocation *in, struct err *err)
{
    struct sync_result result;
    int code = live_run(in, &result, err);
    if (code == 0) {
        code = sync_exit_code(&result);
        sync_log_result(&result, in->verbose && !in->json);
        if (in->json)
            sync_print_json(&result);
        else if (log_is_journal())
            sync_log_closing(&result);
        else if (!in->quiet)
            sync_print_closing(&result);
    }
    sync_result_release(&result);
    if (code >= 0 || (err->cls != ERR_LOCKED && err->cls != ERR_STOP && err->cls != ERR_USAGE)) {
        struct tell_options telling = options_tell(&in->config, in->stop_fd);
        tell(&telling, code < 0 ? err : NULL);
    }
    return code;
}
