/* Whatever json_parse takes survives json_write and yaml_emit; whatever else is refused. A
 * libFuzzer target: clang -fsanitize=fuzzer,address,undefined, with the format and base floors. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "format/json.h"
#include "format/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct arena *a, struct buf *out, const struct node *node)
{
    struct node back;
    struct err err;
    json_write(out, node);
    if (json_parse(a, buf_view(out), &back, &err) < 0 || !node_eq(node, &back))
        abort();
    buf_reset(out);
    yaml_emit(out, node);
    if (yaml_load(a, buf_view(out), &back, &err) < 0 || !node_eq(node, &back))
        abort();
    buf_reset(out);
}

/* The splitter has to end, and to give back elements of the text. */
static void split(struct str text)
{
    struct json_array it;
    struct str element;
    struct err err;
    if (json_array_open(&it, text, &err) < 0)
        return;
    while (json_array_next(&it, &element, &err) > 0)
        if (element.n == 0 || element.p < text.p || element.p + element.n > text.p + text.n)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena a;
    static struct buf out = BUF_MAX(64 << 20);
    struct str text = {.p = (const char *)data, .n = size};
    struct node node;
    struct err err;
    split(text);
    if (json_parse(&a, text, &node, &err) == 0)
        check(&a, &out, &node);
    else if (err.cls != ERR_BAD)
        abort();
    arena_reset(&a);
    return 0;
}
