/* SPDX-License-Identifier: Apache-2.0 */
/*
 * order.h - words of 64 bits in order, in linear time where they are many.
 */
#ifndef DETECT_ORDER_H
#define DETECT_ORDER_H

#include <stddef.h>
#include <stdint.h>

/*
 * By the bits from `bit` on, a multiple of 8; words alike in these keep their order.
 * `spare` holds as many. Returns where they are: in one of the two.
 */
uint64_t *order_words(uint64_t *at, uint64_t *spare, size_t n, unsigned bit);

#endif
