/*
 * connectivity: whether connections are online, as the account says. That is state, not
 * configuration: the mirror does not hold it.
 */
#ifndef ROUTE_CONNECTIVITY_H
#define ROUTE_CONNECTIVITY_H

#include "route/account.h"

enum connectivity {
    CONNECTIVITY_UNASKED, /* zero */
    CONNECTIVITY_ONLINE,
    CONNECTIVITY_OFFLINE,
    CONNECTIVITY_UNTOLD, /* the account does not say */
    CONNECTIVITY_GONE,   /* the account does not have it */
};

/* A word for a person: "online"; "" of UNASKED. */
const char *connectivity_word(enum connectivity state);

/* Asks for n connections, one after the other, by their ids: ret[i] is of ids[i]. Ids that are not
 * safe in a URL count as gone. ERR_AUTH, ERR_RETRY, ERR_STOP where the account does not answer. */
int connectivity_ask(const struct account_options *account, const struct str *ids, size_t n,
                     enum connectivity *ret, struct err *err);

#endif
