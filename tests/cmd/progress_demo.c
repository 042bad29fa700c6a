/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress_demo TOTAL SPEED MILLISECONDS: pretend to read TOTAL bytes (0: an
 * unknown number) at SPEED bytes a second, for looking and for check_progress.py.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/progress.h"

int
main(int argc, char **argv)
{
	uint64_t total, speed, ms;

	if (argc != 4)
		return 2;
	total = strtoull(argv[1], NULL, 10);
	speed = strtoull(argv[2], NULL, 10);
	ms = strtoull(argv[3], NULL, 10);
	progress_at(1); /* before the start: nothing */
	progress_start("reading", total);
	for (uint64_t t = 0; t < ms; t++) {
		progress_at(speed * t / 1000);
		(void)usleep(1000);
		if (t == ms / 2) {
			progress_hide();
			fprintf(stderr, "a remark\n");
		}
	}
	progress_stop();
	progress_at(2);
	return 0;
}
