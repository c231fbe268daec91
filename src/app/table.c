#include "app/table.h"

#include <stdlib.h>

#include "app/terminal.h"
#include "base/printable.h"
#include "base/width.h"

enum { COLUMNS_MAX = 8, GAP = 2, NARROWEST = 8 };

struct table_cell {
    enum style style;
    struct str text;
    size_t width;
};

void table_init(struct table *table, const char *const *heads, size_t columns)
{
    *table = (struct table){.heads = heads, .columns = columns};
}

void table_release(struct table *table)
{
    free(table->cells);
    arena_release(&table->arena);
    *table = (struct table){0};
}

void table_cell(struct table *table, enum style style, struct str text)
{
    if (table->n == table->room) {
        table->room = table->room ? 2 * table->room : 256;
        table->cells = reallocarray(table->cells, table->room, sizeof *table->cells);
        if (!table->cells)
            abort();
    }
    struct str shown = arena_str(&table->arena, text);
    printable((char *)shown.p, shown.n);
    table->cells[table->n++] =
        (struct table_cell){.style = style, .text = shown, .width = width_of(shown)};
}

/* How wide each column is, with the heads where those are shown. */
static void measure(const struct table *table, bool heads, size_t widths[static COLUMNS_MAX])
{
    for (size_t c = 0; c < table->columns; c++)
        widths[c] = heads ? width_of(str_of(table->heads[c])) : 0;
    for (size_t i = 0; i < table->n; i++)
        if (table->cells[i].width > widths[i % table->columns])
            widths[i % table->columns] = table->cells[i].width;
}

/* Takes from the flexible column what is too wide. */
static void fit(size_t widths[static COLUMNS_MAX], size_t columns, size_t flexible, size_t room)
{
    size_t all = GAP * (columns - 1);
    for (size_t c = 0; c < columns; c++)
        all += widths[c];
    if (all <= room)
        return;
    size_t excess = all - room;
    size_t width = widths[flexible];
    widths[flexible] = width > excess + NARROWEST ? width - excess
                       : width < NARROWEST        ? width
                                                  : NARROWEST;
}

/* Prints one cell, padded but for the last of a row. */
static void print_cell(enum style style, struct str text, size_t width, bool is_last)
{
    size_t columns = width_of(text);
    if (columns > width) {
        text = width_cut(text, width - 1);
        output_span(style, "%.*s…", STR_ARG(text));
        columns = width_of(text) + 1;
    } else {
        output_span(style, "%.*s", STR_ARG(text));
    }
    if (!is_last)
        output_span(STYLE_PLAIN, "%*s", (int)(width - columns + GAP), "");
}

/* The last cell of a row that says something; spaces behind it would be in nobody's way but a
 * program's. */
static size_t last_of(const struct table *table, size_t row)
{
    size_t last = table->columns - 1;
    while (last > 0 && !table->cells[row * table->columns + last].text.n)
        last--;
    return last;
}

void table_print(const struct table *table, size_t flexible)
{
    size_t widths[COLUMNS_MAX], room = terminal_width();
    measure(table, room > 0, widths);
    if (room > 0) {
        fit(widths, table->columns, flexible, room);
        for (size_t c = 0; c < table->columns; c++)
            print_cell(STYLE_HEADING, str_of(table->heads[c]), widths[c], c + 1 == table->columns);
        output_end();
    }
    for (size_t row = 0; row < table->n / table->columns; row++) {
        size_t last = last_of(table, row);
        for (size_t c = 0; c <= last; c++) {
            const struct table_cell *cell = &table->cells[row * table->columns + c];
            print_cell(cell->style, cell->text, widths[c], c == last);
        }
        output_end();
    }
}
