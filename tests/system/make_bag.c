/* SPDX-License-Identifier: Apache-2.0 */
/* make_bag DIR: the sample bag. */
#include "sample_bag.h"

int
main(int argc, char **argv)
{
	struct error err;

	if (argc == 2 && sample_bag(argv[1], &err) == OK)
		return 0;
	fprintf(stderr, "make_bag: %s\n", argc == 2 ? err.text : "make_bag DIR");
	return 1;
}
