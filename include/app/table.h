/*
 * table: rows of cells in columns that line up.
 *
 *     struct table table;
 *     table_init(&table, heads, 3);
 *     table_cell(&table, STYLE_BOLD, name); ... three a row
 *     table_print(&table, 1);
 *     table_release(&table);
 */
#ifndef APP_TABLE_H
#define APP_TABLE_H

#include "app/output.h"
#include "base/arena.h"

struct table_cell;

struct table {
    const char *const *heads; /* borrowed */
    size_t columns;
    struct arena arena;
    struct table_cell *cells; /* row by row */
    size_t n, room;
};

/* An empty table; heads name its columns. */
void table_init(struct table *table, const char *const *heads, size_t columns);
void table_release(struct table *table);

/* Adds the next cell; text is copied, and shown in one line. */
void table_cell(struct table *table, enum style style, struct str text);

/* Prints it with two spaces between columns and none at the end. On a terminal the heads stand
 * above it, and the column `flexible` gives way where it is too wide (terminal_width()). */
void table_print(const struct table *table, size_t flexible);

#endif
