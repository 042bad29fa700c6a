/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A note taken apart is the bytes again; a published key finds its signature
 * good over its own text alone; a checkpoint read is written the same.
 */
#include "evidence/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXT "This is an example message.\n"

static void
text_is_checkpoint(struct span text)
{
	struct checkpoint cp;
	struct error err;
	struct buf b;

	if (checkpoint_parse(text, &cp, &err) != OK)
		return;
	buf_init(&b, 2 * NOTE_NAME);
	checkpoint_text(&cp, &b);
	CHECK(!b.bad && b.len <= text.len && memcmp(b.at, text.at, b.len) == 0);
	buf_release(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char vkey[] =
	    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
	struct note_key k, other;
	struct note n;
	struct error err;
	struct buf b;

	CHECK(note_key_parse(
		  (struct span){ (const uint8_t *)vkey, sizeof vkey - 1 }, &k, &err) == OK);
	if (note_parse((struct span){ data, size }, &n, &err) == OK) {
		CHECK(n.text.at == data && n.text.len + 1 + n.lines.len == size);
		CHECK(data[n.text.len - 1] == '\n' && data[n.text.len] == '\n');
		if (note_check(&n, &k, NULL) == NOTE_GOOD)
			CHECK(n.text.len == sizeof TEXT - 1 &&
			      memcmp(n.text.at, TEXT, n.text.len) == 0);
		text_is_checkpoint(n.text);
	}
	text_is_checkpoint((struct span){ data, size });
	if (note_key_parse((struct span){ data, size }, &other, &err) == OK) {
		if (other.key) {
			buf_init(&b, NOTE_VKEY_MAX);
			note_key_text(&other, &b);
			CHECK(b.len == size && memcmp(b.at, data, size) == 0);
			buf_release(&b);
		}
		note_key_release(&other);
	}
	note_key_release(&k);
	return 0;
}
