/*
 * resource_key: a resource as the key of a map: its kind and id in one text.
 */
#ifndef MODEL_RESOURCE_KEY_H
#define MODEL_RESOURCE_KEY_H

#include "base/str.h"
#include "model/kind.h"
#include "model/layout.h"

/* Bytes of a key, at most. */
enum { RESOURCE_KEY_MAX = ID_MAX + 1 };

/* Writes the key of a resource into text, which the result borrows. An id longer than a safe one
 * (layout_id_is_safe) is cut. */
struct str resource_key(char text[static RESOURCE_KEY_MAX], enum kind_id kind, struct str id);

#endif
