#include "base/auto.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

void closep(int *fd)
{
    int kept = errno;
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    errno = kept;
}

void freep(void *p)
{
    void **slot = p;
    free(*slot);
    *slot = NULL;
}
