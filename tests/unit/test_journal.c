#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/fs.h"
#include "gen.h"
#include "port/journal.h"

enum { RUNS = 300, FILE_MAX = 16 << 20 };

static char dir[64], path[96];
static struct arena arena;
static struct err err;

static int make_dir(void **state)
{
    (void)state;
    arena_reset(&arena);
    err = (struct err){0};
    snprintf(dir, sizeof dir, "%s/iokeeper-journal-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof path, "%s/journal", dir);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(dir);
}

static int release(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

#define ok(call)                                                                                   \
    do {                                                                                           \
        if ((call) < 0)                                                                            \
            fail_msg("%s: %s", #call, err.text);                                                   \
    } while (0)

#define refused(call, class)                                                                       \
    do {                                                                                           \
        assert_int_equal(call, -1);                                                                \
        assert_int_equal(err.cls, class);                                                          \
    } while (0)

static struct journal *create(void)
{
    struct journal *journal = NULL;
    ok(journal_create(&journal, path, &err));
    return journal;
}

static struct node record_of(const char *what)
{
    struct node record = node_map(&arena, 1);
    node_map_set(&arena, &record, STR("what"), node_cstring(what));
    return record;
}

static void add(struct journal *journal, const char *what)
{
    struct node record = record_of(what);
    journal_add(journal, &record);
}

static const char *content(void)
{
    AUTO(buf_release) struct buf text = BUF_MAX(FILE_MAX);
    ok(fs_read(path, FILE_MAX, &text, &err));
    return arena_str(&arena, buf_view(&text)).p;
}

static void put(struct str text)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(text.p, 1, text.n, file), text.n);
    assert_int_equal(fclose(file), 0);
}

/* "a b c": what the records say. */
static const char *told(const struct node *records)
{
    struct str text = STR("");
    for (size_t i = 0; i < records->list.n; i++)
        text = arena_printf(&arena, "%s%s%s", text.p, i ? " " : "",
                            node_get_text(&records->list.items[i], STR("what")).p);
    return text.p;
}

static const char *read_all(void)
{
    struct node records;
    ok(journal_read(path, &arena, &records, &err));
    return told(&records);
}

/* ---- writing ---- */

static void a_new_journal_is_empty_and_its_owners_alone(void **state)
{
    (void)state;
    journal_close(create());
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_size, 0);
    assert_string_equal(read_all(), "");
}

static void a_journal_that_is_there_is_not_begun_again(void **state)
{
    (void)state;
    struct journal *journal = create(), *other = NULL;
    add(journal, "a");
    ok(journal_sync(journal, &err));
    refused(journal_create(&other, path, &err), ERR_CONFLICT);
    assert_non_null(strstr(err.text, path));
    journal_close(journal);
    assert_string_equal(read_all(), "a");
}

static void a_journal_in_no_folder_is_not_made(void **state)
{
    (void)state;
    struct journal *journal = NULL;
    refused(journal_create(&journal, "/nonexistent/folder/journal", &err), ERR_IO);
    assert_null(journal);
}

static void records_are_lines_that_count_once_synced(void **state)
{
    (void)state;
    struct journal *journal = create();
    add(journal, "a\nb");
    assert_string_equal(content(), "");
    ok(journal_sync(journal, &err));
    assert_string_equal(content(), "{\"what\":\"a\\nb\"}\n");
    ok(journal_sync(journal, &err)); /* nothing to write */
    add(journal, "c");
    add(journal, "d");
    ok(journal_sync(journal, &err));
    add(journal, "dropped");
    journal_close(journal);
    assert_string_equal(content(), "{\"what\":\"a\\nb\"}\n{\"what\":\"c\"}\n{\"what\":\"d\"}\n");
    journal_close(NULL);
}

static void what_is_added_later_goes_behind(void **state)
{
    (void)state;
    struct journal *journal = create();
    struct node records;
    add(journal, "a");
    ok(journal_sync(journal, &err));
    journal_close(journal);
    ok(journal_open(&journal, path, &arena, &records, &err));
    assert_string_equal(told(&records), "a");
    add(journal, "b");
    ok(journal_sync(journal, &err));
    journal_close(journal);
    assert_string_equal(read_all(), "a b");
}

static void no_record_borrows_what_was_added(void **state)
{
    (void)state;
    struct journal *journal = create();
    char what[] = "abc";
    add(journal, what);
    memset(what, '!', 3);
    ok(journal_sync(journal, &err));
    journal_close(journal);
    assert_string_equal(read_all(), "abc");
}

/* A disk that fills up in the midst of a record: what was there before still counts, and nothing is
 * ever added behind half a record. */
static void a_full_disk_leaves_what_counts(void **state)
{
    (void)state;
    struct journal *journal = create();
    struct node records;
    struct rlimit old, low;
    add(journal, "first");
    ok(journal_sync(journal, &err));
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    low = (struct rlimit){.rlim_cur = 25, .rlim_max = old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
    add(journal, "second");
    int failed = journal_sync(journal, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(failed, -1);
    assert_int_equal(err.cls, ERR_IO);
    assert_non_null(strstr(err.text, path));
    add(journal, "third");
    refused(journal_sync(journal, &err), ERR_IO);
    journal_close(journal);
    assert_string_equal(read_all(), "first");
    ok(journal_open(&journal, path, &arena, &records, &err));
    add(journal, "again");
    ok(journal_sync(journal, &err));
    journal_close(journal);
    assert_string_equal(read_all(), "first again");
}

/* ---- reading ---- */

static void a_journal_that_is_not_there_is_missing(void **state)
{
    (void)state;
    struct journal *journal = NULL;
    struct node records;
    refused(journal_open(&journal, path, &arena, &records, &err), ERR_MISSING);
    refused(journal_read(path, &arena, &records, &err), ERR_MISSING);
    assert_non_null(strstr(err.text, path));
    assert_int_equal(access(path, F_OK), -1); /* and was not made */
}

/* Half a record, cut off at each byte. */
static void a_torn_tail_is_dropped(void **state)
{
    (void)state;
    static const char whole[] = "{\"what\":\"a\"}\n{\"what\":\"b\"}\n";
    for (size_t cut = 0; cut < sizeof whole; cut++) {
        struct journal *journal;
        struct node records;
        put((struct str){whole, cut});
        const char *want = cut < 13 ? "" : cut < 26 ? "a" : "a b";
        assert_string_equal(read_all(), want);
        assert_int_equal(strlen(content()), cut); /* reading changes nothing */
        ok(journal_open(&journal, path, &arena, &records, &err));
        assert_string_equal(told(&records), want);
        add(journal, "z");
        ok(journal_sync(journal, &err));
        journal_close(journal);
        assert_string_equal(read_all(), arena_printf(&arena, "%s%sz", want, *want ? " " : "").p);
    }
}

static void a_damaged_line_is_told_and_left(void **state)
{
    (void)state;
    static const struct {
        struct str text;
        const char *line;
    } rows[] = {
        {GEN_STR("x\n"), "line 1"},
        {GEN_STR("\n"), "line 1"},
        {GEN_STR("{}\n\n"), "line 2"},
        {GEN_STR("{}\n{\n{}\n"), "line 2"},
        {GEN_STR("{}\n{}\n{}{}\n"), "line 3"},
        {GEN_STR("{}\n[]\n"), "line 2"},
        {GEN_STR("{}\n\"text\"\n"), "line 2"},
        {GEN_STR("null\n"), "line 1"},
        {GEN_STR("{}\n\0\0\0\0\n"), "line 2"},
        {GEN_STR("{\"a\":\"\xff\"}\n"), "line 1"},
        {GEN_STR("{\"a\":1,\"a\":2}\n"), "line 1"},
    };
    for (size_t i = 0; i < GEN_COUNT(rows); i++) {
        struct journal *journal = NULL;
        struct node records;
        struct stat st;
        put(rows[i].text);
        refused(journal_read(path, &arena, &records, &err), ERR_BAD);
        assert_non_null(strstr(err.text, path));
        if (!strstr(err.text, rows[i].line))
            fail_msg("%zu: %s", i, err.text);
        refused(journal_open(&journal, path, &arena, &records, &err), ERR_BAD);
        assert_null(journal);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_size, rows[i].text.n);
    }
}

static void what_is_no_file_is_no_journal(void **state)
{
    (void)state;
    struct journal *journal = NULL;
    struct node records;
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(journal_open(&journal, path, &arena, &records, &err), -1);
    assert_int_equal(journal_read(path, &arena, &records, &err), -1);
    assert_int_equal(rmdir(path), 0);
}

/* ---- by property ---- */

/* Records of any sort, added and synced at will, by writers one after the other; the last one dies.
 */
static void what_was_synced_is_read(void **state)
{
    (void)state;
    struct gen g = gen_start("journal");
    g.json = true;
    for (int run = 0; run < RUNS; run++) {
        arena_reset(&arena);
        struct journal *journal = create();
        struct node records, want = node_list(&arena, 0), pending = node_list(&arena, 0);
        for (size_t n = gen_below(&g, 12); n > 0; n--) {
            struct node record = node_map(&arena, 1);
            node_map_set(&arena, &record, gen_key(&g, &arena), gen_node(&g, &arena, 3));
            journal_add(journal, &record);
            node_list_add(&arena, &pending, record);
            if (gen_below(&g, 2))
                continue;
            ok(journal_sync(journal, &err));
            for (size_t i = 0; i < pending.list.n; i++)
                node_list_add(&arena, &want, pending.list.items[i]);
            pending.list.n = 0;
            if (gen_below(&g, 4) == 0) {
                journal_close(journal);
                ok(journal_open(&journal, path, &arena, &records, &err));
                assert_true(node_eq(&records, &want));
            }
        }
        journal_close(journal);
        ok(journal_read(path, &arena, &records, &err));
        assert_true(node_eq(&records, &want));
        unlink(path);
    }
}

#define in_dir(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_dir(a_new_journal_is_empty_and_its_owners_alone),
        in_dir(a_journal_that_is_there_is_not_begun_again),
        in_dir(a_journal_in_no_folder_is_not_made),
        in_dir(records_are_lines_that_count_once_synced),
        in_dir(what_is_added_later_goes_behind),
        in_dir(no_record_borrows_what_was_added),
        in_dir(a_full_disk_leaves_what_counts),
        in_dir(a_journal_that_is_not_there_is_missing),
        in_dir(a_torn_tail_is_dropped),
        in_dir(a_damaged_line_is_told_and_left),
        in_dir(what_is_no_file_is_no_journal),
        in_dir(what_was_synced_is_read),
    };
    return cmocka_run_group_tests_name("journal", tests, NULL, release);
}
