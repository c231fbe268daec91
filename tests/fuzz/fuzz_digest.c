/* Whatever the API says a document is: refused as bad, with a text that shows no harm and an id
 * that is safe, or digested into YAML that reads back as the normalised document. A libFuzzer
 * target: clang -fsanitize=fuzzer,address,undefined, with the model, format and base floors. The
 * first byte chooses the kind. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "format/utf8.h"
#include "format/yaml.h"
#include "model/digest.h"
#include "model/layout.h"
#include "model/normalize.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool good)
{
    if (!good)
        abort();
}

static void check_error(const struct err *err)
{
    struct str text = str_of(err->text);
    require(err->cls == ERR_BAD && text.n > 0 && text.n < sizeof err->text);
    for (size_t at = 0; at < text.n; at++)
        require((unsigned char)text.p[at] >= 0x20 && text.p[at] != 0x7F);
}

static void check_refs(struct refs refs)
{
    for (size_t i = 0; i < refs.n; i++)
        require(layout_id_is_safe(refs.items[i].id) && refs.items[i].kind < KIND_COUNT);
}

static void check_entry(struct str entry, struct str content)
{
    struct buf held = BUF_MAX(DIGEST_MAX);
    struct err err = {0};
    enum obj_type type;
    require(pack_entry_read(entry, &type, &held, &err) == 0 && type == OBJ_BLOB &&
            str_eq(buf_view(&held), content));
    buf_release(&held);
}

/* The text of a kind that has one lies beside, byte for byte, and nothing else does. */
static void check_beside(const struct kind *kind, const struct node *told, const struct node *doc,
                         const struct digest *digest)
{
    const struct node *body = kind->body ? node_get(told, str_of(kind->body)) : NULL;
    struct oid blob;
    if (!body || body->type != NODE_STRING) {
        require(oid_is_zero(&digest->beside) && digest->beside_entry.n == 0);
        return;
    }
    require(!node_get(doc, str_of(kind->body)));
    oid_of(OBJ_BLOB, body->text, &blob);
    require(oid_eq(&blob, &digest->beside));
    check_entry(digest->beside_entry, body->text);
}

static void check_digest(struct arena *a, const struct kind *kind, const struct node *doc,
                         const struct digest *digest)
{
    struct node back, twice = node_copy(a, doc);
    struct err err = {0};
    require(yaml_load(a, digest->yaml, &back, &err) == 0 && node_eq(doc, &back));
    normalize(kind, &twice);
    require(node_eq(doc, &twice));
    struct oid blob;
    oid_of(OBJ_BLOB, digest->yaml, &blob);
    require(oid_eq(&blob, &digest->blob));
    check_entry(digest->entry, digest->yaml);
    check_refs(digest->refs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena a;
    static struct digester *digester;
    if (size == 0)
        return 0;
    if (!digester)
        digester = digester_new();
    const struct kind *kind = kind_of((enum kind_id)(data[0] % (KIND_TAG + 1)));
    struct str json = {.p = (const char *)data + 1, .n = size - 1};
    struct node doc, told = {0};
    struct digest digest;
    struct err err = {0};
    int result = digest_parse(&a, kind, json, &doc, &digest, &err);
    require(digest.id.n == 0 || layout_id_is_safe(digest.id));
    if (result == 0)
        told = node_copy(&a, &doc);
    if (result == 0)
        result = digest_node(digester, &a, kind, &doc, NULL, &digest, &err);
    if (result == 0) {
        check_digest(&a, kind, &doc, &digest);
        check_beside(kind, &told, &doc, &digest);
    }
    if (result == 0) {
        struct str again = layout_slug(&a, digest.slug);
        require(digest.slug.n > 0 && digest.slug.n <= SLUG_MAX && str_eq(again, digest.slug));
    } else {
        check_error(&err);
    }
    arena_reset(&a);
    return 0;
}
