/* phrases.h - words, names and awkward values of which made-up documents are put together. */
#ifndef SIMULATOR_PHRASES_H
#define SIMULATOR_PHRASES_H

#include "buffer.h"
#include "random.h"

struct person {
    const char *email;
    const char *name;
};

/* The people of the account, who appear in audit logs and user lists. NULL behind the last. */
const struct person *phrase_person(size_t number);

/* The e-mail address of one of them. */
const char *phrase_user(struct random *random);

/* Each picks one of its list; all are literals. */
const char *phrase_system(struct random *random);
const char *phrase_object(struct random *random);
const char *phrase_verb(struct random *random);
const char *phrase_field(struct random *random);
const char *phrase_schedule(struct random *random);
const char *phrase_sql(struct random *random);
const char *phrase_javascript(struct random *random);

/* A string that careless readers take for something else: "yes", "0123", "~". */
const char *phrase_lookalike(struct random *random);

/* The spelling of a number that careless writers change: 1.10, 1e3. */
const char *phrase_number(struct random *random);

/* A name in another script, or with marks, or emoji. */
const char *phrase_foreign_name(struct random *random);

/* Appends a sentence or two of plain prose. */
void phrase_description(struct random *random, struct buffer *out);

#endif
