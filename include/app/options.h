/*
 * options: what the routes are told, made from the configuration.
 */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include "app/config.h"
#include "route/account.h"
#include "route/check.h"
#include "route/sync.h"

/* Both borrow the configuration, whose token has been loaded. */
struct account_options options_account(const struct config *config, int stop_fd);
struct sync_options options_sync(const struct config *config, int stop_fd);

/* Borrows the configuration; needs no token. */
struct check_options options_check(const struct config *config, int stop_fd);

#endif
