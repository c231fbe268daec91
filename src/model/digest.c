#include "model/digest.h"

#include <stdlib.h>

#include "base/buf.h"
#include "format/json.h"
#include "format/utf8.h"
#include "format/yaml.h"
#include "model/layout.h"
#include "model/normalize.h"

/* Bytes of a name that errors show. */
enum { NAME_SHOWN = 60 };

struct digester {
    struct deflater *deflater;
    struct arena reread; /* the document as read back */
    struct buf yaml, entry;
};

struct digester *digester_new(void)
{
    struct digester *d = calloc(1, sizeof *d);
    if (!d)
        abort();
    d->deflater = deflater_new();
    d->yaml.max = DIGEST_MAX;
    d->entry.max = DIGEST_MAX + (DIGEST_MAX >> 8) + 1024;
    return d;
}

void digester_free(struct digester *d)
{
    if (!d)
        return;
    deflater_free(d->deflater);
    arena_release(&d->reread);
    buf_release(&d->yaml);
    buf_release(&d->entry);
    free(d);
}

/* What counts is what anybody reads: the bytes must load back to the very document. */
static int prove(struct digester *d, const struct node *content, struct err *err)
{
    struct node reread;
    arena_reset(&d->reread);
    if (yaml_load(&d->reread, buf_view(&d->yaml), &reread, err) < 0)
        return err_wrap(err, "cannot be written as YAML that reads back");
    if (!node_eq(content, &reread))
        return err_set(err, ERR_BAD, "cannot be written as YAML that reads back the same");
    return 0;
}

int digest_file(struct digester *d, struct arena *a, const struct node *content,
                const struct oid *head_blob, struct digest *ret, struct err *err)
{
    buf_reset(&d->yaml);
    yaml_emit(&d->yaml, content);
    if (buf_overflowed(&d->yaml))
        return err_set(err, ERR_BAD, "larger than %d MB as YAML", DIGEST_MAX >> 20);
    oid_of(OBJ_BLOB, buf_view(&d->yaml), &ret->blob);
    ret->unchanged = head_blob && oid_eq(&ret->blob, head_blob);
    if (ret->unchanged)
        return 0;
    if (prove(d, content, err) < 0)
        return -1;
    buf_reset(&d->entry);
    pack_entry_write(d->deflater, OBJ_BLOB, buf_view(&d->yaml), &d->entry);
    ret->yaml = arena_str(a, buf_view(&d->yaml));
    ret->entry = arena_str(a, buf_view(&d->entry));
    return 0;
}

/* A name as an error shows it. */
static struct str shown(struct str name)
{
    return utf8_cut(name, NAME_SHOWN);
}

/* Names and checks a document: what the index and the paths are made of. */
static int identify(struct arena *a, const struct kind *kind, const struct node *doc,
                    struct digest *ret, struct err *err)
{
    if (doc->type != NODE_MAP)
        return err_set(err, ERR_BAD, "%s: not a JSON object", kind->name);
    ret->title = arena_str(a, node_get_text(doc, STR("name")));
    const struct node *id = node_get(doc, STR("_id"));
    if (!id || id->type != NODE_STRING)
        return err_set(err, ERR_BAD, "%s \"%.*s\": has no _id", kind->name,
                       STR_ARG(shown(ret->title)));
    if (!layout_id_is_safe(id->text))
        return err_set(err, ERR_BAD,
                       "%s \"%.*s\": refused: its _id \"%.*s\" is not 1 to %d of A-Z a-z 0-9 _ -",
                       kind->name, STR_ARG(shown(ret->title)), STR_ARG(shown(id->text)), ID_MAX);
    ret->id = arena_str(a, id->text);
    ret->slug = layout_slug(a, ret->title);
    ret->home = arena_str(a, node_get_text(doc, STR("_integrationId")));
    return 0;
}

/* Behind the string that begins at text[at] with a '"'; past the end where it does not end. */
static size_t skip_string(struct str text, size_t at)
{
    for (at++; at < text.n && text.p[at] != '"'; at++)
        at += text.p[at] == '\\';
    return at + 1;
}

static size_t skip_space(struct str text, size_t at)
{
    while (at < text.n &&
           (text.p[at] == ' ' || text.p[at] == '\t' || text.p[at] == '\n' || text.p[at] == '\r'))
        at++;
    return at;
}

/* The string behind the member key that ends before text[at]; empty where there is none, or it is
 * no id that is safe to show. */
static struct str id_behind(struct str text, size_t at)
{
    at = skip_space(text, at);
    if (at >= text.n || text.p[at] != ':')
        return STR("");
    at = skip_space(text, at + 1);
    if (at >= text.n || text.p[at] != '"')
        return STR("");
    size_t end = skip_string(text, at);
    struct str id = end <= text.n ? str_sub(text, at + 1, end - at - 2) : STR("");
    return layout_id_is_safe(id) ? id : STR("");
}

/* The document's own "_id", for naming one that cannot be parsed: the first at depth 1. */
static struct str peek_id(struct str json)
{
    static const char key[] = "\"_id\"";
    size_t depth = 0;
    for (size_t at = 0; at < json.n;) {
        char c = json.p[at];
        if (c == '"' && depth == 1 &&
            str_starts(str_sub(json, at, sizeof key - 1), STR("\"_id\""))) {
            struct str id = id_behind(json, at + sizeof key - 1);
            if (id.n)
                return id;
        }
        if (c == '"') {
            at = skip_string(json, at);
            continue;
        }
        depth += c == '{' || c == '[';
        depth -= (c == '}' || c == ']') && depth > 0;
        at++;
    }
    return STR("");
}

int digest_parse(struct arena *a, const struct kind *kind, struct str json, struct node *ret_doc,
                 struct digest *ret, struct err *err)
{
    *ret = (struct digest){0};
    if (json_parse(a, json, ret_doc, err) == 0)
        return identify(a, kind, ret_doc, ret, err);
    struct str id = peek_id(json);
    if (!id.n)
        return err_wrap(err, "%s", kind->name);
    ret->id = arena_str(a, id);
    return err_wrap(err, "%s (%s)", kind->name, ret->id.p);
}

void digest_redact(const struct redactor *redactor, struct arena *a, const struct kind *kind,
                   struct node *doc, struct digest *ret)
{
    if (redact(redactor, a, kind, doc) == 0)
        return;
    ret->title = arena_str(a, node_get_text(doc, STR("name")));
    ret->slug = layout_slug(a, ret->title);
}

/* Takes out of a document the text that lies beside it. What is no text stays where it is. */
static bool take_body(const struct kind *kind, struct node *doc, struct str *ret_text)
{
    const struct node *body = kind->body ? node_get(doc, str_of(kind->body)) : NULL;
    if (!body || body->type != NODE_STRING)
        return false;
    *ret_text = body->text;
    node_map_remove(doc, str_of(kind->body));
    return true;
}

static int digest_body(struct digester *d, struct arena *a, struct str text,
                       const struct oid *head_blob, struct digest *ret, struct err *err)
{
    if (text.n > DIGEST_MAX)
        return err_set(err, ERR_BAD, "larger than %d MB", DIGEST_MAX >> 20);
    oid_of(OBJ_BLOB, text, &ret->beside);
    if (head_blob && oid_eq(&ret->beside, head_blob))
        return 0;
    buf_reset(&d->entry);
    pack_entry_write(d->deflater, OBJ_BLOB, text, &d->entry);
    ret->beside_entry = arena_str(a, buf_view(&d->entry));
    return 0;
}

int digest_node(struct digester *d, struct arena *a, const struct kind *kind, struct node *doc,
                const struct index *head, struct digest *ret, struct err *err)
{
    normalize(kind, doc);
    if (kind->decides)
        ret->refs = refs_of(a, doc);
    const struct entry *before = head ? index_get(head, kind->id, ret->id, STR("")) : NULL;
    struct str body;
    int result = 0;
    if (take_body(kind, doc, &body))
        result = digest_body(d, a, body, before ? &before->beside : NULL, ret, err);
    if (result == 0)
        result = digest_file(d, a, doc, before ? &before->blob : NULL, ret, err);
    if (result < 0)
        return err_wrap(err, "%s \"%.*s\" (%s)", kind->name, STR_ARG(shown(ret->title)), ret->id.p);
    ret->unchanged = ret->unchanged && oid_eq(&ret->beside, &before->beside);
    return 0;
}
