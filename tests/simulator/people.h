/* people.h - the people of an account, each with an id, an e-mail address and a name. */
#ifndef SIMULATOR_PEOPLE_H
#define SIMULATOR_PEOPLE_H

#include "account.h"

/* Puts _id, email and name of person `number`: those of phrases.h first, then numbered ones. */
void people_put(struct json_object *into, size_t number);

/* The same of whoever has this address; strangers have an id and a name made from it. */
void people_put_by_email(struct json_object *into, const char *email);

/* The id that goes with an address. */
void people_id(const char *email, char id[ID_SIZE]);

#endif
