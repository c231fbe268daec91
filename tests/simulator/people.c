#include "people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "phrases.h"

enum { EMAIL_SIZE = 48 };

/* The address of person `number`, which may be one written into `made`. */
static const char *email_of(size_t number, char made[EMAIL_SIZE])
{
    const struct person *person = phrase_person(number);

    snprintf(made, EMAIL_SIZE, "user%zu@example.com", number + 1);
    return person ? person->email : made;
}

/* The number of the person with this address; -1 for strangers. */
static long number_of(const char *email)
{
    char made[EMAIL_SIZE];
    size_t number;

    for (number = 0; phrase_person(number); number++)
        if (strcmp(phrase_person(number)->email, email) == 0)
            return (long)number;
    if (strncmp(email, "user", 4) != 0)
        return -1;
    number = (size_t)strtoul(email + 4, NULL, 10);
    if (number == 0 || number > 1000000)
        return -1;
    return strcmp(email_of(number - 1, made), email) == 0 ? (long)number - 1 : -1;
}

void people_put(struct json_object *into, size_t number)
{
    const struct person *person = phrase_person(number);
    char id[ID_SIZE];
    char email[EMAIL_SIZE];
    char name[32];

    snprintf(id, sizeof id, "%024zx", number + 1);
    snprintf(name, sizeof name, "User %zu", number + 1);
    json_put_text(into, "_id", id);
    json_put_text(into, "email", email_of(number, email));
    json_put_text(into, "name", person ? person->name : name);
}

void people_id(const char *email, char id[ID_SIZE])
{
    long number = number_of(email);
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (const char *at = email; *at; at++)
        hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
    if (number >= 0)
        snprintf(id, ID_SIZE, "%024lx", (unsigned long)number + 1);
    else
        snprintf(id, ID_SIZE, "57a9e12d%016llx", (unsigned long long)hash);
}

void people_put_by_email(struct json_object *into, const char *email)
{
    long number = number_of(email);
    char id[ID_SIZE];
    char *name;

    if (number >= 0) {
        people_put(into, (size_t)number);
        return;
    }
    people_id(email, id);
    name = memory_copy(email, strcspn(email, "@"));
    json_put_text(into, "_id", id);
    json_put_text(into, "email", email);
    json_put_text(into, "name", name);
    free(name);
}
