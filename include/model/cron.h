/*
 * cron: a schedule of the service, told in words.
 */
#ifndef MODEL_CRON_H
#define MODEL_CRON_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

/*
 * Appends what a schedule of six fields (second, minute, hour, day of the month, month, day of the
 * week) or five (without the second) says:
 *
 *     ? 5 0 ? * *        every day at 00:05
 *     ? 0 8-17 ? * 1-5   Monday to Friday, every hour from 08:00 to 17:00
 *     ? 0 3 1 * ?        on day 1 of each month at 03:00
 *
 * False, with out as it was, where it cannot be told in a few words or could be read in two ways:
 * the expression itself says more then. 0 and 7 are both Sunday.
 */
bool cron_words(struct str expression, struct buf *out);

#endif
