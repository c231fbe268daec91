#include "app/options.h"

#include <string.h>

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

struct store_remote options_remote(const struct config *config)
{
    return (struct store_remote){.url = config->remote,
                                 .token = config->remote_token,
                                 .key = config->remote_key,
                                 .known_hosts = config->remote_known_hosts,
                                 .host_key = config->remote_host_key,
                                 .timeout_ms = config->remote_timeout_ms};
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
                                 .remote = options_remote(config),
                                 .include = texts(&config->include),
                                 .exclude = texts(&config->exclude),
                                 .redact = texts(&config->redact),
                                 .users = config->users,
                                 .audit = config->audit,
                                 .errors = config->errors,
                                 .max_delete_percent = config->max_delete_percent,
                                 .max_delete = config->max_delete};
}

struct tell_options options_tell(const struct config *config, int stop_fd)
{
    return (struct tell_options){.account = config->account,
                                 .api_url = config->api_url,
                                 .mirror_path = config->mirror_path,
                                 .branch = config->branch,
                                 .webhook = config->webhook_url,
                                 .webhook_secret = config->webhook_secret,
                                 .textfile = config->textfile,
                                 .heartbeat = config->heartbeat,
                                 .every_ms = config->every_ms,
                                 .stop_fd = stop_fd};
}

struct check_options options_check(const struct config *config, int stop_fd)
{
    return (struct check_options){.mirror_path = config->mirror_path,
                                  .branch = config->branch,
                                  .redact = texts(&config->redact),
                                  .pace = {.stop_fd = stop_fd}};
}

static int find_word(const char *option, const char *given, const char *const *words, size_t n,
                     struct err *err)
{
    for (size_t i = 0; given && i < n; i++)
        if (strcmp(given, words[i]) == 0)
            return (int)i;
    if (!given)
        return 0;
    struct buf text = BUF_MAX(200);
    for (size_t i = 0; i < n; i++)
        buf_printf(&text, "%s%s", i ? ", " : "", words[i]);
    err_set(err, ERR_USAGE, "%s %.40s: is none of %s", option, given, buf_cstr(&text));
    buf_release(&text);
    return -1;
}

int options_restore(const struct invocation *in, struct restore_options *ret, struct err *err)
{
    int conflict =
        find_word("--on-conflict", in->restore.on_conflict, restore_conflict_words, CONFLICTS, err);
    int sandbox =
        find_word("--sandbox", in->restore.sandbox, restore_sandbox_words, SANDBOXES, err);
    if (conflict < 0 || sandbox < 0)
        return -1;
    *ret = (struct restore_options){.sync = options_sync(&in->config, in->stop_fd),
                                    .selectors = in->args,
                                    .selectors_n = (size_t)in->n_args,
                                    .all = in->restore.all,
                                    .at = in->at,
                                    .prune = in->restore.prune,
                                    .with_dependencies = in->restore.with_dependencies,
                                    .connections = in->restore.connections,
                                    .enable_flows = in->restore.enable_flows,
                                    .force_managed = in->restore.force_managed,
                                    .on_conflict = (enum restore_conflict)conflict,
                                    .sandbox = (enum restore_sandbox)sandbox,
                                    .secrets_path = in->restore.secrets ? in->restore.secrets
                                                                        : in->config.secrets_file,
                                    .journal_path = in->restore.journal,
                                    .name = in->restore.name,
                                    .map_path = in->restore.map};
    return 0;
}
