/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/cmd.h"

int
cmd_simulate(int argc, char **argv)
{
	(void)argc;
	return cmd_misused(argv[0], "no scenario is built in yet");
}
