/* verb_manual: pages of the manual (mdoc(7)), completions and a schema, made of the tables, so that
 * they cannot lie. The build runs it; help does not show it. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "app/command.h"
#include "app/config_option.h"
#include "base/auto.h"
#include "manual.h"

enum { COLUMNS = 78 };

/* ---- roff ---- */

/* Prints n bytes of a word, with what roff would take for its own made plain. */
static void put_word(const char *word, size_t n)
{
    if (*word == '.' || *word == '\'')
        fputs("\\&", stdout);
    for (size_t i = 0; i < n; i++) {
        if (word[i] == '\\')
            fputs("\\e", stdout);
        else
            putchar(word[i]);
    }
}

static bool ends_sentence(const char *word, size_t n)
{
    while (n > 1 && strchr("\")", word[n - 1]))
        n--;
    return n > 1 && strchr(".?!", word[n - 1]) && word[n - 2] != '.';
}

/* Prints running text, a sentence a line at least, as roff wants it; "\n\n" begins a paragraph. */
void manual_put_text(const char *text)
{
    size_t column = 0;
    while (*text) {
        size_t n = strcspn(text, " \n");
        if (column > 0 && column + 1 + n > COLUMNS) {
            putchar('\n');
            column = 0;
        }
        if (column > 0)
            putchar(' ');
        put_word(text, n);
        column += n + 1;
        if (ends_sentence(text, n)) {
            putchar('\n');
            column = 0;
        }
        text += n;
        if (strncmp(text, "\n\n", 2) == 0) {
            printf("%s.Pp\n", column ? "\n" : "");
            column = 0;
        }
        text += strspn(text, " \n");
    }
    if (column)
        putchar('\n');
}

void manual_put_head(const char *title, int section, const char *name, const char *does)
{
    printf(".Dd %s\n.Dt ", IOKEEPER_DATE);
    for (; *title; title++)
        putchar(toupper((unsigned char)*title));
    printf(" %d\n.Os\n.Sh NAME\n.Nm %s\n.Nd ", section, name);
    manual_put_text(does);
}

/* ---- of the program and its verbs ---- */

static void put_option(const struct command_option *option)
{
    if (option->id < OPT_CONFIG)
        printf(".It Fl %c , Fl -%s", option->id, option->name);
    else
        printf(".It Fl -%s", option->name);
    printf("%s%s\n", option->argument ? " Ar " : "", option->argument ? option->argument : "");
    manual_put_text(option->help);
}

/* Those of a verb; of every verb for NULL. */
static void put_options(const struct verb *verb)
{
    bool any = false;
    for (size_t i = 0; i < command_options_n; i++) {
        if (!command_has_option(verb, &command_options[i]))
            continue;
        if (!any)
            puts(".Bl -tag -width Ds");
        any = true;
        put_option(&command_options[i]);
    }
    if (any)
        puts(".El");
}

static void put_exits(void)
{
    puts(".Sh EXIT STATUS\n.Bl -tag -width Ds");
    for (size_t i = 0; i < command_exits_n; i++) {
        printf(".It %d\n", command_exits[i].code);
        manual_put_text(command_exits[i].means);
    }
    puts(".El");
}

static void put_verbs(void)
{
    puts(".Sh VERBS\n.Bl -tag -width Ds");
    for (size_t i = 0; i < command_verbs_n; i++) {
        const struct verb *verb = &command_verbs[i];
        if (verb->flags & IS_HIDDEN)
            continue;
        printf(".It Cm %s\n", verb->name);
        manual_put_text(verb->does);
        if (*verb->about)
            printf(";\nsee\n.Xr iokeeper-%s 1 .\n", verb->name);
    }
    puts(".El");
}

static void put_environment(void)
{
    puts(".Sh ENVIRONMENT\n.Bl -tag -width Ds\n"
         ".It Ev IOKEEPER_API_URL , IOKEEPER_TOKEN , IOKEEPER_MIRROR\n"
         "the API, the token and the mirror's path; they override the configuration\n"
         ".It Ev CREDENTIALS_DIRECTORY\n"
         "credentials of\n.Xr systemd.exec 5 :\n"
         "token, remote_token, ssh_key, known_hosts, webhook, webhook_secret, heartbeat\n"
         ".It Ev IOKEEPER_PAGER , PAGER\n"
         "what long output goes through on a terminal; default\n.Xr less 1 ,\nwith LESS=FRX\n"
         ".It Ev NO_COLOR , TERM , COLUMNS\n"
         "no colour; what the terminal can show; its width where it does not tell\n"
         ".It Ev GIT_SSL_CAINFO , SSL_CERT_FILE\n"
         "certificate authorities of an https remote\n"
         ".It Ev http_proxy , https_proxy , no_proxy\n"
         "as for\n.Xr curl 1\n.El");
}

static void put_program(void)
{
    manual_put_head("iokeeper", 1, "iokeeper",
                    "keeps an integrator.io account in a git repository");
    puts(".Sh SYNOPSIS\n.Nm\n.Op Fl -config Ar file | Fl -account Ar name\n.Op Fl q | v\n"
         ".Op Fl -json\n.Ar verb\n.Op Ar argument ...\n.Sh DESCRIPTION");
    manual_put_text(
        "Mirrors an account of Celigo's integrator.io into an ordinary git repository, a YAML "
        "file for each integration, flow, export, import, connection and so on, and brings "
        "back from its history what was deleted or broken.");
    put_verbs();
    puts(".Sh OPTIONS");
    put_options(NULL);
    put_environment();
    puts(".Sh FILES\n.Bl -tag -width Ds\n"
         ".It Pa /etc/iokeeper/NAME.yaml , ~/.config/iokeeper/NAME.yaml\n"
         "configuration, see\n.Xr iokeeper.yaml 5\n"
         ".It Pa /etc/iokeeper/NAME.token\nthe token, mode 0600\n"
         ".It Pa /var/lib/iokeeper/NAME\nthe mirror of a service\n.El");
    put_exits();
    puts(".Sh SEE ALSO\n.Xr git 1 ,\n.Xr iokeeper-mirror 5 ,\n.Xr iokeeper.yaml 5");
}

static void put_examples(const struct verb *verb)
{
    bool any = false;
    for (size_t i = 0; i < command_examples_n; i++) {
        if (strcmp(command_examples[i].verb, verb->name) != 0)
            continue;
        puts(any ? ".Pp" : ".Sh EXAMPLES");
        any = true;
        manual_put_text(command_examples[i].does);
        puts(".Bd -literal -offset indent");
        put_word(command_examples[i].command, strlen(command_examples[i].command));
        puts("\n.Ed");
    }
}

static void put_verb(const struct verb *verb)
{
    char name[64];
    snprintf(name, sizeof name, "iokeeper-%s", verb->name);
    manual_put_head(name, 1, name, verb->does);
    printf(".Sh SYNOPSIS\n.Nm iokeeper\n.Op Ar option ...\n.Cm %s\n", verb->name);
    if (*verb->args)
        printf(".Li \"%s\"\n", verb->args);
    puts(".Sh DESCRIPTION");
    manual_put_text(verb->about);
    if (verb->flags & ~(unsigned)(NEEDS_CONFIG | NEEDS_TOKEN))
        puts(".Sh OPTIONS");
    put_options(verb);
    put_exits();
    put_examples(verb);
    puts(".Sh SEE ALSO\n.Xr iokeeper 1 ,\n.Xr iokeeper.yaml 5");
}

/* ---- of the configuration ---- */

static void put_key(const struct option *option)
{
    AUTO(buf_release) struct buf values = BUF_MAX(1024);
    config_describe(&values, option);
    printf(".It Cm %s : Ar %s\n", option->key, buf_cstr(&values));
    manual_put_text(option->purpose);
    if (option->fallback && *option->fallback)
        printf("Default:\n.Li \"%s\" .\n", option->fallback);
}

static void put_configuration(void)
{
    const char *section = "";
    manual_put_head("iokeeper.yaml", 5, "iokeeper.yaml", "configuration of iokeeper");
    puts(".Sh DESCRIPTION");
    manual_put_text(
        "A YAML file of sections, each with keys. An unknown key is an error. Times have a "
        "unit: 500ms, 30s, 15min, 24h, 2d. \"iokeeper init\" writes one with all defaults.");
    for (size_t i = 0; i < config_options_n; i++) {
        if (strcmp(section, config_options[i].section) != 0)
            printf("%s.Ss %s\n.Bl -tag -width Ds\n", *section ? ".El\n" : "",
                   config_options[i].section);
        section = config_options[i].section;
        put_key(&config_options[i]);
    }
    puts(".El\n.Sh SEE ALSO\n.Xr iokeeper 1");
}

/* The configuration that `init` writes for a service. */
static void put_example(void)
{
    AUTO(buf_release) struct buf text = BUF_MAX(1 << 20);
    config_write_example(&text, config_option("api", STR("url"))->fallback,
                         "/etc/iokeeper/default.token", "/var/lib/iokeeper/default");
    fwrite(text.p, 1, text.n, stdout);
}

/* ---- which ---- */

static const struct page {
    const char *name;
    void (*put)(void);
} pages[] = {
    {"iokeeper.1", put_program},
    {"iokeeper.yaml.5", put_configuration},
    {"iokeeper-mirror.5", manual_put_mirror},
    {"completion.bash", manual_put_bash},
    {"completion.zsh", manual_put_zsh},
    {"completion.fish", manual_put_fish},
    {"schema.json", manual_put_schema},
};

enum { PAGES = sizeof pages / sizeof *pages };

/* The verb whose page "iokeeper-VERB.1" is; NULL where it is none. */
static const struct verb *verb_of_page(struct str name)
{
    static const struct str prefix = {"iokeeper-", 9}, suffix = {".1", 2};
    if (!str_starts(name, prefix) || !str_ends(name, suffix))
        return NULL;
    name = str_sub(name, prefix.n, name.n - prefix.n - suffix.n);
    for (size_t i = 0; i < command_verbs_n; i++)
        if (str_is(name, command_verbs[i].name) && *command_verbs[i].about)
            return &command_verbs[i];
    return NULL;
}

/* "all": the names, for the build. */
static void list_pages(void)
{
    for (size_t i = 0; i < PAGES; i++)
        puts(pages[i].name);
    for (size_t i = 0; i < command_verbs_n; i++)
        if (*command_verbs[i].about)
            printf("iokeeper-%s.1\n", command_verbs[i].name);
}

int verb_manual(struct invocation *in, struct err *err)
{
    const char *name = in->args[0];
    const struct verb *verb = verb_of_page(str_of(name));
    if (strcmp(name, "all") == 0) {
        list_pages();
        return EXIT_DONE;
    }
    if (strcmp(name, "example") == 0) {
        put_example();
        return EXIT_DONE;
    }
    if (verb) {
        put_verb(verb);
        return EXIT_DONE;
    }
    for (size_t i = 0; i < PAGES; i++)
        if (strcmp(name, pages[i].name) == 0) {
            pages[i].put();
            return EXIT_DONE;
        }
    return err_set(err, ERR_USAGE, "no page \"%.60s\"; \"iokeeper manual all\" lists them", name);
}
