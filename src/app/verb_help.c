/* verb_help: what there is, on one screen; of a verb, all of it. */
#include <stdio.h>
#include <string.h>

#include "app/command.h"
#include "app/output.h"

enum { COLUMNS = 80, LEFT = 22, SYNOPSIS = 37 };

/* Prints text broken between words, behind what stands in the line already; what follows stands
 * below that. */
static void print_wrapped(const char *text, size_t indent)
{
    size_t column = 0, width = COLUMNS - indent;
    while (*text) {
        size_t n = strcspn(text, " \n");
        if (column > 0 && column + 1 + n > width) {
            printf("\n%*s", (int)indent, "");
            column = 0;
        }
        printf("%s%.*s", column ? " " : "", (int)n, text);
        column += n + (column > 0);
        text += n;
        for (; *text == ' ' || *text == '\n'; text++)
            if (*text == '\n') {
                putchar('\n');
                column = 0;
            }
    }
    putchar('\n');
}

static void print_option(const struct command_option *option)
{
    char left[40];
    int n = option->id < OPT_CONFIG ? snprintf(left, sizeof left, "-%c, ", option->id) : 0;
    snprintf(left + n, sizeof left - (size_t)n, "--%s%s%s", option->name,
             option->argument ? " " : "", option->argument ? option->argument : "");
    printf("  %-*s ", LEFT, left);
    print_wrapped(option->help, 2 + LEFT + 1);
}

/* Those of a verb; of every verb for NULL. */
static void print_options(const char *title, const struct verb *verb)
{
    bool any = false;
    for (size_t i = 0; i < command_options_n; i++) {
        const struct command_option *option = &command_options[i];
        if (!command_has_option(verb, option))
            continue;
        if (!any)
            printf("\n%s\n", title);
        any = true;
        print_option(option);
    }
}

static void print_examples(const struct verb *verb)
{
    const char *heading = "\nExamples\n";
    for (size_t i = 0; i < command_examples_n; i++) {
        if (strcmp(command_examples[i].verb, verb->name) != 0)
            continue;
        printf("%s  %s\n      ", heading, command_examples[i].command);
        print_wrapped(command_examples[i].does, 6);
        heading = "";
    }
}

static int print_verb(const struct verb *verb)
{
    printf("usage: iokeeper [OPTION...] %s%s%s\n\n", verb->name, *verb->args ? " " : "",
           verb->args);
    print_wrapped(*verb->about ? verb->about : verb->does, 0);
    print_options("Options", verb);
    print_options("Options of every verb", NULL);
    print_examples(verb);
    return EXIT_DONE;
}

static const char *synopsis(const struct verb *verb, char text[static SYNOPSIS + 1])
{
    snprintf(text, SYNOPSIS + 1, "%-8s %s", verb->name, verb->args);
    return text;
}

/* ---- for programs ---- */

static void print_json_verb(const struct verb *verb)
{
    struct arena scratch = {0};
    struct node fields = node_map(&scratch, 4);
    output_set(&scratch, &fields, "verb", verb->name);
    output_set(&scratch, &fields, "arguments", verb->args);
    output_set(&scratch, &fields, "does", verb->does);
    output_set(&scratch, &fields, "about", verb->about);
    output_json(&scratch, "verb", fields);
    arena_release(&scratch);
}

/* Those of a verb; of every verb for NULL. */
static void print_json_options(const struct verb *verb)
{
    for (size_t i = 0; i < command_options_n; i++) {
        const struct command_option *option = &command_options[i];
        struct arena scratch = {0};
        if (!command_has_option(verb, option))
            continue;
        struct node fields = node_map(&scratch, 4);
        output_set(&scratch, &fields, "option", option->name);
        output_set(&scratch, &fields, "argument", option->argument ? option->argument : "");
        output_set(&scratch, &fields, "does", option->help);
        output_json(&scratch, "option", fields);
        arena_release(&scratch);
    }
}

/* One verb, or all for NULL. */
static int print_json(const struct verb *only)
{
    struct arena scratch = {0};
    struct node fields = node_map(&scratch, 1);
    for (size_t i = 0; i < command_verbs_n; i++)
        if (only ? only == &command_verbs[i] : !(command_verbs[i].flags & IS_HIDDEN))
            print_json_verb(&command_verbs[i]);
    if (only)
        print_json_options(only);
    print_json_options(NULL);
    output_set_number(&scratch, &fields, "exit", EXIT_DONE);
    output_json(&scratch, "summary", fields);
    arena_release(&scratch);
    return EXIT_DONE;
}

int verb_help(struct invocation *in, struct err *err)
{
    char text[SYNOPSIS + 1];
    const struct verb *verb = in->n_args ? command_find_verb(in->args[0], err) : NULL;
    if (in->n_args && !verb)
        return -1;
    if (in->json)
        return print_json(verb);
    if (verb)
        return print_verb(verb);
    puts("usage: iokeeper [--config FILE | --account NAME] [-q | -v] [--json] VERB ...\n\n"
         "Keeps an integrator.io account in a git repository.\n");
    for (size_t i = 0; i < command_verbs_n; i++)
        if (!(command_verbs[i].flags & IS_HIDDEN)) {
            printf("  %-*s ", SYNOPSIS, synopsis(&command_verbs[i], text));
            print_wrapped(command_verbs[i].does, 2 + SYNOPSIS + 1);
        }
    print_options("Options", NULL);
    puts("\n\"iokeeper help VERB\" has a verb's own options.\n\n"
         "Without a configuration file IOKEEPER_API_URL, IOKEEPER_TOKEN and\n"
         "IOKEEPER_MIRROR are enough; they override the file.");
    return EXIT_DONE;
}
