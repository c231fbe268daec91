/*
 * commits: from the index to history, a commit a person.
 *
 * What the audit log ascribes to somebody is that person's commit, in order of their last changes;
 * what it does not explain comes last, as our own. Each tree on the way is an honest one: what HEAD
 * has, less what has changed so far. A cycle that dies between two commits leaves the rest to the
 * next one.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "cycle.h"
#include "model/layout.h"

/* ---- trees ---- */

static struct node globs_of(struct arena *a, const char *const *globs)
{
    struct node list = node_list(a, 0);
    for (; globs && *globs; globs++)
        node_list_add(a, &list, node_cstring(*globs));
    return list;
}

/* Sets a list of the manifest, or takes it out where it is empty. */
static void set_globs(struct arena *a, struct node *manifest, struct str key,
                      const char *const *globs)
{
    node_map_remove(manifest, key);
    if (globs && *globs)
        node_map_set(a, manifest, key, globs_of(a, globs));
}

/* What this repository is. Kept as HEAD has it, so that it never changes by itself: only a scope
 * that is configured otherwise is noted. */
static int make_manifest(struct cycle *c, struct err *err)
{
    bool made = !oid_is_zero(&c->manifest);
    if (made && scope_same(&c->scope, &c->scope_before))
        return 0;
    struct arena scratch = {0};
    struct node manifest = node_map(&scratch, 4), held;
    struct digest digest = {0};
    struct err ignored; /* a person may have written what is no map */
    if (made && cycle_load(c, &scratch, &c->manifest, &held, &ignored) == 0 &&
        held.type == NODE_MAP)
        manifest = node_copy(&scratch, &held);
    if (!node_get(&manifest, STR("format")))
        node_map_set(&scratch, &manifest, STR("format"), node_integer(&scratch, 1));
    if (!node_get(&manifest, STR("url")))
        node_map_set(&scratch, &manifest, STR("url"), node_cstring(c->options->account.url));
    set_globs(&scratch, &manifest, STR("include"), c->scope.include);
    set_globs(&scratch, &manifest, STR("exclude"), c->scope.exclude);
    int result = digest_file(cycle_digester(c), &scratch, &manifest, NULL, &digest, err);
    if (result == 0)
        result = store_batch_add(c->batch, &digest.blob, digest.entry, err);
    c->manifest = digest.blob;
    arena_release(&scratch);
    return result;
}

static int by_path(const void *a, const void *b)
{
    return str_cmp(((const struct store_file *)a)->path, ((const struct store_file *)b)->path);
}

static int write_tree(struct cycle *c, const struct index_file *files, size_t n,
                      struct oid *ret_tree, struct err *err)
{
    struct arena scratch = {0};
    struct store_file *tree = arena_array(&scratch, n + 1, sizeof *tree);
    for (size_t i = 0; i < n; i++)
        tree[i] =
            (struct store_file){.path = files[i].path, .oid = *files[i].blob, .mode = 0100644};
    int result = make_manifest(c, err);
    tree[n] =
        (struct store_file){.path = str_of(LAYOUT_MANIFEST), .oid = c->manifest, .mode = 0100644};
    qsort(tree, n + 1, sizeof *tree, by_path);
    if (result == 0)
        result = store_write_trees(c->batch, tree, n + 1, &c->head, layout_roots, ret_tree, err);
    arena_release(&scratch);
    return result;
}

/* Whether an integration of HEAD has gone with one of the first `turn` commits. */
static bool has_gone(const struct cycle *c, struct str integration, unsigned turn)
{
    const struct entry *before = index_get(&c->before, KIND_INTEGRATION, integration, STR(""));
    const struct entry *now = index_get(&c->now, KIND_INTEGRATION, integration, STR(""));
    return before && before->turn <= turn && (!now || now->out);
}

/* Takes over an entry as it is, with the home it stands in, whose document may come later. What is
 * left when its home has gone is the account's. */
static void put_as_is(struct cycle *c, struct index *mid, const struct entry *entry, unsigned turn)
{
    bool homeless = entry->owner.n && has_gone(c, entry->owner, turn);
    const struct entry *home = NULL;
    if (entry->owner.n && !homeless)
        home = index_get(&c->before, KIND_INTEGRATION, entry->owner, STR(""));
    if (entry->owner.n && !homeless && !home)
        home = index_get(&c->now, KIND_INTEGRATION, entry->owner, STR(""));
    if (home && !index_get(mid, KIND_INTEGRATION, entry->owner, STR("")))
        index_put(mid, KIND_INTEGRATION, home->id, STR(""))->slug =
            arena_str(&mid->arena, home->slug);
    struct entry *put = index_keep(mid, entry);
    if (homeless)
        put->owner = STR("");
}

/* The mirror as it stands after the cycle's first `turn` commits. Integrations come first: they are
 * the homes of the others. */
static void make_mid(struct cycle *c, unsigned turn, struct index *mid)
{
    index_init(mid);
    for (unsigned pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < c->now.n; i++) {
            const struct entry *now = c->now.entries[i];
            const struct entry *before = index_get(&c->before, now->kind, now->id, now->part);
            if ((now->kind == KIND_INTEGRATION) != (pass == 0) || now->out)
                continue;
            if (now->turn <= turn)
                put_as_is(c, mid, now, turn);
            else if (before)
                put_as_is(c, mid, before, turn);
        }
        for (size_t i = 0; i < c->before.n; i++) {
            const struct entry *before = c->before.entries[i];
            const struct entry *now = index_get(&c->now, before->kind, before->id, before->part);
            if ((before->kind == KIND_INTEGRATION) == (pass == 0) && before->turn > turn &&
                (!now || now->out))
                put_as_is(c, mid, before, turn);
        }
    }
}

/* The tree after the first `turn` commits, which are not all. */
static int write_turn(struct cycle *c, unsigned turn, struct oid *ret_tree, struct err *err)
{
    struct index mid;
    struct arena scratch = {0};
    struct index_file *files;
    size_t n;
    make_mid(c, turn, &mid);
    index_files(&mid, &scratch, &files, &n);
    int result = write_tree(c, files, n, ret_tree, err);
    arena_release(&scratch);
    index_release(&mid);
    return result;
}

/* ---- whose turn ---- */

static struct turn *add_turn(struct cycle *c, enum turn_sort sort)
{
    struct turn *turn = &c->turns[c->turns_n++];
    *turn =
        (struct turn){.sort = sort, .when = c->result->started, .names = node_list(&c->arena, 0)};
    return turn;
}

/* Commits of persons in a cycle, at most; whose changes are beyond that goes by names alone. */
enum { PERSONS_MAX = 100 };

/* The commit of a person, by number from 1; 0 where there are too many. */
static unsigned turn_of(struct cycle *c, const struct author *author, int64_t when)
{
    unsigned at = 0;
    while (at < c->turns_n &&
           !(c->turns[at].sort == TURN_PERSON && authors_same(&c->turns[at].author, author)))
        at++;
    if (at == c->turns_n && at >= PERSONS_MAX)
        return 0;
    if (at == c->turns_n) {
        struct turn *made = add_turn(c, TURN_PERSON);
        made->author = *author;
        made->when = when;
    }
    if (c->turns[at].when < when)
        c->turns[at].when = when;
    return at + 1;
}

/* The commit that tells what the configuration changed, by number from 1. */
static unsigned turn_of_scope(struct cycle *c)
{
    for (unsigned at = 0; at < c->turns_n; at++)
        if (c->turns[at].sort == TURN_SCOPE)
            return at + 1;
    add_turn(c, TURN_SCOPE);
    return (unsigned)c->turns_n;
}

static bool is_document(const struct change *change)
{
    return kind_is_document(kind_of(change->told.kind));
}

/* A document that only came to belong to somebody else, because of what changed elsewhere. */
static bool is_moved_only(const struct cycle *c, const struct change *change)
{
    const struct entry *entry = change->entry;
    const struct entry *before = index_get(&c->before, entry->kind, entry->id, entry->part);
    return change->told.verb == '~' && before && entry_same(before, entry);
}

static int by_time(const void *a, const void *b)
{
    const struct turn *left = *(struct turn *const *)a, *right = *(struct turn *const *)b;
    if (left->sort != right->sort)
        return left->sort < right->sort ? -1 : 1;
    if (left->when != right->when)
        return left->when < right->when ? -1 : 1;
    int order = str_cmp(left->author.email, right->author.email);
    return order ? order : str_cmp(left->author.name, right->author.name);
}

/* Puts persons in order of time, and their numbers with them. */
static void sort_turns(struct cycle *c)
{
    struct turn **sorted = arena_array(&c->arena, c->turns_n + 1, sizeof *sorted);
    struct turn *turns = arena_array(&c->arena, c->turns_n + 2, sizeof *turns);
    unsigned *number = arena_array(&c->arena, c->turns_n + 1, sizeof *number);
    for (size_t i = 0; i < c->turns_n; i++)
        sorted[i] = &c->turns[i];
    if (c->turns_n)
        qsort(sorted, c->turns_n, sizeof *sorted, by_time);
    for (size_t i = 0; i < c->turns_n; i++) {
        turns[i] = *sorted[i];
        number[sorted[i] - c->turns + 1] = (unsigned)i + 1;
    }
    for (struct sync_change *ch = c->result->changes; ch; ch = ch->next)
        ((struct change *)ch)->entry->turn = number[((struct change *)ch)->entry->turn];
    c->turns = turns;
}

/* Gives what nobody is known for to the last person, or to ourselves. `number` of the own commit is
 * one more than there are persons. */
static void assign_rest(struct cycle *c)
{
    unsigned scope = c->turns_n > 0 && c->turns[0].sort == TURN_SCOPE;
    unsigned persons = (unsigned)c->turns_n - scope;
    bool own = persons + scope == 0;
    for (struct sync_change *ch = c->result->changes; ch; ch = ch->next) {
        const struct change *change = (struct change *)ch;
        bool follows = persons == 1 && is_document(change) && is_moved_only(c, change);
        own = own || (change->entry->turn == 0 && !follows && (is_document(change) || !persons));
    }
    if (own)
        add_turn(c, TURN_OWN);
    for (struct sync_change *ch = c->result->changes; ch; ch = ch->next) {
        struct change *change = (struct change *)ch;
        bool follows = persons == 1 && is_document(change) && is_moved_only(c, change);
        if (change->entry->turn == 0)
            change->entry->turn = follows ? scope + persons : (unsigned)c->turns_n;
    }
}

/* The commit with which the integration of a change goes; 0 where it stays. */
static unsigned turn_of_end(const struct cycle *c, const struct change *change)
{
    struct str owner = str_of(change->told.owner);
    const struct entry *home = index_get(&c->before, KIND_INTEGRATION, owner, STR(""));
    return owner.n && home && has_gone(c, owner, (unsigned)c->turns_n) ? home->turn : 0;
}

/* Files of rows go with their integration, and its log is in the account's at once. */
static void assign_last_rites(struct cycle *c)
{
    unsigned first = 0;
    for (struct sync_change *ch = c->result->changes; ch; ch = ch->next) {
        struct change *change = (struct change *)ch;
        unsigned end = is_document(change) || ch->verb != '-' ? 0 : turn_of_end(c, change);
        if (!end)
            continue;
        change->entry->turn = end;
        first = !first || end < first ? end : first;
    }
    for (struct sync_change *ch = c->result->changes; first && ch; ch = ch->next)
        if (kind_of(ch->kind)->place == PLACE_MONTHS && !*ch->id)
            ((struct change *)ch)->entry->turn = first;
}

/* What was created anew goes with the commit that brings its heir, the rows of an integration with
 * it. */
static void assign_heirs(struct cycle *c)
{
    for (size_t i = 0; i < c->before.n; i++) {
        struct entry *entry = c->before.entries[i];
        const struct entry *home = index_get(&c->before, KIND_INTEGRATION, entry->id, STR(""));
        if (entry->heir && home && home->heir && !kind_is_document(kind_of(entry->kind)))
            entry->heir->turn = home->heir->turn;
        if (entry->heir)
            entry->turn = entry->heir->turn;
    }
}

/* Adds to the reason for a deletion who made it. */
static void add_evidence(struct cycle *c, struct entry *gone, const struct author *author,
                         int64_t when)
{
    char text[CLOCK_TEXT];
    struct str who = author->email.n ? author->email : author->name;
    clock_format(when, text);
    gone->evidence =
        arena_printf(&c->arena, "%s%sdeleted by %.*s at %s", gone->evidence ? gone->evidence : "",
                     gone->evidence ? "; " : "", STR_ARG(who), text)
            .p;
}

/* Divides the changes into commits. A first mirror is one. */
static void assign_turns(struct cycle *c)
{
    size_t n = 0;
    for (struct sync_change *ch = c->result->changes; ch; ch = ch->next)
        n++;
    c->turns = arena_array(&c->arena, n + 2, sizeof *c->turns);
    if (!oid_is_zero(&c->head) && !scope_same(&c->scope, &c->scope_before))
        turn_of_scope(c); /* also where nothing comes or goes: the manifest says so */
    for (struct sync_change *ch = c->result->changes; ch; ch = ch->next) {
        struct change *change = (struct change *)ch;
        struct author author;
        int64_t when;
        bool known = !oid_is_zero(&c->head) && is_document(change) && !ch->scope &&
                     authors_find(c, change, &author, &when);
        change->entry->turn = ch->scope ? turn_of_scope(c) : known ? turn_of(c, &author, when) : 0;
        if (known && ch->verb == '-')
            add_evidence(c, change->entry, &author, when);
    }
    sort_turns(c);
    assign_rest(c);
    assign_heirs(c);
    assign_last_rites(c);
    for (struct sync_change *ch = c->result->changes; ch; ch = ch->next) {
        struct change *change = (struct change *)ch;
        struct turn *turn = &c->turns[change->entry->turn - 1];
        if (turn->sort == TURN_PERSON)
            authors_add_name(c, &turn->names, &turn->author);
        bool unexplained =
            turn->sort == TURN_OWN && ch->verb == '-'; /* who edited did not delete */
        if (turn->sort != TURN_SCOPE && !unexplained)
            authors_each(c, change, &turn->names);
    }
}

/* ---- commits ---- */

static int make_commit(struct cycle *c, unsigned number, const struct oid *tree,
                       const struct oid *parent, struct err *err)
{
    const struct turn *turn = &c->turns[number - 1];
    struct buf message = BUF_MAX(1 << 20);
    struct store_person us = {
        .name = "iokeeper", .email = "iokeeper@localhost", .when = c->result->started};
    struct store_person author = us;
    if (turn->sort == TURN_PERSON)
        author = (struct store_person){
            .name = turn->author.name.p, .email = turn->author.email.p, .when = turn->when};
    cycle_write_message(c, number, &message);
    int result = store_commit(c->store, tree, parent, &author, &us, buf_cstr(&message),
                              &c->result->commit, err);
    buf_release(&message);
    c->result->committed = c->result->committed || result == 0;
    return result;
}

/* The trees between HEAD's and the last one, into the store. */
static int write_trees_between(struct cycle *c, struct oid *trees, struct err *err)
{
    if (c->turns_n < 2)
        return 0;
    store_batch_free(c->batch);
    c->batch = NULL;
    if (store_batch_open(c->store, &c->batch, err) < 0)
        return -1;
    for (unsigned turn = 1; turn < c->turns_n; turn++)
        if (write_turn(c, turn, &trees[turn], err) < 0)
            return -1;
    return store_batch_finish(c->batch, err);
}

static int make_commits(struct cycle *c, const struct oid *before, const struct oid *last,
                        struct err *err)
{
    struct oid *trees = arena_array(&c->arena, c->turns_n + 1, sizeof *trees);
    trees[0] = *before;
    trees[c->turns_n] = *last;
    if (write_trees_between(c, trees, err) < 0)
        return -1;
    struct oid parent = c->head;
    for (unsigned turn = 1; turn <= c->turns_n; turn++) {
        if (oid_eq(&trees[turn], &trees[turn - 1]))
            continue;
        if (make_commit(c, turn, &trees[turn], &parent, err) < 0)
            return -1;
        parent = c->result->commit;
    }
    return 0;
}

/* Counts of what the cycle found. */
static void fill_result(struct cycle *c, const struct index_file *files, size_t n)
{
    struct sync_result *result = c->result;
    for (size_t i = 0; i < n; i++)
        result->resources[files[i].entry->kind] += !files[i].beside;
    bool whole = result->withheld_n == 0;
    for (size_t k = 0; k < KIND_COUNT; k++) {
        whole = whole && !c->incomplete[k];
        result->unread[k] = c->incomplete[k];
    }
    result->live = c->trail.dialect == DIALECT_LIVE;
    result->complete = whole;
    result->commit = c->head;
}

int cycle_commit(struct cycle *c, struct err *err)
{
    struct index_file *files;
    struct oid tree, before = {0};
    size_t n;
    index_settle(&c->now);
    index_spread_scope(&c->now);
    index_files(&c->now, &c->arena, &files, &n);
    fill_result(c, files, n);
    if (write_tree(c, files, n, &tree, err) < 0)
        return -1;
    if (!oid_is_zero(&c->head) && store_tree_of(c->store, &c->head, &before, err) < 0)
        return -1;
    if (!oid_eq(&tree, &before)) {
        int result = store_batch_finish(c->batch, err);
        if (result == 0)
            result = cycle_list_changes(c, files, n, err);
        if (result == 0) {
            assign_turns(c);
            result = make_commits(c, &before, &tree, err);
        }
        if (result < 0)
            return err_wrap(err, "commit");
        if (cycle_check_out(c, &c->result->commit, err) < 0)
            return -1;
    }
    if (c->result->complete)
        return store_set_ref(c->store, "refs/iokeeper/complete", &c->result->commit, err);
    return 0;
}
