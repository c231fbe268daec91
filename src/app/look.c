#include "look.h"

#include "route/mirror.h"
#include "route/select.h"

int look_open(const struct config *config, const char *when, struct names *ret, struct err *err)
{
    struct oid commit;
    *ret = (struct names){0};
    if (mirror_open(config->mirror_path, config->branch, &ret->store, err) < 0 ||
        mirror_find(ret->store, when, &commit, err) < 0)
        return -1;
    store_timeline_use(ret->store);
    names_init(ret, ret->store, &commit);
    return 0;
}

int look_select(struct names *look, const char *selector, struct entry **ret, struct err *err)
{
    enum { SHORT = 10 };
    char hex[OID_HEX + 1];
    const struct snapshot *snapshot = names_snapshot(look, err);
    oid_to_hex(&look->commit, hex);
    hex[SHORT] = '\0';
    return snapshot ? select_one_of(snapshot, selector, hex, ret, err) : -1;
}

void look_close(struct names *look)
{
    struct store *store = look->store;
    names_release(look);
    store_close(store);
}
