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

#endif
