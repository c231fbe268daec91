#include "app/privilege.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

int privilege_become_owner(const char *path, struct err *err)
{
    struct stat st;
    if (geteuid() != 0 || stat(path, &st) < 0 || st.st_uid == 0)
        return 0;
    errno = 0;
    const struct passwd *owner = getpwuid(st.st_uid);
    if (!owner)
        return err_set(err, ERR_USAGE, "%s belongs to user id %lu, whom this machine does not know",
                       path, (unsigned long)st.st_uid);
    if (initgroups(owner->pw_name, owner->pw_gid) < 0 || setgid(owner->pw_gid) < 0 ||
        setuid(owner->pw_uid) < 0)
        return err_errno(err, "become %s, who owns %s", owner->pw_name, path);
    setenv("HOME", owner->pw_dir, 1);
    log_debug("working as %s, who owns %s", owner->pw_name, path);
    return 0;
}
