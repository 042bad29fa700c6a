# SPDX-License-Identifier: Apache-2.0
"""The Internet checksum (RFC 1071) of bytes, for the captures that tests make."""
import struct


def checksum(b):
    b += b"\0" * (len(b) % 2)
    n = sum(struct.unpack("!%dH" % (len(b) // 2), b))
    while n >> 16:
        n = (n & 0xFFFF) + (n >> 16)
    return ~n & 0xFFFF
