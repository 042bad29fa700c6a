/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as QUIC: as a datagram, as what an Initial packet holds, and as a
 * hello. Packets lie in their datagram, one behind the other; CRYPTO data told
 * twice, or its frames one by one, make the same stream; a packet that is none
 * of ours does not open.
 */
#include <stdlib.h>

#include "protocol/fingerprint.h"
#include "protocol/quic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
datagram(struct quic_opener *o, struct span in)
{
	struct cursor c = cursor_of(in);
	const uint8_t *at = in.at;
	struct quic_packet p;

	while (quic_next(&c, &p)) {
		struct quic_keys k;
		struct span frames;

		CHECK(p.whole.at == at && p.whole.len > 0);
		at += p.whole.len;
		CHECK(c.at == at && p.number_at <= p.whole.len);
		CHECK(p.to.len <= QUIC_ID_MAX && p.from.len <= QUIC_ID_MAX);
		if (p.kind != QUIC_INITIAL || !quic_keys_make(p.version, p.to, false, &k))
			continue;
		if (quic_open(o, &k, &p, &frames)) /* the seeds do, nobody else's */
			CHECK(frames.len < p.whole.len);
	}
}

static void
crypto(struct span in)
{
	struct quic_crypto *once = calloc(1, sizeof *once),
			   *twice = calloc(1, sizeof *twice);
	bool good = quic_frames(in, once);

	CHECK(quic_frames(in, twice) == good && quic_frames(in, twice) == good);
	CHECK(memcmp(once, twice, sizeof *once) == 0);
	CHECK(once->contiguous <= QUIC_HELLO);
	for (uint32_t i = 0; i < once->contiguous; i++)
		CHECK(once->seen[i / 8] & 1u << (i & 7));
	free(once);
	free(twice);
}

static void
hello(struct span in)
{
	char room[4096], ja4[TRAIT_JA4 + 1];
	struct buf work = buf_over(room, sizeof room);
	struct hello_client c;
	struct hello_server s;
	uint8_t md5[16];

	for (int datagrams = 0; datagrams < 2; datagrams++) {
		if (!hello_client_read(in, datagrams, &c))
			continue;
		(void)fingerprint_ja3(&c, &work, md5);
		if (fingerprint_ja4(&c, CARRIER_QUIC, &work, ja4))
			CHECK(strlen(ja4) == TRAIT_JA4 && ja4[10] == '_' && ja4[23] == '_');
	}
	if (hello_server_read(in, &s))
		(void)fingerprint_ja3s(&s, &work, md5);
	if (hello_client_read_v2(in, &c))
		CHECK(c.v2 && !fingerprint_ja4(&c, CARRIER_TCP, &work, ja4));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct quic_opener *o = quic_opener_new();
	struct span in = { data, size };

	CHECK(o != NULL);
	datagram(o, in);
	crypto(in);
	hello(in);
	quic_opener_free(o);
	return 0;
}
