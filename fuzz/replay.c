/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay: run a fuzz target over its corpus with any compiler. Arguments are
 * files and folders (one level). The empty input is always tried first.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replayed;

static int
replay_file(const char *path)
{
	static const size_t most = (size_t)64 << 20;
	FILE *f = fopen(path, "rb");
	uint8_t *data = malloc(most), *exact;
	size_t n;

	if (f == NULL || data == NULL) {
		perror(path);
		free(data);
		if (f)
			fclose(f);
		return 1;
	}
	n = fread(data, 1, most, f);
	fclose(f);
	exact = malloc(n ? n : 1); /* exact size, so that ASan sees a read past the end */
	if (exact) {
		memcpy(exact, data, n);
		(void)LLVMFuzzerTestOneInput(exact, n);
	}
	free(exact);
	free(data);
	replayed++;
	return 0;
}

static int
replay_folder(const char *path, DIR *d)
{
	struct dirent *e;
	int bad = 0;

	while ((e = readdir(d)) != NULL) {
		char file[4096];

		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(file, sizeof file, "%s/%s", path, e->d_name);
		bad |= replay_file(file);
	}
	closedir(d);
	return bad;
}

int
main(int argc, char **argv)
{
	uint8_t nothing = 0;
	int bad = 0;

	(void)LLVMFuzzerTestOneInput(&nothing, 0);
	for (int i = 1; i < argc; i++) {
		DIR *d = opendir(argv[i]);

		bad |= d ? replay_folder(argv[i], d) : replay_file(argv[i]);
	}
	printf("%d inputs replayed\n", replayed);
	return bad || replayed == 0;
}
