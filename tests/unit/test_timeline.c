/* Timelines of made-up histories against a plain model of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "format/timeline.h"
#include "gen.h"

enum { COMMITS = 60, PATHS = 12, CHANGES_MAX = 5, FILE_MAX = 1 << 20 };

/* What each path is after each commit: its mode, 0 where it is not there, and its blob. */
struct model {
    unsigned mode[COMMITS][PATHS];
    struct oid blob[COMMITS][PATHS];
};

static struct oid oid_from(uint64_t number)
{
    struct oid oid;
    oid_of(OBJ_BLOB, (struct str){.p = (const char *)&number, .n = sizeof number}, &oid);
    return oid;
}

static struct str path_from(unsigned number)
{
    static const char *const paths[PATHS] = {
        "a",          "a/b",       "a/b.yaml", "b", "integrations/x--1/flows/y--2.yaml",
        "users.yaml", "ä/ö",       "c",        "d", "e",
        "f",          "\x01 odd\n"};
    return str_of(paths[number]);
}

/* Adds a commit of random changes to the model, and tells them. */
static size_t change(struct gen *g, struct model *m, unsigned commit, struct timeline_change *ret)
{
    static const unsigned modes[] = {0, 0, 0100644, 0100644, 0100755, 0120000, 0160000};
    size_t n = gen_below(g, CHANGES_MAX + 1), made = 0;
    if (commit) {
        memcpy(m->mode[commit], m->mode[commit - 1], sizeof *m->mode);
        memcpy(m->blob[commit], m->blob[commit - 1], sizeof *m->blob);
    }
    bool changed[PATHS] = {false};
    for (size_t i = 0; i < n; i++) {
        unsigned path = (unsigned)gen_below(g, PATHS);
        unsigned mode = modes[gen_below(g, GEN_COUNT(modes))];
        if (changed[path])
            continue;
        changed[path] = true;
        m->mode[commit][path] = mode;
        m->blob[commit][path] = mode ? oid_from(gen_below(g, 9)) : (struct oid){0};
        ret[made++] = (struct timeline_change){
            .path = path_from(path), .mode = mode, .blob = m->blob[commit][path]};
    }
    return made;
}

static void make(struct gen *g, struct model *m, struct timeline *t, unsigned from, unsigned to,
                 struct buf *out)
{
    struct timeline_change changes[CHANGES_MAX];
    for (unsigned i = from; i < to; i++) {
        struct oid commit = oid_from(1000 + i);
        size_t n = change(g, m, i, changes);
        timeline_add(t, &commit, changes, n, out);
    }
}

static void agrees(struct timeline *t, const struct model *m, unsigned commits)
{
    uint32_t number, first, end;
    assert_int_equal(t->commits_n, commits);
    for (unsigned i = 0; i < commits; i++) {
        struct oid commit = oid_from(1000 + i);
        assert_true(timeline_find(t, &commit, &number));
        assert_int_equal(number, i);
        for (unsigned path = 0; path < PATHS; path++) {
            const struct timeline_delta *file = timeline_at(t, i, path_from(path));
            assert_int_equal(file ? file->mode : 0, m->mode[i][path]);
            if (file)
                assert_true(oid_eq(&file->blob, &m->blob[i][path]));
        }
        timeline_deltas(t, i, i + 1, &first, &end);
        for (uint32_t delta = first; delta < end; delta++)
            assert_true(t->deltas[delta].before <= delta);
    }
    struct oid none = oid_from(1);
    assert_false(timeline_find(t, &none, &number));
}

static void tells_what_was_added(void **state)
{
    struct gen g = gen_start("timeline");
    (void)state;
    for (unsigned round = 0; round < 50; round++) {
        struct model *m = calloc(1, sizeof *m);
        struct timeline t = {.commits_n = 0}, again = {.commits_n = 0};
        AUTO(buf_release) struct buf file = BUF_MAX(FILE_MAX);
        unsigned half = (unsigned)gen_below(&g, COMMITS);
        assert_non_null(m);
        timeline_begin(&file);
        make(&g, m, &t, 0, half, &file);
        agrees(&t, m, half);
        assert_int_equal(timeline_load(&again, buf_view(&file)), file.n);
        agrees(&again, m, half);
        make(&g, m, &again, half, COMMITS, &file); /* goes on behind what was read */
        agrees(&again, m, COMMITS);
        timeline_release(&t);
        assert_int_equal(timeline_load(&t, buf_view(&file)), file.n);
        agrees(&t, m, COMMITS);
        assert_int_equal(t.commits[COMMITS - 1].end, file.n);
        timeline_release(&t);
        timeline_release(&again);
        free(m);
    }
}

/* How many commits of a file count that ends after `n` bytes. */
static uint32_t commits_before(const struct timeline *t, size_t n)
{
    uint32_t commits = 0;
    while (commits < t->commits_n && t->commits[commits].end <= n)
        commits++;
    return commits;
}

static void only_what_is_whole_counts(void **state)
{
    struct gen g = gen_start("timeline, damaged");
    struct model *m = calloc(1, sizeof *m);
    struct timeline t = {.commits_n = 0};
    AUTO(buf_release) struct buf file = BUF_MAX(FILE_MAX);
    (void)state;
    assert_non_null(m);
    timeline_begin(&file);
    size_t head = file.n;
    make(&g, m, &t, 0, COMMITS, &file);
    for (size_t n = 0; n <= file.n; n++) {
        struct timeline broken = {.commits_n = 0};
        uint32_t commits = n < head ? 0 : commits_before(&t, n);
        size_t good = timeline_load(&broken, str_sub(buf_view(&file), 0, n));
        assert_int_equal(good, n < head ? 0 : commits ? t.commits[commits - 1].end : head);
        agrees(&broken, m, commits);
        timeline_release(&broken);
    }
    for (size_t at = 0; at < file.n; at++) {
        struct timeline broken = {.commits_n = 0};
        unsigned bit = (unsigned)gen_below(&g, 8);
        file.p[at] = (char)(file.p[at] ^ 1 << bit);
        timeline_load(&broken, buf_view(&file));
        agrees(&broken, m, at < head ? 0 : commits_before(&t, at));
        timeline_release(&broken);
        file.p[at] = (char)(file.p[at] ^ 1 << bit);
    }
    timeline_release(&t);
    free(m);
}

/* A record taken out or put elsewhere ends what counts, too: sums go on from record to record. */
static void records_stay_where_they_were(void **state)
{
    struct gen g = gen_start("timeline, records moved");
    struct model *m = calloc(1, sizeof *m);
    struct timeline t = {.commits_n = 0}, less = {.commits_n = 0};
    AUTO(buf_release) struct buf file = BUF_MAX(FILE_MAX), cut = BUF_MAX(FILE_MAX);
    (void)state;
    assert_non_null(m);
    timeline_begin(&file);
    make(&g, m, &t, 0, 10, &file);
    buf_bytes(&cut, file.p, t.commits[3].end);
    buf_bytes(&cut, file.p + t.commits[4].end, file.n - t.commits[4].end);
    assert_int_equal(timeline_load(&less, buf_view(&cut)), t.commits[3].end);
    agrees(&less, m, 4);
    timeline_release(&less);
    timeline_release(&t);
    free(m);
}

static void another_format_is_none(void **state)
{
    struct timeline t = {.commits_n = 0};
    (void)state;
    assert_int_equal(timeline_load(&t, STR("")), 0);
    assert_int_equal(timeline_load(&t, STR("iokeeper timeline 2\n")), 0);
    assert_int_equal(timeline_load(&t, STR("iokeeper timeline 1\n")), 20);
    assert_int_equal(t.commits_n, 0);
    timeline_release(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_was_added),
        cmocka_unit_test(only_what_is_whole_counts),
        cmocka_unit_test(records_stay_where_they_were),
        cmocka_unit_test(another_format_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
