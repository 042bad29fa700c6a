/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ftp.h - where FTP will send its files.
 */
#ifndef PROTOCOL_FTP_H
#define PROTOCOL_FTP_H

#include "protocol/reader_own.h"

/*
 * The next line of a control connection. The port that it names is expected to carry
 * a file between the same two hosts. Returns its length, of a long one that of its
 * beginning; 0: it is not all there.
 */
size_t ftp_line(struct talk *, bool from_resp, struct span bytes);

#endif
