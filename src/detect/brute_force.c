/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host that tries one password after another, and then perhaps is let in.
 *
 * A refused login looks like the one before it: as short, and of the same size.
 * The null is that of sessions of which at most every second is short and falls
 * into one window of sizes, a factor of two wide, each on its own; the walk adds
 * their likelihood ratios in the order of time and starts anew at zero. Where
 * the logins themselves were told (ssh.log), their outcome counts instead.
 *
 * "And then it worked" is the first session after the run that lasted, and was
 * three times as large. It says that somebody was let in, not who.
 */
#include "detect/detectors.h"
#include "detect/odds.h"
#include "detect/phrase.h"
#include "detect/port_use.h"

#include "base/stamp.h"
#include "profile/names.h"
#include "record/flow.h"

enum {
	FEWEST = 30,     /* refused alike */
	WINDOWS = 32,    /* of sizes that are tried */
	MOST_UP = 20000, /* bytes: a login needs no more */
	LARGER = 3,      /* times the size of a refused one */

	FAST = 30, /* within FAST_NS */
	MANY = 100,

	ALIKE_MB = 279,   /* log10(0.95 / 0.5) */
	OTHER_MB = -1000, /* log10(0.05 / 0.5) */
	BOUNDARY_MB = 4000,
};

#define SHORT_NS  UINT64_C(60000000000)
#define RUN_NS    UINT64_C(1800000000000)
#define FAST_NS   UINT64_C(180000000000)
#define LASTED_NS UINT64_C(10000000000)

/* Services that ask for a password before they give anything. */
static const struct login {
	uint16_t port;
	const char *name;
} LOGINS[] = {
	{ 21, "FTP" },
	{ 22, "SSH" },
	{ 23, "telnet" },
	{ 110, "POP3" },
	{ 143, "IMAP" },
	{ 445, "SMB" },
	{ 587, "mail submission" },
	{ 993, "IMAP" },
	{ 995, "POP3" },
	{ 1433, "SQL Server" },
	{ 2222, "SSH" },
	{ 2323, "telnet" },
	{ 3306, "MySQL" },
	{ 3389, "RDP" },
	{ 5432, "PostgreSQL" },
	{ 5900, "VNC" },
	{ 5901, "VNC" },
	{ 5985, "WinRM" },
	{ 5986, "WinRM" },
	{ 8291, "Winbox" },
};

static const char *
login_of(const struct pair_key *k)
{
	for (size_t i = 0; k->proto == PROTO_TCP && i < sizeof LOGINS / sizeof *LOGINS; i++)
		if (LOGINS[i].port == k->port)
			return LOGINS[i].name;
	return NULL;
}

struct tries {
	int64_t llr_mb;
	size_t refused; /* alike, in the run that led to it */
	size_t densest; /* of them, within FAST_NS */
	size_t told;    /* whose outcome was told */
	uint64_t low;   /* bytes: the window is [low, 2 low) */
	uint64_t first_ns, last_ns;
	uint64_t worked_ns, worked_bytes; /* 0: none that lasted came after it */
};

/* What size tells: half octaves of what was sent. */
static unsigned
size_class(uint32_t up)
{
	unsigned log = 31 - (unsigned)__builtin_clz(up);
	uint64_t half = (uint64_t)up * up >> (2 * log); /* 1, 2, 3: in [1, 4) */

	return 2 * log + (half >= 2);
}

/* A session that may have been a refused login. */
static bool
is_short(const struct contact *c)
{
	return !(c->flags & (CONTACT_FAILED | CONTACT_ASKED)) && c->up > 0 &&
	       c->up <= MOST_UP && c->last_ns - c->start_ns < SHORT_NS;
}

/* The two half octaves side by side that hold most. */
static unsigned
commonest(const struct contact *c, size_t n)
{
	uint32_t in[WINDOWS + 1] = { 0 };
	unsigned best = 0;

	for (size_t i = 0; i < n; i++)
		if (is_short(&c[i]) && size_class(c[i].up) <= WINDOWS)
			in[size_class(c[i].up)]++;
	for (unsigned k = 1; k < WINDOWS; k++)
		if (in[k] + in[k + 1] > in[best] + in[best + 1])
			best = k;
	return best;
}

enum attempt { NOTHING, REFUSED, OTHER };

static enum attempt
attempt_of(const struct contact *c, unsigned window)
{
	unsigned class;

	if (c->flags & CONTACT_ASKED) /* a login that was told */
		return c->service != SERVICE_SSH   ? NOTHING
		       : c->flags & CONTACT_FAILED ? REFUSED
						   : OTHER;
	if (c->flags & CONTACT_FAILED)
		return NOTHING;
	if (!is_short(c))
		return OTHER;
	class = size_class(c->up);
	return class == window || class == window + 1 ? REFUSED : OTHER;
}

/* Let in: it lasted, and was larger than what was refused. */
static void
find_worked(
    struct tries *t, const struct contact *c, size_t n, size_t after, uint64_t bytes)
{
	for (size_t i = after; i < n; i++) {
		uint64_t all = (uint64_t)c[i].up + c[i].down;
		bool told = (c[i].flags & CONTACT_ASKED) && t->told > 0;

		if (c[i].flags & CONTACT_FAILED)
			continue;
		if (!told &&
		    (c[i].last_ns - c[i].start_ns < LASTED_NS || all <= LARGER * bytes))
			continue;
		t->worked_ns = c[i].start_ns;
		t->worked_bytes = all;
		return;
	}
}

/* The run that speaks loudest for refused logins. */
static struct tries
try(const struct contact *c, size_t n)
{
	unsigned window = commonest(c, n);
	struct tries now = { 0 }, best = { 0 };
	size_t oldest = 0, inside = 0, end = 0;
	uint64_t bytes = 0, best_bytes = 0;

	for (size_t i = 0; i < n; i++) {
		enum attempt a = attempt_of(&c[i], window);

		if (a == NOTHING)
			continue;
		if (now.refused > 0 && c[i].start_ns - now.last_ns > RUN_NS)
			now.llr_mb = 0;
		if (now.llr_mb <= 0) {
			now = (struct tries){ .first_ns = c[i].start_ns };
			oldest = i;
			inside = 0;
			bytes = 0;
		}
		now.llr_mb += a == REFUSED ? ALIKE_MB : OTHER_MB;
		if (a != REFUSED)
			continue;
		now.last_ns = c[i].start_ns;
		now.refused++;
		now.told += (c[i].flags & CONTACT_ASKED) != 0;
		bytes += (uint64_t)c[i].up + c[i].down;
		inside++;
		for (; c[i].start_ns - c[oldest].start_ns > FAST_NS; oldest++)
			inside -= attempt_of(&c[oldest], window) == REFUSED;
		now.densest = inside > now.densest ? inside : now.densest;
		if (now.llr_mb > best.llr_mb) {
			best = now;
			best_bytes = bytes;
			end = i + 1;
		}
	}
	best.low = UINT64_C(1) << (window / 2);
	if (best.refused > 0)
		find_worked(&best, c, n, end, best_bytes / best.refused);
	return best;
}

static bool
stands_out(const struct tries *t)
{
	return t->refused >= FEWEST && t->llr_mb >= BOUNDARY_MB &&
	       (t->densest >= FAST ||
		   t->refused * RUN_NS >= FEWEST * (t->last_ns - t->first_ns));
}

static bool
worth(const struct caller *caller, const struct called *s)
{
	struct tries t;

	(void)caller;
	if (s->calls < FEWEST || login_of(&s->key) == NULL || name_is_key(&s->key.peer))
		return false;
	t = try(s->call, s->calls);
	return stands_out(&t);
}

static void
weigh(struct finding *f, const struct context *c, const struct tries *t)
{
	const struct port_use *use = port_use_find(f->proto, f->port);
	char n[PHRASE_COUNT], bytes[PHRASE_COUNT], at[STAMP_TEXT], port[PHRASE_ENDPOINT];

	odds_weight(f, "prior", WEIGHT_BRUTE_FORCE_PRIOR,
	    "programs log in again and again as well");
	if (use && use->mb < 0) /* mail programs look for mail, in all their folders */
		odds_term(f, "port", use->mb, "port %s is usually %s",
		    phrase_port(f->port, f->proto, port), use->words);
	if (t->densest >= FAST)
		odds_weight(f, "fast", WEIGHT_BRUTE_FORCE_FAST, "%s within three minutes",
		    phrase_count(t->densest, n));
	if (t->refused >= MANY)
		odds_weight(f, "many", WEIGHT_BRUTE_FORCE_MANY, "%s in all",
		    phrase_count(t->refused, n));
	if (t->told > 0)
		odds_weight(f, "told", WEIGHT_BRUTE_FORCE_TOLD,
		    "%s were told to have been refused", phrase_count(t->told, n));
	if (c->peer_side == SIDE_EXTERNAL && c->host_side == SIDE_INTERNAL)
		odds_weight(
		    f, "abroad", WEIGHT_BRUTE_FORCE_ABROAD, "the service is outside");
	if (t->worked_ns > 0)
		odds_weight(f, "worked", WEIGHT_BRUTE_FORCE_WORKED,
		    "at %s a session of %s lasted", stamp_text(t->worked_ns, at),
		    phrase_bytes(t->worked_bytes, bytes));
	odds_benign(f, "a program that logs in by the clock", t->densest < FAST,
	    "at most %s in three minutes", phrase_count(t->densest, n));
	odds_benign(
	    f, "a program whose password was changed", true, "it would be refused as well");
}

static void
say(struct finding *f, const struct tries *t, const char *login)
{
	char host[IP_TEXT], peer[PHRASE_ENDPOINT], n[PHRASE_COUNT], span[STAMP_TEXT],
	    low[PHRASE_COUNT], bytes[PHRASE_COUNT], at[STAMP_TEXT];
	struct buf b = { .at = f->why, .cap = sizeof f->why, .max = sizeof f->why - 1 };

	buf_printf(&b, "%s opened %s short %s sessions with %s within %s, ",
	    ip_text(&f->host, host), phrase_count(t->refused, n), login,
	    phrase_endpoint(&f->peer, f->port, f->proto, peer),
	    stamp_period(t->last_ns - t->first_ns, span));
	if (t->told > 0)
		buf_puts(&b, "and was refused");
	else
		buf_printf(
		    &b, "each of much the same size, from %s", phrase_bytes(t->low, low));
	if (t->worked_ns > 0)
		buf_printf(&b,
		    "; then, at %s, one lasted and carried %s: it may have worked",
		    stamp_text(t->worked_ns, at), phrase_bytes(t->worked_bytes, bytes));
	CHECK(!b.bad);
}

static bool
judge(const struct heard *h, const struct subject *s, const struct context *ctx,
    const struct params *params, struct finding *f)
{
	struct pair_key key = { .port = s->port, .proto = s->proto };
	const char *login = login_of(&key);
	const struct contact *c;
	struct calls calls;
	struct tries t;
	size_t pair, n;

	(void)params;
	if (login == NULL || !calls_of(h, &s->host, &calls))
		return false;
	c = calls_service(&calls, s, &pair, &n);
	if (c == NULL)
		return false;
	t = try(c, n);
	if (!stands_out(&t))
		return false;
	f->first_ns = t.first_ns;
	f->last_ns = t.last_ns;
	f->contacts = t.refused;
	f->llr_mb = t.llr_mb;
	f->fdr_ppm = odds_fdr_ppm(t.llr_mb, WINDOWS * ctx->pairs);
	odds_measure(f, "refused_sessions", t.refused);
	odds_measure(f, "densest_3_min_sessions", t.densest);
	odds_measure(f, "told_sessions", t.told);
	odds_measure(f, "window_low_bytes", t.low);
	odds_measure(f, "worked_bytes", t.worked_bytes);
	weigh(f, ctx, &t);
	odds_severity(f, ctx, SEVERITY_HIGH);
	f->technique = "T1110";
	say(f, &t, login);
	return true;
}

const struct detector detector_brute_force = {
	.kind = FINDING_BRUTE_FORCE,
	.scope = SCOPE_SERVICE,
	.worth = worth,
	.judge = judge,
};
