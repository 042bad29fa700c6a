/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/derive.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "capture/capture.h"
#include "capture/pcapng_writer.h"
#include "cmd/cmd.h"
#include "cmd/custody.h"
#include "cmd/derive_records.h"
#include "decode/bare.h"
#include "evidence/verify.h"

#define SLICE_MAX ((size_t)1 << 30) /* of one slice, which is held while it is read */
#define BODY_MAX  ((size_t)4 << 20)

struct derivation {
	const struct derive_order *o;
	struct derive_done *done;
	struct bag_writer *out;
	struct statement_subject *subject; /* one for each slice */
	struct json j;                     /* the list of what came from what */
};

static enum status
put_packet(
    struct derivation *d, const struct frame *f, struct pcapng_writer *w, struct error *err)
{
	const struct pseudonym *hide = d->o->handout->choice.hide;
	uint8_t bytes[BARE_MAX];
	struct frame bare = { .time_ns = f->time_ns, .link = LINK_RAW };
	struct packet p;

	if (decode_frame(f, &p) != DECODE_OK) {
		d->done->left_out++;
		return OK;
	}
	if (hide) {
		p.src = pseudonym_ip(hide, &p.src);
		p.dst = pseudonym_ip(hide, &p.dst);
	}
	bare.bytes = (struct span){ bytes, bare_frame(&p, bytes, &bare.wire_length) };
	if (bare.bytes.len == 0) {
		d->done->left_out++;
		return OK;
	}
	d->done->packets++;
	return pcapng_writer_put(w, &bare, err);
}

static enum status
copy_packets(struct derivation *d, struct span from, FILE *to, const char *comment,
    struct error *err)
{
	struct pcapng_writer *w = NULL;
	struct capture *c = NULL;
	struct frame_batch batch;
	struct input *in = NULL;
	enum status st = input_open_bytes(&in, from, "the slice", err);

	if (st == OK)
		st = capture_open(&c, in, err);
	if (st == OK)
		st = pcapng_writer_open(&w, to, comment, err);
	while (st == OK) {
		st = capture_next(c, &batch, err);
		if (st != OK || batch.n == 0)
			break;
		if (cmd_stopped)
			st = error_set(err, E_STOPPED, "stopped");
		for (unsigned i = 0; st == OK && i < batch.n; i++)
			st = put_packet(d, &batch.frame[i], w, err);
	}
	if (st == OK)
		st = pcapng_writer_end(w, UINT64_MAX, err);
	pcapng_writer_close(w);
	capture_close(c);
	return st;
}

static void
put_origin(struct derivation *d, const struct handout_item *it, const char *name)
{
	json_open(&d->j, '{');
	json_key(&d->j, "from_statement"), json_str(&d->j, it->statement);
	json_key(&d->j, "slice"), json_str(&d->j, name);
	json_close(&d->j, '}');
}

static enum status
copy_slice(struct derivation *d, const struct handout_item *it, struct span from, FILE *to,
    struct error *err)
{
	char comment[256];

	(void)snprintf(comment, sizeof comment,
	    "geophone: derived; headers alone, %s; from the slice of statement %s",
	    d->o->scheme ? d->o->scheme : "addresses as they were", it->statement);
	return copy_packets(d, from, to, comment, err);
}

/* One slice; its name is its place in the list, which says nothing about it. */
static enum status
derive_one(struct derivation *d, const struct handout_item *it, const char *from,
    bool packets, struct error *err)
{
	struct statement_subject *s = &d->subject[d->done->slices];
	struct buf bytes = { .max = SLICE_MAX };
	char path[64];
	FILE *to = NULL;
	enum status st;

	if (d->done->slices == ACCOUNT_SUBJECTS)
		return error_set(err, E_LIMIT, "more than %d slices", ACCOUNT_SUBJECTS);
	st = bag_read(d->o->bag, from, SLICE_MAX, &bytes, err);
	(void)snprintf(path, sizeof path, "%s/%05" PRIu64 ".%s",
	    packets ? "slices" : "flows", d->done->slices, packets ? "pcapng" : "jsonl");
	if (st == OK)
		st = bag_begin_file(d->out, path, &to, err);
	if (st == OK)
		st = packets ? copy_slice(d, it, buf_span(&bytes), to, err)
			     : derive_records(d->o->handout->choice.hide, buf_span(&bytes),
				   to, &d->done->records, err);
	if (st == OK)
		st = bag_end_file(d->out, &s->digest, err);
	if (st == OK) {
		(void)snprintf(s->name, sizeof s->name, "data/%s", path);
		put_origin(d, it, s->name);
		d->done->slices++;
	} else {
		error_wrap(err, "%s", from);
	}
	buf_release(&bytes);
	return st;
}

static enum status
put_record(struct derivation *d, struct span body, struct error *err)
{
	const struct derive_order *o = d->o;
	struct account a = { .kind = ACCOUNT_CUSTODY,
		.time_ns = o->now_ns,
		.body = body,
		.subject = d->subject,
		.subjects = (unsigned)d->done->slices };
	struct buf pem = { .max = 4096 };
	enum status st = account_salt(a.salt, err);

	key_public_pem(o->by, &pem);
	if (st == OK)
		st = custody_add(d->out, o->by, 0, &a, err);
	if (st == OK)
		st = bag_add(d->out, BAG_ADD_KEY, buf_span(&pem), err);
	buf_release(&pem);
	return st;
}

/* Keys go up: what comes before the list of slices, and what after it. */
static void
begin_body(struct derivation *d)
{
	struct json *j = &d->j;

	json_open(j, '{');
	json_key(j, "action"), json_str(j, "derived");
	json_key(j, "bag_sha256"), json_str(j, d->o->handout->bag);
	if (d->o->which_case)
		json_key(j, "case"), json_str(j, d->o->which_case);
	json_key(j, "derived"), json_open(j, '[');
}

static void
end_body(struct derivation *d)
{
	struct json *j = &d->j;
	struct digest before;
	uint64_t number;
	char hex[DIGEST_HEX];

	json_close(j, ']');
	json_key(j, "findings_without_packets"), json_uint(j, d->done->without);
	json_key(j, "kept");
	json_str(j, "IP and transport headers, times and lengths; of records who, whom, "
		    "when and how much, and names");
	json_key(j, "packets"), json_uint(j, d->done->packets);
	json_key(j, "packets_left_out"), json_uint(j, d->done->left_out);
	if (custody_last(d->o->bag, &before, &number))
		json_key(j, "previous"), json_str(j, digest_hex(&before, hex));
	json_key(j, "pseudonyms"), json_str(j, d->o->scheme ? d->o->scheme : "none");
	if (d->o->recipient)
		json_key(j, "recipient"), json_str(j, d->o->recipient);
	json_key(j, "records"), json_uint(j, d->done->records);
	json_close(j, '}');
}

static enum status
derive_all(struct derivation *d, struct buf *body, struct error *err)
{
	const struct handout *h = d->o->handout;
	enum status st = OK;

	json_init(&d->j, body);
	begin_body(d);
	for (size_t i = 0; st == OK && i < h->items; i++) {
		const struct handout_item *it = &h->item[i];

		d->done->without += it->packets[0] == '\0';
		if (it->packets[0])
			st = derive_one(d, it, it->packets, true, err);
		if (st == OK && it->records[0])
			st = derive_one(d, it, it->records, false, err);
	}
	if (st != OK)
		return st;
	end_body(d);
	st = buf_state(body, "what is said of the slices", err);
	return st == OK ? put_record(d, buf_span(body), err) : st;
}

enum status
derive_slices(const struct derive_order *o, struct derive_done *done, struct error *err)
{
	struct derivation d = { .o = o, .done = done };
	struct buf body = { .max = BODY_MAX };
	enum status st = OK;

	*done = (struct derive_done){ 0 };
	d.subject = calloc(ACCOUNT_SUBJECTS, sizeof *d.subject);
	if (d.subject == NULL)
		return error_set(err, E_NOMEM, "no memory for the list of slices");
	st = bag_create(&d.out, o->output, err);
	if (st == OK)
		st = derive_all(&d, &body, err);
	if (st == OK)
		st = bag_commit(d.out, err);
	bag_writer_close(d.out);
	buf_release(&body);
	free(d.subject);
	return st;
}
