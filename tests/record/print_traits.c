/* SPDX-License-Identifier: Apache-2.0 */
/* Some hundred traits of every kind, as lines. */
#include <stdio.h>

#include "../unit/record/traits.h"

int
main(void)
{
	static struct trait_room room;
	struct buf line;

	srandom(1);
	buf_init(&line, 1 << 20);
	for (int i = 0; i < 400; i++) {
		struct trait t = random_trait(&room);

		buf_reset(&line);
		trait_encode(&t, &line);
		puts(line.at);
	}
	buf_release(&line);
	return 0;
}
