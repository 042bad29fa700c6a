/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/policy.h"

#include <stdlib.h>

#include "evidence/digits.h"

#define TOKENS_MAX (POLICY_KEYS + 4)
#define NODES_MAX  (2 * POLICY_KEYS) /* witnesses and groups */

/* A witness or a group: something a quorum can be made of. */
struct node {
	char name[NOTE_NAME];
	int witness;      /* index of the key, or -1: a group */
	unsigned need;    /* of a group: how many members */
	unsigned members; /* and of how many */
	bool taken;       /* member of a group already: nobody counts twice */
	int group;        /* whose member it is, or -1 */
};

struct policy {
	struct note_key log[POLICY_KEYS], witness[POLICY_KEYS];
	unsigned logs, witnesses;
	struct node node[NODES_MAX]; /* a group comes after all its members */
	unsigned nodes;
	int quorum; /* a node; QUORUM_NONE, QUORUM_MISSING */
};

enum { QUORUM_NONE = -1, QUORUM_MISSING = -2 };

/* A line as words; borrows the text. */
struct words {
	struct span word[TOKENS_MAX];
	unsigned n;
};

struct parser {
	struct policy *p;
	unsigned line;
	struct words words;
	struct error *err;
};

/* False: a byte that no policy may have, or more words than we take. */
static bool
take_words(struct span line, struct words *w)
{
	size_t i = 0;

	w->n = 0;
	for (size_t k = 0; k < line.len; k++)
		if ((line.at[k] < 0x20 && line.at[k] != '\t') || line.at[k] == 0x7f)
			return false;
	while (i < line.len) {
		size_t start;

		while (i < line.len && (line.at[i] == ' ' || line.at[i] == '\t'))
			i++;
		start = i;
		while (i < line.len && line.at[i] != ' ' && line.at[i] != '\t')
			i++;
		if (i == start)
			break;
		if (w->n == 0 && line.at[start] == '#')
			return true;
		if (w->n == TOKENS_MAX)
			return false;
		w->word[w->n++] = (struct span){ line.at + start, i - start };
	}
	return true;
}

static struct node *
find_node(struct policy *p, struct span name)
{
	for (unsigned i = 0; i < p->nodes; i++)
		if (span_is(name, p->node[i].name))
			return &p->node[i];
	return NULL;
}

static enum status
wrong(struct parser *ps, const char *what)
{
	return error_set(ps->err, E_FORMAT, "line %u of the policy: %s", ps->line, what);
}

/* A new name for a witness or group, with nothing in it yet. */
static enum status
add_node(struct parser *ps, struct span name, struct node **out)
{
	struct policy *p = ps->p;

	if (span_is(name, "none") || name.len >= NOTE_NAME)
		return wrong(ps, "this name cannot be given");
	if (find_node(p, name))
		return wrong(ps, "this name was given before");
	if (p->nodes == NODES_MAX)
		return wrong(ps, "more witnesses and groups than we take");
	*out = &p->node[p->nodes];
	**out = (struct node){ .witness = -1, .group = -1 };
	memcpy((*out)->name, name.at, name.len);
	return OK;
}

/* A key for the list, unless the same public key stands there under any name. */
static enum status
add_key(
    struct parser *ps, struct span vkey, struct note_key *list, unsigned *n, uint8_t type)
{
	struct note_key k;
	enum status st;

	if (*n == POLICY_KEYS)
		return wrong(ps, "more keys than we take");
	st = note_key_parse(vkey, &k, ps->err);
	if (st != OK) {
		error_wrap(ps->err, "line %u of the policy", ps->line);
		return st;
	}
	if (k.key && k.type != type) {
		note_key_release(&k);
		return wrong(ps, "the key is not of the type that this line needs");
	}
	for (unsigned i = 0; i < *n; i++)
		if (k.key && list[i].key &&
		    memcmp(key_raw(k.key), key_raw(list[i].key), KEY_BYTES) == 0) {
			note_key_release(&k);
			return wrong(ps, "the same key stands on another line");
		}
	list[(*n)++] = k;
	return OK;
}

static enum status
parse_log(struct parser *ps)
{
	if (ps->words.n < 2 || ps->words.n > 3)
		return wrong(ps, "a log is: log VKEY [URL]");
	return add_key(ps, ps->words.word[1], ps->p->log, &ps->p->logs, NOTE_ED25519);
}

static enum status
parse_witness(struct parser *ps)
{
	struct policy *p = ps->p;
	struct node *node;
	enum status st;

	if (ps->words.n < 3 || ps->words.n > 4)
		return wrong(ps, "a witness is: witness NAME VKEY [URL]");
	st = add_node(ps, ps->words.word[1], &node);
	if (st == OK)
		st = add_key(
		    ps, ps->words.word[2], p->witness, &p->witnesses, NOTE_COSIGNATURE);
	if (st != OK)
		return st;
	node->witness = (int)p->witnesses - 1;
	p->nodes++;
	return OK;
}

static enum status
parse_group(struct parser *ps)
{
	struct policy *p = ps->p;
	struct words *w = &ps->words;
	struct node *node;
	uint64_t need;
	enum status st;

	if (w->n < 4)
		return wrong(ps, "a group is: group NAME K|any|all MEMBER...");
	st = add_node(ps, w->word[1], &node);
	if (st != OK)
		return st;
	node->members = w->n - 3;
	if (span_is(w->word[2], "all"))
		need = node->members;
	else if (span_is(w->word[2], "any"))
		need = 1;
	else if (!digits_parse(w->word[2], &need))
		return wrong(ps, "a group needs a number of its members, any or all");
	if (need < 1 || need > node->members)
		return wrong(ps, "a group cannot need none, or more than it has");
	node->need = (unsigned)need;
	for (unsigned i = 3; i < w->n; i++) {
		struct node *member = find_node(p, w->word[i]);

		if (member == NULL)
			return wrong(ps, "a member was not defined before");
		if (member->taken)
			return wrong(ps, "a member is in a group already");
		member->taken = true;
		member->group = (int)p->nodes;
	}
	p->nodes++;
	return OK;
}

static enum status
parse_quorum(struct parser *ps)
{
	struct policy *p = ps->p;
	struct node *node;

	if (ps->words.n != 2)
		return wrong(ps, "a quorum is: quorum NAME|none");
	if (p->quorum != QUORUM_MISSING)
		return wrong(ps, "there is a second quorum");
	if (span_is(ps->words.word[1], "none")) {
		p->quorum = QUORUM_NONE;
		return OK;
	}
	node = find_node(p, ps->words.word[1]);
	if (node == NULL)
		return wrong(ps, "the quorum was not defined before");
	p->quorum = (int)(node - p->node);
	return OK;
}

static enum status
parse_line(struct parser *ps, struct span line)
{
	if (!take_words(line, &ps->words))
		return wrong(ps, "control bytes, or more words than we take");
	if (ps->words.n == 0)
		return OK;
	if (span_is(ps->words.word[0], "log"))
		return parse_log(ps);
	if (span_is(ps->words.word[0], "witness"))
		return parse_witness(ps);
	if (span_is(ps->words.word[0], "group"))
		return parse_group(ps);
	if (span_is(ps->words.word[0], "quorum"))
		return parse_quorum(ps);
	return wrong(ps, "it begins with none of log, witness, group, quorum");
}

static enum status
parse_lines(struct parser *ps, struct span text)
{
	struct cursor c = cursor_of(text);
	enum status st = OK;

	while (st == OK && c.left > 0) {
		const uint8_t *end = memchr(c.at, '\n', c.left);

		ps->line++;
		if (end == NULL)
			return wrong(ps, "it does not end in a newline");
		st = parse_line(ps, cursor_take(&c, (size_t)(end - c.at)));
		cursor_skip(&c, 1);
	}
	if (st == OK && ps->p->quorum == QUORUM_MISSING)
		return error_set(ps->err, E_FORMAT, "the policy has no quorum line");
	return st;
}

enum status
policy_parse(struct span text, struct policy **out, struct error *err)
{
	struct parser *ps;
	struct policy *p;
	enum status st;

	if (text.len > POLICY_MAX)
		return error_set(err, E_LIMIT, "the policy has %zu bytes", text.len);
	p = calloc(1, sizeof *p);
	ps = calloc(1, sizeof *ps);
	if (p == NULL || ps == NULL) {
		free(p), free(ps);
		return error_set(err, E_NOMEM, "no memory for a policy");
	}
	p->quorum = QUORUM_MISSING;
	ps->p = p;
	ps->err = err;
	st = parse_lines(ps, text);
	free(ps);
	if (st == OK)
		*out = p;
	else
		policy_free(p);
	return st;
}

void
policy_free(struct policy *p)
{
	if (p == NULL)
		return;
	for (unsigned i = 0; i < p->logs; i++)
		note_key_release(&p->log[i]);
	for (unsigned i = 0; i < p->witnesses; i++)
		note_key_release(&p->witness[i]);
	free(p);
}

unsigned
policy_logs(const struct policy *p)
{
	return p->logs;
}

const struct note_key *
policy_log(const struct policy *p, unsigned i)
{
	return &p->log[i];
}

unsigned
policy_witnesses(const struct policy *p)
{
	return p->witnesses;
}

const struct note_key *
policy_witness(const struct policy *p, unsigned i)
{
	return &p->witness[i];
}

/* The log whose name is the origin signed it, and no known log's signature is wrong. */
static enum status
check_log(const struct policy *p, const struct note *n, const struct checkpoint *cp,
    struct error *err)
{
	bool good = false;

	for (unsigned i = 0; i < p->logs; i++) {
		const struct note_key *k = &p->log[i];
		enum note_verdict v = note_check(n, k, NULL);

		if (v == NOTE_WRONG)
			return error_set(err, E_DIFFERS,
			    "the signature of the log %s on its checkpoint is wrong",
			    k->name);
		good |= v == NOTE_GOOD && strcmp(k->name, cp->origin) == 0;
	}
	if (!good)
		return error_set(
		    err, E_DIFFERS, "no log of the policy signed this checkpoint");
	return OK;
}

/* Which witnesses cosigned. */
static enum status
check_witnesses(const struct policy *p, const struct note *n, bool seen[static POLICY_KEYS],
    struct policy_answer *a, struct error *err)
{
	for (unsigned i = 0; i < p->witnesses; i++) {
		uint64_t time;
		enum note_verdict v = note_check(n, &p->witness[i], &time);

		if (v == NOTE_WRONG)
			return error_set(err, E_DIFFERS,
			    "the cosignature of the witness %s is wrong",
			    p->witness[i].name);
		seen[i] = v == NOTE_GOOD;
		if (!seen[i])
			continue;
		if (a->cosigned++ == 0 || time < a->first_time)
			a->first_time = time;
	}
	a->witnesses = p->witnesses;
	return OK;
}

/* Members stand before their group, so one pass from the front counts them all. */
static bool
quorum_is_met(const struct policy *p, const bool seen[static POLICY_KEYS])
{
	unsigned votes[NODES_MAX] = { 0 };

	if (p->quorum == QUORUM_NONE)
		return true;
	for (unsigned i = 0; i < p->nodes; i++) {
		const struct node *node = &p->node[i];
		bool witnessed =
		    node->witness >= 0 ? seen[node->witness] : votes[i] >= node->need;

		if ((int)i == p->quorum)
			return witnessed;
		if (witnessed && node->group >= 0)
			votes[node->group]++;
	}
	return false;
}

enum status
policy_check(
    const struct policy *p, struct span bytes, struct policy_answer *out, struct error *err)
{
	struct policy_answer a = { .quorum_none = p->quorum == QUORUM_NONE };
	bool seen[POLICY_KEYS] = { false };
	struct note n;
	enum status st = note_parse(bytes, &n, err);

	if (st == OK)
		st = checkpoint_parse(n.text, &a.checkpoint, err);
	if (st == OK)
		st = check_log(p, &n, &a.checkpoint, err);
	if (st == OK)
		st = check_witnesses(p, &n, seen, &a, err);
	if (st != OK)
		return st;
	if (!quorum_is_met(p, seen))
		return error_set(err, E_DIFFERS,
		    "the quorum is missing: %u of %u known witnesses cosigned", a.cosigned,
		    a.witnesses);
	*out = a;
	return OK;
}
