/* Secrets in what any ref leads to, found by the rules that keep them out of new commits. */
#include <stdlib.h>

#include "check_internal.h"
#include "format/yaml.h"
#include "model/layout.h"

/* A look through the history. */
struct look {
    struct check *c;
    struct map current; /* HEAD's files, by path */
    struct map known;   /* findings, by path, place and sort */
    struct arena keys;
};

/* ---- findings ---- */

static struct check_finding *new_finding(struct check *c, const struct store_past *past,
                                         const struct redact_finding *found)
{
    struct arena *a = &c->result->arena;
    struct check_finding *finding = arena_alloc(a, sizeof *finding);
    *finding = (struct check_finding){.path = arena_str(a, past->path).p,
                                      .where = arena_str(a, str_of(found->where)).p,
                                      .what = found->what,
                                      .commit = past->commit};
    *c->finding_tail = finding;
    c->finding_tail = &finding->next;
    c->result->findings_n++;
    return finding;
}

/* Tells a finding, once for all versions of a file that have it in the same place. */
static void tell(struct look *look, const struct store_past *past,
                 const struct redact_finding *found)
{
    char commit[OID_HEX + 1] = "";
    if (!past->path.n)
        oid_to_hex(&past->commit, commit); /* messages are no versions of each other */
    struct str key = arena_printf(&look->keys, "%.*s\n%s\n%s\n%s", STR_ARG(past->path), commit,
                                  found->where, found->what);
    struct check_finding *finding = map_get(&look->known, key);
    if (!finding) {
        finding = new_finding(look->c, past, found);
        map_put(&look->known, key, finding);
    }
    const struct store_file *file = map_get(&look->current, past->path);
    finding->versions++;
    finding->current = finding->current || (file && oid_eq(&file->oid, &past->blob));
}

/* ---- one object ---- */

/* What is secret in c->content, which is a file of ours, of a person's, or was one. */
static struct redact_finding *find_in_file(struct check *c, struct str path)
{
    struct layout_place place;
    struct err ignored;
    struct node doc;
    struct str text = buf_view(&c->content);
    if (!layout_parse(path, &place))
        return redact_find_text(c->redactor, &c->scratch, NULL, NULL, text);
    const struct kind *kind = kind_of(place.kind);
    if (place.beside)
        return redact_find_text(c->redactor, &c->scratch, kind, kind->body, text);
    if (yaml_load(&c->scratch, text, &doc, &ignored) < 0)
        return redact_find_text(c->redactor, &c->scratch, kind, NULL, text);
    return redact_find(c->redactor, &c->scratch, kind, &doc);
}

static int look_at(struct look *look, const struct store_past *past, struct err *err)
{
    struct check *c = look->c;
    struct redact_finding *found;
    if (past->path.n) {
        int read = check_read(c, past->path, &past->blob, err);
        if (read <= 0)
            return read;
        c->result->blobs++;
        found = find_in_file(c, past->path);
    } else {
        c->result->commits++;
        found = redact_find_text(c->redactor, &c->scratch, NULL, NULL, past->message);
    }
    for (; found; found = found->next)
        tell(look, past, found);
    return 0;
}

/* ---- all ---- */

static int walk(struct look *look, struct store_history *history, struct err *err)
{
    struct check *c = look->c;
    struct store_past past;
    uint64_t done = 0;
    int more;
    while ((more = store_history_next(history, &past, err)) != 0) {
        arena_reset(&c->scratch);
        if (more < 0 && err->cls != ERR_BAD)
            return -1;
        if (more < 0)
            check_fault(c, STR(""), "%s", err->text);
        else if (look_at(look, &past, err) < 0)
            return -1;
        if (pace_tell(&c->pace, "searching", done++, 0, err) < 0)
            return -1;
    }
    err_clear(err);
    return 0;
}

int check_history(struct check *c, struct err *err)
{
    struct look look = {.c = c};
    struct store_history *history = NULL;
    for (size_t i = 0; i < c->files_n; i++)
        map_put(&look.current, c->files[i].path, &c->files[i]);
    int failed = store_history_open(c->store, &history, err);
    if (!failed)
        failed = walk(&look, history, err);
    store_history_free(history);
    map_release(&look.current);
    map_release(&look.known);
    arena_release(&look.keys);
    return failed;
}
