#include "format/gitobj.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Level 1 deflates YAML of 3 kB twice as fast as level 6 for a seventh more bytes; `git gc` deltas
 * and deflates anew anyway. */
/* A reset clears the hash table, for each object: a small one (zlib.h: 1 << (level + 9) bytes) does
 * for documents of a few kB. */
enum { DEFLATE_LEVEL = 1, DEFLATE_MEM_LEVEL = 6, CHUNK = 16 * 1024 };

/* The longest header of a loose object: a type and 20 digits. */
enum { LOOSE_HEAD_MAX = 32 };

static const char *const type_names[] = {
    [OBJ_COMMIT] = "commit",
    [OBJ_TREE] = "tree",
    [OBJ_BLOB] = "blob",
};

/* ---- ids ---- */

/* Fetching an algorithm walks OpenSSL's providers under a lock: once a process, not once an id. */
static EVP_MD *sha1_algorithm;
static pthread_once_t sha1_once = PTHREAD_ONCE_INIT;

static void forget_sha1(void)
{
    EVP_MD_free(sha1_algorithm);
}

static void fetch_sha1(void)
{
    sha1_algorithm = EVP_MD_fetch(NULL, "SHA1", NULL);
    if (!sha1_algorithm)
        abort();
    atexit(forget_sha1);
}

static EVP_MD_CTX *digest_begin(void)
{
    pthread_once(&sha1_once, fetch_sha1);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (!ctx || !EVP_DigestInit_ex2(ctx, sha1_algorithm, NULL))
        abort();
    return ctx;
}

static void digest_add(EVP_MD_CTX *ctx, struct str bytes)
{
    if (bytes.n && !EVP_DigestUpdate(ctx, bytes.p, bytes.n))
        abort();
}

static void digest_end(EVP_MD_CTX *ctx, struct oid *ret_sum)
{
    if (!EVP_DigestFinal_ex(ctx, ret_sum->bytes, NULL))
        abort();
    EVP_MD_CTX_free(ctx);
}

void oid_of(enum obj_type type, struct str content, struct oid *ret_oid)
{
    char header[32];
    int n = snprintf(header, sizeof header, "%s %zu", type_names[type], content.n);
    EVP_MD_CTX *ctx = digest_begin();
    digest_add(ctx, (struct str){.p = header, .n = (size_t)n + 1}); /* with its NUL */
    digest_add(ctx, content);
    digest_end(ctx, ret_oid);
}

bool oid_eq(const struct oid *a, const struct oid *b)
{
    return memcmp(a->bytes, b->bytes, OID_BYTES) == 0;
}

bool oid_is_zero(const struct oid *oid)
{
    static const struct oid zero;
    return oid_eq(oid, &zero);
}

struct str oid_key(const struct oid *oid)
{
    return (struct str){.p = (const char *)oid->bytes, .n = OID_BYTES};
}

void oid_to_hex(const struct oid *oid, char ret_hex[static OID_HEX + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < OID_BYTES; i++) {
        ret_hex[2 * i] = digits[oid->bytes[i] >> 4];
        ret_hex[2 * i + 1] = digits[oid->bytes[i] & 15];
    }
    ret_hex[OID_HEX] = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

int oid_from_hex(struct str hex, struct oid *ret_oid)
{
    if (hex.n != OID_HEX)
        return -1;
    struct oid oid;
    for (size_t i = 0; i < OID_BYTES; i++) {
        int high = hex_value(hex.p[2 * i]);
        int low = hex_value(hex.p[2 * i + 1]);
        if (high < 0 || low < 0)
            return -1;
        oid.bytes[i] = (unsigned char)(high << 4 | low);
    }
    *ret_oid = oid;
    return 0;
}

struct sha1 {
    EVP_MD_CTX *ctx;
};

struct sha1 *sha1_new(void)
{
    struct sha1 *s = malloc(sizeof *s);
    if (!s)
        abort();
    s->ctx = digest_begin();
    return s;
}

void sha1_add(struct sha1 *s, struct str bytes)
{
    digest_add(s->ctx, bytes);
}

void sha1_finish(struct sha1 *s, struct oid *ret_sum)
{
    digest_end(s->ctx, ret_sum);
    free(s);
}

void sha1_free(struct sha1 *s)
{
    if (!s)
        return;
    EVP_MD_CTX_free(s->ctx);
    free(s);
}

/* zlib counts in unsigned int: content beyond that goes in by pieces. */
static uInt next_piece(size_t left)
{
    return left > UINT_MAX / 2 ? UINT_MAX / 2 : (uInt)left;
}

uint32_t crc32_of(uint32_t before, struct str bytes)
{
    uLong sum = before;
    while (bytes.n) {
        uInt piece = next_piece(bytes.n);
        sum = crc32(sum, (z_const Bytef *)bytes.p, piece);
        bytes = str_sub(bytes, piece, bytes.n);
    }
    return (uint32_t)sum;
}

/* ---- trees ---- */

enum { MODE_FOLDER = 040000 };

/* The byte of an entry's name at i, as git's order sees it: a folder's name goes on with a '/'. */
static int order_byte(const struct tree_entry *e, size_t i)
{
    if (i < e->name.n)
        return (unsigned char)e->name.p[i];
    return i == e->name.n && e->mode == MODE_FOLDER ? '/' : 0;
}

static int compare_entries(const void *left, const void *right)
{
    const struct tree_entry *a = left;
    const struct tree_entry *b = right;
    size_t n = a->name.n < b->name.n ? a->name.n : b->name.n;
    int order = n ? memcmp(a->name.p, b->name.p, n) : 0;
    if (order)
        return order;
    return order_byte(a, n) - order_byte(b, n);
}

void tree_write(struct buf *out, struct tree_entry *entries, size_t n)
{
    if (n)
        qsort(entries, n, sizeof *entries, compare_entries);
    for (size_t i = 0; i < n; i++) {
        buf_printf(out, "%o ", entries[i].mode);
        buf_str(out, entries[i].name);
        buf_char(out, '\0');
        buf_bytes(out, entries[i].oid.bytes, OID_BYTES);
    }
}

/* ---- pack entries ---- */

struct deflater {
    z_stream z;
    unsigned char chunk[CHUNK];
};

struct deflater *deflater_new(void)
{
    struct deflater *d = calloc(1, sizeof *d);
    if (!d || deflateInit2(&d->z, DEFLATE_LEVEL, Z_DEFLATED, MAX_WBITS, DEFLATE_MEM_LEVEL,
                           Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    return d;
}

void deflater_free(struct deflater *d)
{
    if (!d)
        return;
    deflateEnd(&d->z);
    free(d);
}

/* Four bits of the size beside the type, then seven a byte, the lowest first. */
static void write_header(enum obj_type type, size_t size, struct buf *out)
{
    unsigned char byte = (unsigned char)((unsigned)type << 4 | (size & 15));
    for (size >>= 4; size; size >>= 7) {
        buf_char(out, (char)(byte | 0x80));
        byte = size & 0x7f;
    }
    buf_char(out, (char)byte);
}

void pack_entry_write(struct deflater *d, enum obj_type type, struct str content, struct buf *out)
{
    write_header(type, content.n, out);
    z_stream *z = &d->z;
    deflateReset(z);
    z->next_in = (z_const Bytef *)content.p;
    int state;
    do {
        if (z->avail_in == 0) {
            z->avail_in = next_piece(content.n);
            content.n -= z->avail_in;
        }
        z->next_out = d->chunk;
        z->avail_out = sizeof d->chunk;
        state = deflate(z, content.n ? Z_NO_FLUSH : Z_FINISH);
        if (state == Z_STREAM_ERROR)
            abort();
        buf_bytes(out, d->chunk, sizeof d->chunk - z->avail_out);
    } while (state != Z_STREAM_END);
}

static int read_header(struct str *rest, enum obj_type *ret_type, size_t *ret_size)
{
    if (!rest->n)
        return -1;
    unsigned char byte = (unsigned char)rest->p[0];
    unsigned type = byte >> 4 & 7;
    size_t size = byte & 15;
    size_t at = 1;
    for (unsigned shift = 4; byte & 0x80; shift += 7) {
        if (at == rest->n || shift > 53)
            return -1;
        byte = (unsigned char)rest->p[at++];
        size |= (size_t)(byte & 0x7f) << shift;
    }
    if (type != OBJ_COMMIT && type != OBJ_TREE && type != OBJ_BLOB)
        return -1;
    *rest = str_sub(*rest, at, rest->n);
    *ret_type = (enum obj_type)type;
    *ret_size = size;
    return 0;
}

/* Deflated bytes, inflated a chunk at a time. */
struct inflater {
    z_stream z;
    struct str rest; /* what zlib has not been given yet */
    bool ended;      /* the stream is over */
    unsigned char chunk[CHUNK];
};

static void inflater_init(struct inflater *in, struct str deflated)
{
    in->z = (z_stream){0};
    in->rest = deflated;
    in->ended = false;
    if (inflateInit(&in->z) != Z_OK)
        abort();
    in->z.next_in = (z_const Bytef *)deflated.p;
}

static void inflater_release(struct inflater *in)
{
    inflateEnd(&in->z);
}

/* The next bytes, which may be none: 1, 0 where the stream is over, or -1 where it is damaged. */
static int inflater_next(struct inflater *in, struct str *ret, struct err *err)
{
    z_stream *z = &in->z;
    if (in->ended)
        return 0;
    if (z->avail_in == 0) {
        z->avail_in = next_piece(in->rest.n);
        in->rest.n -= z->avail_in;
    }
    z->next_out = in->chunk;
    z->avail_out = sizeof in->chunk;
    int state = inflate(z, Z_NO_FLUSH);
    if (state != Z_OK && state != Z_STREAM_END)
        return err_set(err, ERR_BAD, "%s", z->msg ? z->msg : "broken off");
    in->ended = state == Z_STREAM_END;
    *ret = (struct str){.p = (const char *)in->chunk, .n = sizeof in->chunk - z->avail_out};
    return 1;
}

/* Whether bytes are left behind the stream. */
static bool inflater_has_more(const struct inflater *in)
{
    return in->z.avail_in || in->rest.n;
}

/* Inflates all of it, no more and no less, into exactly size bytes. */
static int inflate_exactly(struct inflater *in, size_t size, struct buf *out, struct err *err)
{
    size_t before = out->n;
    struct str bytes;
    int more;
    while ((more = inflater_next(in, &bytes, err)) > 0) {
        buf_str(out, bytes);
        if (buf_overflowed(out) || out->n - before > size)
            return err_set(err, ERR_BAD, "more than %zu bytes", size);
    }
    if (more == 0 && (inflater_has_more(in) || out->n - before != size))
        return err_set(err, ERR_BAD, "not one whole object");
    return more;
}

int pack_entry_read(struct str entry, enum obj_type *ret_type, struct buf *out, struct err *err)
{
    enum obj_type type;
    size_t size;
    if (read_header(&entry, &type, &size) < 0)
        return err_set(err, ERR_BAD, "pack entry: bad header");
    if (size > out->max - out->n)
        return err_set(err, ERR_BAD, "pack entry: %zu bytes are too many", size);
    struct inflater in;
    inflater_init(&in, entry);
    int failed = inflate_exactly(&in, size, out, err);
    inflater_release(&in);
    if (failed)
        return err_wrap(err, "pack entry");
    *ret_type = type;
    return 0;
}

/* ---- loose objects ---- */

/* An object being inflated: its id so far, and what its header says. */
struct loose {
    struct sha1 *sum;
    char head[LOOSE_HEAD_MAX + 1];
    size_t head_n, head_size; /* bytes of it seen; and in all, with its NUL, once that is seen */
    uint64_t size;            /* of the content */
};

static void take(struct loose *l, struct str bytes)
{
    sha1_add(l->sum, bytes);
    for (size_t i = 0; i < bytes.n; i++) {
        if (l->head_size) {
            l->size += bytes.n - i;
            return;
        }
        if (l->head_n < LOOSE_HEAD_MAX)
            l->head[l->head_n++] = bytes.p[i];
        if (bytes.p[i] == '\0')
            l->head_size = l->head_n;
    }
}

/* Whether the header is one of git's, and says the size that there is. */
static bool head_fits(const struct loose *l)
{
    static const char *const types[] = {"blob ", "tree ", "commit ", "tag "};
    struct str head = str_of(l->head_size ? l->head : "");
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char want[LOOSE_HEAD_MAX + 1];
        snprintf(want, sizeof want, "%s%" PRIu64, types[i], l->size);
        if (str_is(head, want))
            return true;
    }
    return false;
}

static int inflate_loose(struct inflater *in, struct loose *l, struct err *err)
{
    struct str bytes;
    int more;
    while ((more = inflater_next(in, &bytes, err)) > 0)
        take(l, bytes);
    if (more == 0 && inflater_has_more(in))
        return err_set(err, ERR_BAD, "there is more behind the object");
    if (more == 0 && !head_fits(l))
        return err_set(err, ERR_BAD, "no object's header");
    return more;
}

int loose_object_id(struct str file, struct oid *ret_oid, struct err *err)
{
    struct loose l = {.sum = sha1_new()};
    struct inflater in;
    inflater_init(&in, file);
    int failed = inflate_loose(&in, &l, err);
    inflater_release(&in);
    if (failed) {
        sha1_free(l.sum);
        return err_wrap(err, "damaged");
    }
    sha1_finish(l.sum, ret_oid);
    return 0;
}
