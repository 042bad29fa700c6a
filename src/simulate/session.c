/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/session.h"

#include "simulate/chance.h"
#include "simulate/meter.h"

#define MICRO          UINT64_C(1000)
#define MILLI          UINT64_C(1000000)
#define MSS_ROOM       (WIRE_MOST - WIRE_ETHERNET)
#define NEAR_NS        (3 * MILLI)  /* who answers within this is inside */
#define PIGGYBACK_NS   (40 * MILLI) /* an answer that soon carries the acknowledgement */
#define RETRANSMIT_NS  (200 * MILLI)
#define FIRST_WINDOW   10
#define LARGEST_WINDOW 64
#define SYN_TRIES      4
#define RECEIVE_MERGE  4 /* segments that a receiver takes and acknowledges as one */

enum phase {
	PHASE_SYN,
	PHASE_SYN_ACK,
	PHASE_SYN_DONE,
	PHASE_REFUSE,
	PHASE_DATA,
	PHASE_AGAIN, /* a segment that was lost, once more */
	PHASE_ACK,
	PHASE_FIN,
	PHASE_FIN_ANSWER,
	PHASE_FIN_DONE,
	PHASE_RESET,
	PHASE_IDLE,
	PHASE_OVER,
};

void
session_begin(struct session *s, uint8_t proto, uint64_t seed, uint64_t at_ns)
{
	*s =
	    (struct session){ .proto = proto, .next_ns = at_ns, .owner = -1, .open = true };
	s->rng = rng_of(seed, 1);
	s->talk = rng_next(&s->rng);
	for (int d = 0; d < 2; d++) {
		s->seq[d] = (uint32_t)rng_next(&s->rng);
		s->clock[d] = (uint32_t)rng_next(&s->rng);
		s->ip_id[d] = (uint16_t)rng_next(&s->rng);
	}
	s->window = FIRST_WINDOW;
	s->phase = proto == PROTO_TCP ? PHASE_SYN : PHASE_DATA;
}

static struct speech
speech_of(const struct session *s, const struct step *step, uint64_t now)
{
	return (struct speech){
		.kind = step->say,
		.arg = step->arg,
		.bytes = step->bytes,
		.seed = rng_mix(s->talk, s->spoken),
		.talk = s->talk,
		.now_ns = now,
		.name = s->name,
		.self = s->end[step->dir].self,
		.address = s->address,
		.addresses = s->addresses,
		.ttl_s = s->ttl_s,
		.client = s->client,
		.tls13 = s->tls13,
	};
}

bool
session_say(struct session *s, unsigned dir, enum speech_kind say, uint32_t bytes,
    unsigned arg, uint64_t wait_ns)
{
	if (s->n_steps == SESSION_STEPS)
		return false;
	s->steps[s->n_steps++] = (struct step){
		.wait_ns = wait_ns,
		.bytes = bytes,
		.arg = (uint16_t)arg,
		.say = (uint8_t)say,
		.dir = (uint8_t)dir,
	};
	return true;
}

/* Answers differ by an eighth. */
static uint64_t
turn(struct session *s, unsigned dir)
{
	uint64_t t = s->end[dir].turn_ns;

	return t + rng_below(&s->rng, t / 8 + 1);
}

static bool
is_near(const struct session *s, unsigned dir)
{
	return s->end[dir].turn_ns < NEAR_NS;
}

/* How much of the payload from here on the sensor keeps. */
static uint32_t
kept(const struct session *s, const struct step *step)
{
	uint32_t most = step->dir == 0 ? SESSION_KEPT_ORIG : SESSION_KEPT_RESP;

	if (s->proto != PROTO_TCP)
		return step->say == SAY_RTP ? 0 : SPEECH_MOST;
	return s->said[step->dir] < most ? most - s->said[step->dir] : 0;
}

/* Onto the wire and into the count. */
static void
emit(struct session *s, struct sink *k, uint64_t now, unsigned dir, uint8_t flags,
    uint32_t bytes, bool again)
{
	const struct step *step = s->at < s->n_steps ? &s->steps[s->at] : NULL;
	struct meter_packet p = {
		.now_ns = now,
		.bytes = bytes,
		.seq = s->seq[dir] - (again ? bytes : 0),
		.ack = s->acked[!dir],
		.dir = dir,
		.flags = flags,
		.again = again,
	};
	uint8_t said[SPEECH_MOST];
	uint32_t most = bytes > 0 && k->pcap ? kept(s, step) : 0;

	if (most > 0) {
		uint32_t at = step->bytes - s->left;
		struct speech sp = speech_of(s, step, now);
		uint32_t room = at + most < SPEECH_MOST ? at + most : SPEECH_MOST;
		uint32_t made = speech_make(&sp, said, room);

		made = made < room ? made : room;
		if (at < made && !again) {
			p.kept.at = said + at;
			p.kept.len = made - at < bytes ? made - at : bytes;
		}
	}
	meter_packet(s, k, &p);
	if (bytes > 0 && !again && s->said[dir] < UINT32_MAX / 2)
		s->said[dir] += bytes;
}

static uint32_t
segment_room(const struct session *s)
{
	uint32_t header = wire_ip_header(&s->end[0].ip);

	if (s->proto != PROTO_TCP)
		return MSS_ROOM - header - 8;
	return MSS_ROOM - header - 20 - (meter_stamps(s) ? 12 : 0);
}

/* The next step, if there is one: when, and how much. */
static bool
begin_step(struct session *s, uint64_t now, uint64_t not_before)
{
	struct step *step;
	uint64_t at;

	if (s->at >= s->n_steps)
		return false;
	step = &s->steps[s->at];
	s->spoken++;
	at = now + step->wait_ns;
	if (step->dir != s->closer)
		at += turn(s, step->dir);
	s->closer = step->dir; /* who spoke last; FIN reuses it */
	if (!speech_is_free(step->say)) {
		struct speech sp = speech_of(s, step, at);

		step->bytes = speech_make(&sp, NULL, 0);
	}
	CHECK(step->bytes > 0);
	s->left = step->bytes;
	s->in_flight = 0;
	s->next_ns = at > not_before ? at : not_before;
	s->phase = PHASE_DATA;
	return true;
}

static enum session_next
script_over(struct session *s, uint64_t now)
{
	if (s->more) {
		s->n_steps = s->at = 0;
		s->phase = PHASE_IDLE;
		s->next_ns = now;
		return SESSION_WANTS_MORE;
	}
	session_close(s, now);
	return s->phase == PHASE_OVER ? SESSION_OVER : SESSION_GOES_ON;
}

static enum session_next
step_over(struct session *s, uint64_t said_at, uint64_t now)
{
	s->at++;
	if (begin_step(s, said_at, now))
		return SESSION_GOES_ON;
	return script_over(s, now);
}

void
session_go_on(struct session *s, uint64_t now)
{
	if (!begin_step(s, now, now))
		session_close(s, now);
}

void
session_close(struct session *s, uint64_t now)
{
	s->more = false;
	s->next_ns = now + 20 * MICRO + rng_below(&s->rng, MILLI);
	s->phase = PHASE_OVER;
	if (s->proto != PROTO_TCP || s->ending == END_LOST)
		return;
	s->closer = s->ending == END_FIN_RESP || s->ending == END_RST_RESP;
	if (!is_near(s, s->closer))
		s->next_ns += turn(s, s->closer);
	s->phase = s->ending == END_RST_ORIG || s->ending == END_RST_RESP ? PHASE_RESET
									  : PHASE_FIN;
}

static enum session_next
opening(struct session *s, struct sink *k, uint64_t now)
{
	if (s->phase == PHASE_SYN) {
		emit(s, k, now, 0, WIRE_SYN, 0, s->tries > 0);
		s->tries++;
		if (s->ending == END_SILENT || rng_chance(&s->rng, s->loss_ppm)) {
			if (s->tries == SYN_TRIES)
				return SESSION_OVER;
			s->next_ns = now + (1000 * MILLI << (s->tries - 1)) +
				     rng_below(&s->rng, 20 * MILLI);
			return SESSION_GOES_ON;
		}
		s->phase = s->ending == END_REFUSED ? PHASE_REFUSE : PHASE_SYN_ACK;
		s->next_ns = now + turn(s, 1);
		return SESSION_GOES_ON;
	}
	s->seq[0] += s->phase != PHASE_SYN_DONE;
	s->acked[0] = s->seq[0];
	if (s->phase == PHASE_REFUSE) {
		s->seq[1] = 0;
		emit(s, k, now, 1, WIRE_RST | WIRE_ACK, 0, false);
		return SESSION_OVER;
	}
	if (s->phase == PHASE_SYN_ACK) {
		emit(s, k, now, 1, WIRE_SYN | WIRE_ACK, 0, false);
		s->seq[1]++;
		s->phase = PHASE_SYN_DONE;
		s->next_ns = now + turn(s, 0);
		return SESSION_GOES_ON;
	}
	s->acked[1] = s->seq[1];
	emit(s, k, now, 0, WIRE_ACK, 0, false);
	s->closer = 0;
	if (begin_step(s, now, now + 20 * MICRO))
		return SESSION_GOES_ON;
	return script_over(s, now);
}

/* After the last segment of a step: does an acknowledgement of its own follow? */
static enum session_next
last_segment(struct session *s, unsigned dir, uint64_t now)
{
	const struct step *next = s->at + 1 < s->n_steps ? &s->steps[s->at + 1] : NULL;

	if (next && next->dir != dir && next->wait_ns < PIGGYBACK_NS) {
		s->acked[dir] = s->seq[dir];
		s->unacked = 0;
		return step_over(s, now, now + 20 * MICRO);
	}
	s->phase = PHASE_ACK;
	s->acks_due = (uint16_t)(is_near(s, !dir) ? 1 : (s->unacked + 1) / 2);
	s->next_ns = now + turn(s, !dir);
	if (s->unacked == 1) /* delayed acknowledgement */
		s->next_ns += PIGGYBACK_NS + rng_below(&s->rng, 4 * MILLI);
	return SESSION_GOES_ON;
}

/* Segments of the next flight: doubled, as far as we and the receiver take it. */
static uint16_t
window(const struct session *s, unsigned dir, bool more)
{
	uint32_t most = meter_window(s, !dir) / segment_room(s);
	uint32_t n = more ? s->window * 2u : s->window;

	most = most < LARGEST_WINDOW ? most : LARGEST_WINDOW;
	return (uint16_t)(n < most ? n : most);
}

static enum session_next
segment(struct session *s, struct sink *k, uint64_t now)
{
	const struct step *step = &s->steps[s->at];
	unsigned dir = step->dir;
	uint32_t room = segment_room(s), n = s->left < room ? s->left : room;
	bool last = n == s->left;

	if (s->in_flight == 0)
		s->window = window(s, dir, s->left < step->bytes);
	s->acked[!dir] = s->seq[!dir];
	emit(s, k, now, dir, last ? WIRE_ACK | WIRE_PSH : WIRE_ACK, n, false);
	s->seq[dir] += n;
	s->left -= n;
	s->last_bytes = n;
	s->unacked++;
	s->in_flight++;
	if ((last || s->in_flight >= s->window) && is_near(s, dir) && !is_near(s, !dir) &&
	    rng_chance(&s->rng, s->loss_ppm)) {
		s->phase = PHASE_AGAIN; /* lost behind the sensor */
		s->next_ns = now + RETRANSMIT_NS + s->end[!dir].turn_ns;
		return SESSION_GOES_ON;
	}
	if (last)
		return last_segment(s, dir, now);
	s->next_ns = now + 12 * MICRO + rng_below(&s->rng, 90 * MICRO);
	if (is_near(s, !dir) && s->unacked >= (s->in_flight > 4 ? RECEIVE_MERGE : 2)) {
		s->phase = PHASE_ACK;
		s->acks_due = 1;
		s->next_ns = now + turn(s, !dir);
	} else if (!is_near(s, !dir) && s->in_flight >= s->window) {
		s->phase = PHASE_ACK;
		s->acks_due = (uint16_t)((s->unacked + 1) / 2);
		s->next_ns = now + turn(s, !dir);
	}
	return SESSION_GOES_ON;
}

static enum session_next
again(struct session *s, struct sink *k, uint64_t now)
{
	unsigned dir = s->steps[s->at].dir;

	emit(s, k, now, dir, WIRE_ACK | WIRE_PSH, s->last_bytes, true);
	s->phase = PHASE_ACK;
	s->acks_due = (uint16_t)((s->unacked + 1) / 2);
	s->next_ns = now + turn(s, !dir);
	return SESSION_GOES_ON;
}

static enum session_next
acknowledge(struct session *s, struct sink *k, uint64_t now)
{
	unsigned dir = s->steps[s->at].dir;
	uint32_t room = segment_room(s);

	s->acks_due--;
	if (s->acks_due > 0)
		s->acked[dir] += 2 * room;
	if (s->acks_due == 0 || (int32_t)(s->acked[dir] - s->seq[dir]) > 0)
		s->acked[dir] = s->seq[dir];
	emit(s, k, now, !dir, WIRE_ACK, 0, false);
	s->next_ns = now + 5 * MICRO + rng_below(&s->rng, 100 * MICRO);
	if (s->acks_due > 0)
		return SESSION_GOES_ON;
	s->unacked = 0;
	if (s->left == 0)
		return step_over(s, now, now + 5 * MICRO);
	s->phase = PHASE_DATA;
	if (s->in_flight >= s->window) {
		s->in_flight = 0;
		s->next_ns += turn(s, dir);
		if (!is_near(s, dir) && rng_chance(&s->rng, s->loss_ppm))
			s->next_ns += RETRANSMIT_NS; /* lost before the sensor */
	}
	return SESSION_GOES_ON;
}

static enum session_next
closing(struct session *s, struct sink *k, uint64_t now)
{
	unsigned c = s->closer;

	switch (s->phase) {
	case PHASE_RESET:
		s->acked[!c] = s->seq[!c];
		emit(s, k, now, c, WIRE_RST | WIRE_ACK, 0, false);
		return SESSION_OVER;
	case PHASE_FIN:
		s->acked[!c] = s->seq[!c];
		emit(s, k, now, c, WIRE_FIN | WIRE_ACK, 0, false);
		s->seq[c]++;
		s->phase = PHASE_FIN_ANSWER;
		s->next_ns = now + turn(s, !c);
		return SESSION_GOES_ON;
	case PHASE_FIN_ANSWER:
		s->acked[c] = s->seq[c];
		emit(s, k, now, !c, WIRE_FIN | WIRE_ACK, 0, false);
		s->seq[!c]++;
		s->phase = PHASE_FIN_DONE;
		s->next_ns = now + turn(s, c);
		return SESSION_GOES_ON;
	default:
		s->acked[!c] = s->seq[!c];
		emit(s, k, now, c, WIRE_ACK, 0, false);
		return SESSION_OVER;
	}
}

/* UDP and ICMP: a step is a packet. */
static enum session_next
datagram(struct session *s, struct sink *k, uint64_t now)
{
	const struct step *step = &s->steps[s->at];

	emit(s, k, now, step->dir, 0, s->left, false);
	s->left = 0;
	return step_over(s, now, now);
}

enum session_next
session_tick(struct session *s, struct sink *k, uint64_t now)
{
	switch (s->phase) {
	case PHASE_SYN:
		if (s->midstream) {
			s->phase = PHASE_IDLE;
			s->acked[0] = s->seq[0];
			s->acked[1] = s->seq[1];
			if (begin_step(s, now, now))
				return SESSION_GOES_ON;
			return script_over(s, now);
		}
		return opening(s, k, now);
	case PHASE_SYN_ACK:
	case PHASE_SYN_DONE:
	case PHASE_REFUSE:
		return opening(s, k, now);
	case PHASE_DATA:
		if (s->left == 0 && !begin_step(s, now, now))
			return script_over(s, now);
		if (s->next_ns > now)
			return SESSION_GOES_ON;
		return s->proto == PROTO_TCP ? segment(s, k, now) : datagram(s, k, now);
	case PHASE_AGAIN:
		return again(s, k, now);
	case PHASE_ACK:
		return acknowledge(s, k, now);
	case PHASE_OVER:
		return SESSION_OVER;
	default:
		return closing(s, k, now);
	}
}

void
session_settle(struct session *s, struct sink *k)
{
	meter_flush(s, k);
	s->open = false;
}
