#include "app/options.h"

struct account_options options_account(const struct config *config, int stop_fd)
{
    return (struct account_options){.url = config->api_url,
                                    .origin = config->api_origin,
                                    .token = config->token,
                                    .token_source = config->token_source,
                                    .concurrency = config->concurrency,
                                    .rate = config->rate,
                                    .page_size = config->page_size,
                                    .timeout_ms = config->timeout_ms,
                                    .allow_http = config->allow_http,
                                    .stop_fd = stop_fd};
}

/* A list as the routes take it. */
static const char *const *texts(const struct config_strings *list)
{
    return (const char *const *)list->items;
}

struct sync_options options_sync(const struct config *config, int stop_fd)
{
    static const char *const sandbox[] = {
        [SANDBOX_BOTH] = NULL, [SANDBOX_TRUE] = "true", [SANDBOX_FALSE] = "false"};
    static const enum sync_lists lists[] = {[LISTS_AUTO] = SYNC_LISTS_AUTO,
                                            [LISTS_ACCOUNT] = SYNC_LISTS_ACCOUNT,
                                            [LISTS_INTEGRATION] = SYNC_LISTS_INTEGRATION};
    return (struct sync_options){.account = options_account(config, stop_fd),
                                 .lists = lists[config->lists],
                                 .sandbox = sandbox[config->sandbox],
                                 .mirror_path = config->mirror_path,
                                 .branch = config->branch,
                                 .remote = config->remote,
                                 .include = texts(&config->include),
                                 .exclude = texts(&config->exclude),
                                 .redact = texts(&config->redact),
                                 .users = config->users,
                                 .audit = config->audit,
                                 .errors = config->errors,
                                 .max_delete_percent = config->max_delete_percent,
                                 .max_delete = config->max_delete};
}

struct check_options options_check(const struct config *config, int stop_fd)
{
    return (struct check_options){.mirror_path = config->mirror_path,
                                  .branch = config->branch,
                                  .redact = texts(&config->redact),
                                  .stop_fd = stop_fd};
}
