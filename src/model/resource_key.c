#include "model/resource_key.h"

#include <string.h>

struct str resource_key(char text[static RESOURCE_KEY_MAX], enum kind_id kind, struct str id)
{
    size_t n = id.n < ID_MAX ? id.n : ID_MAX;
    text[0] = (char)(' ' + (int)kind);
    memcpy(text + 1, n ? id.p : "", n);
    return (struct str){.p = text, .n = n + 1};
}
