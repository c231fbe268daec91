/*
 * privilege: root, at a mirror that is a service's.
 */
#ifndef APP_PRIVILEGE_H
#define APP_PRIVILEGE_H

#include "base/err.h"

/*
 * Where root runs us and the mirror at path is another user's: becomes that user, for good. What
 * root wrote there the service could not write again, and what its owner wrote could lead root
 * anywhere. Secrets that root alone may read must have been read before. Nothing for anybody else,
 * or where there is no mirror yet. ERR_USAGE, ERR_IO.
 */
int privilege_become_owner(const char *path, struct err *err);

#endif
