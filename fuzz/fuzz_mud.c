/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A MUD file, or a map of devices, by the first byte. What is taken is within
 * its limits; what publish_mud writes of it is read again as the same rules.
 */
#include <string.h>

#include "collect/device_map.h"
#include "collect/mud.h"
#include "publish/mud.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define KEEP 64

struct kept {
	struct permit rule[KEEP];
	char text[KEEP][PERMIT_TEXT + 1];
	size_t n, seen;
};

static bool
take(void *state, const struct permit *p)
{
	struct kept *k = state;

	CHECK(p->low <= p->high && p->net.bits <= 128 && p->text.len <= PERMIT_TEXT);
	CHECK(p->family == 0 || p->family == 4 || p->family == 6);
	CHECK(p->device_opens || p->peer_opens);
	for (size_t i = 0; i < p->text.len; i++)
		CHECK(p->text.at[i] > ' ' && p->text.at[i] <= '~');
	CHECK(++k->seen <= MUD_RULES);
	/* Of the kinds that we write. */
	if (k->n == KEEP || p->answers || p->but || !p->accept || p->family == 0 ||
	    p->low != p->high || (p->proto != 6 && p->proto != 17) ||
	    (p->peer != PERMIT_NET && p->peer != PERMIT_NAME &&
		p->peer != PERMIT_CONTROLLER) ||
	    (p->from_device ? !p->device_opens : !p->peer_opens))
		return true;
	k->rule[k->n] = *p;
	if (p->text.len > 0)
		memcpy(k->text[k->n], p->text.at, p->text.len);
	k->rule[k->n].text.at = (const uint8_t *)k->text[k->n];
	k->n++;
	return true;
}

static bool
same(const struct permit *a, const struct permit *b)
{
	return a->peer == b->peer && a->from_device == b->from_device &&
	       a->proto == b->proto && a->low == b->low && a->family == b->family &&
	       a->text.len == b->text.len &&
	       (a->text.len == 0 || memcmp(a->text.at, b->text.at, a->text.len) == 0) &&
	       (a->peer != PERMIT_NET ||
		   (a->net.bits == b->net.bits && ip_equal(&a->net.ip, &b->net.ip)));
}

static enum status
take_line(void *state, const struct device_line *l, struct error *err)
{
	(void)state;
	(void)err;
	CHECK(l->line > 0 && l->net.bits <= 128 && l->whose.bits <= 128);
	CHECK(l->kind == DEVICE_CONTROLLER || l->text[0] != '\0');
	return OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct kept first, again;
	struct buf out = { .max = (size_t)4 << 20 };
	struct mud_head head = { .url = "https://maker.example/1.json", .info = "x" };
	struct error err;
	struct mud mud;

	if (size > 0 && data[0] != '{') {
		struct input *in;

		if (input_open_bytes(&in, (struct span){ data, size }, "map", &err) == OK)
			(void)!device_map_read(in, take_line, NULL, &err);
		return 0;
	}
	first.n = first.seen = again.n = again.seen = 0;
	if (mud_read((struct span){ data, size }, &mud, take, &first, &err) != OK)
		return 0;
	CHECK(mud.rules == first.seen && strlen(mud.url) <= PERMIT_TEXT);
	CHECK((mud.odd == 0) == (mud.odd_first[0] == '\0'));
	CHECK(publish_mud(&head, first.rule, first.n, &out, &err) == OK);
	CHECK(mud_read(buf_span(&out), &mud, take, &again, &err) == OK);
	CHECK(mud.odd == 0 && again.n == first.n && again.seen == 2 * first.n);
	for (size_t i = 0; i < first.n; i++) {
		size_t k = 0;

		while (k < again.n && !same(&first.rule[i], &again.rule[k]))
			k++;
		CHECK(k < again.n);
	}
	buf_release(&out);
	return 0;
}
