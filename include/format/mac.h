/*
 * mac: a text's keyed hash, HMAC-SHA-256 (RFC 2104). The door to that function of libcrypto.
 *
 * Who has the key can tell whether two texts are the same; who lacks it learns nothing of a text,
 * not even by trying all short ones.
 */
#ifndef FORMAT_MAC_H
#define FORMAT_MAC_H

#include "base/str.h"

/* Hex digits of a whole hash. */
enum { MAC_HEX = 64 };

/* Writes the hash of text under key, in lower-case hex with a NUL. Any thread may call it. */
void mac_tag(struct str key, struct str text, char ret_hex[static MAC_HEX + 1]);

#endif
