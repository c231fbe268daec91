#include "live.h"

#include <unistd.h>

#include "app/options.h"
#include "app/progress.h"
#include "base/clock.h"
#include "sync_output.h"

static void show_progress(void *context, const char *phase, uint64_t done, uint64_t total)
{
    progress_update(context, phase, done, total, clock_monotonic_ms());
}

int live_sync(const struct invocation *in, struct err *err)
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
        sync_log_result(&result, false);
        code = sync_exit_code(&result);
    }
    sync_result_release(&result);
    return code;
}
