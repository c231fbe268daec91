/*
 * options: what the routes are told, made from the configuration.
 */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include "app/command.h"
#include "app/config.h"
#include "route/account.h"
#include "route/check.h"
#include "route/restore.h"
#include "route/sync.h"
#include "route/tell.h"

/* Both borrow the configuration, whose token has been loaded. */
struct account_options options_account(const struct config *config, int stop_fd);
struct sync_options options_sync(const struct config *config, int stop_fd);

/* Borrows the configuration, whose secrets have been loaded. */
struct store_remote options_remote(const struct config *config);
struct tell_options options_tell(const struct config *config, int stop_fd);

/* Borrows the configuration; needs no token. */
struct check_options options_check(const struct config *config, int stop_fd);

/* What plan, restore and clone are told on the command line, for the account of the configuration.
 * ERR_USAGE for a word that is none. */
int options_restore(const struct invocation *in, struct restore_options *ret, struct err *err);

#endif
