/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ftp.h - where FTP will send its files.
 */
#ifndef PROTOCOL_FTP_H
#define PROTOCOL_FTP_H

#include "protocol/reader_own.h"

/*
 * Lines of a control connection. The ports that they name are expected to carry
 * files between the same two hosts. Returns how many bytes it is done with.
 */
size_t ftp_hear(struct talk *, bool from_resp, struct span bytes);

#endif
