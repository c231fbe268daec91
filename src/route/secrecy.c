/* secrecy: what hides secrets from the mirror, and the key that stays on this machine. */
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "route/secrecy.h"

/* Bytes of the key: as many as the hash has, RFC 2104 section 3. */
enum { KEY_BYTES = 32 };

static int make_key(const char *path, struct buf *key, struct err *err)
{
    char bytes[KEY_BYTES];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return err_errno(err, "make a key for %s", path);
    buf_str(key, (struct str){.p = bytes, .n = sizeof bytes});
    explicit_bzero(bytes, sizeof bytes);
    return fs_replace(path, 0600, buf_view(key), err);
}

static int load_key(struct store *store, struct buf *key, struct err *err)
{
    const char *path = store_private_path(store, "redact.key");
    struct stat st;
    if (fs_read(path, KEY_BYTES, key, err) < 0) {
        if (err->cls != ERR_MISSING)
            return err_wrap(err, "the key of redactions");
        err_clear(err);
        return make_key(path, key, err);
    }
    if (key->n != KEY_BYTES)
        return err_set(err, ERR_USAGE,
                       "%s: is not the key it was; put it back from a copy, or remove it: the next "
                       "sync makes another, and all redacted values get new tags once",
                       path);
    if (stat(path, &st) == 0 && (st.st_mode & 077) && chmod(path, 0600) < 0)
        return err_errno(err, "chmod %s", path);
    return 0;
}

int secrecy_open(struct store *store, const char *const *paths, struct redactor **ret_redactor,
                 struct err *err)
{
    struct buf key = BUF_MAX(KEY_BYTES);
    *ret_redactor = NULL;
    if (load_key(store, &key, err) == 0)
        *ret_redactor = redactor_new(paths, buf_view(&key), err);
    if (key.n)
        explicit_bzero(key.p, key.n);
    buf_release(&key);
    return *ret_redactor ? 0 : -1;
}

struct redactor *secrecy_passing(void)
{
    char key[KEY_BYTES];
    struct err ignored; /* no paths, none wrong */
    if (getrandom(key, sizeof key, 0) != (ssize_t)sizeof key)
        return NULL;
    return redactor_new(NULL, (struct str){.p = key, .n = sizeof key}, &ignored);
}
