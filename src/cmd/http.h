/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.h - ask one question over HTTP, because the user said so.
 *
 * Only http and https, no redirects, a limit on time and on the answer. The
 * desk asks itself (http.c). The station, which holds keys and evidence, has
 * the desk ask (http_away.c), so that nothing that speaks to others is in it.
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

/*
 * What the station asks of the desk: "http-post URL TYPE LIMIT", the body on stdin. The
 * answer on stdout is a line with the enum status and the code, and then what came back
 * or, when the status is not OK, the sentence.
 */
#define HTTP_VERB "http-post"
int http_answer(int argc, char **argv);

#endif
