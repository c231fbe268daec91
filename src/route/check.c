#include "route/check.h"

#include <stdarg.h>
#include <stdio.h>

#include "check_internal.h"
#include "model/digest.h"
#include "route/mirror.h"

enum { FAULT_MAX = 1024 };

void check_fault(struct check *c, struct str path, const char *format, ...)
{
    char text[FAULT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct arena *a = &c->result->arena;
    struct check_fault *fault = arena_alloc(a, sizeof *fault);
    *fault = (struct check_fault){
        .path = arena_str(a, path).p, .text = arena_str(a, str_of(text)).p, .remedy = ""};
    c->last_fault = fault;
    *c->fault_tail = fault;
    c->fault_tail = &fault->next;
    c->result->faults_n++;
}

void check_remedy(struct check *c, const char *remedy)
{
    c->last_fault->remedy = remedy;
}

int check_read(struct check *c, struct str path, const struct oid *blob, struct err *err)
{
    struct err cause = {0};
    buf_reset(&c->content);
    if (store_read(c->store, blob, &c->content, &cause) == 0)
        return 1;
    if (cause.cls == ERR_STOP) {
        *err = cause;
        return -1;
    }
    if (cause.cls == ERR_BAD)
        c->result->too_large++;
    else
        check_fault(c, path, "cannot be read: %s", cause.text);
    return 0;
}

static int open_all(struct check *c, struct err *err)
{
    const struct check_options *o = c->options;
    /* Tags are not looked at, so any key will do. */
    c->redactor = redactor_new(o->redact, STR("check"), err);
    return c->redactor && mirror_open(o->mirror_path, o->branch, &c->store, err) == 0 ? 0 : -1;
}

/* Finds HEAD and its files. A repository that is damaged there is still looked at, byte for byte.
 */
static void find_head(struct check *c)
{
    struct check_result *result = c->result;
    struct err why = {0};
    if (store_head(c->store, &result->commit, &result->born, &why) == 0 && !result->born)
        return;
    if (why.cls == ERR_NONE &&
        store_list(c->store, &result->commit, &result->arena, &c->files, &c->files_n, &why) == 0)
        return;
    result->born = false;
    result->commit = (struct oid){0};
    check_fault(c, STR(""), "%s: %s", c->options->branch, why.text);
    check_remedy(
        c, "\"git reflog\" tells what the branch was before; \"git update-ref\" sets it back");
}

/* What was found must be mended first. */
static int skip_history(struct check *c)
{
    check_fault(c, STR(""), "the history was not searched for secrets: an object is damaged");
    check_remedy(c, "mend that, then check again");
    return 0;
}

int check_run(const struct check_options *options, struct check_result *ret, struct err *err)
{
    *ret = (struct check_result){0};
    struct check c = {.options = options,
                      .pace = options->pace,
                      .result = ret,
                      .content = BUF_MAX(DIGEST_MAX),
                      .fault_tail = &ret->faults,
                      .dangling_tail = &ret->dangling,
                      .finding_tail = &ret->findings,
                      .restorable_tail = &ret->restorable};
    int failed = open_all(&c, err);
    if (!failed)
        find_head(&c);
    if (!failed)
        failed = check_bytes(&c, &ret->commit, err);
    if (!failed)
        failed = check_tree(&c, err);
    if (!failed)
        failed = c.history_barred ? skip_history(&c) : check_history(&c, err);
    index_release(&c.held);
    map_release(&c.managed);
    redactor_free(c.redactor);
    arena_release(&c.scratch);
    buf_release(&c.content);
    store_close(c.store);
    return failed;
}

void check_release(struct check_result *result)
{
    arena_release(&result->arena);
}
