/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

int
main(void)
{
	printf("geophone %s\n", GEOPHONE_VERSION);
	return 0;
}
