/* generate.h - fills an empty account with a made-up one: the same seed and sizes give the same
 * account. */
#ifndef SIMULATOR_GENERATE_H
#define SIMULATOR_GENERATE_H

#include "account.h"
#include "options.h"

void generate_account(struct account *account, const struct sizes *sizes, uint64_t seed);

#endif
