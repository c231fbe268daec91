/*
 * metrics: what the record says, as Prometheus' node exporter picks it up from a file.
 *
 * All of it comes from the mirror's record (route/record.h), so that a daemon, a timer and a person
 * who syncs by hand add to the same counters.
 */
#ifndef ROUTE_METRICS_H
#define ROUTE_METRICS_H

#include "base/buf.h"
#include "format/node.h"

/* Appends the metrics of an account: `status` of record_load, `errors` of record_load_errors;
 * every_ms: how often it is meant to sync. Pure. */
void metrics_write(struct buf *out, const char *account, const struct node *status,
                   const struct node *errors, unsigned every_ms);

#endif
