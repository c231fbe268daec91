#include "live.h"

#include <unistd.h>

#include "app/options.h"
#include "app/progress.h"
#include "sync_output.h"

int live_run(const struct invocation *in, struct sync_result *ret, struct err *err)
{
    struct progress progress;
    struct sync_options options = options_sync(&in->config, in->stop_fd);
    progress_init(&progress, STDERR_FILENO, !in->quiet && !in->json);
    options.progress = progress_show;
    options.context = &progress;
    int result = sync_run(&options, ret, err);
    progress_finish(&progress);
    return result;
}

int live_sync(const struct invocation *in, struct err *err)
{
    struct sync_result result;
    int code = live_run(in, &result, err);
    if (code == 0) {
        sync_log_result(&result, false);
        code = sync_exit_code(&result);
    }
    sync_result_release(&result);
    return code;
}
