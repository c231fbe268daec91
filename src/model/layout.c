#include "model/layout.h"

#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#include "base/buf.h"
#include "format/utf8.h"

static const char folder_integrations[] = "integrations";
static const char folder_account[] = "account";
static const char suffix[] = ".yaml";
static const char undated[] = "undated";

const char *const layout_roots[] = {folder_integrations, folder_account, LAYOUT_MANIFEST, NULL};

static bool is_ascii_alnum(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool layout_id_is_safe(struct str id)
{
    if (id.n == 0 || id.n > ID_MAX)
        return false;
    for (size_t i = 0; i < id.n; i++)
        if (!is_ascii_alnum((unsigned char)id.p[i]) && id.p[i] != '_' && id.p[i] != '-')
            return false;
    return true;
}

static locale_t letters;

static void load_letters(void)
{
    letters = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (letters == (locale_t)0)
        letters = newlocale(LC_CTYPE_MASK, "C", (locale_t)0);
    if (letters == (locale_t)0)
        abort();
}

static void append_code_point(struct buf *out, uint32_t c)
{
    if (c < 0x80) {
        buf_char(out, (char)c);
        return;
    }
    unsigned n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    buf_char(out, (char)(lead[n] | (c >> (6 * (n - 1)))));
    for (unsigned rest = n - 1; rest > 0; rest--)
        buf_char(out, (char)(0x80 | ((c >> (6 * (rest - 1))) & 0x3F)));
}

struct str layout_slug(struct arena *a, struct str name)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load_letters);
    struct buf slug = BUF_MAX(SLUG_MAX), next = BUF_MAX(8);
    bool gap = false;
    for (size_t at = 0, n; at < name.n && !buf_overflowed(&slug); at += n ? n : 1) {
        uint32_t c;
        n = utf8_decode(name, at, &c);
        if (n == 0 || !iswalnum_l((wint_t)c, letters)) {
            gap = slug.n > 0;
            continue;
        }
        buf_reset(&next);
        if (gap)
            buf_char(&next, '-');
        append_code_point(&next, (uint32_t)towlower_l((wint_t)c, letters));
        buf_str(&slug, buf_view(&next)); /* whole, or not at all */
        gap = false;
    }
    buf_release(&next);
    struct str made = arena_str(a, slug.n ? buf_view(&slug) : STR("unnamed"));
    buf_release(&slug);
    return made;
}

/* The folder in which a place's kind keeps its files, without '/' at its end. */
static struct str folder_of(struct arena *a, const struct layout_place *place)
{
    const struct kind *kind = kind_of(place->kind);
    if (place->owner.n == 0)
        return arena_printf(a, "%s/%s", folder_account, kind->folder);
    return arena_printf(a, "%s/%.*s--%.*s/%s", folder_integrations, STR_ARG(place->owner_slug),
                        STR_ARG(place->owner), kind->folder);
}

struct str layout_path(struct arena *a, const struct layout_place *place)
{
    const struct kind *kind = kind_of(place->kind);
    const char *end = place->beside ? kind->body_suffix : suffix;
    if (kind->place == PLACE_OWN_FOLDER)
        return arena_printf(a, "%s/%.*s--%.*s/%s%s", folder_integrations, STR_ARG(place->slug),
                            STR_ARG(place->id), kind->folder, suffix);
    struct str folder = folder_of(a, place);
    if (kind->place == PLACE_FILE)
        return arena_printf(a, "%s%s", folder.p, suffix);
    if (kind->place == PLACE_MONTHS)
        return arena_printf(a, "%s/%.*s%s", folder.p, STR_ARG(place->part), suffix);
    return arena_printf(a, "%s/%.*s--%.*s%s", folder.p, STR_ARG(place->slug), STR_ARG(place->id),
                        end);
}

/* Whether a slug could be one that layout_slug makes: what a person named otherwise is a person's.
 */
static bool is_slug(struct str s)
{
    if (s.n == 0 || s.n > SLUG_MAX || s.p[0] == '-' || s.p[s.n - 1] == '-')
        return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c < 0x80 && c != '-')
            return false;
    }
    return true;
}

/* "SLUG--ID" into its halves. A slug holds no "--" but an id may begin with '-', so the first "--"
 * is the one between. */
static bool split_name(struct str name, struct str *ret_slug, struct str *ret_id)
{
    for (size_t at = 1; at + 2 < name.n; at++) {
        if (name.p[at] != '-' || name.p[at + 1] != '-')
            continue;
        *ret_slug = str_sub(name, 0, at);
        *ret_id = str_sub(name, at + 2, name.n);
        return is_slug(*ret_slug) && layout_id_is_safe(*ret_id);
    }
    return false;
}

static const struct kind *kind_in_folder(struct str folder, enum kind_place place)
{
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (kind_of((enum kind_id)i)->place == place &&
            str_is(folder, kind_of((enum kind_id)i)->folder))
            return kind_of((enum kind_id)i);
    return NULL;
}

static bool cut_suffix(struct str *path, const char *fix)
{
    if (!str_ends(*path, str_of(fix)))
        return false;
    path->n -= str_of(fix).n;
    return path->n > 0 && path->p[path->n - 1] != '/';
}

/* Cuts what a file name ends with: that of a document, or of a text beside one. */
static bool cut_any_suffix(struct str *path, bool *ret_beside)
{
    struct str whole = *path;
    *ret_beside = false;
    if (cut_suffix(path, suffix))
        return true;
    *ret_beside = true;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        const char *beside = kind_of((enum kind_id)i)->body_suffix;
        *path = whole;
        if (beside && cut_suffix(path, beside))
            return true;
    }
    return false;
}

/* `name` is a document's file name, less its suffix, in a folder of documents. */
static bool parse_document(struct str folder, struct str name, bool owned,
                           struct layout_place *place)
{
    const struct kind *kind = kind_in_folder(folder, PLACE_OWNER);
    if (!kind && !owned)
        kind = kind_in_folder(folder, PLACE_ACCOUNT);
    if (!kind || (place->beside && !kind->body))
        return false;
    place->kind = kind->id;
    return split_name(name, &place->slug, &place->id);
}

/* Reads a file of rows: "users", or "audit" with a month. False where it is none. */
static bool parse_rows(struct str folder, struct str rest, struct layout_place *place)
{
    const struct kind *kind = kind_in_folder(folder, rest.n ? PLACE_MONTHS : PLACE_FILE);
    if (!kind || place->beside)
        return false;
    place->kind = kind->id;
    place->part = rest;
    return rest.n == 0 || str_eq(layout_month(rest), rest);
}

/* `rest` is what follows integrations/SLUG--ID/, less the suffix. */
static bool parse_in_integration(struct str rest, struct layout_place *place)
{
    struct str folder = str_cut(&rest, '/');
    const struct kind *kind = rest.n ? NULL : kind_in_folder(folder, PLACE_OWN_FOLDER);
    if (kind && !place->beside) {
        place->kind = kind->id;
        place->id = place->owner;
        place->slug = place->owner_slug;
        place->owner = place->owner_slug = STR("");
        return true;
    }
    if (str_find(rest, '/') != rest.n)
        return false;
    if (parse_rows(folder, rest, place))
        return kind_of(place->kind)->sub_list != NULL;
    return rest.n && parse_document(folder, rest, true, place);
}

/* `rest` is what follows account/, less the suffix. */
static bool parse_in_account(struct str rest, struct layout_place *place)
{
    struct str folder = str_cut(&rest, '/');
    if (str_find(rest, '/') != rest.n)
        return false;
    if (parse_rows(folder, rest, place))
        return place->kind == KIND_IDMAP || kind_of(place->kind)->account_list != NULL;
    return rest.n && parse_document(folder, rest, false, place);
}

bool layout_parse(struct str path, struct layout_place *ret_place)
{
    struct layout_place place = {0};
    struct str rest = path;
    struct str root = str_cut(&rest, '/');
    if (!cut_any_suffix(&rest, &place.beside))
        return false;
    bool good = str_is(root, folder_account)
                    ? parse_in_account(rest, &place)
                    : str_is(root, folder_integrations) &&
                          split_name(str_cut(&rest, '/'), &place.owner_slug, &place.owner) &&
                          parse_in_integration(rest, &place);
    if (good)
        *ret_place = place;
    return good;
}

struct str layout_folder(struct str path)
{
    while (path.n && path.p[path.n - 1] != '/')
        path.n--;
    return str_sub(path, 0, path.n - (path.n > 0));
}

struct str layout_month(struct str when)
{
    static const char shape[] = "dddd-dd";
    const size_t n = sizeof shape - 1;
    if (when.n < n)
        return str_of(undated);
    for (size_t i = 0; i < n; i++) {
        bool digit = when.p[i] >= '0' && when.p[i] <= '9';
        if (shape[i] == 'd' ? !digit : when.p[i] != shape[i])
            return str_of(undated);
    }
    return str_sub(when, 0, n);
}
