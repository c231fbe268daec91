/*
 * yaml: the mirror's canonical YAML, written by rules of our own, read by libyaml.
 *
 * The writer is a function of the node alone: the same node gives the same bytes, for ever. Its
 * rules are those of the contract, and the text is YAML 1.2 that YAML 1.1 readers take for the same
 * value:
 *
 *   - blocks indented by two spaces, list items by two more than their key; `[]` and `{}` where
 *     empty; members in canonical order, which is the node's own;
 *   - null, true, false, numbers as spelled;
 *   - a string is plain where no reader of either version can take it for anything else, otherwise
 *     in double quotes on one line, whatever its length;
 *   - text of several lines is a literal block (|, |- or |+, with an indentation indicator where
 *     needed) unless it holds a character that does not survive one, or hides from a reviewer: CR,
 * a control character but tab and LF, U+0085, U+2028, U+2029, U+FEFF, a bidirectional control, a
 *     zero-width space or invisible operator, a tag or annotation character, a noncharacter;
 *   - inside quotes such characters are escaped;
 *   - a key is plain or quoted, on one line; one that would be longer than the 1,024 characters
 * that readers look ahead is announced by "? ".
 *
 * The reader is libyaml's parser (the one door to it), an implementation of its own: what both
 * agree on is what anybody reads. yaml_load(yaml_emit(x)) == x for every node within
 * NODE_DEPTH_MAX.
 */
#ifndef FORMAT_YAML_H
#define FORMAT_YAML_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "format/node.h"

/* Appends node as a YAML document without markers, ended by a newline. node is a map or a list; a
 * string alone is written on one line. Text that is not UTF-8, which no node should hold, comes out
 * with U+FFFD for each bad byte. */
void yaml_emit(struct buf *out, const struct node *node);

/*
 * Reads text as one YAML document into *ret_node, which lives in `a` and borrows nothing from text.
 * Plain scalars are resolved by the YAML 1.2 core schema, with numbers kept as spelled where JSON
 * could spell them so and strings otherwise; quoted and block scalars are strings. An empty
 * document is null. Every node carries its line.
 *
 * Fails with ERR_BAD and "line N: ..." for what YAML forbids, for a second document, an anchor, an
 * alias, a tag of our not knowing, a key that stands twice or is no scalar, and nesting deeper than
 * NODE_DEPTH_MAX.
 */
int yaml_load(struct arena *a, struct str text, struct node *ret_node, struct err *err);

/* The plain or quoted spelling of one string, as yaml_emit would write it behind "key: " where it
 * has no line breaks; for messages that show values. */
void yaml_emit_scalar(struct buf *out, struct str text);

#endif
