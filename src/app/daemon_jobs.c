#include <stdio.h>

#include "app/options.h"
#include "base/log.h"
#include "daemon_internal.h"
#include "port/store.h"
#include "sync_output.h"

/* ---- prove ---- */

static int keep_folder(struct store *store, struct report *report, struct err *err)
{
    int n = snprintf(report->folder, sizeof report->folder, "%s", store_private_path(store, "."));
    if (n < 0 || (size_t)n >= sizeof report->folder)
        return err_set(err, ERR_USAGE, "mirror.path: it is too long");
    return 0;
}

static int prove_mirror(const struct config *config, struct report *report, struct err *err)
{
    struct store *store = NULL;
    int result = 0;
    if (store_path_is_free(config->mirror_path))
        result = store_create(config->mirror_path, config->branch, err);
    if (result == 0)
        result = store_open(&store, config->mirror_path, config->branch, err);
    if (result == 0)
        result = keep_folder(store, report, err);
    if (result == 0)
        result = facts_read(store, &report->last, err);
    store_close(store);
    return result;
}

static void prove(struct invocation *in, struct report *report)
{
    if (prove_mirror(&in->config, report, &report->err) < 0)
        return;
    report->proved = true;
    struct account_options account = options_account(&in->config, in->stop_fd);
    account_probe(&account, &report->err);
}

/* ---- sync ---- */

static void tell_result(const struct invocation *in, const struct sync_result *result)
{
    sync_log_changes(result);
    sync_log_result(result, false);
    sync_log_closing(result);
    if (in->json)
        sync_print_json(result);
}

static void tell_failure(const struct err *err)
{
    if (err->cls == ERR_LOCKED)
        log_info("%s: the sync waits", err->text);
    else if (err->cls != ERR_STOP)
        log_event(LOG_LEVEL_ERROR, &(struct log_fields){.event = LOG_FAILED}, "%s", err->text);
}

static void read_facts(const struct config *config, struct report *report)
{
    struct store *store = NULL;
    struct err ignored = {0};
    if (store_open(&store, config->mirror_path, config->branch, &ignored) == 0)
        facts_read(store, &report->last, &ignored);
    store_close(store);
}

static void tell_others(struct invocation *in, struct report *report)
{
    struct tell_options options = options_tell(&in->config, in->stop_fd);
    report->untold = !tell(&options, report->err.cls == ERR_NONE ? NULL : &report->err);
    report->told = !report->untold;
}

static void sync(struct invocation *in, struct report *report)
{
    struct sync_result result;
    struct sync_options options = options_sync(&in->config, in->stop_fd);
    if (sync_run(&options, &result, &report->err) == 0)
        tell_result(in, &result);
    else
        tell_failure(&report->err);
    sync_result_release(&result);
    read_facts(&in->config, report);
    if (report->err.cls != ERR_LOCKED && report->err.cls != ERR_STOP)
        tell_others(in, report);
}

void daemon_do(enum job job, struct invocation *in, struct report *report)
{
    switch (job) {
    case JOB_PROVE:
        prove(in, report);
        break;
    case JOB_SYNC:
        sync(in, report);
        break;
    case JOB_TELL:
        tell_others(in, report);
        break;
    }
}
