/* verb_doctor: what is right and wrong with this set-up. */
#include "app/command.h"
#include "app/options.h"
#include "app/output.h"
#include "route/doctor.h"

static const char *const level_words[] = {
    [DOCTOR_GOOD] = "good", [DOCTOR_NOTE] = "note", [DOCTOR_BAD] = "bad"};

static int exit_code_of(const struct doctor_result *result)
{
    return result->token_refused ? EXIT_TOKEN_REFUSED : result->bad ? EXIT_FAILED : EXIT_DONE;
}

static void print_json(const struct doctor_result *result)
{
    struct arena scratch = {0};
    for (const struct doctor_finding *f = result->findings; f; f = f->next) {
        struct node fields = node_map(&scratch, 4);
        output_set(&scratch, &fields, "level", level_words[f->level]);
        output_set(&scratch, &fields, "about", f->about);
        output_set(&scratch, &fields, "found", f->found);
        output_set(&scratch, &fields, "remedy", f->remedy);
        output_json(&scratch, "finding", fields);
    }
    struct node fields = node_map(&scratch, 2);
    output_set_number(&scratch, &fields, "bad", (int64_t)result->bad);
    output_set_number(&scratch, &fields, "exit", exit_code_of(result));
    output_json(&scratch, "summary", fields);
    arena_release(&scratch);
}

static void print(const struct doctor_result *result, bool quiet)
{
    for (const struct doctor_finding *f = result->findings; f; f = f->next) {
        if (quiet && f->level != DOCTOR_BAD)
            continue;
        output_line("%-4s  %-16s %s", level_words[f->level], f->about, f->found);
        if (*f->remedy)
            output_line("%-4s  %-16s -> %s", "", "", f->remedy);
    }
    if (quiet)
        return;
    if (result->bad)
        output_line("%zu to be mended", result->bad);
    else
        output_line("nothing to be mended");
}

int verb_doctor(struct invocation *in, struct err *err)
{
    struct doctor_options options = {.account = options_account(&in->config, in->stop_fd),
                                     .mirror_path = in->config.mirror_path,
                                     .branch = in->config.branch,
                                     .remote = options_remote(&in->config)};
    struct doctor_result result;
    int code = doctor_run(&options, &result, err);
    if (code == 0) {
        code = exit_code_of(&result);
        if (in->json)
            print_json(&result);
        else
            print(&result, in->quiet);
    }
    doctor_release(&result);
    return code;
}
