/*
 * template: the vendor's archive of an integration, to a file.
 */
#ifndef ROUTE_TEMPLATE_H
#define ROUTE_TEMPLATE_H

#include "base/err.h"
#include "route/account.h"

/*
 * Finds the one integration that `selector` names (id, exact name, integration/NAME-or-id, or a
 * path in the mirror), asks for its template (GET /integrations/{id}/template, reference) and
 * writes the archive to `path`, whole or not at all ("-": standard output). Where the answer is a
 * JSON object with signedURL the archive is fetched from there, without the token. ERR_USAGE where
 * the selector fits none or several (they are listed).
 */
int template_download(const struct account_options *options, const char *selector, const char *path,
                      struct err *err);

#endif
