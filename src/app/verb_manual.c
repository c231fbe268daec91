/* verb_manual: pages of the manual (mdoc(7)) and completions, made of the tables, so that they
 * cannot lie. The build runs it; help does not show it. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "app/command.h"
#include "app/config_option.h"
#include "base/auto.h"

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
static void put_text(const char *text)
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

static void put_head(const char *title, int section, const char *name, const char *does)
{
    printf(".Dd %s\n.Dt ", IOKEEPER_DATE);
    for (; *title; title++)
        putchar(toupper((unsigned char)*title));
    printf(" %d\n.Os\n.Sh NAME\n.Nm %s\n.Nd ", section, name);
    put_text(does);
}

/* ---- of the program and its verbs ---- */

static void put_option(const struct command_option *option)
{
    if (option->id < OPT_CONFIG)
        printf(".It Fl %c , Fl -%s", option->id, option->name);
    else
        printf(".It Fl -%s", option->name);
    printf("%s%s\n", option->argument ? " Ar " : "", option->argument ? option->argument : "");
    put_text(option->help);
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
        put_text(command_exits[i].means);
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
        put_text(verb->does);
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
         ".It Ev GIT_SSL_CAINFO , SSL_CERT_FILE\n"
         "certificate authorities of an https remote\n"
         ".It Ev http_proxy , https_proxy , no_proxy\n"
         "as for\n.Xr curl 1\n.El");
}

static void put_program(void)
{
    put_head("iokeeper", 1, "iokeeper", "keeps an integrator.io account in a git repository");
    puts(".Sh SYNOPSIS\n.Nm\n.Op Fl -config Ar file | Fl -account Ar name\n.Op Fl q | v\n"
         ".Op Fl -json\n.Ar verb\n.Op Ar argument ...\n.Sh DESCRIPTION");
    put_text("Mirrors an account of Celigo's integrator.io into an ordinary git repository, a YAML "
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
    puts(".Sh SEE ALSO\n.Xr git 1 ,\n.Xr iokeeper.yaml 5");
}

static void put_verb(const struct verb *verb)
{
    char name[64];
    snprintf(name, sizeof name, "iokeeper-%s", verb->name);
    put_head(name, 1, name, verb->does);
    printf(".Sh SYNOPSIS\n.Nm iokeeper\n.Op Ar option ...\n.Cm %s\n", verb->name);
    if (*verb->args)
        printf(".Li \"%s\"\n", verb->args);
    puts(".Sh DESCRIPTION");
    put_text(verb->about);
    if (verb->flags & ~(unsigned)(NEEDS_CONFIG | NEEDS_TOKEN))
        puts(".Sh OPTIONS");
    put_options(verb);
    put_exits();
    puts(".Sh SEE ALSO\n.Xr iokeeper 1 ,\n.Xr iokeeper.yaml 5");
}

/* ---- of the configuration ---- */

static void put_key(const struct option *option)
{
    AUTO(buf_release) struct buf values = BUF_MAX(1024);
    config_describe(&values, option);
    printf(".It Cm %s : Ar %s\n", option->key, buf_cstr(&values));
    put_text(option->purpose);
    if (option->fallback && *option->fallback)
        printf("Default:\n.Li \"%s\" .\n", option->fallback);
}

static void put_configuration(void)
{
    const char *section = "";
    put_head("iokeeper.yaml", 5, "iokeeper.yaml", "configuration of iokeeper");
    puts(".Sh DESCRIPTION");
    put_text("A YAML file of sections, each with keys. An unknown key is an error. Times have a "
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

/* ---- completions ---- */

static void put_names(const struct verb *verb, const char *separator)
{
    for (size_t i = 0; i < command_options_n; i++)
        if (command_has_option(verb, &command_options[i]))
            printf("--%s%s", command_options[i].name, separator);
}

static void put_verb_names(const char *separator)
{
    for (size_t i = 0; i < command_verbs_n; i++)
        if (!(command_verbs[i].flags & IS_HIDDEN))
            printf("%s%s", command_verbs[i].name, separator);
}

static bool takes_file(const struct command_option *option)
{
    const char *argument = option->argument;
    return argument && (strcmp(argument, "FILE") == 0 || strcmp(argument, "CONFIG") == 0);
}

static void put_file_options(const char *separator)
{
    for (size_t i = 0; i < command_options_n; i++)
        if (takes_file(&command_options[i]))
            printf("--%s%s", command_options[i].name, separator);
    fputs("-o", stdout);
}

static void put_bash(void)
{
    puts("# bash completion of iokeeper\n_iokeeper() {\n"
         "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb='' word\n"
         "    local -a words\n"
         "    COMPREPLY=()");
    fputs("    case $prev in\n    --account)\n"
          "        words=(/etc/iokeeper/*.yaml ~/.config/iokeeper/*.yaml)\n"
          "        words=(\"${words[@]##*/}\")\n"
          "        mapfile -t COMPREPLY < <(compgen -W \"${words[*]%.yaml}\" -- \"$cur\")\n"
          "        return ;;\n    ",
          stdout);
    put_file_options("|");
    puts(
        ")\n        mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n        return ;;\n    esac");
    fputs("    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n        case $word in ",
          stdout);
    for (size_t i = 0; i < command_verbs_n; i++)
        if (!(command_verbs[i].flags & IS_HIDDEN))
            printf("%s%s", i ? "|" : "", command_verbs[i].name);
    puts(") verb=$word; break ;; esac\n    done");
    fputs("    words=(", stdout);
    put_names(NULL, " ");
    puts(")\n    case $verb in");
    for (size_t i = 0; i < command_verbs_n; i++) {
        const struct verb *verb = &command_verbs[i];
        if (verb->flags & IS_HIDDEN)
            continue;
        printf("    %s) words+=(", verb->name);
        put_names(verb, " ");
        puts(") ;;");
    }
    fputs("    '') words+=(", stdout);
    put_verb_names(" ");
    puts(") ;;\n    esac\n"
         "    [[ $verb != help ]] || words+=(\"${_iokeeper_verbs[@]}\")\n"
         "    mapfile -t COMPREPLY < <(compgen -W \"${words[*]}\" -- \"$cur\")\n}");
    fputs("_iokeeper_verbs=(", stdout);
    put_verb_names(" ");
    puts(")\ncomplete -F _iokeeper iokeeper");
}

/* Text between single quotes, for zsh and fish; zsh takes brackets and colons for its own. */
static void put_quoted(const char *text, bool zsh)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs(zsh ? "'\\''" : "\\'", stdout);
        else if (zsh && strchr("[]:", *text))
            printf("\\%c", *text);
        else
            putchar(*text);
    }
}

static void put_zsh_options(const struct verb *verb)
{
    for (size_t i = 0; i < command_options_n; i++) {
        const struct command_option *option = &command_options[i];
        if (!command_has_option(verb, option))
            continue;
        if (option->id < OPT_CONFIG)
            printf(" '(-%c --%s)'{-%c,--%s}'[", option->id, option->name, option->id, option->name);
        else
            printf(" '--%s[", option->name);
        put_quoted(option->help, true);
        const char *completer = takes_file(option)          ? ":_files"
                                : option->id == OPT_ACCOUNT ? ":_iokeeper_accounts"
                                                            : ": ";
        printf("]%s%s%s'", option->argument ? ":" : "", option->argument ? option->argument : "",
               option->argument ? completer : "");
    }
}

static void put_zsh(void)
{
    puts("#compdef iokeeper\n_iokeeper_accounts() {\n"
         "    compadd -- ${${(f)\"$(print -l /etc/iokeeper/*.yaml(N:t:r) "
         "~/.config/iokeeper/*.yaml(N:t:r))\"}}\n}\n"
         "_iokeeper_verbs() {\n    local -a verbs=(");
    for (size_t i = 0; i < command_verbs_n; i++) {
        if (command_verbs[i].flags & IS_HIDDEN)
            continue;
        printf("        '%s:", command_verbs[i].name);
        put_quoted(command_verbs[i].does, true);
        puts("'");
    }
    puts("    )\n    _describe verb verbs\n}\n_iokeeper() {\n"
         "    local verb=${words[(r)(${(j:|:)${(k)_iokeeper_known}})]}\n    local -a more=()\n"
         "    case $verb in");
    for (size_t i = 0; i < command_verbs_n; i++) {
        const struct verb *verb = &command_verbs[i];
        if (verb->flags & IS_HIDDEN)
            continue;
        printf("    %s) more=(", verb->name);
        put_zsh_options(verb);
        puts(" ) ;;");
    }
    fputs("    esac\n    _arguments", stdout);
    put_zsh_options(NULL);
    puts(" $more '1:verb:_iokeeper_verbs' '*:argument:_files'\n}");
    fputs("typeset -gA _iokeeper_known=(", stdout);
    for (size_t i = 0; i < command_verbs_n; i++)
        if (!(command_verbs[i].flags & IS_HIDDEN))
            printf("%s 1 ", command_verbs[i].name);
    puts(")\n_iokeeper \"$@\"");
}

static void put_fish_option(const struct verb *verb, const struct command_option *option)
{
    printf("complete -c iokeeper -l %s", option->name);
    if (verb)
        printf(" -n '__fish_seen_subcommand_from %s'", verb->name);
    if (option->id < OPT_CONFIG)
        printf(" -s %c", option->id);
    printf("%s -d '", !option->argument ? "" : takes_file(option) ? " -rF" : " -x");
    put_quoted(option->help, false);
    puts("'");
}

static void put_fish(void)
{
    fputs("complete -c iokeeper -f\nset -l verbs ", stdout);
    put_verb_names(" ");
    puts("");
    for (size_t i = 0; i < command_verbs_n; i++) {
        if (command_verbs[i].flags & IS_HIDDEN)
            continue;
        printf("complete -c iokeeper -n \"not __fish_seen_subcommand_from $verbs\" -a %s -d '",
               command_verbs[i].name);
        put_quoted(command_verbs[i].does, false);
        puts("'");
    }
    for (size_t i = 0; i < command_options_n; i++) {
        if (command_options[i].takes == 0)
            put_fish_option(NULL, &command_options[i]);
        for (size_t j = 0; j < command_verbs_n; j++)
            if (command_options[i].takes & command_verbs[j].flags)
                put_fish_option(&command_verbs[j], &command_options[i]);
    }
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
    {"iokeeper.1", put_program},   {"iokeeper.yaml.5", put_configuration},
    {"completion.bash", put_bash}, {"completion.zsh", put_zsh},
    {"completion.fish", put_fish},
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
