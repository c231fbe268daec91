/*
 * exposition: metrics as text that Prometheus reads (text format, version 0.0.4).
 *
 *     exposition_family(&out, "iokeeper_cycles_total", "counter", "Cycles by how they ended.");
 *     exposition_sample(&out, "iokeeper_cycles_total", labels, 2, 17);
 *
 * All samples of a family follow its head, before the next one's. Pure.
 */
#ifndef FORMAT_EXPOSITION_H
#define FORMAT_EXPOSITION_H

#include <stddef.h>

#include "base/buf.h"

/* name is [a-z_]+; value any text: it is escaped, and cut at 200 bytes. */
struct exposition_label {
    const char *name;
    struct str value;
};

/* Appends the head of a family: type is "counter" or "gauge", help a sentence. */
void exposition_family(struct buf *out, const char *name, const char *type, const char *help);

/* Appends a sample. */
void exposition_sample(struct buf *out, const char *name, const struct exposition_label *labels,
                       size_t n, double value);

#endif
