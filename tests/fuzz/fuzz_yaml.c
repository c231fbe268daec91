/* Whatever yaml_load takes survives yaml_emit; whatever else is refused. A libFuzzer target:
 * clang -fsanitize=fuzzer,address,undefined, with the format and base floors. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "format/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct arena *a, struct buf *out, const struct node *node)
{
    struct node back;
    struct err err;
    yaml_emit(out, node);
    if (yaml_load(a, buf_view(out), &back, &err) < 0 || !node_eq(node, &back))
        abort();
    buf_reset(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena a;
    static struct buf out = BUF_MAX(64 << 20);
    struct str text = {.p = (const char *)data, .n = size};
    struct node node;
    struct err err;
    if (yaml_load(&a, text, &node, &err) == 0)
        check(&a, &out, &node);
    else if (err.cls != ERR_BAD)
        abort();
    arena_reset(&a);
    return 0;
}
