#include "model/selector.h"

#include <limits.h>

#include "base/auto.h"
#include "base/buf.h"
#include "model/layout.h"

/* Reads the path of a document, or of the text beside one. */
static bool read_path(struct selector *s)
{
    struct layout_place place;
    if (!layout_parse(s->text, &place) || !kind_is_document(kind_of(place.kind)))
        return false;
    s->kind = kind_of(place.kind);
    s->id = place.id;
    return true;
}

/* Reads the path of an integration's folder, which is that of its document less the file's name. */
static bool read_folder(struct selector *s)
{
    const struct kind *kind = kind_of(KIND_INTEGRATION);
    struct str folder = s->text;
    if (str_ends(folder, STR("/")))
        folder.n--;
    AUTO(buf_release) struct buf path = BUF_MAX(PATH_MAX);
    buf_str(&path, folder);
    buf_printf(&path, "/%s.yaml", kind->folder);
    struct layout_place place;
    if (buf_overflowed(&path) || !layout_parse(buf_view(&path), &place) || place.kind != kind->id)
        return false;
    s->kind = kind;
    s->id = str_sub(folder, (size_t)(place.id.p - path.p), place.id.n);
    return true;
}

/* Reads KIND/word. */
static bool read_kind(struct selector *s)
{
    struct str rest = s->text;
    const struct kind *kind = kind_find(str_cut(&rest, '/'));
    if (!rest.n || !kind || !kind_is_document(kind))
        return false;
    s->kind = kind;
    s->word = rest;
    return true;
}

struct selector selector_read(struct str text)
{
    struct selector s = {.text = text, .word = STR(""), .id = STR("")};
    if (!read_path(&s) && !read_folder(&s) && !read_kind(&s))
        s.word = text;
    return s;
}

static bool means_kind(const struct selector *s, const struct kind *kind)
{
    return !s->kind || s->kind == kind;
}

bool selector_fits_id(const struct selector *s, const struct kind *kind, struct str id)
{
    struct str meant = s->id.n ? s->id : s->word;
    return meant.n && means_kind(s, kind) && str_eq(id, meant);
}

bool selector_fits(const struct selector *s, const struct kind *kind, struct str id,
                   struct str name)
{
    if (selector_fits_id(s, kind, id))
        return true;
    if (s->word.n && means_kind(s, kind) && str_eq(name, s->word))
        return true;
    return name.n && str_eq(name, s->text);
}

bool selector_may_fit(const struct selector *s, const struct kind *kind, struct str slug,
                      struct str word_slug, struct str text_slug)
{
    if (s->word.n && means_kind(s, kind) && str_eq(slug, word_slug))
        return true;
    return s->text.n && str_eq(slug, text_slug);
}
