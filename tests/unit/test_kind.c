#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>

#include "base/fs.h"
#include "format/json.h"
#include "gen.h"
#include "model/kind.h"
#include "model/refs.h"

static const struct kind *row(size_t i)
{
    return kind_of((enum kind_id)i);
}

static void assert_unique(const char *what, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            if (words[i] && words[j] && strcmp(words[i], words[j]) == 0)
                fail_msg("%s \"%s\" stands in two rows", what, words[i]);
}

static void each_row_stands_at_its_id(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIND_COUNT; i++)
        assert_int_equal(row(i)->id, i);
}

static void words_tell_kinds_apart(void **state)
{
    (void)state;
    const char *names[2 * KIND_COUNT], *folders[KIND_COUNT], *subs[KIND_COUNT], *lists[KIND_COUNT],
        *items[KIND_COUNT];
    for (size_t i = 0; i < KIND_COUNT; i++) {
        names[2 * i] = row(i)->name;
        names[2 * i + 1] = row(i)->plural;
        folders[i] = row(i)->folder;
        subs[i] = row(i)->sub_list;
        lists[i] = row(i)->account_list;
        items[i] = row(i)->item;
        assert_true(row(i)->name && *row(i)->name && row(i)->plural && *row(i)->plural);
    }
    assert_unique("name", names, GEN_COUNT(names));
    assert_unique("folder", folders, KIND_COUNT);
    assert_unique("sub_list", subs, KIND_COUNT);
    assert_unique("account_list", lists, KIND_COUNT);
    assert_unique("item", items, KIND_COUNT);
}

/* Folders are parts of paths: lower case words. */
static void folders_are_plain_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        assert_true(*row(i)->folder);
        for (const char *c = row(i)->folder; *c; c++)
            assert_true(*c >= 'a' && *c <= 'z');
    }
}

static void documents_can_be_got_singly(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        bool document = row(i)->place != PLACE_FILE && row(i)->place != PLACE_MONTHS;
        assert_int_equal(kind_is_document(row(i)), document);
        if (document) {
            assert_non_null(row(i)->item);
            assert_non_null(row(i)->row_id);
            assert_string_equal(row(i)->row_id, "_id");
            assert_true(row(i)->account_list || row(i)->sub_list);
        } else {
            assert_int_equal(row(i)->sub_list != NULL, i != KIND_IDMAP); /* that one is ours */
            assert_null(row(i)->item);
        }
        if (row(i)->place == PLACE_MONTHS)
            assert_non_null(row(i)->when);
    }
}

/* What is said of a kind in several columns fits together. */
static void columns_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        const struct kind *kind = row(i);
        bool document = kind_is_document(kind);
        assert_int_equal(kind->body != NULL, kind->body_suffix != NULL);
        assert_true(!kind->body || document);
        assert_true(!kind->body_suffix || kind->body_suffix[0] == '.');
        assert_true(!kind->body_suffix || strcmp(kind->body_suffix, ".yaml") != 0);
        assert_true(!kind->whole || document);
        assert_true(!kind->optional || (document && kind->account_list && !kind->sub_list));
        assert_true(!kind->shared || (kind->place == PLACE_FILE && kind->account_list));
        assert_true(!kind->lasting || kind->place == PLACE_FILE);
        /* What a list omits is what is got singly, and what lies beside is part of it. */
        if (kind->body)
            assert_string_equal(kind->whole, kind->body);
    }
}

static void endpoints_have_the_shape_urls_are_made_of(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        const struct kind *kind = row(i);
        if (kind->account_list) {
            assert_int_equal(kind->account_list[0], '/');
            assert_int_not_equal(kind->account_list[strlen(kind->account_list) - 1], '/');
        }
        if (kind->item) {
            assert_int_equal(kind->item[0], '/');
            assert_int_equal(kind->item[strlen(kind->item) - 1], '/');
        }
        if (kind->item && kind->account_list) /* /flows and /flows/ID */
            assert_int_equal(strncmp(kind->account_list, kind->item, strlen(kind->account_list)),
                             0);
        if (kind->sub_list)
            assert_null(strchr(kind->sub_list, '/'));
    }
}

/* The endpoint table of the reference, and the account-wide lists of the live service. */
static const struct {
    enum kind_id kind;
    const char *list, *sub_list, *item, *plural;
} endpoints[] = {
    {KIND_INTEGRATION, "/integrations", NULL, "/integrations/", "integrations"},
    {KIND_FLOW, "/flows", "flows", "/flows/", "flows"},
    {KIND_EXPORT, "/exports", "exports", "/exports/", "exports"},
    {KIND_IMPORT, "/imports", "imports", "/imports/", "imports"},
    {KIND_CONNECTION, "/connections", "connections", "/connections/", "connections"},
    {KIND_SCRIPT, "/scripts", NULL, "/scripts/", "scripts"},
    {KIND_ICLIENT, "/iclients", NULL, "/iclients/", "iclients"},
    {KIND_FILEDEFINITION, "/filedefinitions", NULL, "/filedefinitions/", "filedefinitions"},
    {KIND_EDIPROFILE, "/ediprofiles", NULL, "/ediprofiles/", "ediprofiles"},
    {KIND_ASYNCHELPER, "/asynchelpers", NULL, "/asynchelpers/", "asynchelpers"},
    {KIND_LOOKUPCACHE, "/lookupcaches", NULL, "/lookupcaches/", "lookupcaches"},
    {KIND_STACK, "/stacks", NULL, "/stacks/", "stacks"},
    {KIND_AGENT, "/agents", NULL, "/agents/", "agents"},
    {KIND_API, "/apis", NULL, "/apis/", "apis"},
    {KIND_TOOL, "/tools", NULL, "/tools/", "tools"},
    {KIND_MCPSERVER, "/mcpservers", NULL, "/mcpservers/", "mcpservers"},
    {KIND_TAG, "/tags", NULL, "/tags/", "tags"},
    {KIND_AUDIT, "/audit", "audit", NULL, NULL},
    {KIND_ERRORS, NULL, "errors", NULL, NULL},
    {KIND_USERS, "/ashares", "ashares", NULL, NULL},
    {KIND_IDMAP, NULL, NULL, NULL, NULL},
};

static void assert_same_text(const char *got, const char *want)
{
    assert_int_equal(got != NULL, want != NULL);
    if (want)
        assert_string_equal(got, want);
}

static void endpoints_are_those_of_the_api(void **state)
{
    (void)state;
    assert_int_equal(GEN_COUNT(endpoints), KIND_COUNT);
    for (size_t i = 0; i < GEN_COUNT(endpoints); i++) {
        const struct kind *kind = kind_of(endpoints[i].kind);
        assert_same_text(kind->account_list, endpoints[i].list);
        assert_same_text(kind->sub_list, endpoints[i].sub_list);
        assert_same_text(kind->item, endpoints[i].item);
        if (endpoints[i].plural) {
            assert_string_equal(kind->plural, endpoints[i].plural);
            assert_string_equal(kind->folder, endpoints[i].kind == KIND_INTEGRATION
                                                  ? "integration"
                                                  : endpoints[i].plural);
        }
    }
}

/* What is not in the reference may be missing on a server; what is in it may not. */
static void what_the_reference_has_is_not_optional(void **state)
{
    (void)state;
    static const enum kind_id always[] = {KIND_INTEGRATION, KIND_FLOW,       KIND_EXPORT,
                                          KIND_IMPORT,      KIND_CONNECTION, KIND_USERS,
                                          KIND_AUDIT,       KIND_ERRORS,     KIND_IDMAP};
    for (size_t i = 0; i < KIND_COUNT; i++) {
        bool reference = false;
        for (size_t j = 0; j < GEN_COUNT(always); j++)
            reference |= row(i)->id == always[j];
        assert_int_equal(row(i)->optional, !reference);
    }
}

/* Only documents of these carry _integrationId, or are owned by what uses them. */
static void some_stand_in_their_integrations_folder(void **state)
{
    (void)state;
    static const enum kind_id owned[] = {KIND_FLOW, KIND_EXPORT, KIND_IMPORT, KIND_LOOKUPCACHE,
                                         KIND_TOOL};
    for (size_t i = 0; i < KIND_COUNT; i++) {
        bool one = false;
        for (size_t j = 0; j < GEN_COUNT(owned); j++)
            one |= row(i)->id == owned[j];
        if (kind_is_document(row(i)) && row(i)->id != KIND_INTEGRATION)
            assert_int_equal(row(i)->place, one ? PLACE_OWNER : PLACE_ACCOUNT);
    }
}

static void a_kind_is_found_by_either_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        assert_ptr_equal(kind_find(str_of(row(i)->name)), row(i));
        assert_ptr_equal(kind_find(str_of(row(i)->plural)), row(i));
    }
    static const struct str strangers[] = {
        GEN_STR(""),       GEN_STR("Flow"),     GEN_STR("flo"),   GEN_STR("flows "),
        GEN_STR("flow\0"), GEN_STR("scripted"), GEN_STR("/flows")};
    for (size_t i = 0; i < GEN_COUNT(strangers); i++)
        assert_null(kind_find(strangers[i]));
}

/* ---- noise and stamps ---- */

static bool has(const char *const *list, const char *word)
{
    for (; *list; list++)
        if (strcmp(*list, word) == 0)
            return true;
    return false;
}

/* "Runtime state, never configuration" of the API notes. */
static void runtime_state_is_noise(void **state)
{
    (void)state;
    static const char *const connection[] = {
        "queues",    "offline",   "status", "needsAuthorization", "concurrencyInfo",
        "rateLimit", "lastPing*", "quotas", "capabilities",       "debugDate"};
    static const char *const flow[] = {"lastExecutedAt", "resolvedAt", "logging.debugUntil"};
    static const char *const step[] = {"debugUntil", "draft", "draftExpiresAt"};
    static const char *const cache[] = {"size", "sizeInMB"};
    for (size_t i = 0; i < GEN_COUNT(connection); i++)
        assert_true(has(kind_of(KIND_CONNECTION)->noise, connection[i]));
    for (size_t i = 0; i < GEN_COUNT(flow); i++)
        assert_true(has(kind_of(KIND_FLOW)->noise, flow[i]));
    for (size_t i = 0; i < GEN_COUNT(cache); i++)
        assert_true(has(kind_of(KIND_LOOKUPCACHE)->noise, cache[i]));
    for (size_t i = 0; i < GEN_COUNT(step); i++) {
        assert_true(has(kind_of(KIND_EXPORT)->noise, step[i]));
        assert_true(has(kind_of(KIND_IMPORT)->noise, step[i]));
    }
    for (size_t i = 0; i < KIND_COUNT; i++) {
        assert_non_null(row(i)->noise);
        assert_non_null(row(i)->stamps);
        /* What names a document, or stamps it, is not noise. */
        static const char *const kept[] = {"_id", "name", "lastModified", "lastModifiedBy"};
        for (size_t j = 0; j < GEN_COUNT(kept); j++)
            assert_false(has(row(i)->noise, kept[j]));
        if (kind_is_document(row(i)))
            assert_true(has(row(i)->stamps, "lastModified") &&
                        has(row(i)->stamps, "lastModifiedBy"));
    }
}

static void helpers_are_noise_whatever_the_kind(void **state)
{
    (void)state;
    static const struct str noise[] = {GEN_STR("__Helper"), GEN_STR("__xHelper"),
                                       GEN_STR("__netSuiteHelper"), GEN_STR("__a b\xC3\xA9Helper")};
    static const struct str kept[] = {
        GEN_STR(""),        GEN_STR("__"),        GEN_STR("Helper"), GEN_STR("_xHelper"),
        GEN_STR("xHelper"), GEN_STR("__xhelper"), GEN_STR("__v"),    GEN_STR("__Helpers")};
    for (size_t i = 0; i < GEN_COUNT(noise); i++)
        assert_true(kind_key_is_noise(noise[i]));
    for (size_t i = 0; i < GEN_COUNT(kept); i++)
        assert_false(kind_key_is_noise(kept[i]));
}

/* ---- references ---- */

/* "References (field → kind)" of the API notes, as far as the mirror has the target. */
static const struct {
    const char *field;
    enum kind_id target;
    bool uses, links;
} references[] = {
    {"_connectionId", KIND_CONNECTION, false, false},
    {"_borrowConcurrencyFromConnectionId", KIND_CONNECTION, false, false},
    {"_mcpConnectionId", KIND_CONNECTION, false, false},
    {"_registeredConnectionIds", KIND_CONNECTION, false, false},
    {"_integrationId", KIND_INTEGRATION, false, false},
    {"_parentId", KIND_INTEGRATION, false, false},
    {"_runNextFlowIds", KIND_FLOW, false, false},
    {"_flowId", KIND_FLOW, false, false},
    {"_keepDeltaBehindFlowId", KIND_FLOW, false, false},
    {"_abstractFlowId", KIND_FLOW, false, false},
    {"_exportId", KIND_EXPORT, true, false},
    {"_keepDeltaBehindExportId", KIND_EXPORT, false, false},
    {"_postParseListenerId", KIND_EXPORT, false, false},
    {"_importId", KIND_IMPORT, true, false},
    {"_runNextExportIds", KIND_FLOW, false, true},
    {"_scriptId", KIND_SCRIPT, false, false},
    {"_iClientId", KIND_ICLIENT, false, false},
    {"_fileDefinitionId", KIND_FILEDEFINITION, false, false},
    {"_ediProfileId", KIND_EDIPROFILE, false, false},
    {"_asyncHelperId", KIND_ASYNCHELPER, false, false},
    {"_lookupCacheId", KIND_LOOKUPCACHE, false, false},
    {"_registeredLookupCacheIds", KIND_LOOKUPCACHE, false, false},
    {"_stackId", KIND_STACK, false, false},
    {"_agentId", KIND_AGENT, false, false},
    {"_apiId", KIND_API, false, false},
    {"_toolId", KIND_TOOL, false, false},
};

static void references_are_those_of_the_api(void **state)
{
    (void)state;
    for (size_t i = 0; i < GEN_COUNT(references); i++) {
        const struct kind_ref *ref = kind_ref_of(str_of(references[i].field));
        if (!ref)
            fail_msg("%s is no reference", references[i].field);
        assert_string_equal(ref->field, references[i].field);
        assert_int_equal(ref->target, references[i].target);
        assert_int_equal(ref->uses, references[i].uses);
        assert_int_equal(ref->links, references[i].links);
        assert_int_equal(ref->field[0], '_');
    }
}

static void references_are_each_a_row_of_their_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < GEN_COUNT(references); i++)
        for (size_t j = 0; j < i; j++)
            assert_ptr_not_equal(kind_ref_of(str_of(references[i].field)),
                                 kind_ref_of(str_of(references[j].field)));
}

/* Names inside a document, the global catalogue, and near misses. */
static void what_only_looks_like_a_reference_is_none(void **state)
{
    (void)state;
    static const struct str strangers[] = {
        GEN_STR(""),
        GEN_STR("_"),
        GEN_STR("_id"),
        GEN_STR("exportId"),
        GEN_STR("_exportID"),
        GEN_STR("_exportId\0"),
        GEN_STR("_exportIds"),
        GEN_STR("__exportId"),
        GEN_STR("_flowGroupingId"),
        GEN_STR("_connectorId"),
        GEN_STR("_templateId"),
        GEN_STR("_sourceId"),
        GEN_STR("_userId"),
        GEN_STR("_httpConnectorId"),
        GEN_STR("_httpConnectorEndpointId"),
        GEN_STR("_tpConnectorId"),
        GEN_STR("branchId"),
        GEN_STR("nextRouterId"),
        GEN_STR("id"),
    };
    for (size_t i = 0; i < GEN_COUNT(strangers); i++)
        assert_null(kind_ref_of(strangers[i]));
}

static void what_can_close_a_circle_is_late(void **state)
{
    (void)state;
    static const char *const late[] = {"_borrowConcurrencyFromConnectionId",
                                       "_parentId",
                                       "_runNextFlowIds",
                                       "_runNextExportIds",
                                       "_flowId",
                                       "_keepDeltaBehindFlowId",
                                       "_keepDeltaBehindExportId",
                                       "_postParseListenerId",
                                       "_registeredLookupCacheIds"};
    for (size_t i = 0; i < GEN_COUNT(references); i++) {
        bool can = false;
        for (size_t j = 0; j < GEN_COUNT(late); j++)
            can = can || strcmp(references[i].field, late[j]) == 0;
        if (kind_ref_of(str_of(references[i].field))->late != can)
            fail_msg("%s", references[i].field);
    }
}

static void what_is_the_customers_own_is_free_form(void **state)
{
    (void)state;
    static const struct str free_form[] = {GEN_STR("settings"), GEN_STR("sampleData"),
                                           GEN_STR("mockOutput"), GEN_STR("mockResponse")};
    static const struct str kept[] = {GEN_STR(""), GEN_STR("settingsForm"), GEN_STR("Settings"),
                                      GEN_STR("settings\0"), GEN_STR("mapping")};
    for (size_t i = 0; i < GEN_COUNT(free_form); i++)
        assert_true(kind_key_is_free_form(free_form[i]));
    for (size_t i = 0; i < GEN_COUNT(kept); i++)
        assert_false(kind_key_is_free_form(kept[i]));
}

/* ---- writing back ---- */

/* "Create order" of the API notes, and before the documents that can refer to them. */
static void ranks_are_the_order_of_creation(void **state)
{
    (void)state;
    static const enum kind_id order[][6] = {
        {KIND_AGENT, KIND_STACK, KIND_ICLIENT, KIND_TAG},
        {KIND_CONNECTION},
        {KIND_SCRIPT, KIND_FILEDEFINITION, KIND_EDIPROFILE, KIND_ASYNCHELPER},
        {KIND_INTEGRATION},
        {KIND_EXPORT},
        {KIND_IMPORT},
        {KIND_TOOL, KIND_API},
        {KIND_FLOW},
        {KIND_MCPSERVER},
    };
    for (size_t i = 1; i < GEN_COUNT(order); i++)
        for (size_t j = 0; j < GEN_COUNT(order[0]); j++)
            for (size_t k = 0; k < GEN_COUNT(order[0]); k++)
                /* a row ends with zeros, which are integrations */
                if ((j == 0 || order[i][j]) && (k == 0 || order[i - 1][k]))
                    assert_true(kind_of(order[i - 1][k])->rank < kind_of(order[i][j])->rank);
    for (size_t i = 0; i < KIND_COUNT; i++)
        assert_int_equal(row(i)->rank > 0, kind_is_document(row(i)));
}

static void what_is_not_sent_is_told_of_every_kind(void **state)
{
    (void)state;
    static const char *const fixed[] = {"_id", "createdAt", "_sourceId", "_userId"};
    static const char *const sent[] = {"name", "adaptorType", "type", "disabled", "sandbox"};
    for (size_t i = 0; i < KIND_COUNT; i++) {
        assert_non_null(row(i)->fixed);
        assert_non_null(row(i)->immutable);
        for (size_t j = 0; j < GEN_COUNT(fixed); j++)
            assert_int_equal(has(row(i)->fixed, fixed[j]), kind_is_document(row(i)));
        for (size_t j = 0; j < GEN_COUNT(sent); j++)
            assert_false(has(row(i)->fixed, sent[j]));
        for (const char *const *path = row(i)->immutable; *path; path++)
            assert_false(has(row(i)->fixed, *path) || has(row(i)->noise, *path));
    }
}

static void what_never_changes_is_that_of_the_api(void **state)
{
    (void)state;
    assert_true(has(kind_of(KIND_EXPORT)->immutable, "adaptorType"));
    assert_true(has(kind_of(KIND_IMPORT)->immutable, "adaptorType"));
    assert_true(has(kind_of(KIND_CONNECTION)->immutable, "type"));
    assert_true(has(kind_of(KIND_FLOW)->immutable, "_abstractFlowId"));
    assert_true(has(kind_of(KIND_ICLIENT)->immutable, "_httpConnectorId"));
    assert_true(has(kind_of(KIND_EDIPROFILE)->immutable, "fileType"));
}

/* ---- fixtures ---- */

static struct node fixture(struct arena *a, const char *path)
{
    struct buf text = BUF_MAX(1 << 20);
    struct err err = {0};
    struct node doc = node_null();
    if (fs_read(path, 1 << 20, &text, &err) < 0 || json_parse(a, buf_view(&text), &doc, &err) < 0)
        fail_msg("%s", err.text);
    buf_release(&text);
    return doc;
}

/* An EDI profile names the import that sends its acknowledgements, an async helper the exports that
 * ask for its result, and these can name them: a circle of such is cut where it is met. */
static bool may_lead_on(size_t i)
{
    return i == KIND_EDIPROFILE || i == KIND_ASYNCHELPER;
}

/* Of real documents: a reference that no link sets leads to what is made no later. */
static void references_lead_to_no_later_rank(void **state)
{
    (void)state;
    const char *golden = getenv("GOLDEN_DIR");
    struct arena arena = {0};
    size_t seen = 0;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (!kind_is_document(row(i)))
            continue;
        const char *path = arena_printf(&arena, "%s/kinds/%s.in.json",
                                        golden ? golden : "tests/golden", row(i)->name)
                               .p;
        struct node doc = fixture(&arena, path);
        struct refs refs = refs_of(&arena, &doc);
        for (size_t j = 0; j < refs.n; j++) {
            const struct kind *target = kind_of(refs.items[j].kind);
            if (!refs.items[j].late && target->rank > row(i)->rank && !may_lead_on(i))
                fail_msg("%s refers to %s", path, target->name);
            seen++;
        }
    }
    assert_true(seen > 10);
    arena_release(&arena);
}

static void every_document_kind_has_a_golden_fixture(void **state)
{
    (void)state;
    const char *golden = getenv("GOLDEN_DIR");
    for (size_t i = 0; i < KIND_COUNT; i++) {
        char path[512];
        if (!kind_is_document(row(i)))
            continue;
        snprintf(path, sizeof path, "%s/kinds/%s.in.json", golden ? golden : "tests/golden",
                 row(i)->name);
        if (access(path, R_OK) != 0)
            fail_msg("no %s", path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_stands_at_its_id),
        cmocka_unit_test(words_tell_kinds_apart),
        cmocka_unit_test(folders_are_plain_words),
        cmocka_unit_test(documents_can_be_got_singly),
        cmocka_unit_test(endpoints_have_the_shape_urls_are_made_of),
        cmocka_unit_test(columns_agree),
        cmocka_unit_test(endpoints_are_those_of_the_api),
        cmocka_unit_test(what_the_reference_has_is_not_optional),
        cmocka_unit_test(some_stand_in_their_integrations_folder),
        cmocka_unit_test(a_kind_is_found_by_either_word),
        cmocka_unit_test(runtime_state_is_noise),
        cmocka_unit_test(helpers_are_noise_whatever_the_kind),
        cmocka_unit_test(references_are_those_of_the_api),
        cmocka_unit_test(references_are_each_a_row_of_their_own),
        cmocka_unit_test(what_only_looks_like_a_reference_is_none),
        cmocka_unit_test(what_can_close_a_circle_is_late),
        cmocka_unit_test(what_is_the_customers_own_is_free_form),
        cmocka_unit_test(ranks_are_the_order_of_creation),
        cmocka_unit_test(what_is_not_sent_is_told_of_every_kind),
        cmocka_unit_test(what_never_changes_is_that_of_the_api),
        cmocka_unit_test(references_lead_to_no_later_rank),
        cmocka_unit_test(every_document_kind_has_a_golden_fixture),
    };
    return cmocka_run_group_tests_name("kind", tests, NULL, NULL);
}
