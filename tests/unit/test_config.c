#include "app/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/config_check.h"
#include "app/config_option.h"
#include "base/fs.h"

/* Every test runs in an empty folder of its own, with an environment that says nothing. */
static const char pattern[] = "/tmp/iokeeper-config-XXXXXX";
static char here[sizeof pattern];

static const char secret[] = "s3cr3t-0123456789abcdef0123456789";

static int begin(void **state)
{
    (void)state;
    static const char *const variables[] = {"IOKEEPER_API_URL", "IOKEEPER_TOKEN",
                                            "IOKEEPER_MIRROR",  "CREDENTIALS_DIRECTORY",
                                            "XDG_CONFIG_HOME",  "XDG_STATE_HOME"};
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        unsetenv(variables[i]);
    memcpy(here, pattern, sizeof pattern);
    if (!mkdtemp(here) || chdir(here) < 0)
        return -1;
    return setenv("HOME", here, 1);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int end(void **state)
{
    (void)state;
    return chdir("/") < 0 || nftw(here, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- helpers ---- */

static void write_file(const char *path, mode_t mode, const char *content)
{
    struct err err;
    assert_int_equal(fs_replace(path, mode, str_of(content), &err), 0);
}

/* A path in the test's folder, for one use at a time. */
static const char *in_folder(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", here, name);
    return path;
}

static void load_text(struct config *config, const char *text)
{
    struct err err = {0};
    write_file("c.yaml", 0644, text);
    if (config_load(config, "c.yaml", NULL, &err) < 0)
        fail_msg("%s", err.text);
}

/* Loads and expects the one message, of class ERR_USAGE. */
static void assert_refused_from(const char *file, const char *account, const char *expected)
{
    struct config config;
    struct err err = {0};
    assert_int_equal(config_load(&config, file, account, &err), -1);
    assert_string_equal(err.text, expected);
    assert_int_equal(err.cls, ERR_USAGE);
    config_release(&config);
}

static void assert_refused(const char *text, const char *expected)
{
    write_file("c.yaml", 0644, text);
    assert_refused_from("c.yaml", NULL, expected);
}

/* Whether loading text fails without any part of the secret in the message. */
static void assert_refused_silently(const char *text)
{
    struct config config;
    struct err err = {0};
    write_file("c.yaml", 0644, text);
    assert_int_equal(config_load(&config, "c.yaml", NULL, &err), -1);
    assert_null(strstr(err.text, "0123456789"));
    assert_null(strstr(err.text, "s3cr3t"));
    config_release(&config);
}

/* ---- what is read ---- */

static void an_empty_file_is_all_defaults(void **state)
{
    (void)state;
    setenv("IOKEEPER_MIRROR", "/m", 1);
    struct config config;
    load_text(&config, "");
    assert_string_equal(config.api_url, "https://api.integrator.io/v1");
    assert_string_equal(config.api_origin, "https://api.integrator.io");
    assert_string_equal(config.api_url_source, "default");
    assert_string_equal(config.account, "default");
    assert_string_equal(config.file, "c.yaml");
    assert_null(config.token);
    assert_null(config.token_file);
    assert_int_equal(config.lists, LISTS_AUTO);
    assert_int_equal(config.sandbox, SANDBOX_BOTH);
    assert_int_equal(config.concurrency, 8);
    assert_int_equal(config.rate, 200);
    assert_int_equal(config.page_size, 100);
    assert_int_equal(config.timeout_ms, 30000);
    assert_false(config.allow_http);
    assert_string_equal(config.mirror_path, "/m");
    assert_string_equal(config.branch, "main");
    assert_string_equal(config.remote, "");
    assert_int_equal(config.include.n + config.exclude.n + config.redact.n, 0);
    assert_true(config.users && config.audit && !config.errors);
    assert_int_equal(config.every_ms, 15 * 60 * 1000);
    assert_int_equal(config.jitter_ms, 60 * 1000);
    assert_int_equal(config.full_every_ms, 24 * 60 * 60 * 1000);
    assert_int_equal(config.max_delete_percent, 10);
    assert_int_equal(config.max_delete, 10);
    assert_string_equal(config.webhook, "");
    assert_string_equal(config.textfile, "");
    config_release(&config);
}

static void every_option_is_read(void **state)
{
    (void)state;
    struct config config;
    load_text(&config, "api:\n"
                       "  url: https://[2001:db8::1]:8443/v1//\n"
                       "  token_file: ./t.token\n"
                       "  lists: integration\n"
                       "  sandbox: false\n"
                       "  concurrency: 64\n"
                       "  rate: 1\n"
                       "  page_size: 1000\n"
                       "  timeout: 1500ms\n"
                       "  allow_http: true\n"
                       "mirror:\n"
                       "  path: ~/mirror/\n"
                       "  branch: feature/x\n"
                       "  remote: git@example.com:a/b.git\n"
                       "  users: false\n"
                       "  audit: false\n"
                       "  errors: true\n"
                       "schedule:\n"
                       "  every: 2d\n"
                       "  jitter: 0s\n"
                       "  full_every: 36h\n"
                       "safety:\n"
                       "  max_delete_percent: 0\n"
                       "  max_delete: 1000000\n");
    assert_string_equal(config.api_url, "https://[2001:db8::1]:8443/v1");
    assert_string_equal(config.api_origin, "https://[2001:db8::1]:8443");
    assert_string_equal(config.api_url_source, "c.yaml:2: api.url");
    assert_string_equal(config.token_file, in_folder("t.token"));
    assert_int_equal(config.lists, LISTS_INTEGRATION);
    assert_int_equal(config.sandbox, SANDBOX_FALSE);
    assert_int_equal(config.concurrency, 64);
    assert_int_equal(config.rate, 1);
    assert_int_equal(config.page_size, 1000);
    assert_int_equal(config.timeout_ms, 1500);
    assert_true(config.allow_http);
    assert_string_equal(config.mirror_path, in_folder("mirror"));
    assert_string_equal(config.branch, "feature/x");
    assert_string_equal(config.remote, "git@example.com:a/b.git");
    assert_true(!config.users && !config.audit && config.errors);
    assert_int_equal(config.every_ms, 2 * 24 * 3600 * 1000);
    assert_int_equal(config.jitter_ms, 0);
    assert_int_equal(config.full_every_ms, 36 * 3600 * 1000);
    assert_int_equal(config.max_delete_percent, 0);
    assert_int_equal(config.max_delete, 1000000);
    config_release(&config);
}

static void sandbox_is_a_word_or_a_boolean(void **state)
{
    (void)state;
    setenv("IOKEEPER_MIRROR", "/m", 1);
    static const struct {
        const char *text;
        enum config_sandbox expected;
    } cases[] = {
        {"api: {sandbox: both}", SANDBOX_BOTH},
        {"api: {sandbox: true}", SANDBOX_TRUE},
        {"api: {sandbox: \"true\"}", SANDBOX_TRUE},
        {"api: {sandbox: false}", SANDBOX_FALSE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct config config;
        load_text(&config, cases[i].text);
        assert_int_equal(config.sandbox, cases[i].expected);
        config_release(&config);
    }
}

static void sections_may_be_empty(void **state)
{
    (void)state;
    struct config config;
    load_text(&config, "api:\n  #rate: 5\nmirror:\n  path: m\nschedule: {}\n");
    assert_int_equal(config.rate, 200);
    assert_string_equal(config.mirror_path, in_folder("m"));
    config_release(&config);
}

static void paths_begin_at_the_folder_of_the_file(void **state)
{
    (void)state;
    struct config config;
    struct err err = {0};
    assert_int_equal(mkdir("etc", 0755), 0);
    write_file("etc/c.yaml", 0644, "mirror: {path: m}\n");
    assert_int_equal(config_load(&config, "etc/c.yaml", NULL, &err), 0);
    assert_string_equal(config.mirror_path, in_folder("etc/m"));
    config_release(&config);
    assert_int_equal(config_load(&config, in_folder("etc/c.yaml"), NULL, &err), 0);
    assert_string_equal(config.mirror_path, in_folder("etc/m"));
    config_release(&config);
}

/* ---- the environment ---- */

static void the_environment_is_enough(void **state)
{
    (void)state;
    setenv("IOKEEPER_API_URL", "http://127.0.0.1:8080/v1/", 1);
    setenv("IOKEEPER_MIRROR", "m", 1);
    setenv("IOKEEPER_TOKEN", secret, 1);
    struct config config;
    struct err err = {0};
    assert_int_equal(config_load(&config, NULL, NULL, &err), 0);
    assert_null(config.file);
    assert_string_equal(config.api_url, "http://127.0.0.1:8080/v1");
    assert_string_equal(config.api_origin, "http://127.0.0.1:8080");
    assert_string_equal(config.api_url_source, "IOKEEPER_API_URL");
    assert_string_equal(config.mirror_path, in_folder("m"));
    assert_int_equal(config_load_secrets(&config, &err), 0);
    assert_string_equal(config.token, secret);
    assert_string_equal(config.token_source, "variable IOKEEPER_TOKEN");
    config_release(&config);
    assert_null(config.token);
}

static void a_service_has_its_folder(void **state)
{
    (void)state;
    struct config config;
    struct err err = {0};
    setenv("STATE_DIRECTORY", "/var/lib/iokeeper/x", 1);
    assert_int_equal(config_load(&config, NULL, "no-such-account", &err), 0);
    assert_string_equal(config.mirror_path, "/var/lib/iokeeper/x");
    assert_null(config.file);
    config_release(&config);
    load_text(&config, "mirror: {path: /m}\n");
    assert_string_equal(config.mirror_path, "/m");
    config_release(&config);
    setenv("STATE_DIRECTORY", "/a:/b", 1);
    assert_int_equal(config_load(&config, NULL, "no-such-account", &err), -1);
    config_release(&config);
    unsetenv("STATE_DIRECTORY");
}

static void the_environment_overrides_the_file(void **state)
{
    (void)state;
    static const char text[] = "api: {url: https://a.example/v1}\nmirror: {path: /a}\n";
    struct config config;
    setenv("IOKEEPER_API_URL", "https://b.example/v1", 1);
    setenv("IOKEEPER_MIRROR", "/b", 1);
    load_text(&config, text);
    assert_string_equal(config.api_url, "https://b.example/v1");
    assert_string_equal(config.mirror_path, "/b");
    config_release(&config);
    setenv("IOKEEPER_API_URL", "", 1);
    setenv("IOKEEPER_MIRROR", "", 1);
    load_text(&config, text);
    assert_string_equal(config.api_url, "https://a.example/v1");
    assert_string_equal(config.mirror_path, "/a");
    config_release(&config);
}

static void a_bad_variable_is_named(void **state)
{
    (void)state;
    setenv("IOKEEPER_MIRROR", "/m", 1);
    setenv("IOKEEPER_API_URL", "api.integrator.io", 1);
    assert_refused_from(NULL, NULL,
                        "IOKEEPER_API_URL: expected an absolute URL, such as "
                        "https://api.integrator.io/v1");
    setenv("IOKEEPER_API_URL", "http://a.example", 1);
    assert_refused_from(NULL, NULL,
                        "IOKEEPER_API_URL: plain http to a.example would show the token to "
                        "everyone on the way; use https, or set allow_http: true in the section "
                        "\"api\"");
}

/* ---- which file ---- */

static void the_user_s_file_is_found(void **state)
{
    (void)state;
    struct config config;
    struct err err = {0};
    assert_int_equal(mkdir(".config", 0755), 0);
    assert_int_equal(mkdir(".config/iokeeper", 0755), 0);
    write_file(".config/iokeeper/shop.yaml", 0644, "mirror: {path: m}\n");
    assert_int_equal(config_load(&config, NULL, "shop", &err), 0);
    assert_string_equal(config.file, in_folder(".config/iokeeper/shop.yaml"));
    assert_string_equal(config.account, "shop");
    config_release(&config);

    assert_int_equal(mkdir("xdg", 0755), 0);
    assert_int_equal(mkdir("xdg/iokeeper", 0755), 0);
    write_file("xdg/iokeeper/shop.yaml", 0644, "mirror: {path: m}\n");
    setenv("XDG_CONFIG_HOME", in_folder("xdg"), 1);
    assert_int_equal(config_load(&config, NULL, "shop", &err), 0);
    assert_string_equal(config.file, in_folder("xdg/iokeeper/shop.yaml"));
    config_release(&config);

    setenv("XDG_CONFIG_HOME", "xdg", 1); /* relative: to be ignored */
    assert_int_equal(config_load(&config, NULL, "shop", &err), 0);
    assert_string_equal(config.file, in_folder(".config/iokeeper/shop.yaml"));
    config_release(&config);
}

static void a_file_that_was_named_must_be_there(void **state)
{
    (void)state;
    setenv("IOKEEPER_MIRROR", "/m", 1);
    assert_refused_from("none.yaml", NULL,
                        "none.yaml: no such file; \"iokeeper --config none.yaml init\" writes one "
                        "to start from");
    char expected[512];
    snprintf(expected, sizeof expected,
             "no configuration of account \"no-such\": looked for "
             "%s/.config/iokeeper/no-such.yaml and /etc/iokeeper/no-such.yaml; "
             "\"iokeeper --account no-such init\" writes one to start from",
             here);
    assert_refused_from(NULL, "no-such", expected);
    unsetenv("HOME");
    assert_refused_from(NULL, "no-such",
                        "no configuration of account \"no-such\": looked for "
                        "/etc/iokeeper/no-such.yaml; "
                        "\"iokeeper --account no-such init\" writes one to start from");
}

static void without_any_file_the_variables_are_named(void **state)
{
    (void)state;
    if (access("/etc/iokeeper/default.yaml", F_OK) == 0)
        skip(); /* this machine has a configuration of its own */
    char expected[512];
    snprintf(expected, sizeof expected,
             "no configuration: looked for %s/.config/iokeeper/default.yaml and "
             "/etc/iokeeper/default.yaml; \"iokeeper init\" writes one to start from, or set the "
             "variables IOKEEPER_API_URL, IOKEEPER_TOKEN and IOKEEPER_MIRROR",
             here);
    assert_refused_from(NULL, NULL, expected);
}

static void an_account_name_is_no_path(void **state)
{
    (void)state;
    assert_refused_from(NULL, "../x",
                        "--account \"../x\": a name has up to 64 letters, digits, '.', '_' and "
                        "'-', and begins with a letter or digit");
    static const char *const bad[] = {"", ".", "-x", "a/b", "a b", "\xc3\xa9"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(account_name_ok(str_of(bad[i])));
    assert_true(account_name_ok(STR("Shop_2.eu-west")));
}

static void a_file_that_cannot_be_read_says_why(void **state)
{
    (void)state;
    assert_int_equal(mkdir("folder.yaml", 0755), 0);
    assert_refused_from("folder.yaml", NULL, "folder.yaml: not a regular file");
    assert_int_equal(symlink("loop.yaml", "loop.yaml"), 0);
    assert_refused_from("loop.yaml", NULL, "loop.yaml: Too many levels of symbolic links");
    int fd = open("big.yaml", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    assert_int_equal(ftruncate(fd, (1 << 20) + 1), 0);
    close(fd);
    assert_refused_from("big.yaml", NULL, "big.yaml: larger than 1048576 bytes");
}

static void defaults_for_init_follow_the_user(void **state)
{
    (void)state;
    struct arena a = {0};
    bool root = geteuid() == 0;
    assert_string_equal(config_default_file(&a, "x.yaml", "shop").p, "x.yaml");
    assert_string_equal(config_default_file(&a, NULL, "shop").p,
                        root ? "/etc/iokeeper/shop.yaml" : in_folder(".config/iokeeper/shop.yaml"));
    assert_string_equal(config_default_mirror(&a, NULL).p,
                        root ? "/var/lib/iokeeper/default"
                             : in_folder(".local/state/iokeeper/default"));
    arena_release(&a);
}

/* ---- what is refused in the file ---- */

static void unknown_words_get_a_hint(void **state)
{
    (void)state;
    assert_refused("api:\n  rate: 1\n  tokenfile: /t\n",
                   "c.yaml:3: unknown key \"tokenfile\" in \"api\"; did you mean \"token_file\"?");
    assert_refused("# comment\nmiror:\n  path: /m\n",
                   "c.yaml:2: unknown section \"miror\"; did you mean \"mirror\"?");
    assert_refused("frobnicate:\n  - 1\n", "c.yaml:1: unknown section \"frobnicate\"");
    assert_refused("api:\n  frobnicate:\n\n    x: 1\n",
                   "c.yaml:2: unknown key \"frobnicate\" in \"api\"");
    assert_refused("api: {path: /m}",
                   "c.yaml:1: unknown key \"path\" in \"api\"; it belongs to \"mirror\"");
    assert_refused("concurrency: 8",
                   "c.yaml:1: unknown section \"concurrency\"; it belongs to \"api\"");
    assert_refused("api: {\"rate\\0\": 8}",
                   "c.yaml:1: unknown key \"rate\" in \"api\"; did you mean \"rate\"?");
}

static void sections_must_be_sections(void **state)
{
    (void)state;
    assert_refused("mirror:\n  path: /m\napi: https://a.example\n",
                   "c.yaml:3: api: expected a section, which is lines of \"key: value\" that begin "
                   "further right");
    assert_refused("- api\n", "c.yaml:1: expected sections, such as \"api:\"");
}

static void wrong_types_say_what_is_expected(void **state)
{
    (void)state;
    assert_refused("api:\n  concurrency: many\n",
                   "c.yaml:2: api.concurrency: expected a whole number from 1 to 64, got \"many\"");
    assert_refused("api: {concurrency: 65}",
                   "c.yaml:1: api.concurrency: expected a whole number from 1 to 64, got 65");
    assert_refused("api: {concurrency: 0}",
                   "c.yaml:1: api.concurrency: expected a whole number from 1 to 64, got 0");
    assert_refused("api: {concurrency: -1}",
                   "c.yaml:1: api.concurrency: expected a whole number from 1 to 64, got -1");
    assert_refused("api: {concurrency: 8.5}",
                   "c.yaml:1: api.concurrency: expected a whole number from 1 to 64, got 8.5");
    assert_refused("api: {rate: 99999999999999999999}",
                   "c.yaml:1: api.rate: expected a whole number from 1 to 10000, got "
                   "99999999999999999999");
    assert_refused("api:\n  concurrency:\n    - 1\n",
                   "c.yaml:2: api.concurrency: expected a whole number from 1 to 64, got a list");
    assert_refused(
        "api:\n  concurrency:\n    a: 1\n",
        "c.yaml:2: api.concurrency: expected a whole number from 1 to 64, got a section");
    assert_refused("api:\n  concurrency:\n",
                   "c.yaml:2: api.concurrency: expected a whole number from 1 to 64, got nothing");
    assert_refused("mirror: {users: yes}",
                   "c.yaml:1: mirror.users: expected true or false, got \"yes\"");
    assert_refused("mirror: {branch: 2024}",
                   "c.yaml:1: mirror.branch: expected text, got 2024 (in quotes it is text)");
    assert_refused("mirror: {path: true}",
                   "c.yaml:1: mirror.path: expected a path, got true (in quotes it is text)");
    assert_refused("mirror: {redact: x}",
                   "c.yaml:1: mirror.redact: expected a list of texts, got \"x\"");
    assert_refused("api: {lists: all}",
                   "c.yaml:1: api.lists: expected auto, account or integration, got \"all\"");
    assert_refused("api: {sandbox: 1}",
                   "c.yaml:1: api.sandbox: expected both, true or false, got 1");
}

static void times_have_a_unit(void **state)
{
    (void)state;
    static const char *const bad[] = {"15",   "15m", "min",   "1.5h", "15 min",
                                      "\"\"", "-1s", "500ms", "31d",  "99999999999d"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[64], expected[256];
        bool quoted = i > 0 && bad[i][0] != '"';
        snprintf(text, sizeof text, "schedule: {every: %s}", bad[i]);
        snprintf(expected, sizeof expected,
                 "c.yaml:1: schedule.every: expected a time from 1s to 30d, such as 15min, got "
                 "%s%s%s",
                 quoted ? "\"" : "", bad[i], quoted ? "\"" : "");
        assert_refused(text, expected);
    }
    assert_refused("schedule: {jitter: 2d}",
                   "c.yaml:1: schedule.jitter: expected a time from 0s to 1d, such as 1min, got "
                   "\"2d\"");
}

static void long_values_are_cut_between_characters(void **state)
{
    (void)state;
    assert_refused("api: {lists: a\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
                   "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3"
                   "\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
                   "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9}",
                   "c.yaml:1: api.lists: expected auto, account or integration, got \"a\xc3\xa9\xc3"
                   "\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
                   "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3"
                   "\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9...\"");
}

static void urls_to_call_are_https_or_of_this_machine(void **state)
{
    (void)state;
    assert_null(hook_url_problem(STR("")));
    assert_null(hook_url_problem(STR("https://hooks.example/services/T0/B0/x?y=1&z=%20")));
    assert_null(hook_url_problem(STR("http://127.0.0.1:9/x")));
    assert_refused("notify: {webhook: http://hooks.example/x}",
                   "c.yaml:1: notify.webhook: plain http would show it to everyone on the way; use "
                   "https");
    assert_non_null(hook_url_problem(STR("hooks.example/x")));
    assert_non_null(hook_url_problem(STR("https://user:pw@hooks.example/x")));
    assert_non_null(hook_url_problem(STR("https://hooks.example/x?a b")));
    assert_non_null(hook_url_problem(STR("https://hooks.example/x?a\xc3\xa9")));
}

static void a_pinned_key_is_a_fingerprint(void **state)
{
    (void)state;
    assert_null(host_key_problem(STR("")));
    assert_null(host_key_problem(STR("SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU")));
    assert_non_null(host_key_problem(STR("SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF")));
    assert_non_null(host_key_problem(STR("SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF=")));
    assert_non_null(host_key_problem(STR("MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48")));
}

static void assert_texts(const struct config_strings *list, const char *const *want)
{
    size_t n = 0;
    for (; want[n]; n++) {
        assert_true(n < list->n);
        assert_string_equal(list->items[n], want[n]);
    }
    assert_int_equal(list->n, n);
    assert_null(list->items[n]);
}

static void lists_are_read_as_blocks_and_in_brackets(void **state)
{
    (void)state;
    static const char *const include[] = {"flow/Orders*", "exports/[A-F]*", "connection",
                                          "*/x?",         "import/a/b [1]", NULL};
    static const char *const exclude[] = {"integration/Test \\[old\\]", NULL};
    static const char *const redact[] = {"export:http.headers[].value", "*:settings.**", NULL};
    struct config config;
    load_text(&config, "mirror:\n"
                       "  path: /m\n"
                       "  include:\n"
                       "    - flow/Orders*\n"
                       "    - \"exports/[A-F]*\"\n"
                       "    - connection\n"
                       "    - '*/x?'\n"
                       "    - import/a/b [1]\n"
                       "  exclude: ['integration/Test \\[old\\]']\n"
                       "  redact: [\"export:http.headers[].value\", \"*:settings.**\"]\n");
    assert_texts(&config.include, include);
    assert_texts(&config.exclude, exclude);
    assert_texts(&config.redact, redact);
    config_release(&config);
    load_text(&config, "mirror: {path: /m, include: []}\n");
    assert_int_equal(config.include.n, 0);
    assert_null(config.include.items[0]);
    config_release(&config);
}

static void a_bad_text_of_a_list_is_named_by_its_line(void **state)
{
    (void)state;
    assert_refused("mirror:\n  path: /m\n  include:\n    - flow/a\n    - flwo/b\n",
                   "c.yaml:5: mirror.include: \"flwo/b\": there is no kind \"flwo\"; did you mean "
                   "\"flow\"?");
    assert_refused("mirror:\n  exclude:\n    - qqqqqqqq/b\n",
                   "c.yaml:3: mirror.exclude: \"qqqqqqqq/b\": there is no kind \"qqqqqqqq\"");
    assert_refused("mirror: {include: [\"Orders*\"]}",
                   "c.yaml:1: mirror.include: \"Orders*\": there is no kind \"Orders*\"");
    assert_refused("mirror: {include: [flow/]}",
                   "c.yaml:1: mirror.include: \"flow/\": expected a name behind the '/', or \"*\"");
    assert_refused("mirror: {include: [/x]}",
                   "c.yaml:1: mirror.include: \"/x\": expected KIND/NAME, such as \"flow/*\"");
    assert_refused("mirror: {include: [\"\"]}",
                   "c.yaml:1: mirror.include: \"\": expected KIND/NAME, such as \"flow/*\"");
    assert_refused("mirror: {include: ['flow/[a-']}",
                   "c.yaml:1: mirror.include: \"flow/[a-\": a '[' is not closed");
    assert_refused("mirror: {include: ['flow/[]']}",
                   "c.yaml:1: mirror.include: \"flow/[]\": a '[' is not closed");
    assert_refused("mirror: {include: ['flow/a\\']}",
                   "c.yaml:1: mirror.include: \"flow/a\\\": there is nothing behind the last '\\'");
    assert_refused("mirror: {redact: [exprot:a]}",
                   "c.yaml:1: mirror.redact: \"exprot:a\": there is no kind \"exprot\"; did you "
                   "mean \"export\"?");
    assert_refused(
        "mirror:\n  redact:\n  - \"export:a\"\n  - \"export:a..b\"\n",
        "c.yaml:4: mirror.redact: \"export:a..b\": a key is missing between two dots, or "
        "at an end");
    assert_refused(
        "mirror: {redact: [5]}",
        "c.yaml:1: mirror.redact: expected a list of texts, got 5 (in quotes it is text) "
        "in it");
    assert_refused("mirror: {redact: [[a]]}",
                   "c.yaml:1: mirror.redact: expected a list of texts, got a list in it");
    assert_refused(
        "mirror: {redact: [\"a\\tb\"]}",
        "c.yaml:1: mirror.redact: \"a?b\": expected text without line breaks and control "
        "characters");
    assert_refused("mirror: {redact: {a: b}}",
                   "c.yaml:1: mirror.redact: expected a list of texts, got a section");
}

static void what_is_not_yaml_has_its_line(void **state)
{
    (void)state;
    struct config config;
    struct err err = {0};
    write_file("c.yaml", 0644, "api:\n  rate: 1\n bad: [\n");
    assert_int_equal(config_load(&config, "c.yaml", NULL, &err), -1);
    assert_int_equal(err.cls, ERR_USAGE);
    assert_int_equal(strncmp(err.text, "c.yaml:3: ", 10), 0);
    config_release(&config);
    write_file("c.yaml", 0644, "api:\n  rate: 1\n  rate: 2\n");
    assert_int_equal(config_load(&config, "c.yaml", NULL, &err), -1);
    assert_int_equal(err.cls, ERR_USAGE);
    assert_int_equal(strncmp(err.text, "c.yaml:3: ", 10), 0);
    config_release(&config);
}

static void the_mirror_s_path_is_needed(void **state)
{
    (void)state;
    assert_refused("api: {rate: 1}", "c.yaml: mirror.path is missing; name the mirror's folder "
                                     "there, or in the variable IOKEEPER_MIRROR");
    assert_refused("mirror: {path: \"\"}", "c.yaml:1: mirror.path: expected a path, got nothing");
    assert_refused("mirror: {path: \"a\\nb\"}",
                   "c.yaml:1: mirror.path: expected text without line breaks and control "
                   "characters");
    unsetenv("HOME");
    assert_refused("mirror: {path: ~/m}",
                   "c.yaml:1: mirror.path: \"~\" needs the variable HOME, which is not set");
}

/* ---- secrets ---- */

static void a_token_in_the_file_is_not_repeated(void **state)
{
    (void)state;
    static const char hint[] = "; a token belongs into a file of mode 0600 that api.token_file "
                               "names, or into the variable IOKEEPER_TOKEN";
    char text[256], expected[512];
    snprintf(text, sizeof text, "api:\n  token: %s\n", secret);
    snprintf(expected, sizeof expected, "c.yaml:2: unknown key \"token\" in \"api\"%s", hint);
    assert_refused(text, expected);
    snprintf(text, sizeof text, "token: %s\n", secret);
    snprintf(expected, sizeof expected, "c.yaml:1: unknown section \"token\"%s", hint);
    assert_refused(text, expected);
    snprintf(text, sizeof text, "api:\n  client_Secret: %s\n", secret);
    snprintf(expected, sizeof expected, "c.yaml:2: unknown key \"client_Secret\" in \"api\"%s",
             hint);
    assert_refused(text, expected);
    snprintf(text, sizeof text, "api:\n  token_file: %s\n", secret);
    assert_refused(text,
                   "c.yaml:2: api.token_file: expected the path of a file, got what looks like a "
                   "token; write the token into a file of mode 0600 and name that file here (if "
                   "this is a path, begin it with \"./\")");
    assert_refused("api: {token_file: 12345678901234567890}",
                   "c.yaml:1: api.token_file: expected a path, got something else, which is not "
                   "shown here");
    static const char *const templates[] = {
        "api: %s\n",
        "api: {url: https://u:%s@a.example/}\n",
        "api: {url: %s}\n",
        "api:\n  token: [%s]\n",
        "api: {url: \"https://a.example/?token=%s\"}\n",
        "%s\n",
        "api: {token_file: [%s]}\n",
        "notify: {webhook: %s}\n",
        "api: {url: http://a.example/%s}\n",
    };
    for (size_t i = 0; i < sizeof templates / sizeof *templates; i++) {
        struct buf b = BUF_MAX(1024);
        struct str before = str_of(templates[i]), after = before;
        before = str_cut(&after, '%');
        buf_str(&b, before);
        buf_str(&b, str_of(secret));
        buf_str(&b, str_sub(after, 1, after.n));
        assert_refused_silently(buf_cstr(&b));
        buf_release(&b);
    }
}

static void tokens_are_told_from_paths(void **state)
{
    (void)state;
    static const char *const paths[] = {"default.token",
                                        "/etc/iokeeper/a-very-long-name.token",
                                        "./0123456789abcdef0123456789abcdef",
                                        "~/0123456789abcdef0123456789abcdef",
                                        "integrator-production.token",
                                        "secrets/integrator.token"};
    static const char *const tokens[] = {
        "0123456789abcdef0123456789abcdef",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        assert_null(token_path_problem(str_of(paths[i])));
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++)
        assert_non_null(token_path_problem(str_of(tokens[i])));
}

/* ---- URLs and branches ---- */

static void urls_are_taken_apart(void **state)
{
    (void)state;
    struct api_url url;
    assert_null(api_url_split(STR("HTTPS://Api.Example:443//"), &url));
    assert_true(str_is(url.text, "HTTPS://Api.Example:443"));
    assert_true(str_is(url.origin, "HTTPS://Api.Example:443"));
    assert_true(str_is(url.host, "Api.Example"));
    assert_false(url.plain);
    assert_null(api_url_split(STR("http://[::1]:80/a/b"), &url));
    assert_true(str_is(url.text, "http://[::1]:80/a/b"));
    assert_true(str_is(url.origin, "http://[::1]:80"));
    assert_true(str_is(url.host, "[::1]"));
    assert_true(url.plain && url.loopback);
}

static void loopback_is_not_a_matter_of_spelling(void **state)
{
    (void)state;
    static const char *const inside[] = {"http://localhost", "http://LOCALHOST:1/",
                                         "http://127.0.0.1", "http://127.255.0.9/x",
                                         "http://[0:0::1]"};
    static const char *const elsewhere[] = {
        "http://127.0.0.1.a.example", "http://localhost.a.example",
        "http://128.0.0.1",           "http://[::2]",
        "http://0127.0.0.1",          "http://a.example/localhost"};
    struct api_url url;
    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
        assert_null(api_url_split(str_of(inside[i]), &url));
        assert_true(url.loopback);
    }
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++) {
        assert_null(api_url_split(str_of(elsewhere[i]), &url));
        assert_false(url.loopback);
    }
}

static void what_is_no_api_url_says_why(void **state)
{
    (void)state;
    static const char absolute[] = "expected an absolute URL, such as https://api.integrator.io/v1";
    static const char host[] = "expected an absolute URL with the name or address of a host";
    static const char port[] = "expected a port from 1 to 65535 behind the host";
    static const char query[] = "a URL here has no query and no fragment ('?', '#')";
    static const char user[] = "a URL here has no user name or password; the token belongs into "
                               "the file that api.token_file names, or into the variable "
                               "IOKEEPER_TOKEN";
    static const char characters[] = "the URL holds characters that a URL cannot hold unescaped";
    static const struct {
        const char *url, *problem;
    } cases[] = {
        {"", absolute},
        {"api.integrator.io/v1", absolute},
        {"ftp://a.example", absolute},
        {"https:/a.example", absolute},
        {"https://", host},
        {"https:///v1", host},
        {"https://:80", host},
        {"https://-a", host},
        {"https://[::1", host},
        {"https://[127.0.0.1]", host},
        {"https://[::1]x", port},
        {"https://a:", port},
        {"https://a:0", port},
        {"https://a:65536", port},
        {"https://a:8o", port},
        {"https://a/?limit=1", query},
        {"https://a#", query},
        {"https://u@a", user},
        {"https://u:p@a/v1?x", user},
        {"https://u:p?x@a", query},
        {"https://a/v 1", characters},
        {"https://a\\@b", user},
        {"https://\xc3\xa9.example", characters},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_non_null(api_url_problem(str_of(cases[i].url)));
        assert_string_equal(api_url_problem(str_of(cases[i].url)), cases[i].problem);
    }
}

static void plain_http_must_be_allowed(void **state)
{
    (void)state;
    assert_refused("api:\n  url: http://a.example:81/v1\nmirror: {path: /m}\n",
                   "c.yaml:2: api.url: plain http to a.example would show the token to everyone "
                   "on the way; use https, or set allow_http: true in the section \"api\"");
    struct config config;
    load_text(&config, "api: {url: http://a.example, allow_http: true}\nmirror: {path: /m}\n");
    assert_string_equal(config.api_origin, "http://a.example");
    config_release(&config);
}

static void branches_are_git_s(void **state)
{
    (void)state;
    static const char *const good[] = {"main", "a/b",      "v1.2",    "x@y",
                                       "a./b", "\xc3\xa9", "rescued2"};
    static const char *const bad[] = {
        "",     "-a", ".a",   "a/.b", "a..b",  "a.",   "a.lock",  "a.lock/b", "a b",
        "a~",   "a^", "a:b",  "a?",   "a*",    "a[",   "a\\",     "/a",       "a/",
        "a//b", "@",  "a@{b", "HEAD", "a\x7f", "a\tb", "rescued", "rescued/x"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_null(branch_problem(str_of(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_non_null(branch_problem(str_of(bad[i])));
    assert_refused("mirror: {branch: a..b}",
                   "c.yaml:1: mirror.branch: git does not allow this as the name of a branch (see "
                   "git-check-ref-format(1))");
    assert_refused("mirror: {branch: rescued/x}",
                   "c.yaml:1: mirror.branch: \"rescued\" is kept for branches that hold what "
                   "iokeeper found changed");
}

/* ---- the token ---- */

/* Loads a configuration and its token; the message where that fails, else "". */
static const char *token_problem(const char *text, struct config *config)
{
    static struct err err;
    err_clear(&err);
    load_text(config, text);
    if (config_load_secrets(config, &err) == 0)
        return "";
    assert_int_equal(err.cls, ERR_USAGE);
    assert_null(config->token);
    assert_null(config->token_source);
    assert_null(strstr(err.text, "s3cr3t"));
    return err.text;
}

static const char with_file[] = "api: {token_file: t.token}\nmirror: {path: /m}\n";
static const char without_file[] = "mirror: {path: /m}\n";

static void assert_token_problem(const char *text, const char *expected)
{
    struct config config;
    assert_string_equal(token_problem(text, &config), expected);
    config_release(&config);
}

static void assert_token(const char *text, const char *token, const char *source)
{
    struct config config;
    assert_string_equal(token_problem(text, &config), "");
    assert_string_equal(config.token, token);
    assert_string_equal(config.token_source, source);
    config_release(&config);
}

static const char *printed(const char *format, ...) __attribute__((format(printf, 1, 2)));

static const char *printed(const char *format, ...)
{
    static char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return text;
}

static void the_token_is_looked_for_in_order(void **state)
{
    (void)state;
    assert_token_problem(without_file, "no token: write it to c.token (mode 0600) or to a file "
                                       "that api.token_file names, or set the variable "
                                       "IOKEEPER_TOKEN");
    write_file("c.token", 0600, "  beside\r\n");
    assert_token(without_file, "beside", "file c.token");

    assert_int_equal(mkdir("credentials", 0700), 0);
    setenv("CREDENTIALS_DIRECTORY", in_folder("credentials"), 1);
    assert_token(without_file, "beside", "file c.token");
    write_file("credentials/token", 0444, "credential\n"); /* readable by others: exempt */
    assert_token(without_file, "credential",
                 printed("credential %s", in_folder("credentials/token")));

    write_file("t.token", 0600, secret);
    assert_token(with_file, secret, printed("file %s", in_folder("t.token")));
    assert_token("api: {token_file: credentials/token}\nmirror: {path: /m}\n", "credential",
                 printed("file %s", in_folder("credentials/token")));

    setenv("IOKEEPER_TOKEN", "variable", 1);
    assert_token(with_file, "variable", "variable IOKEEPER_TOKEN");
    setenv("IOKEEPER_TOKEN", "", 1);
    assert_token(with_file, secret, printed("file %s", in_folder("t.token")));
}

static void without_a_file_only_the_variable_is_named(void **state)
{
    (void)state;
    struct config config;
    struct err err = {0};
    setenv("IOKEEPER_MIRROR", "/m", 1);
    if (access("/etc/iokeeper/default.yaml", F_OK) == 0)
        skip(); /* this machine has a configuration of its own */
    assert_int_equal(config_load(&config, NULL, NULL, &err), 0);
    assert_int_equal(config_load_secrets(&config, &err), -1);
    assert_string_equal(err.text, "no token: set the variable IOKEEPER_TOKEN");
    config_release(&config);
}

static void a_named_token_file_must_be_there(void **state)
{
    (void)state;
    write_file("c.token", 0600, "beside");
    assert_token_problem(with_file,
                         printed("token file %s/t.token: No such file or directory", here));
    assert_int_equal(mkdir("t.token", 0700), 0);
    assert_token_problem(with_file, printed("token file %s/t.token: not a regular file", here));
    assert_int_equal(rmdir("t.token"), 0);
    assert_int_equal(mkfifo("t.token", 0600), 0); /* must not wait for a writer */
    assert_token_problem(with_file, printed("token file %s/t.token: not a regular file", here));
}

/* By mode bits alone, since root could read the file whatever they are. */
static void a_token_that_others_can_read_is_refused(void **state)
{
    (void)state;
    static const mode_t refused[] = {0644, 0640, 0604, 0444, 0755};
    static const mode_t accepted[] = {0600, 0400, 0700};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        write_file("t.token", refused[i], secret);
        assert_token_problem(with_file,
                             printed("token file %s/t.token can be read by others (mode %04o): run "
                                     "\"chmod 600 %s/t.token\"",
                                     here, (unsigned)refused[i], here));
    }
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        write_file("t.token", accepted[i], secret);
        assert_token(with_file, secret, printed("file %s", in_folder("t.token")));
    }
    write_file("t.token", 0644, secret);
    assert_int_equal(rename("t.token", "target"), 0);
    assert_int_equal(symlink("target", "t.token"), 0);
    assert_token_problem(with_file,
                         printed("token file %s/t.token can be read by others (mode 0644): run "
                                 "\"chmod 600 %s/t.token\"",
                                 here, here));
    assert_int_equal(chmod("target", 0600), 0);
    assert_token(with_file, secret, printed("file %s", in_folder("t.token")));
}

static void a_token_of_another_user_s_is_refused(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip(); /* only root can give a file away */
    write_file("t.token", 0600, secret);
    assert_int_equal(chown("t.token", 4711, 4711), 0);
    assert_token_problem(with_file,
                         printed("token file %s/t.token belongs to another user (uid 4711): run "
                                 "\"chown 0 %s/t.token\"",
                                 here, here));
}

static void what_is_no_token_is_refused(void **state)
{
    (void)state;
    static char text[6000];
    const char *path = here;
    write_file("t.token", 0600, "");
    assert_token_problem(with_file, printed("file %s/t.token: the token is empty", path));
    write_file("t.token", 0600, " \n\t ");
    assert_token_problem(with_file, printed("file %s/t.token: the token is empty", path));
    static const char *const bad[] = {"Bearer s3cr3t", "s3cr3t\ns3cr3t", "s3cr3t\x7f",
                                      "s3cr3t\xc3\xa9"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_file("t.token", 0600, bad[i]);
        assert_token_problem(
            with_file, printed("file %s/t.token: the token holds white space or something else "
                               "than visible ASCII characters; nothing but the token may stand "
                               "there",
                               path));
    }
    memset(text, 'a', 4096);
    text[4096] = '\n';
    write_file("t.token", 0600, text);
    text[4096] = '\0';
    assert_token(with_file, text, printed("file %s/t.token", path));
    memset(text, 'a', sizeof text - 1);
    write_file("t.token", 0600, text);
    assert_token_problem(with_file,
                         printed("file %s/t.token: the token is longer than 4096 bytes", path));
    setenv("IOKEEPER_TOKEN", text, 1);
    assert_token_problem(with_file, "variable IOKEEPER_TOKEN: the token is longer than 4096 bytes");
}

static void other_secrets_are_files_or_credentials(void **state)
{
    (void)state;
    struct config config;
    write_file("t.token", 0600, secret);
    assert_string_equal(token_problem(with_file, &config), "");
    assert_null(config.remote_token);
    assert_null(config.webhook_url);
    assert_null(config.webhook_secret);
    assert_null(config.heartbeat);
    assert_null(config.remote_key);
    assert_null(config.secrets_file);
    config_release(&config);

    assert_int_equal(mkdir("credentials", 0700), 0);
    setenv("CREDENTIALS_DIRECTORY", in_folder("credentials"), 1);
    write_file("credentials/remote_token", 0444, "r-token\n");
    write_file("credentials/webhook", 0444, "https://hooks.example/s3cr3t?a=b\n");
    write_file("credentials/webhook_secret", 0444, "signing-key");
    write_file("credentials/heartbeat", 0444, "https://beat.example/s3cr3t");
    write_file("credentials/secrets", 0444, "- {}");
    write_file("credentials/ssh_key", 0444, "-----BEGIN OPENSSH PRIVATE KEY-----\nAA\n-----END\n");
    assert_string_equal(token_problem(with_file, &config), "");
    assert_string_equal(config.remote_token, "r-token");
    assert_string_equal(config.webhook_url, "https://hooks.example/s3cr3t?a=b");
    assert_string_equal(config.webhook_secret, "signing-key");
    assert_string_equal(config.heartbeat, "https://beat.example/s3cr3t");
    assert_string_equal(config.secrets_file, in_folder("credentials/secrets"));
    assert_string_equal(config.remote_key, "-----BEGIN OPENSSH PRIVATE KEY-----\nAA\n-----END\n");
    assert_string_equal(config.remote_known_hosts, "");
    config_release(&config);

    write_file("credentials/ssh_key", 0444, "s3cr3t");
    assert_token_problem(with_file,
                         printed("credential %s: this is no private key as ssh-keygen writes them",
                                 in_folder("credentials/ssh_key")));
    assert_int_equal(unlink("credentials/ssh_key"), 0);
    write_file("c.ssh_key", 0600, "-----BEGIN OPENSSH PRIVATE KEY-----\nBB\n-----END\n");
    write_file("c.known_hosts", 0644, "");
    assert_string_equal(token_problem(with_file, &config), "");
    assert_non_null(strstr(config.remote_key, "BB"));
    assert_string_equal(config.remote_known_hosts, "c.known_hosts");
    config_release(&config);
    write_file("credentials/webhook", 0444, "http://hooks.example/s3cr3t");
    assert_token_problem(with_file,
                         printed("webhook URL credential %s: plain http would show it to everyone "
                                 "on the way; use https",
                                 in_folder("credentials/webhook")));
    write_file("other.key", 0644, secret);
    assert_token_problem("api: {token_file: t.token}\nmirror: {path: /m}\n"
                         "notify: {webhook: \"https://a.example/\", secret_file: other.key}\n",
                         printed("webhook secret file %s/other.key can be read by others (mode "
                                 "0644): run \"chmod 600 %s/other.key\"",
                                 here, here));
}

static void a_token_can_be_loaded_anew(void **state)
{
    (void)state;
    struct config config;
    struct err err = {0};
    write_file("t.token", 0600, "old");
    assert_string_equal(token_problem(with_file, &config), "");
    const char *old = config.token;
    write_file("t.token", 0600, "new");
    assert_int_equal(config_load_secrets(&config, &err), 0);
    assert_string_equal(config.token, "new");
    assert_memory_equal(old, "\0\0\0", 3); /* cleared */
    config_release(&config);
}

/* ---- the example ---- */

static void the_example_loads_back(void **state)
{
    (void)state;
    struct buf b = BUF_MAX(64 << 10);
    struct config config;
    config_write_example(&b, "https://api.eu.integrator.io/v1", "shop.token", "/srv/a: b #c");
    load_text(&config, buf_cstr(&b));
    assert_string_equal(config.api_url, "https://api.eu.integrator.io/v1");
    assert_string_equal(config.token_file, in_folder("shop.token"));
    assert_string_equal(config.mirror_path, "/srv/a: b #c");
    assert_int_equal(config.rate, 200);
    config_release(&config);
    buf_release(&b);
}

/* Takes the '#' away before every default, which must then be accepted and change nothing. */
static void the_example_s_defaults_load_back(void **state)
{
    (void)state;
    struct buf example = BUF_MAX(64 << 10), all = BUF_MAX(64 << 10);
    struct config config, defaults = {0};
    size_t options = 0;
    config_write_example(&example, "https://api.integrator.io/v1", "shop.token", "/srv/m");
    for (struct str rest = buf_view(&example); rest.n > 0;) {
        struct str line = str_cut(&rest, '\n');
        assert_true(line.n <= 100);
        if (str_starts(line, STR("  #")) && line.p[3] != ' ') {
            buf_str(&all, STR("  "));
            line = str_sub(line, 3, line.n);
        }
        options += line.n > 0 && str_find(line, '#') == line.n && line.p[line.n - 1] != ':';
        buf_str(&all, line);
        buf_char(&all, '\n');
    }
    assert_int_equal(options, config_options_n);
    load_text(&config, buf_cstr(&all));
    config_set_defaults(&defaults);
    assert_int_equal(config.every_ms, defaults.every_ms);
    assert_int_equal(config.max_delete, defaults.max_delete);
    assert_int_equal(config.sandbox, defaults.sandbox);
    assert_string_equal(config.branch, defaults.branch);
    config_release(&config);
    config_release(&defaults);
    buf_release(&example);
    buf_release(&all);
}

static void the_example_reads_well(void **state)
{
    (void)state;
    struct buf b = BUF_MAX(64 << 10);
    config_write_example(&b, "https://api.integrator.io/v1", "shop.token", "/srv/m");
    assert_non_null(strstr(buf_cstr(&b), "\napi:\n  # The API, with its version."));
    assert_non_null(strstr(buf_cstr(&b), "\n  token_file: shop.token\n"));
    assert_non_null(strstr(buf_cstr(&b), "\n  # Requests per second, at most. From 1 to 10000.\n"
                                         "  #rate: 200\n"));
    assert_non_null(strstr(buf_cstr(&b), "\n  #remote: \"\"\n"));
    assert_non_null(strstr(buf_cstr(&b), "\n  #redact: []\n"));
    buf_release(&b);
}

/* ---- the table ---- */

static void the_table_is_in_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < config_options_n; i++) {
        const struct option *option = &config_options[i];
        assert_ptr_equal(config_option(option->section, str_of(option->key)), option);
        assert_true(str_ends(str_of(option->purpose), STR(".")));
        assert_int_equal(option->words != NULL, option->type == OPTION_WORD);
        assert_true(option->min <= option->max);
        /* a section's rows stand together */
        bool left = false;
        for (size_t j = i + 1; j < config_options_n; j++) {
            bool same = strcmp(config_options[j].section, option->section) == 0;
            assert_false(same && left);
            left = left || !same;
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_file_is_all_defaults),
        TEST(every_option_is_read),
        TEST(sandbox_is_a_word_or_a_boolean),
        TEST(sections_may_be_empty),
        TEST(paths_begin_at_the_folder_of_the_file),
        TEST(the_environment_is_enough),
        TEST(a_service_has_its_folder),
        TEST(the_environment_overrides_the_file),
        TEST(a_bad_variable_is_named),
        TEST(the_user_s_file_is_found),
        TEST(a_file_that_was_named_must_be_there),
        TEST(without_any_file_the_variables_are_named),
        TEST(an_account_name_is_no_path),
        TEST(a_file_that_cannot_be_read_says_why),
        TEST(defaults_for_init_follow_the_user),
        TEST(unknown_words_get_a_hint),
        TEST(sections_must_be_sections),
        TEST(wrong_types_say_what_is_expected),
        TEST(times_have_a_unit),
        TEST(long_values_are_cut_between_characters),
        TEST(lists_are_read_as_blocks_and_in_brackets),
        TEST(a_bad_text_of_a_list_is_named_by_its_line),
        TEST(urls_to_call_are_https_or_of_this_machine),
        TEST(a_pinned_key_is_a_fingerprint),
        TEST(what_is_not_yaml_has_its_line),
        TEST(the_mirror_s_path_is_needed),
        TEST(a_token_in_the_file_is_not_repeated),
        TEST(tokens_are_told_from_paths),
        TEST(urls_are_taken_apart),
        TEST(loopback_is_not_a_matter_of_spelling),
        TEST(what_is_no_api_url_says_why),
        TEST(plain_http_must_be_allowed),
        TEST(branches_are_git_s),
        TEST(the_token_is_looked_for_in_order),
        TEST(without_a_file_only_the_variable_is_named),
        TEST(a_named_token_file_must_be_there),
        TEST(a_token_that_others_can_read_is_refused),
        TEST(a_token_of_another_user_s_is_refused),
        TEST(what_is_no_token_is_refused),
        TEST(other_secrets_are_files_or_credentials),
        TEST(a_token_can_be_loaded_anew),
        TEST(the_example_loads_back),
        TEST(the_example_s_defaults_load_back),
        TEST(the_example_reads_well),
        TEST(the_table_is_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
