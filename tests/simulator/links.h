/* links.h - URLs of this server, and the cursors that lead from page to page. */
#ifndef SIMULATOR_LINKS_H
#define SIMULATOR_LINKS_H

#include "exchange.h"
#include "simulator.h"

/* The query parameter that carries a cursor. */
#define LINKS_CURSOR "cursor"

/* Appends scheme, host and port as the client wrote them. */
void links_origin(const struct simulator *sim, const struct request *request, struct buffer *out);

/* The value of a Link header to the page of the same list that begins at row `offset`; free() it.
 */
char *links_next(const struct simulator *sim, const struct request *request, size_t offset);

/* The row a cursor stands for. Returns 0, or -1 where it is none of ours. */
int links_read_cursor(const char *cursor, size_t *ret_offset);

#endif
