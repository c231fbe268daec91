#include "route/snapshot.h"

#include "format/yaml.h"
#include "model/digest.h"
#include "model/layout.h"

int snapshot_read(struct store *store, const struct oid *blob, struct arena *a, struct node *ret,
                  struct err *err)
{
    struct buf text = BUF_MAX(DIGEST_MAX);
    int result = store_read(store, blob, &text, err);
    if (result == 0)
        result = yaml_load(a, buf_view(&text), ret, err);
    buf_release(&text);
    return result;
}

/* A canonical document begins with its id and its name: the lines up to the first other key. */
static struct str head_of(struct str text)
{
    size_t n = 0;
    for (struct str rest = text; rest.n;) {
        struct str line = str_cut(&rest, '\n');
        bool begins_key = line.n && line.p[0] != ' ';
        if (begins_key && !str_starts(line, STR("_id:")) && !str_starts(line, STR("name:")))
            break;
        n = text.n - rest.n;
    }
    return str_sub(text, 0, n);
}

int snapshot_read_name(struct store *store, const struct oid *blob, struct arena *a,
                       struct str *ret_name, struct err *err)
{
    struct buf text = BUF_MAX(DIGEST_MAX);
    struct node head = node_null();
    struct err ignored;
    int result = store_read(store, blob, &text, err);
    if (result == 0 && yaml_load(a, head_of(buf_view(&text)), &head, &ignored) < 0)
        head = node_null();
    *ret_name = arena_str(a, node_get_text(&head, STR("name")));
    buf_release(&text);
    return result;
}

static int read_manifest(struct snapshot *s, const struct oid *blob, struct err *err)
{
    struct arena scratch = {0};
    struct node manifest = node_null();
    int result = 0;
    if (snapshot_read(s->store, blob, &scratch, &manifest, err) < 0)
        result = err->cls == ERR_BAD ? 0 : -1; /* a person's; then the URL is not known */
    s->url = arena_str(&s->index.arena, node_get_text(&manifest, STR("url")));
    arena_release(&scratch);
    if (result == 0)
        err_clear(err);
    return result;
}

int snapshot_read_ids(struct store *store, const struct index *index, struct idmap *ids,
                      struct err *err)
{
    const struct entry *entry = index_get(index, KIND_IDMAP, STR(""), STR(""));
    struct arena scratch = {0};
    struct node doc;
    if (!entry)
        return 0;
    int result = snapshot_read(store, &entry->blob, &scratch, &doc, err);
    if (result == 0)
        result = idmap_load(ids, &doc, err);
    arena_release(&scratch);
    return result < 0 ? err_wrap(err, "account/idmap.yaml") : 0;
}

int snapshot_open(struct snapshot *s, struct store *store, const struct oid *commit,
                  struct err *err)
{
    struct arena scratch = {0};
    struct store_file *files;
    size_t n;
    int result = 0;
    *s = (struct snapshot){.store = store, .commit = *commit};
    index_init(&s->index);
    if (oid_is_zero(commit))
        return 0;
    if (store_list(store, commit, &scratch, &files, &n, err) < 0)
        result = -1;
    for (size_t i = 0; result == 0 && i < n; i++)
        if (store_is_regular(files[i].mode) &&
            !index_add_path(&s->index, files[i].path, &files[i].oid) &&
            str_is(files[i].path, LAYOUT_MANIFEST))
            result = read_manifest(s, &files[i].oid, err);
    arena_release(&scratch);
    return result == 0 ? snapshot_read_ids(s->store, &s->index, &s->ids, err) : -1;
}

void snapshot_release(struct snapshot *s)
{
    index_release(&s->index);
    idmap_release(&s->ids);
}

struct entry *snapshot_find(const struct snapshot *s, enum kind_id kind, struct str id)
{
    struct entry *entry = layout_id_is_safe(id) ? index_get(&s->index, kind, id, STR("")) : NULL;
    return entry && !oid_is_zero(&entry->blob) ? entry : NULL;
}

static int load_beside(const struct snapshot *s, const struct entry *entry, struct arena *a,
                       struct node *doc, struct err *err)
{
    const struct kind *kind = kind_of(entry->kind);
    struct buf text = BUF_MAX(DIGEST_MAX);
    if (oid_is_zero(&entry->beside))
        return 0;
    int result = store_read(s->store, &entry->beside, &text, err);
    if (result == 0)
        node_map_set(a, doc, str_of(kind->body), node_string(arena_str(a, buf_view(&text))));
    buf_release(&text);
    return result;
}

int snapshot_load(const struct snapshot *s, const struct entry *entry, struct arena *a,
                  struct node *ret_doc, struct err *err)
{
    int result = snapshot_read(s->store, &entry->blob, a, ret_doc, err);
    if (result == 0 && ret_doc->type != NODE_MAP)
        result = err_set(err, ERR_BAD, "is no document");
    if (result == 0)
        result = load_beside(s, entry, a, ret_doc, err);
    if (result == 0)
        return 0;
    struct arena scratch = {0};
    err_wrap(err, "%s", index_path(&s->index, &scratch, entry).p);
    arena_release(&scratch);
    return -1;
}
