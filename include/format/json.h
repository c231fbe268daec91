/*
 * json: JSON text (RFC 8259) to node and back. The one door to json-c.
 *
 * Reading is strict and alters nothing: what json-c would silently change is refused instead, with
 * ERR_BAD and a text that names it: integers beyond 64 bits, the integer -0, unpaired surrogates
 * (and escaped pairs that json-c before 0.19 mistakes for such: U+1D800 and others whose low 16
 * bits look like one), invalid UTF-8, a key that stands twice, U+0000 in a key, nesting deeper than
 * NODE_DEPTH_MAX, anything behind the value. Numbers keep the spelling of the text (see node.h).
 */
#ifndef FORMAT_JSON_H
#define FORMAT_JSON_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "format/node.h"

/* Reads text as one value into *ret_node, which lives in `a` and borrows nothing from text. */
int json_parse(struct arena *a, struct str text, struct node *ret_node, struct err *err);

/*
 * The elements of an array, one at a time, so that a page of a thousand documents never stands in
 * memory as nodes at once and one bad element does not take the others with it:
 *
 *     struct json_array it;
 *     if (json_array_open(&it, body, err) < 0) ...        // not an array
 *     while ((more = json_array_next(&it, &element, err)) > 0)
 *         json_parse(&arena, element, &doc, err) ...
 *     if (more < 0) ...                                   // cut off, or not JSON between elements
 *
 * element borrows body. The splitter only balances brackets outside of strings; whether an element
 * is good JSON is found by json_parse.
 */
struct json_array {
    struct str rest;
    bool first;
};

/* Begins on text, white space around allowed. Fails with ERR_BAD where it is no array. */
int json_array_open(struct json_array *it, struct str text, struct err *err);

/* 1 with the next element's text, 0 at the proper end of the array and of the text, -1 (ERR_BAD)
 * where the text breaks off or is not an array's. */
int json_array_next(struct json_array *it, struct str *ret_element, struct err *err);

/* Appends node as compact JSON, members in their order; NUL and control characters escaped. Secret
 * nodes are written as they are: this is for the API and for files, not for people. */
void json_write(struct buf *out, const struct node *node);

#endif
