/* Whatever a document holds: redacting it twice is redacting it once, what comes out loads, masks
 * and ids stay, and the text beside a document may be anything at all. A libFuzzer target: clang
 * -fsanitize=fuzzer,address,undefined, with the model, format and base floors. The first byte
 * chooses the kind, or text. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "format/json.h"
#include "format/yaml.h"
#include "model/redact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 64 << 20 };

static struct redactor *redactor;

static void require(bool good)
{
    if (!good)
        abort();
}

static void open_redactor(void)
{
    static const char *const paths[] = {"export:http.**.value", "*:settings.*", "flow:**.x[]",
                                        NULL};
    struct err err;
    if (!redactor)
        redactor = redactor_new(paths, STR("a key of the fuzzer"), &err);
    require(redactor != NULL);
}

static bool is_mask(const struct node *node)
{
    if (node->type != NODE_STRING)
        return false;
    for (size_t i = 0; i < node->text.n; i++)
        if (node->text.p[i] != '*')
            return false;
    return true;
}

/* What must stay stands in `after` as in `before`, unless all around it went. */
static void check_kept(const struct node *before, const struct node *after)
{
    if (is_mask(before) || before->type == NODE_NULL) {
        require(node_eq(before, after));
        return;
    }
    if (before->type != after->type)
        return;
    for (size_t i = 0; before->type == NODE_LIST && i < before->list.n; i++)
        check_kept(&before->list.items[i], &after->list.items[i]);
    for (size_t i = 0; before->type == NODE_MAP && i < before->map.n; i++) {
        const struct member *m = &before->map.items[i], *n = &after->map.items[i];
        require(str_eq(m->key, n->key));
        check_kept(&m->value, &n->value);
    }
}

static void check_document(struct arena *a, const struct kind *kind, struct node *doc)
{
    struct node before = node_copy(a, doc), back;
    struct err err = {0};
    size_t n = redact(redactor, a, kind, doc);
    require((n == 0) == node_eq(&before, doc));
    check_kept(&before, doc);
    struct node once = node_copy(a, doc);
    require(redact(redactor, a, kind, doc) == 0 && node_eq(&once, doc));
    struct buf yaml = BUF_MAX(TEXT_MAX);
    yaml_emit(&yaml, doc);
    require(yaml_load(a, buf_view(&yaml), &back, &err) == 0 && node_eq(doc, &back));
    buf_release(&yaml);
}

static void check_text(struct str text)
{
    struct buf once = BUF_MAX(TEXT_MAX), twice = BUF_MAX(TEXT_MAX);
    size_t n = redact_text(redactor, NULL, "content", text, &once);
    require((n == 0) == str_eq(text, buf_view(&once)));
    require(redact_text(redactor, NULL, "content", buf_view(&once), &twice) == 0);
    require(str_eq(buf_view(&once), buf_view(&twice)));
    buf_release(&once);
    buf_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena a;
    if (size == 0)
        return 0;
    open_redactor();
    struct str rest = {.p = (const char *)data + 1, .n = size - 1};
    struct node doc;
    struct err err = {0};
    size_t kind = data[0] % (KIND_COUNT + 1);
    if (kind == KIND_COUNT)
        check_text(rest);
    else if (json_parse(&a, rest, &doc, &err) == 0)
        check_document(&a, kind_of((enum kind_id)kind), &doc);
    arena_reset(&a);
    return 0;
}
