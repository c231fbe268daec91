#include "port/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "format/json.h"

struct journal {
    int fd;
    char *path;
    struct buf pending;
    bool broken; /* half a record may stand at its end: nothing goes behind that */
};

static struct journal *make(int fd, const char *path)
{
    struct journal *journal = calloc(1, sizeof *journal);
    if (!journal)
        abort();
    journal->fd = fd;
    journal->path = strdup(path);
    journal->pending = (struct buf)BUF_MAX(JOURNAL_MAX);
    if (!journal->path)
        abort();
    return journal;
}

int journal_create(struct journal **ret_journal, const char *path, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return err_set(err, ERR_CONFLICT, "%s: is there already", path);
    if (fd < 0)
        return err_errno(err, "%s", path);
    if (fs_sync_parent(path, err) < 0) {
        close(fd);
        return -1;
    }
    *ret_journal = make(fd, path);
    return 0;
}

/* Reads all whole lines; *ret_whole is where they end. */
static int read_lines(const char *path, struct arena *a, struct node *ret_records,
                      size_t *ret_whole, struct err *err)
{
    struct buf text = BUF_MAX(JOURNAL_MAX);
    int result = fs_read(path, JOURNAL_MAX, &text, err);
    struct str rest = buf_view(&text);
    unsigned number = 0;
    *ret_records = node_list(a, 0);
    *ret_whole = 0;
    while (result == 0 && str_find(rest, '\n') < rest.n) {
        struct str line = str_cut(&rest, '\n');
        struct node record;
        number++;
        if (json_parse(a, line, &record, err) < 0)
            result = err_wrap(err, "%s: line %u is damaged", path, number);
        else if (record.type != NODE_MAP)
            result = err_set(err, ERR_BAD, "%s: line %u is no record", path, number);
        else
            node_list_add(a, ret_records, record);
        *ret_whole = text.n - rest.n;
    }
    buf_release(&text);
    return result;
}

int journal_read(const char *path, struct arena *a, struct node *ret_records, struct err *err)
{
    size_t whole;
    return read_lines(path, a, ret_records, &whole, err);
}

int journal_open(struct journal **ret_journal, const char *path, struct arena *a,
                 struct node *ret_records, struct err *err)
{
    size_t whole;
    if (read_lines(path, a, ret_records, &whole, err) < 0)
        return -1;
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd < 0)
        return err_errno(err, "%s", path);
    if (ftruncate(fd, (off_t)whole) < 0) {
        err_errno(err, "%s", path);
        close(fd);
        return -1;
    }
    *ret_journal = make(fd, path);
    return 0;
}

void journal_add(struct journal *journal, const struct node *record)
{
    json_write(&journal->pending, record);
    buf_char(&journal->pending, '\n');
}

int journal_sync(struct journal *journal, struct err *err)
{
    if (journal->broken)
        return err_set(err, ERR_IO, "%s: could not be written before", journal->path);
    if (journal->pending.n == 0)
        return 0;
    if (buf_overflowed(&journal->pending))
        return err_set(err, ERR_IO, "%s: too large", journal->path);
    if (fs_write(journal->fd, buf_view(&journal->pending)) < 0 || fdatasync(journal->fd) < 0) {
        journal->broken = true;
        return err_errno(err, "%s", journal->path);
    }
    buf_reset(&journal->pending);
    return 0;
}

void journal_close(struct journal *journal)
{
    if (!journal)
        return;
    buf_release(&journal->pending);
    free(journal->path);
    close(journal->fd);
    free(journal);
}
