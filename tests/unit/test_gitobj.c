#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/auto.h"
#include "format/gitobj.h"

static void expect_id(enum obj_type type, struct str content, const char *hex)
{
    struct oid oid;
    char got[OID_HEX + 1];
    oid_of(type, content, &oid);
    oid_to_hex(&oid, got);
    assert_string_equal(got, hex);
}

/* Ids as `git hash-object -t TYPE --stdin` tells them. */
static void ids_are_gits(void **state)
{
    (void)state;
    expect_id(OBJ_BLOB, STR(""), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
    expect_id(OBJ_BLOB, STR("hello\n"), "ce013625030ba8dba906f756967f9e9ca394464a");
    expect_id(OBJ_BLOB, STR("a\0b"), "20b5be91886d0b6f26dc98a225c0dac05fe2c86e");
    expect_id(OBJ_TREE, STR(""), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
}

static void hex_goes_both_ways(void **state)
{
    (void)state;
    struct oid oid;
    char hex[OID_HEX + 1];
    assert_int_equal(oid_from_hex(STR("ce013625030ba8dba906F756967f9e9ca394464a"), &oid), 0);
    oid_to_hex(&oid, hex);
    assert_string_equal(hex, "ce013625030ba8dba906f756967f9e9ca394464a");
    assert_int_equal(oid_from_hex(STR("ce01"), &oid), -1);
    assert_int_equal(oid_from_hex(STR("ge013625030ba8dba906f756967f9e9ca394464a"), &oid), -1);
    assert_int_equal(oid_from_hex(STR("ce013625030ba8dba906f756967f9e9ca394464a0"), &oid), -1);
    assert_false(oid_is_zero(&oid));
    assert_true(oid_is_zero(&(struct oid){0}));
}

static void trees_are_in_gits_order(void **state)
{
    (void)state;
    struct tree_entry entries[] = {
        {.mode = 040000, .name = STR("a")},
        {.mode = 0100644, .name = STR("a0")},
        {.mode = 0100644, .name = STR("a.b")},
        {.mode = 0100755, .name = STR("A")},
    };
    AUTO(buf_release) struct buf out = BUF_MAX(1000);
    tree_write(&out, entries, 4);
    /* '.' < '/' < '0': the folder sorts as "a/" */
    const char *const wanted[] = {"A", "a.b", "a", "a0"};
    for (size_t i = 0; i < 4; i++)
        assert_true(str_is(entries[i].name, wanted[i]));
    assert_true(str_starts(buf_view(&out), STR("100755 A\0\0\0")));
    assert_int_equal(out.n, 9 + 11 + 8 + 10 + 4 * 20);
    buf_reset(&out);
    tree_write(&out, NULL, 0);
    assert_int_equal(out.n, 0);
}

static void fill(struct buf *b, size_t n, unsigned seed)
{
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1103515245u + 12345u;
        buf_char(b, (char)(seed >> 16 & (seed & 64 ? 0xff : 0x0f)));
    }
}

static void entries_read_back(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 15, 16, 17, 2047, 2048, 16384, 16385, 300000};
    struct deflater *d = deflater_new();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        AUTO(buf_release) struct buf content = BUF_MAX(1 << 20);
        AUTO(buf_release) struct buf entry = BUF_MAX(1 << 20);
        AUTO(buf_release) struct buf back = BUF_MAX(1 << 20);
        struct err err = {0};
        enum obj_type type;
        fill(&content, sizes[i], (unsigned)i);
        pack_entry_write(d, OBJ_TREE, buf_view(&content), &entry);
        assert_int_equal(pack_entry_read(buf_view(&entry), &type, &back, &err), 0);
        assert_int_equal(type, OBJ_TREE);
        assert_true(str_eq(buf_view(&back), buf_view(&content)));
    }
    deflater_free(d);
    deflater_free(NULL);
}

static void expect_bad(struct str entry, size_t max)
{
    AUTO(buf_release) struct buf out = BUF_MAX(max);
    struct err err = {0};
    enum obj_type type;
    assert_int_equal(pack_entry_read(entry, &type, &out, &err), -1);
    assert_int_equal(err.cls, ERR_BAD);
}

static void damaged_entries_are_refused(void **state)
{
    (void)state;
    AUTO(buf_release) struct buf entry = BUF_MAX(10000);
    struct deflater *d = deflater_new();
    pack_entry_write(d, OBJ_BLOB, STR("some content, some content, some content\n"), &entry);
    deflater_free(d);
    struct str whole = buf_view(&entry);
    for (size_t n = 0; n < whole.n; n++)
        expect_bad(str_sub(whole, 0, n), 1000);
    expect_bad(whole, 40);
    buf_char(&entry, 'x');
    expect_bad(buf_view(&entry), 1000);
    expect_bad(STR("\x61xxxxxxxx"), 1000);                             /* a delta */
    expect_bad(STR("\xbf\xff\xff\xff\xff\xff\xff\xff\xff\xff"), 1000); /* a size without end */
    buf_cut(&entry, whole.n);
    entry.p[0] = (char)((entry.p[0] & 0xf0) | ((entry.p[0] + 1) & 15));
    expect_bad(buf_view(&entry), 1000); /* another size */
}

static void streamed_sum_is_the_sum(void **state)
{
    (void)state;
    struct sha1 *sum = sha1_new();
    struct oid streamed;
    struct oid whole;
    sha1_add(sum, STR("blob 6\0he"));
    sha1_add(sum, STR(""));
    sha1_add(sum, STR("llo\n"));
    sha1_finish(sum, &streamed);
    oid_of(OBJ_BLOB, STR("hello\n"), &whole);
    assert_true(oid_eq(&streamed, &whole));
    sha1_free(sha1_new());
    sha1_free(NULL);
}

static void *hash_much(void *arg)
{
    struct oid *last = arg;
    for (int i = 0; i < 2000; i++)
        oid_of(OBJ_BLOB, STR("hello\n"), last);
    return NULL;
}

static void threads_hash_alike(void **state)
{
    (void)state;
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    struct oid oids[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hash_much, &oids[i]), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 1; i < THREADS; i++)
        assert_true(oid_eq(&oids[0], &oids[i]));
}

/* ---- loose objects ---- */

/* A loose object's file: `text`, deflated, with `more` behind it. */
static struct buf loose(struct str text, struct str more)
{
    struct buf file = BUF_MAX(1 << 16);
    unsigned char deflated[4096];
    uLongf n = sizeof deflated;
    assert_int_equal(compress(deflated, &n, (const Bytef *)text.p, text.n), Z_OK);
    buf_bytes(&file, deflated, n);
    buf_str(&file, more);
    return file;
}

static void assert_loose(struct str text, struct str more, const char *want)
{
    struct buf file = loose(text, more);
    struct err err = {0};
    struct oid oid;
    assert_int_equal(loose_object_id(buf_view(&file), &oid, &err), -1);
    assert_string_equal(err.text, want);
    buf_release(&file);
}

static void a_loose_object_has_the_id_of_its_content(void **state)
{
    (void)state;
    struct buf file = loose(STR("blob 6\0hello\n"), STR(""));
    struct oid oid, want;
    struct err err = {0};
    oid_of(OBJ_BLOB, STR("hello\n"), &want);
    assert_int_equal(loose_object_id(buf_view(&file), &oid, &err), 0);
    assert_true(oid_eq(&oid, &want));
    buf_release(&file);
}

static void a_loose_object_is_whole_and_nothing_else(void **state)
{
    (void)state;
    assert_loose(STR("blob 6\0hello\n"), STR("x"), "damaged: there is more behind the object");
    assert_loose(STR("blob 5\0hello\n"), STR(""), "damaged: no object's header");
    assert_loose(STR("blob 06\0hello\n"), STR(""), "damaged: no object's header");
    assert_loose(STR("blub 6\0hello\n"), STR(""), "damaged: no object's header");
    assert_loose(STR("blob 6 hello\n"), STR(""), "damaged: no object's header");
    assert_loose(STR("blob 00000000000000000000000000000000000006\0hello\n"), STR(""),
                 "damaged: no object's header");
    assert_loose(STR(""), STR(""), "damaged: no object's header");
}

/* Whichever byte is another, or wherever the file ends: it is another object, or none. */
static void no_damage_of_a_loose_object_goes_unseen(void **state)
{
    (void)state;
    struct buf file = loose(STR("blob 6\0hello\n"), STR(""));
    struct oid oid, want;
    struct err err = {0};
    oid_of(OBJ_BLOB, STR("hello\n"), &want);
    for (size_t i = 0; i < file.n; i++) {
        assert_int_equal(loose_object_id(str_sub(buf_view(&file), 0, i), &oid, &err), -1);
        file.p[i] = (char)~file.p[i];
        bool same = loose_object_id(buf_view(&file), &oid, &err) == 0 && oid_eq(&oid, &want);
        assert_false(same);
        file.p[i] = (char)~file.p[i];
    }
    buf_release(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_gits),
        cmocka_unit_test(hex_goes_both_ways),
        cmocka_unit_test(trees_are_in_gits_order),
        cmocka_unit_test(entries_read_back),
        cmocka_unit_test(damaged_entries_are_refused),
        cmocka_unit_test(streamed_sum_is_the_sum),
        cmocka_unit_test(threads_hash_alike),
        cmocka_unit_test(a_loose_object_has_the_id_of_its_content),
        cmocka_unit_test(a_loose_object_is_whole_and_nothing_else),
        cmocka_unit_test(no_damage_of_a_loose_object_goes_unseen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
