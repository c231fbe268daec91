#include "format/mac.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

enum { MAC_BYTES = MAC_HEX / 2 };

void mac_tag(struct str key, struct str text, char ret_hex[static MAC_HEX + 1])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    /* libcrypto takes no NULL for an empty key. */
    const char *k = key.n ? key.p : "";
    if (key.n > INT_MAX ||
        !HMAC(EVP_sha256(), k, (int)key.n, (const unsigned char *)text.p, text.n, hash, &n) ||
        n != MAC_BYTES)
        abort();
    for (size_t i = 0; i < MAC_BYTES; i++) {
        ret_hex[2 * i] = digits[hash[i] >> 4];
        ret_hex[2 * i + 1] = digits[hash[i] & 15];
    }
    ret_hex[MAC_HEX] = '\0';
}
