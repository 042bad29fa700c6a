/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcp.c - what is known of a TCP connection by watching it.
 *
 * States, byte counts and the letters of the history are those of Zeek's
 * conn.log, case by case, also where one could think of better: a record that
 * two tools agree on is worth more than one that is right alone.
 */
#include "flow/entry.h"

#include <string.h>

/* Farther than this a SYN or RST is not believed about sequence numbers. */
#define SEQ_TRUST (1 << 20)

static inline int32_t
seq_between(uint32_t from, uint32_t to)
{
	return (int32_t)(to - from);
}

/* The offset from `start` of a sequence number that is near offset `near`. */
static inline int64_t
offset_of(const struct side *s, uint32_t seq, int64_t near)
{
	return near + seq_between(s->start + (uint32_t)near, seq);
}

static inline void
set_state(struct side *s, enum side_state state)
{
	if (s->state != state) {
		s->before = s->state;
		s->state = (uint8_t)state;
	}
}

static inline bool
is_shut(const struct side *s)
{
	return s->state == SIDE_CLOSED || s->state == SIDE_RESET;
}

/* True when it was written before, by this side. */
static bool
letter_once(struct entry *e, unsigned dir, uint8_t bit, char letter)
{
	struct side *s = &e->side[dir];

	if (s->letters & bit)
		return true;
	s->letters |= bit;
	entry_letter(e, dir, letter);
	return false;
}

static void
begin_side(struct side *s, uint32_t start, int64_t sent)
{
	s->start = start;
	s->acked = 0;
	s->sent = sent;
}

/* First sequence number of a side, or a new one when a SYN says so. */
static void
settle_start(struct entry *e, unsigned dir, const struct packet *p, uint32_t length)
{
	struct side *s = &e->side[dir];
	bool syn = p->tcp_flags & TCP_SYN;

	switch ((enum side_state)s->state) {
	case SIDE_INACTIVE:
		/* Without a SYN count as if there had been one before. */
		begin_side(s, syn ? p->seq : p->seq - 1, syn ? length : 1);
		s->edge = 1;
		break;
	case SIDE_SYN_SENT:
	case SIDE_SYN_ACK_SENT:
		if (syn && p->seq != s->start)
			begin_side(s, p->seq, length);
		break;
	case SIDE_PARTIAL:
	case SIDE_ESTABLISHED:
		if (syn)
			begin_side(s, p->seq, length);
		break;
	case SIDE_RESET:
		/* A RST before any SYN may have been forged. */
		if (syn && s->before == SIDE_INACTIVE)
			begin_side(s, p->seq, length);
		break;
	case SIDE_CLOSED:
		break;
	}
}

static void
write_letters(struct entry *e, unsigned dir, const struct packet *p, int64_t at)
{
	uint8_t flags = p->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST);
	struct side_rare *rare = &e->rare[dir];
	uint32_t low = (uint32_t)at;
	char letter;

	switch (flags) {
	case 0:
		if (p->data_bytes)
			(void)letter_once(e, dir, LETTER_DATA, 'D');
		else if (p->tcp_flags & TCP_ACK)
			(void)letter_once(e, dir, LETTER_ACK, 'A');
		break;
	case TCP_SYN:
		letter = p->tcp_flags & TCP_ACK ? 'H' : 'S';
		if (letter_once(e, dir, LETTER_SYN, letter) && low != rare->syn_at)
			entry_letter(e, dir, letter);
		rare->syn_at = low;
		break;
	case TCP_FIN:
		if (letter_once(e, dir, LETTER_FIN, 'F') &&
		    at + p->data_bytes != rare->fin_at)
			entry_letter(e, dir, 'F');
		break;
	case TCP_RST:
		if (letter_once(e, dir, LETTER_RST, 'R') && low != rare->rst_at)
			entry_letter(e, dir, 'R');
		rare->rst_at = low;
		break;
	default:
		if ((flags & TCP_FIN) && (flags & TCP_RST))
			(void)letter_once(e, dir, LETTER_FIN_RST, 'I');
		else
			(void)letter_once(e, dir, LETTER_FLAGS, 'Q');
	}
}

/* Our side acknowledges what the peer sent. Returns how far, as the peer's offset. */
static int64_t
take_ack(struct side *peer, const struct packet *p)
{
	int64_t at;

	if (peer->state == SIDE_INACTIVE) {
		begin_side(peer, p->ack - 1, 0);
		return 1;
	}
	at = offset_of(peer, p->ack, peer->acked);
	if (at < 0)
		return 0;
	/* 0 far ahead is a broken field rather than a large connection. */
	if (!(p->tcp_flags & TCP_RST) && at > peer->acked &&
	    !(p->ack == 0 && at - peer->acked > SEQ_TRUST))
		peer->acked = at;
	return at;
}

static void
take_sent(struct entry *e, unsigned dir, const struct packet *p, uint32_t length)
{
	struct side *s = &e->side[dir];
	uint32_t end = p->seq + length;
	int32_t ahead = seq_between(s->start + (uint32_t)s->sent, end);

	if ((p->tcp_flags & (TCP_SYN | TCP_RST)) &&
	    (ahead > SEQ_TRUST || ahead < -SEQ_TRUST))
		return;
	if ((p->tcp_flags & TCP_FIN) && s->sent == 1)
		/* Only SYN and FIN seen: the FIN counts, however far, up to 4 GB. */
		s->sent += (uint32_t)ahead;
	else if (s->state == SIDE_RESET)
		return;
	else if (ahead > 0)
		s->sent += ahead;
	else if (p->data_bytes > 0)
		entry_count_letter(e, dir, &e->rare[dir].retransmits, 'T');
}

/* The side's first packet with these flags; the peer may move too. */
static unsigned
leave_inactive(struct entry *e, unsigned dir, const struct packet *p)
{
	struct side *s = &e->side[dir], *peer = &e->side[!dir];
	uint8_t flags = p->tcp_flags;

	if ((flags & TCP_SYN) && dir == 0) {
		set_state(s, flags & TCP_ACK ? SIDE_SYN_ACK_SENT : SIDE_SYN_SENT);
	} else if (flags & TCP_SYN) {
		if (!(flags & TCP_ACK) && peer->state == SIDE_SYN_ACK_SENT) {
			/* The SYN-ACK overtook the SYN on its way to us. */
			entry_flip(e);
			dir = 0;
			s = &e->side[0];
			peer = &e->side[1];
			set_state(peer, SIDE_ESTABLISHED);
		}
		if (peer->state == SIDE_SYN_SENT)
			set_state(peer, SIDE_ESTABLISHED);
		set_state(s, SIDE_ESTABLISHED);
	}
	if (flags & TCP_FIN)
		set_state(s, SIDE_CLOSED);
	if (flags & TCP_RST)
		set_state(s, SIDE_RESET);
	if (s->state != SIDE_INACTIVE)
		return dir;
	if (dir == 1 && p->data_bytes == 0 && peer->state == SIDE_SYN_SENT)
		return dir; /* some acknowledge a SYN before they answer it */
	set_state(s, (flags & TCP_ACK) && peer->state == SIDE_ESTABLISHED ? SIDE_ESTABLISHED
									  : SIDE_PARTIAL);
	return dir;
}

static unsigned
move_state(struct entry *e, unsigned dir, const struct packet *p)
{
	struct side *s = &e->side[dir], *peer = &e->side[!dir];
	uint8_t flags = p->tcp_flags;

	switch ((enum side_state)s->state) {
	case SIDE_INACTIVE:
		return leave_inactive(e, dir, p);
	case SIDE_SYN_SENT:
	case SIDE_SYN_ACK_SENT:
		if (flags & TCP_FIN)
			set_state(s, SIDE_CLOSED);
		if (flags & TCP_RST)
			set_state(s, SIDE_RESET);
		break;
	case SIDE_PARTIAL:
	case SIDE_ESTABLISHED:
		if ((flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && s->state == SIDE_PARTIAL &&
		    peer->state == SIDE_INACTIVE)
			set_state(s, SIDE_SYN_SENT);
		if ((flags & TCP_FIN) && !(flags & TCP_RST)) {
			set_state(s, SIDE_CLOSED);
			if (peer->state == SIDE_RESET && peer->before == SIDE_CLOSED)
				/* FIN and then RST was a normal end after all. */
				set_state(peer, SIDE_CLOSED);
		}
		if (flags & TCP_RST)
			set_state(s, SIDE_RESET);
		break;
	case SIDE_CLOSED:
		if ((flags & TCP_RST) && peer->state != SIDE_CLOSED)
			set_state(s, SIDE_RESET);
		break;
	case SIDE_RESET:
		break;
	}
	return dir;
}

static bool
is_clean(const struct side *s)
{
	return s->state == SIDE_ESTABLISHED ||
	       (s->state == SIDE_CLOSED && s->before == SIDE_ESTABLISHED);
}

static void
move_edge(struct side *s, int64_t to)
{
	uint64_t by = (uint64_t)(to - s->edge);

	s->edge = to;
	if (s->island_end <= by) {
		s->island_at = s->island_end = 0;
		return;
	}
	s->island_at = s->island_at > by ? s->island_at - (uint32_t)by : 0;
	s->island_end -= (uint32_t)by;
	if (s->island_at == 0) { /* the hole is filled */
		s->edge += s->island_end;
		s->island_end = 0;
	}
}

/*
 * Bytes [from, to) were seen. What lies beyond a hole is kept as one island,
 * grown over lesser holes: a gap is never invented, at worst a second one in
 * the same window goes uncounted.
 */
static void
take_data(struct side *s, int64_t from, int64_t to)
{
	uint32_t at, end;

	if (from < s->acked)
		from = s->acked;
	if (to <= from || to <= s->edge)
		return;
	if (from <= s->edge) {
		move_edge(s, to);
		return;
	}
	if (to - s->edge > UINT32_MAX)
		return;
	at = (uint32_t)(from - s->edge);
	end = (uint32_t)(to - s->edge);
	if (s->island_end == 0 || at < s->island_at)
		s->island_at = at;
	if (end > s->island_end)
		s->island_end = end;
}

/* The other side has bytes that we have not: the capture missed them. */
static void
find_gap(struct entry *e, unsigned dir, int64_t acked)
{
	struct side *s = &e->side[dir];
	bool clean = is_clean(s) && is_clean(&e->side[!dir]);

	if (s->fin && acked > e->rare[dir].fin_at)
		acked = e->rare[dir].fin_at;
	while (acked > s->edge) {
		int64_t island = s->edge + s->island_at;

		if (clean)
			entry_count_letter(e, dir, &e->rare[dir].gaps, 'G');
		move_edge(s, s->island_end && island < acked ? island : acked);
	}
}

/*
 * A SYN-ACK came first, from no server's port: perhaps a scan. But scans are
 * answered with a RST or not at all; when anybody goes on, the SYN was missed
 * and its sender is the originator after all.
 */
static unsigned
turn_round(struct entry *e, unsigned dir)
{
	size_t n = e->letters < FLOW_HISTORY - 1 ? e->letters : FLOW_HISTORY - 2;

	entry_flip(e);
	memmove(e->history + 1, e->history, n);
	for (size_t i = 1; i <= n; i++)
		e->history[i] ^= e->history[i] == '^' ? 0 : 0x20;
	e->history[0] = '^';
	e->letters = (uint8_t)(n + 1);
	e->history[n + 1] = '\0';
	set_state(&e->side[1], SIDE_ESTABLISHED);
	return !dir;
}

/*
 * Nineteen of twenty packets: in order, both sides established, nothing missing
 * and nothing to write down. Changes nothing and returns false otherwise.
 */
static bool
see_plain(struct side *s, struct side *peer, const struct packet *p)
{
	uint8_t letter = p->data_bytes ? LETTER_DATA : LETTER_ACK;
	int64_t acked = offset_of(peer, p->ack, peer->acked);

	if ((p->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)) != TCP_ACK ||
	    s->state != SIDE_ESTABLISHED || peer->state != SIDE_ESTABLISHED)
		return false;
	if (p->seq != s->start + (uint32_t)s->sent || s->edge != s->sent ||
	    acked > peer->edge || !(s->letters & letter) || p->tcp_window == 0 ||
	    p->data.len < p->data_bytes || s->island_end != 0 || p->ack == 0)
		return false;
	if (acked > peer->acked)
		peer->acked = acked;
	s->sent += p->data_bytes;
	s->edge = s->sent;
	return true;
}

static unsigned
see_any(struct entry *e, const struct packet *p, unsigned dir)
{
	uint8_t flags = p->tcp_flags;
	uint32_t length = (flags & TCP_SYN ? 1u : 0) + (flags & TCP_FIN ? 1u : 0);
	struct side *s, *peer;
	int64_t at, acked = 0;

	if (e->side[0].state == SIDE_SYN_ACK_SENT && e->side[1].state == SIDE_INACTIVE &&
	    !(flags & (TCP_SYN | TCP_FIN | TCP_RST)) &&
	    ((flags & TCP_ACK) || p->data_bytes))
		dir = turn_round(e, dir);
	s = &e->side[dir];
	peer = &e->side[!dir];
	if (!(flags & TCP_RST))
		length += p->data_bytes;
	settle_start(e, dir, p, length);
	at = offset_of(s, p->seq, s->sent);
	write_letters(e, dir, p, at);
	if (p->tcp_window == 0 && !(flags & TCP_RST) && peer->state != SIDE_CLOSED &&
	    s->state != SIDE_RESET)
		entry_count_letter(e, dir, &e->rare[dir].zero_windows, 'W');
	if (flags & TCP_FIN) {
		s->fin = true;
		e->rare[dir].fin_at = at + length - 1;
	}
	if (flags & TCP_ACK)
		acked = take_ack(peer, p);
	take_sent(e, dir, p, length);
	dir = move_state(e, dir, p);
	s = &e->side[dir];
	if (flags & TCP_ACK)
		find_gap(e, !dir, acked);
	if (p->data_bytes > 0 && at >= 0 && !(flags & TCP_RST) &&
	    p->data.len >= p->data_bytes) {
		at += !!(flags & TCP_SYN);
		take_data(s, at, at + p->data_bytes);
	}
	return dir;
}

bool
tcp_is_reused(const struct entry *e, const struct packet *p)
{
	const struct side *o = &e->side[0], *r = &e->side[1], *opener = o;

	if (p->tcp_flags & TCP_ACK) {
		if (o->state != SIDE_INACTIVE)
			return false;
		opener = r;
	}
	if (is_shut(o) && is_shut(r))
		return true;
	if (p->seq == opener->start)
		return false;
	if (opener->state == SIDE_SYN_ACK_SENT && r->state == SIDE_INACTIVE &&
	    p->seq == r->start)
		return false; /* the SYN that the SYN-ACK overtook */
	return true;
}

static enum entry_class
tcp_class(const struct entry *e)
{
	uint8_t o = e->side[0].state, r = e->side[1].state;

	if (o == SIDE_ESTABLISHED && r == SIDE_ESTABLISHED)
		return CLASS_IDLE;
	if (o == SIDE_RESET || r == SIDE_RESET)
		return CLASS_CLOSED;
	if (is_shut(&e->side[0]) && (is_shut(&e->side[1]) || r == SIDE_INACTIVE))
		return CLASS_CLOSED;
	if (is_shut(&e->side[1]) && o == SIDE_INACTIVE)
		return CLASS_CLOSED;
	if ((o == SIDE_SYN_SENT || o == SIDE_SYN_ACK_SENT) && r == SIDE_INACTIVE)
		return CLASS_ATTEMPT;
	return CLASS_IDLE;
}

/* Not inline: what it needs would be put aside for every packet. */
__attribute__((noinline)) unsigned
tcp_see_any(struct entry *e, const struct packet *p, unsigned dir)
{
	enum entry_class class;

	dir = see_any(e, p, dir);
	class = tcp_class(e);
	/* An attempt and a close have their time from when they began. */
	if (class == CLASS_IDLE || class != e->class)
		e->since = p->clock_ns;
	e->class = (uint8_t) class;
	return dir;
}

unsigned
tcp_see(struct entry *e, const struct packet *p, unsigned dir)
{
	if (!see_plain(&e->side[dir], &e->side[!dir], p))
		return tcp_see_any(e, p, dir);
	e->since = p->clock_ns;
	e->class = CLASS_IDLE; /* both were established, and still are */
	return dir;
}

uint64_t
tcp_size(const struct entry *e, unsigned dir)
{
	const struct side *s = &e->side[dir], *peer = &e->side[!dir];
	int64_t size = s->sent > s->acked ? s->sent : s->acked;

	if (s->before == SIDE_SYN_SENT && s->state == SIDE_RESET &&
	    peer->state == SIDE_INACTIVE && s->acked > 1)
		return 0; /* a half-open connection was found: its numbers mean nothing */
	if (size > 0)
		size--; /* the SYN */
	if (size > 0 && s->fin)
		size--;
	return size > 0 ? (uint64_t)size : 0;
}

/* S, then nothing that answers or goes on, then R. */
static bool
gave_up(const char *history)
{
	if (*history == '^')
		history++;
	if (*history++ != 'S')
		return false;
	for (; *history; history++) {
		if (*history == 'R')
			return true;
		if (*history == 'H' || *history == 'A' || *history == 'F' ||
		    *history == 'G' || *history == 'I' || *history == 'Q')
			return false;
	}
	return false;
}

static enum conn_state
reset_state(const struct entry *e)
{
	uint8_t o = e->side[0].state, r = e->side[1].state;

	if (r == SIDE_RESET) {
		if (o == SIDE_SYN_SENT || o == SIDE_SYN_ACK_SENT)
			return CONN_REJ;
		if (o == SIDE_RESET && tcp_size(e, 0) == 0 && tcp_size(e, 1) == 0)
			return CONN_REJ;
		return o == SIDE_INACTIVE || o == SIDE_PARTIAL ? CONN_RSTRH : CONN_RSTR;
	}
	if (r != SIDE_INACTIVE && r != SIDE_PARTIAL)
		return CONN_RSTO;
	return gave_up(e->history) ? CONN_RSTOS0 : CONN_OTH;
}

enum conn_state
tcp_state(const struct entry *e)
{
	uint8_t o = e->side[0].state, r = e->side[1].state;

	if (o == SIDE_RESET || r == SIDE_RESET)
		return reset_state(e);
	if (o == SIDE_CLOSED && r == SIDE_CLOSED)
		return CONN_SF;
	if (o == SIDE_CLOSED)
		return r == SIDE_INACTIVE || r == SIDE_PARTIAL ? CONN_SH : CONN_S2;
	if (r == SIDE_CLOSED)
		return o == SIDE_INACTIVE || o == SIDE_PARTIAL ? CONN_SHR : CONN_S3;
	if (o == SIDE_SYN_SENT && r == SIDE_INACTIVE)
		return CONN_S0;
	return o == SIDE_ESTABLISHED && r == SIDE_ESTABLISHED ? CONN_S1 : CONN_OTH;
}

uint64_t
tcp_stream_at(const struct entry *e, const struct packet *p, unsigned dir)
{
	const struct side *s = &e->side[dir];
	int64_t at = offset_of(s, p->seq, s->sent) + !!(p->tcp_flags & TCP_SYN);

	return at > 0 ? (uint64_t)at - 1 : 0;
}
