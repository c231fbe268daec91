/*
 * journal: what a run set out to do and what it has done, on disk before it counts.
 *
 * A file of records, one JSON object a line, only ever added to. A record counts once journal_sync
 * has returned: it is on disk then, and the file's name too. What a crash leaves of a record that
 * does not count is dropped by whoever opens the journal next.
 */
#ifndef PORT_JOURNAL_H
#define PORT_JOURNAL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "format/node.h"

struct journal;

/* Bytes of a journal, at most: that of a hundred thousand steps has some 20 MB. */
enum { JOURNAL_MAX = 256 << 20 };

/* Makes a new, empty journal, mode 0600. ERR_CONFLICT where the file exists. */
int journal_create(struct journal **ret_journal, const char *path, struct err *err);

/* Opens one and reads its records, oldest first, as a list made in `a`; what is added goes behind
 * them. ERR_MISSING where there is none, ERR_BAD, naming the line, where one is damaged. */
int journal_open(struct journal **ret_journal, const char *path, struct arena *a,
                 struct node *ret_records, struct err *err);

/* As journal_open, for reading alone: changes nothing. */
int journal_read(const char *path, struct arena *a, struct node *ret_records, struct err *err);

/* Adds a record, a map, in memory. */
void journal_add(struct journal *journal, const struct node *record);

/* Writes what was added to disk, whole. After an error nothing more is to be done in the world. */
int journal_sync(struct journal *journal, struct err *err);

/* Ends it; what was added and not synced is dropped. Takes NULL. */
void journal_close(struct journal *journal);

#endif
