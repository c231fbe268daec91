/*
 * normalize: from what the API told to what is configuration.
 */
#ifndef MODEL_NORMALIZE_H
#define MODEL_NORMALIZE_H

#include <stdbool.h>

#include "format/node.h"
#include "model/kind.h"

/* Takes runtime state out of doc, in place: the kind's noise paths, and helper keys at any depth. A
 * map that only held such state goes with it. Doing it twice changes nothing more. */
void normalize(const struct kind *kind, struct node *doc);

/* Whether two normalised documents differ in nothing but the kind's stamps. */
bool normalize_same_but_stamps(const struct kind *kind, const struct node *a, const struct node *b);

/* Takes out of a normalised document, in place, what the server sets itself: _id, stamps and the
 * kind's fixed fields. What is left is what a client writes. */
void normalize_to_written(const struct kind *kind, struct node *doc);

#endif
