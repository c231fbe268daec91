/* verb_sync: one cycle, now. */
#include <unistd.h>

#include "app/command.h"
#include "app/options.h"
#include "app/progress.h"
#include "base/clock.h"
#include "base/log.h"
#include "sync_output.h"

static void show_progress(void *context, const char *phase, uint64_t done, uint64_t total)
{
    progress_update(context, phase, done, total, clock_monotonic_ms());
}

int verb_sync(struct invocation *in, struct err *err)
{
    struct progress progress;
    struct sync_result result;
    struct sync_options options = options_sync(&in->config, in->stop_fd);
    progress_init(&progress, STDERR_FILENO, !in->quiet && !in->json);
    options.progress = show_progress;
    options.context = &progress;
    int code = sync_run(&options, &result, err);
    progress_finish(&progress);
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
