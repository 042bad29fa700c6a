/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docket.h - the register of claims for people: at a terminal, and as one HTML
 * page that refers to nothing outside itself. Takes what docket_make made.
 * Quotes are strangers' words: they are escaped, and marked as quotes.
 */
#ifndef PUBLISH_DOCKET_H
#define PUBLISH_DOCKET_H

#include <jansson.h>

#include "base/buf.h"

void publish_docket(const json_t *docket, unsigned width, struct buf *out);
void publish_docket_html(const json_t *docket, struct buf *out);

#endif
