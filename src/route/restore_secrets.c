/* Secrets that a person gives for what the mirror does not hold. */
#include <stdlib.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "format/yaml.h"
#include "model/selector.h"
#include "restoration.h"

enum { SECRETS_MAX = 4 << 20 };

/* The file a systemd unit hands over, where there is one. */
static const char *credential(struct restore *r)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    struct stat st;
    if (!folder || !*folder)
        return NULL;
    const char *path = arena_printf(&r->arena, "%s/secrets", folder).p;
    return stat(path, &st) == 0 ? path : NULL;
}

static int check_file(const char *path, struct err *err)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return err_errno(err, "%s", path);
    if (st.st_mode & (S_IRWXG | S_IRWXO))
        return err_set(err, ERR_USAGE, "%s: others can read it; run \"chmod 600 %s\"", path, path);
    return 0;
}

/* selector → path → value. */
static int check_shape(const struct node *given, const char *path, struct err *err)
{
    if (given->type != NODE_MAP && given->type != NODE_NULL)
        return err_set(err, ERR_USAGE, "%s: not a map from selectors to fields", path);
    for (size_t i = 0; given->type == NODE_MAP && i < given->map.n; i++) {
        const struct member *m = &given->map.items[i];
        if (m->value.type != NODE_MAP)
            return err_set(err, ERR_USAGE, "%s:%u: \"%.*s\" is not followed by fields", path,
                           m->value.line, STR_ARG(m->key));
    }
    return 0;
}

int restore_read_secrets(struct restore *r, struct err *err)
{
    const char *path = r->options.secrets_path;
    const char *handed = path ? NULL : credential(r);
    struct buf text = BUF_MAX(SECRETS_MAX);
    r->given = node_null();
    if (!path && !handed)
        return 0;
    if (path && check_file(path, err) < 0)
        return -1;
    path = path ? path : handed;
    int result = fs_read(path, SECRETS_MAX, &text, err);
    if (result == 0 && yaml_load(&r->arena, buf_view(&text), &r->given, err) < 0) {
        err->cls = ERR_USAGE;
        result = err_wrap(err, "%s", path);
    }
    buf_release(&text);
    return result == 0 ? check_shape(&r->given, path, err) : -1;
}

const struct node *restore_given(const struct restore *r, enum kind_id kind, struct str id,
                                 struct str title)
{
    for (size_t i = 0; r->given.type == NODE_MAP && i < r->given.map.n; i++) {
        const struct member *m = &r->given.map.items[i];
        struct selector s = selector_read(m->key);
        if (selector_fits(&s, kind_of(kind), id, title) || selector_fits_id(&s, kind_of(kind), id))
            return &m->value;
    }
    return NULL;
}
