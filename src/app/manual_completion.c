/* What shells complete: verbs and options from the tables, resources from the mirror. */
#include <stdio.h>
#include <string.h>

#include "app/command.h"
#include "manual.h"
#include "model/kind.h"

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

/* Verbs whose arguments are called so in help, "SELECTOR" say. */
static void put_verbs_that_take(const char *argument, const char *separator)
{
    const char *before = "";
    for (size_t i = 0; i < command_verbs_n; i++) {
        const struct verb *verb = &command_verbs[i];
        if ((verb->flags & IS_HIDDEN) || !strstr(verb->args, argument))
            continue;
        printf("%s%s", before, verb->name);
        before = separator;
    }
}

static void put_kinds(void)
{
    for (size_t k = 0; k < KIND_COUNT; k++)
        if (kind_is_document(kind_of((enum kind_id)k)))
            printf("%s ", kind_of((enum kind_id)k)->plural);
}

static bool takes_commit(const struct command_option *option)
{
    return option->argument && strcmp(option->argument, "WHEN") == 0 && option->id != OPT_COLOR;
}

/* What the mirror holds comes from "iokeeper complete", a resource a line, and its branches and
 * tags from "iokeeper complete-when"; the shell quotes it, and runs nothing of it. */
static void put_bash_asked(void)
{
    puts("_iokeeper_asked() {\n"
         "    local line word before='' typed=${cur//\\\\/}\n"
         "    local -a given=()\n"
         "    typed=${typed#[\\\"\\']}\n"
         "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
         "        [[ $before != --config && $before != --account ]] || given+=(\"$before\" "
         "\"$word\")\n"
         "        before=$word\n"
         "    done\n"
         "    while IFS= read -r line; do\n"
         "        [[ $cur == [\\\"\\']* ]] || printf -v line %q \"$line\"\n"
         "        COMPREPLY+=(\"$line\")\n"
         "    done < <(\"${COMP_WORDS[0]}\" \"${given[@]}\" \"$1\" -- \"$typed\" 2>/dev/null)\n"
         "}");
}

static void put_bash_verb(void)
{
    fputs("    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n        case $word in ",
          stdout);
    for (size_t i = 0; i < command_verbs_n; i++)
        if (!(command_verbs[i].flags & IS_HIDDEN))
            printf("%s%s", i ? "|" : "", command_verbs[i].name);
    puts(") verb=$word; break ;; esac\n    done");
}

/* "VERB OPTION" of each whose argument is a commit, as patterns. */
static void put_commit_options(void)
{
    const char *before = "";
    for (size_t i = 0; i < command_verbs_n; i++)
        for (size_t k = 0; k < command_options_n; k++)
            if (!(command_verbs[i].flags & IS_HIDDEN) && takes_commit(&command_options[k]) &&
                command_has_option(&command_verbs[i], &command_options[k])) {
                printf("%s\"%s --%s\"", before, command_verbs[i].name, command_options[k].name);
                before = "|";
            }
}

void manual_put_bash(void)
{
    put_bash_asked();
    puts("_iokeeper() {\n"
         "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb='' word\n"
         "    local -a words\n"
         "    COMPREPLY=()");
    put_bash_verb();
    fputs("    case \"$verb $prev\" in ", stdout);
    put_commit_options();
    puts(") _iokeeper_asked complete-when; return ;; esac");
    fputs("    case $prev in\n    --account)\n"
          "        words=(/etc/iokeeper/*.yaml ~/.config/iokeeper/*.yaml)\n"
          "        words=(\"${words[@]##*/}\")\n"
          "        mapfile -t COMPREPLY < <(compgen -W \"${words[*]%.yaml}\" -- \"$cur\")\n"
          "        return ;;\n    "
          "--color) mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- \"$cur\"); return "
          ";;\n    "
          "--kind) mapfile -t COMPREPLY < <(compgen -W \"${_iokeeper_kinds[*]}\" -- \"$cur\"); "
          "return ;;\n    ",
          stdout);
    put_file_options("|");
    puts(
        ")\n        mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n        return ;;\n    esac");
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
         "    [[ $verb != list ]] || words+=(\"${_iokeeper_kinds[@]}\")\n"
         "    mapfile -t COMPREPLY < <(compgen -W \"${words[*]}\" -- \"$cur\")\n"
         "    [[ $cur == -* ]] || case $verb in");
    put_verbs_that_take("SELECTOR", "|");
    puts(") _iokeeper_asked complete ;; esac\n"
         "    [[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != */ ]] || compopt -o nospace "
         "2>/dev/null\n}");
    fputs("_iokeeper_kinds=(", stdout);
    put_kinds();
    fputs(")\n_iokeeper_verbs=(", stdout);
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
                                : takes_commit(option)      ? ":_iokeeper_commits"
                                : option->id == OPT_ACCOUNT ? ":_iokeeper_accounts"
                                                            : ": ";
        printf("]%s%s%s'", option->argument ? ":" : "", option->argument ? option->argument : "",
               option->argument ? completer : "");
    }
}

void manual_put_zsh(void)
{
    puts(
        "#compdef iokeeper\n_iokeeper_accounts() {\n"
        "    compadd -- ${${(f)\"$(print -l /etc/iokeeper/*.yaml(N:t:r) "
        "~/.config/iokeeper/*.yaml(N:t:r))\"}}\n}\n"
        "_iokeeper_verb() {\n    local word\n    verb=\n    for word in ${words[2,CURRENT-1]}; do\n"
        "        (( ! ${+_iokeeper_known[$word]} )) || { verb=$word; return }\n    done\n}\n"
        "_iokeeper_asked() {\n    local -a found given=()\n    integer i\n"
        "    for ((i = 2; i < CURRENT; i++)); do\n"
        "        [[ ${words[i-1]} != --(config|account) ]] || given+=(${words[i-1]} "
        "${(Q)words[i]})\n"
        "    done\n"
        "    found=(${(f)\"$(iokeeper $given $1 -- ${(Q)PREFIX} 2>/dev/null)\"})\n"
        "    compadd -- $found\n}\n"
        "_iokeeper_commits() {\n    _iokeeper_asked complete-when\n}\n"
        "_iokeeper_arguments() {\n    local verb\n    _iokeeper_verb\n    case $verb in\n    ");
    put_verbs_that_take("SELECTOR", "|");
    fputs(") _iokeeper_asked complete ;;\n    list) compadd -- ", stdout);
    put_kinds();
    puts(";;\n    help) _iokeeper_verbs ;;\n    *) _files ;;\n    esac\n}\n"
         "_iokeeper_verbs() {\n    local -a verbs=(");
    for (size_t i = 0; i < command_verbs_n; i++) {
        if (command_verbs[i].flags & IS_HIDDEN)
            continue;
        printf("        '%s:", command_verbs[i].name);
        put_quoted(command_verbs[i].does, true);
        puts("'");
    }
    puts("    )\n    _describe verb verbs\n}\n_iokeeper() {\n"
         "    local verb\n    _iokeeper_verb\n    local -a more=()\n"
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
    puts(" $more '1:verb:_iokeeper_verbs' '*:argument:_iokeeper_arguments'\n}");
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
    printf("%s", !option->argument ? "" : takes_file(option) ? " -rF" : " -x");
    if (takes_commit(option))
        fputs(" -a '(iokeeper complete-when -- (commandline -ct) 2>/dev/null)'", stdout);
    fputs(" -d '", stdout);
    put_quoted(option->help, false);
    puts("'");
}

void manual_put_fish(void)
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
    fputs("complete -c iokeeper -n '__fish_seen_subcommand_from ", stdout);
    put_verbs_that_take("SELECTOR", " ");
    puts("' -a '(iokeeper complete -- (commandline -ct) 2>/dev/null)'");
    fputs("complete -c iokeeper -n '__fish_seen_subcommand_from list' -a '", stdout);
    put_kinds();
    puts("'\ncomplete -c iokeeper -n '__fish_seen_subcommand_from help' -a \"$verbs\"");
}
