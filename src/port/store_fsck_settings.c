/* What stands in the git directory beside objects and refs: the settings that keep git's command
 * line from changing content, and the logs of refs. */
#include <string.h>

#include "store_fsck_internal.h"

/* ---- settings ---- */

/* How many of our settings there are at all. A repository that a person cloned may have none: then
 * they do not count. */
static int count_settings(git_config *config)
{
    int n = 0;
    for (size_t i = 0; i < STORE_SETTINGS_N; i++) {
        git_config_entry *entry = NULL;
        n += git_config_get_entry(&entry, config, store_settings[i][0]) == 0;
        git_config_entry_free(entry);
    }
    return n;
}

static bool is_ours(git_config *config)
{
    return count_settings(config) > STORE_SETTINGS_N / 2;
}

/* A setting that is not what store_create made it; NULL: there is none. */
static const char *find_changed(git_config *config)
{
    static const char *const gits[] = {"core.bare", "core.fileMode", "core.logAllRefUpdates"};
    int value;
    for (size_t i = 0; i < STORE_SETTINGS_N; i++)
        if (git_config_get_bool(&value, config, store_settings[i][0]) < 0 || value)
            return store_settings[i][0];
    for (size_t i = 0; i < sizeof gits / sizeof *gits; i++)
        if (git_config_get_bool(&value, config, gits[i]) < 0)
            return gits[i];
    return git_config_get_int32(&value, config, "core.repositoryFormatVersion") < 0
               ? "core.repositoryFormatVersion"
               : NULL;
}

static git_config *open_config(struct store_fsck *f)
{
    git_config *config = NULL;
    return git_repository_config_snapshot(&config, f->store->repo) < 0 ? NULL : config;
}

int fsck_look_at_config(struct store_fsck *f, const struct item *item, struct store_fault *ret)
{
    git_config *config = open_config(f);
    ret->remedy = "\"git config NAME VALUE\" sets it; to iokeeper's own, VALUE is false";
    if (!config)
        return fsck_fault(ret, item, "cannot be read: %s", git_error_last()->message);
    const char *changed = is_ours(config) ? find_changed(config) : NULL;
    git_config_free(config);
    return changed ? fsck_fault(ret, item, "%s is missing, or has a value that it should not have",
                                changed)
                   : STORE_SOUND;
}

int fsck_look_at_attributes(struct store_fsck *f, const struct item *item, struct store_fault *ret)
{
    git_config *config = open_config(f);
    bool ours = config && is_ours(config);
    struct str text;
    git_config_free(config);
    if (!ours)
        return STORE_SOUND;
    ret->remedy =
        "git's command line may change files as it writes them; a new mirror's has it right";
    int found = fsck_read(f, item, &text, ret);
    if (found != STORE_SOUND)
        return found;
    struct str wanted = str_of(store_attributes);
    return str_starts(text, str_sub(wanted, 0, wanted.n - 1))
               ? STORE_SOUND
               : fsck_fault(ret, item, "does not begin as iokeeper made it");
}

/* ---- logs ---- */

/* A line of a ref's log: "OLD NEW NAME <MAIL> TIME ZONE\tTEXT". */
struct log_line {
    struct str old, new, person, time, zone, text;
};

static bool is_number(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
    return text.n > 0;
}

static bool is_zone(struct str text)
{
    return text.n == 5 && (text.p[0] == '+' || text.p[0] == '-') && is_number(str_sub(text, 1, 4));
}

static bool read_line(struct str line, struct log_line *ret)
{
    *ret = (struct log_line){.old = str_cut(&line, ' '), .new = str_cut(&line, ' ')};
    struct str head = str_cut(&line, '\t');
    size_t mail = str_find(head, '>');
    ret->text = line;
    ret->person = str_sub(head, 0, mail + 1);
    struct str rest = str_sub(head, mail < head.n ? mail + 2 : head.n, head.n);
    ret->time = str_cut(&rest, ' ');
    ret->zone = rest;
    return str_starts(str_sub(head, mail, 2), STR("> ")) && is_number(ret->time) &&
           is_zone(ret->zone);
}

static bool is_none(struct str hex)
{
    return hex.n == OID_HEX && strspn(hex.p, "0") >= OID_HEX;
}

/* Whether a line's text, behind what iokeeper begins it with, is its commit's subject. */
static bool tells_subject(struct store_fsck *f, const struct log_line *line, size_t begin)
{
    struct oid oid;
    git_commit *commit = NULL;
    if (line->text.n <= begin || is_none(line->new) || oid_from_hex(line->new, &oid) < 0)
        return false;
    git_oid id = store_to_git(&oid);
    if (git_commit_lookup(&commit, f->store->repo, &id) < 0)
        return false;
    const char *message = git_commit_message(commit);
    struct str subject = {.p = message, .n = strcspn(message, "\n")};
    bool same = str_eq(str_sub(line->text, begin, line->text.n),
                       str_sub(subject, 0, STORE_LOG_MAX - begin));
    git_commit_free(commit);
    return same;
}

/* Whether a line of iokeeper's is as it wrote it: of three things that make it one (who wrote it,
 * how its text begins, the subject of its commit) not just one is another. */
static bool is_as_written(struct store_fsck *f, const struct log_line *line)
{
    static const char begin[] = "iokeeper: ";
    bool ours = str_is(line->person, "iokeeper <iokeeper@localhost>");
    bool begins = str_starts(line->text, str_of(begin));
    bool rescued = str_is(line->text, "iokeeper: rescued");
    if (!ours && !begins)
        return true;
    bool tells = rescued || tells_subject(f, line, sizeof begin - 1);
    return ours + begins + tells != 2 && (!ours || !begins || str_is(line->zone, "+0000"));
}

int fsck_look_at_log(struct store_fsck *f, const struct item *item, struct store_fault *ret)
{
    struct str rest, before = STR("");
    struct log_line line;
    ret->remedy = "only \"git reflog\" reads it: \"git reflog expire --expire=all REF\" empties it";
    int found = fsck_read(f, item, &rest, ret);
    if (found != STORE_SOUND)
        return found;
    rest = arena_str(&f->arena, rest);
    for (size_t n = 1; rest.n; n++) {
        if (!read_line(str_cut(&rest, '\n'), &line))
            return fsck_fault(ret, item, "line %zu: damaged", n);
        bool goes_on = str_eq(line.old, before) || is_none(line.old);
        if ((!goes_on && !fsck_is_object(f, line.old)) ||
            (!is_none(line.new) && !fsck_is_object(f, line.new)))
            return fsck_fault(ret, item, "line %zu: leads to what is not there", n);
        if (!is_as_written(f, &line))
            return fsck_fault(ret, item, "line %zu: is not what iokeeper wrote there", n);
        before = line.new;
    }
    return STORE_SOUND;
}
