/* The page of the mirror's layout; its list of kinds is the table's. */
#include <stdio.h>

#include "manual.h"
#include "model/kind.h"

static const char *place_of(const struct kind *kind)
{
    static char text[160];
    switch (kind->place) {
    case PLACE_OWN_FOLDER:
        return "integrations/SLUG--ID/integration.yaml";
    case PLACE_OWNER:
        snprintf(text, sizeof text,
                 "integrations/SLUG--ID/%s/SLUG--ID.yaml, account/%s/SLUG--ID.yaml", kind->folder,
                 kind->folder);
        return text;
    case PLACE_ACCOUNT:
        snprintf(text, sizeof text, "account/%s/SLUG--ID.yaml%s%s", kind->folder,
                 kind->body ? ", SLUG--ID" : "", kind->body ? kind->body_suffix : "");
        return text;
    case PLACE_FILE:
        snprintf(text, sizeof text, "integrations/SLUG--ID/%s.yaml, account/%s.yaml", kind->folder,
                 kind->folder);
        return text;
    case PLACE_MONTHS:
        snprintf(text, sizeof text,
                 "integrations/SLUG--ID/%s/YYYY-MM.yaml, account/%s/YYYY-MM.yaml", kind->folder,
                 kind->folder);
        return text;
    }
    return "";
}

static void put_kinds(void)
{
    puts(".Sh KINDS\n.Bl -tag -width Ds");
    for (size_t k = 0; k < KIND_COUNT; k++) {
        const struct kind *kind = kind_of((enum kind_id)k);
        printf(".It Cm %s , Cm %s\n", kind->name, kind->plural);
        manual_put_text(k == KIND_IDMAP ? "account/idmap.yaml" : place_of(kind));
    }
    puts(".El");
}

static const struct {
    const char *heading, *text;
} sections[] = {
    {"DESCRIPTION",
     "The mirror is an ordinary git repository with a working tree. \"git log\", \"git blame\" and "
     "\"git diff\" serve as they are; \"iokeeper log\", \"iokeeper diff\" and \"iokeeper show\" "
     "know "
     "resources and fields besides.\n\n"
     "iokeeper.yaml at the root has the version of the format and the account's URL. What stands "
     "at "
     "the root beside iokeeper.yaml, integrations and account is yours: it is carried along."},
    {"NAMES",
     "SLUG is the resource's name in lower case, each run of anything but letters and digits being "
     "one dash, at most 60 bytes; \"unnamed\" where nothing is left. ID is the API's. What one "
     "integration alone uses stands in its folder, all else below account.\n\n"
     "The text of a script stands beside its document, byte for byte.\n\n"
     "account/idmap.yaml leads from ids that a resource had before a restore created it anew to "
     "the "
     "one it has now."},
    {"DOCUMENTS",
     "A document is what the API tells, without runtime state, as YAML 1.2 that readers of YAML "
     "1.1 "
     "read alike: blocks of two spaces; _id, name and description first, the other keys in byte "
     "order; lists in the API's order; numbers as the API spells them, an exponent with the dot "
     "and "
     "sign that YAML 1.1 asks for (1.0e+3); strings quoted wherever a reader could take them for "
     "something else; text of several lines as a literal block where it survives one. The same "
     "account gives the same bytes.\n\n"
     "Stamps (lastModified, lastModifiedBy) are kept, but alone make no change.\n\n"
     "What the API masks stays \"******\". A secret that stands where it should not is "
     "<redacted:TAG>, TAG changing with the secret and telling nothing of it."},
    {"COMMITS",
     "A commit holds one person's changes of one cycle: its author is that person and the author's "
     "date that of their last change, where the audit log tells; otherwise the author is iokeeper. "
     "The committer is iokeeper. No change, no commit.\n\n"
     "The subject counts, the body names: \"+\" added, \"~\" changed with the fields, \"-\" "
     "deleted "
     "with the evidence. Behind it stand trailers: Changed-by, Cycle (when it began), Complete "
     "(yes; or "
     "no, with the kinds that could not be read whole), Withheld."},
    {"REFS",
     "refs/iokeeper/complete is the last commit that was made from complete lists. "
     "refs/worktree/iokeeper is what was checked out last. A branch rescued/TIME has files that "
     "somebody had changed in the working tree before they were replaced."},
};

void manual_put_mirror(void)
{
    manual_put_head("iokeeper-mirror", 5, "iokeeper-mirror",
                    "layout of an iokeeper mirror, and its rules of YAML");
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        printf(".Sh %s\n", sections[i].heading);
        manual_put_text(sections[i].text);
    }
    put_kinds();
    puts(".Sh SEE ALSO\n.Xr git 1 ,\n.Xr iokeeper 1 ,\n.Xr iokeeper.yaml 5");
}
