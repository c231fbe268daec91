/* A timeline whose sums are right and whose records are anything: no crash, whatever is asked of
 * it, and what was read can be read again. Built with -fsanitize=fuzzer,address,undefined. */
#include <stdlib.h>
#include <string.h>

#include "format/timeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { RECORD_MAX = 127, FILE_MAX = 1 << 20 };

/* Makes a file of records: a byte of the data says how long the next one is. */
static void make(struct buf *file, const uint8_t *data, size_t n)
{
    uint32_t sum = 0;
    timeline_begin(file);
    while (n) {
        size_t length = data[0] & RECORD_MAX, begin = file->n;
        if (length > n - 1)
            length = n - 1;
        buf_char(file, (char)length);
        buf_bytes(file, data + 1, length);
        sum = crc32_of(sum, str_sub(buf_view(file), begin, file->n));
        for (unsigned i = 0; i < 4; i++)
            buf_char(file, (char)(sum >> 8 * i));
        data += length + 1;
        n -= length + 1;
    }
}

static void ask(struct timeline *t)
{
    uint32_t first, end, number;
    for (uint32_t i = 0; i < t->commits_n; i++) {
        timeline_deltas(t, i, i + 1, &first, &end);
        if (first > end || end > t->deltas_n || !timeline_find(t, &t->commits[i].id, &number))
            abort();
        for (uint32_t delta = first; delta < end; delta++)
            if (t->deltas[delta].path >= t->paths_n || t->deltas[delta].before > delta)
                abort();
    }
    for (uint32_t i = 0; i < t->paths_n && t->commits_n; i++)
        timeline_at(t, t->commits_n - 1, t->paths[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct buf file = BUF_MAX(FILE_MAX);
    struct timeline t = {.commits_n = 0}, again = {.commits_n = 0};
    make(&file, data, n);
    size_t good = timeline_load(&t, buf_view(&file));
    ask(&t);
    if (timeline_load(&again, str_sub(buf_view(&file), 0, good)) != good ||
        again.commits_n != t.commits_n || again.deltas_n != t.deltas_n)
        abort();
    timeline_add(&t, &(struct oid){.bytes = {1}},
                 &(struct timeline_change){.path = STR("a"), .mode = 0100644}, 1, &file);
    ask(&t);
    timeline_release(&t);
    timeline_release(&again);
    buf_release(&file);
    return 0;
}
