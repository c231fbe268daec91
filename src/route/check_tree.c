/* HEAD's files: each where it belongs, whole, and spelled the one way there is. */
#include "check_internal.h"
#include "format/yaml.h"
#include "model/digest.h"
#include "model/idmap.h"
#include "model/layout.h"
#include "model/refs.h"

/* The mode of a file in a tree; folders are not listed. */
enum { ORDINARY_FILE = 0100644 };

/* Whether a path is one of ours, rather than what people keep beside the mirror. */
static bool is_ours(struct str path)
{
    struct str root = str_cut(&path, '/');
    for (const char *const *name = layout_roots; *name; name++)
        if (str_is(root, *name))
            return true;
    return false;
}

/* Loads c->content, and proves that writing it again gives the same bytes. */
static bool load(struct check *c, struct str path, struct node *ret_doc)
{
    struct err err = {0};
    struct str text = buf_view(&c->content);
    if (yaml_load(&c->scratch, text, ret_doc, &err) < 0) {
        check_fault(c, path, "is no YAML of ours: %s", err.text);
        return false;
    }
    struct buf again = BUF_MAX(DIGEST_MAX);
    yaml_emit(&again, ret_doc);
    if (!str_eq(text, buf_view(&again)))
        check_fault(c, path, "is not spelled as iokeeper spells it");
    buf_release(&again);
    return true;
}

/* ---- what a document says of itself ---- */

static void check_names(struct check *c, struct str path, const struct layout_place *place,
                        const struct node *doc)
{
    struct str id = node_get_text(doc, STR("_id")), name = node_get_text(doc, STR("name"));
    if (doc->type != NODE_MAP)
        check_fault(c, path, "is no document");
    else if (!str_eq(id, place->id))
        check_fault(c, path, "holds another _id than its path has");
    else if (!str_eq(layout_slug(&c->scratch, name), place->slug))
        check_fault(c, path, "holds another name than its path has");
}

/* Which ids became which. */
static void check_ids(struct check *c, struct str path, const struct node *doc)
{
    struct idmap ids = {0};
    struct err err = {0};
    if (idmap_load(&ids, doc, &err) < 0)
        check_fault(c, path, "is no id map: %s", err.text);
    idmap_release(&ids);
}

/* Rows of the audit log stand in the file of their month. */
static void check_rows(struct check *c, struct str path, const struct layout_place *place,
                       const struct node *rows)
{
    const struct kind *kind = kind_of(place->kind);
    if (rows->type != NODE_LIST)
        check_fault(c, path, "is no list of rows");
    for (size_t i = 0; rows->type == NODE_LIST && kind->when && i < rows->list.n; i++) {
        struct str when = node_get_text(&rows->list.items[i], str_of(kind->when));
        if (!str_eq(layout_month(when), place->part)) {
            check_fault(c, path, "holds a row of another month");
            return;
        }
    }
}

static void check_references(struct check *c, struct str path, const struct node *doc)
{
    struct arena *a = &c->result->arena;
    struct refs refs = refs_of(&c->scratch, doc);
    for (size_t i = 0; i < refs.n; i++) {
        const struct ref *ref = &refs.items[i];
        if (index_get(&c->held, ref->kind, ref->id, STR("")))
            continue;
        struct check_dangling *dangling = arena_alloc(a, sizeof *dangling);
        *dangling = (struct check_dangling){
            .path = arena_str(a, path).p, .kind = ref->kind, .id = arena_str(a, ref->id).p};
        *c->dangling_tail = dangling;
        c->dangling_tail = &dangling->next;
        c->result->dangling_n++;
    }
}

/* ---- where it stands ---- */

/* The integration whose folder a file is in must be there, under the same name. */
static void check_owner(struct check *c, struct str path, const struct layout_place *place)
{
    if (!place->owner.n || place->kind == KIND_INTEGRATION)
        return;
    const struct entry *owner = index_get(&c->held, KIND_INTEGRATION, place->owner, STR(""));
    if (!owner || oid_is_zero(&owner->blob))
        check_fault(c, path, "stands in the folder of an integration that is not there");
    else if (!str_eq(owner->slug, place->owner_slug))
        check_fault(c, path, "stands in another folder than its integration");
}

/* A resource has one file, and the text beside it a document. */
static void check_single(struct check *c, const struct store_file *file,
                         const struct layout_place *place)
{
    bool document = kind_is_document(kind_of(place->kind));
    const struct entry *entry =
        index_get(&c->held, place->kind, document ? place->id : place->owner, place->part);
    const struct oid *known = place->beside ? &entry->beside : &entry->blob;
    /* Of several files the last one is what the index has. */
    if (!oid_eq(known, &file->oid) || !str_eq(entry->slug, place->slug) ||
        !str_eq(entry->owner, place->owner))
        check_fault(c, file->path, "is not the only file of its resource");
    else if (place->beside && oid_is_zero(&entry->blob))
        check_fault(c, file->path, "has no document beside it");
}

/* ---- one file ---- */

static void check_content(struct check *c, const struct store_file *file,
                          const struct layout_place *place)
{
    bool document = kind_is_document(kind_of(place->kind));
    struct node doc;
    if (!load(c, file->path, &doc)) {
        if (document)
            check_not_restorable(c, place, "its file is damaged");
    } else if (document) {
        c->result->documents++;
        check_names(c, file->path, place, &doc);
        check_references(c, file->path, &doc);
        check_restorable(c, place, &doc);
    } else if (place->kind == KIND_IDMAP) {
        check_ids(c, file->path, &doc);
    } else {
        check_rows(c, file->path, place, &doc);
    }
}

/* One that stands where the layout has it. */
static int check_placed(struct check *c, const struct store_file *file,
                        const struct layout_place *place, struct err *err)
{
    int read = check_read(c, file->path, &file->oid, err);
    if (read < 0)
        return -1;
    if (!read && !place->beside && kind_is_document(kind_of(place->kind)))
        check_not_restorable(c, place, "its file cannot be read");
    if (!read)
        return 0;
    check_owner(c, file->path, place);
    check_single(c, file, place);
    if (!place->beside)
        check_content(c, file, place);
    return 0;
}

static int check_manifest(struct check *c, const struct store_file *file, struct err *err)
{
    struct node manifest;
    int read = check_read(c, file->path, &file->oid, err);
    if (read > 0)
        load(c, file->path, &manifest);
    return read < 0 ? -1 : 0;
}

static int check_file(struct check *c, const struct store_file *file, struct err *err)
{
    struct layout_place place = {0};
    c->result->files++;
    if (file->mode != ORDINARY_FILE)
        check_fault(c, file->path, "is no ordinary file (mode %o)", file->mode);
    if (str_is(file->path, LAYOUT_MANIFEST))
        return check_manifest(c, file, err);
    if (layout_parse(file->path, &place))
        return check_placed(c, file, &place, err);
    check_fault(c, file->path, "is in no place of the layout");
    return 0;
}

int check_tree(struct check *c, struct err *err)
{
    for (size_t i = 0; i < c->files_n; i++)
        if (is_ours(c->files[i].path))
            index_add_path(&c->held, c->files[i].path, &c->files[i].oid);
    for (size_t i = 0; i < c->files_n; i++) {
        arena_reset(&c->scratch);
        if (pace_tell(&c->pace, "checking", i, c->files_n, err) < 0 ||
            (is_ours(c->files[i].path) && check_file(c, &c->files[i], err) < 0))
            return -1;
    }
    return 0;
}
