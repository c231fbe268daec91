/*
 * gitobj: git's objects as bytes: ids, tree text, and the entries of a pack.
 *
 * Pure: no repository, no file. A worker can make a document's blob id and its deflated pack entry
 * on any thread; port/store puts the entries of a cycle into the repository. The formats are those
 * of git's gitformat-pack(5) and of `git cat-file`. The one door to zlib and to libcrypto's SHA-1
 * (ids only: git's own collision-detecting hash checks every pack as it is indexed).
 */
#ifndef FORMAT_GITOBJ_H
#define FORMAT_GITOBJ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* Length of an id in bytes, and in hex digits. */
enum { OID_BYTES = 20, OID_HEX = 40 };

/* The SHA-1 that names an object. */
struct oid {
    unsigned char bytes[OID_BYTES];
};

/* Types as a pack entry numbers them. */
enum obj_type { OBJ_COMMIT = 1, OBJ_TREE = 2, OBJ_BLOB = 3 };

/* The id that git gives to an object of this type and content. */
void oid_of(enum obj_type type, struct str content, struct oid *ret_oid);

/* Whether both are the same; whether all bytes are zero ("no object"). */
bool oid_eq(const struct oid *a, const struct oid *b);
bool oid_is_zero(const struct oid *oid);

/* Its bytes, as a key of a map. Borrows the id. */
struct str oid_key(const struct oid *oid);

/* Writes 40 hex digits and a NUL; reads 40 hex digits: 0, or -1 where text is none. */
void oid_to_hex(const struct oid *oid, char ret_hex[static OID_HEX + 1]);
int oid_from_hex(struct str hex, struct oid *ret_oid);

/* One entry of a tree. Mode is git's: 0100644 a file, 040000 a folder; name holds no '/' or NUL. */
struct tree_entry {
    unsigned mode;
    struct str name;
    struct oid oid;
};

/* Appends the content of the tree object that holds these entries, which it sorts in place into
 * git's order (folders compare as if they ended in '/'). Names are unique. */
void tree_write(struct buf *out, struct tree_entry *entries, size_t n);

/* A zlib state that is reset, not made anew, for each object. One a thread. */
struct deflater;

/* Never fails: out of memory aborts. free takes NULL. */
struct deflater *deflater_new(void);
void deflater_free(struct deflater *d);

/* Appends the pack entry (type and size header, deflated content) of an object. */
void pack_entry_write(struct deflater *d, enum obj_type type, struct str content, struct buf *out);

/* Reads one pack entry back: its type, and its content appended to out. entry holds exactly one
 * entry as pack_entry_write made it. ERR_BAD where it does not, or where out overflows. */
int pack_entry_read(struct str entry, enum obj_type *ret_type, struct buf *out, struct err *err);

/* The id of what a loose object's file holds ("TYPE SIZE\0CONTENT", deflated). ERR_BAD where it is
 * not exactly one whole object: damaged, broken off, more behind it, or another size than it says.
 */
int loose_object_id(struct str file, struct oid *ret_oid, struct err *err);

/* SHA-1 over a stream, for a pack's trailer. One use: new, add..., finish (which frees it). */
struct sha1;
struct sha1 *sha1_new(void);
void sha1_add(struct sha1 *s, struct str bytes);
void sha1_finish(struct sha1 *s, struct oid *ret_sum);
void sha1_free(struct sha1 *s);

/* CRC-32, counted on from that of what stands before (0: nothing), as zlib has it and git's pack
 * indexes hold it of each entry. */
uint32_t crc32_of(uint32_t before, struct str bytes);

#endif
