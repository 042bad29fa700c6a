/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.h - ask one question over HTTP, because the user said so.
 *
 * Only http and https, no redirects, a limit on time and on the answer.
 */
#ifndef CMD_HTTP_H
#define CMD_HTTP_H

#include "base/buf.h"

/*
 * POST `body`; what comes back goes to `reply` (whose max is the limit), the code
 * to *status. E_IO: no answer at all, and the sentence says from whom.
 */
enum status http_post(const char *url, const char *type, struct span body,
    struct buf *reply, long *status, struct error *) MUST_USE;

#endif
