/*
 * path: where in a document a value stands, spelled for people: "http.headers[0].value".
 *
 * Keys that are no plain words are quoted, long ones cut, so that a path is short and printable
 * whatever the document. So a path need not lead back to one value only.
 */
#ifndef MODEL_PATH_H
#define MODEL_PATH_H

#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"
#include "format/node.h"

/* Bytes of a key that are shown, at most; real ones stay below 40. */
enum { PATH_KEY_SHOWN = 80 };

/* Bytes of the longest path: that of a value as deep as documents are. */
enum { PATH_BYTES = (NODE_DEPTH_MAX + 2) * (PATH_KEY_SHOWN + 32) };

/* Goes on from path to what stands under key in a map, or at `index` in a list. To go back is to
 * cut path to the length it had. */
void path_key(struct buf *path, struct str key);
void path_index(struct buf *path, size_t index);

/* Likewise to the element of a list that has a name: ["name"], cut like a key. */
void path_name(struct buf *path, struct str name);

#endif
