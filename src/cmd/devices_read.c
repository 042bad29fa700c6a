/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/devices_read.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/input.h"
#include "collect/device_map.h"
#include "collect/mud.h"

#define PATH_MOST 8192

struct reading {
	struct devices *devices;
	struct devices_counts *sum;
	const char *map; /* the path of the map; NULL: none */
};

static enum status
read_whole(const char *path, struct buf *out, struct error *err)
{
	struct input *in;
	enum status st = input_open(&in, path, err);

	if (st != OK)
		return st;
	for (struct span s; out->len <= MUD_BYTES && (s = input_peek(in, 65536)).len > 0;
	     input_skip(in, s.len))
		buf_put(out, s.at, s.len);
	st = input_state(in, err);
	input_close(in);
	if (st == OK && (out->bad || out->len > MUD_BYTES))
		st = error_set(err, E_LIMIT, "more than %zu bytes", MUD_BYTES);
	return st;
}

static void
name_file(const char *path, char name[static 128])
{
	const char *slash = strrchr(path, '/');
	size_t n = 0;

	for (path = slash ? slash + 1 : path; path[n] && n < 127; n++)
		name[n] = (char)(path[n] > ' ' && path[n] <= '~' ? path[n] : '?');
	name[n] = '\0';
}

/* A file that many devices share is read for each: they are few, and it is small. */
static enum status
read_file(struct reading *r, const struct ip_net *net, const char *path, struct error *err)
{
	struct buf text = { .max = MUD_BYTES + 65536 };
	struct device_file file = { 0 };
	struct mud mud;
	unsigned number;
	enum status st = read_whole(path, &text, err);

	name_file(path, file.name);
	file.digest = digest_of(buf_span(&text));
	if (st == OK)
		st = devices_begin(r->devices, &file, &number, err);
	if (st == OK)
		st = mud_read(buf_span(&text), &mud, devices_permit, r->devices, err);
	buf_release(&text);
	if (st == OK)
		st = devices_end(r->devices, mud.url, err);
	if (st == OK)
		st = devices_bind(r->devices, net, number, err);
	if (st != OK) {
		error_wrap(err, "%s", path);
		return st == E_FORMAT || st == E_LIMIT ? E_MISUSE : st;
	}
	r->sum->files++;
	r->sum->rules += mud.rules;
	if (r->sum->odd == 0 && mud.odd > 0)
		(void)snprintf(r->sum->odd_first, sizeof r->sum->odd_first, "%.127s: %s",
		    file.name, mud.odd_first);
	r->sum->odd += mud.odd;
	return OK;
}

static enum status
take_line(void *state, const struct device_line *l, struct error *err)
{
	struct reading *r = state;
	const char *slash = strrchr(r->map, '/');
	char path[PATH_MOST];

	if (l->kind == DEVICE_CLASS)
		return devices_class(r->devices, l->peer, l->text, &l->net, err);
	if (l->kind == DEVICE_CONTROLLER)
		return devices_controls(r->devices, &l->whose, &l->net, err);
	if (slash == NULL || l->text[0] == '/')
		(void)snprintf(path, sizeof path, "%.4095s", l->text);
	else
		(void)snprintf(path, sizeof path, "%.*s%.4095s",
		    (int)(slash + 1 - r->map < 4096 ? slash + 1 - r->map : 4096), r->map,
		    l->text);
	return read_file(r, &l->net, path, err);
}

static enum status
read_map(struct reading *r, const char *path, struct error *err)
{
	struct input *in;
	enum status st = input_open(&in, path, err);

	if (st != OK)
		return st;
	r->map = path;
	st = device_map_read(in, take_line, r, err);
	if (st == E_FORMAT) {
		error_wrap(err, "%s", path);
		return E_MISUSE;
	}
	return st;
}

static enum status
read_word(struct reading *r, const char *word, struct error *err)
{
	const char *equal = strchr(word, '=');
	struct ip_net net;

	if (equal &&
	    ip_net_parse(
		(struct span){ (const uint8_t *)word, (size_t)(equal - word) }, &net))
		return read_file(r, &net, equal + 1, err);
	return read_map(r, word, err);
}

enum status
devices_read(struct devices **out, const char *const *words, unsigned n,
    struct devices_counts *sum, struct error *err)
{
	struct reading r = { .sum = sum };
	enum status st = devices_new(&r.devices, err);

	*sum = (struct devices_counts){ 0 };
	for (unsigned i = 0; st == OK && i < n; i++)
		st = read_word(&r, words[i], err);
	if (st == OK && devices_count(r.devices) == 0)
		st = error_set(err, E_MISUSE, "no device is named");
	if (st != OK) {
		devices_free(r.devices);
		return st;
	}
	*out = r.devices;
	return OK;
}
