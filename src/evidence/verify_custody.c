/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_custody: do the events of custody in a bag hang together? (private, V10)
 *
 * The chain has one beginning, and every other event names the envelope of one
 * that is there, which nobody else names. A circle would need a hash of itself.
 */
#include "evidence/canonical.h"
#include "evidence/manifest.h"
#include "evidence/strict.h"
#include "evidence/verify_own.h"

bool
verify_is_custody(const char *path)
{
	static const char before[] = BAG_RECORDS "custody-";

	return strncmp(path, before, strlen(before)) == 0;
}

/*
 * The hash under `key` in an object that is canonical; "" when it has none, false
 * when what stands there is no hash. account_decode has looked at the spelling.
 */
static bool
hash_under(struct span body, const char *key, char to[static DIGEST_HEX])
{
	struct cursor c = cursor_of(body);

	to[0] = '\0';
	expect(&c, "{");
	while (next_is(&c, "\"")) {
		struct span name, value;

		(void)canonical_value(&c, &name);
		expect(&c, ":");
		(void)canonical_value(&c, &value);
		if (c.bad)
			return false;
		if (name.len == strlen(key) + 2 &&
		    memcmp(name.at + 1, key, name.len - 2) == 0) {
			if (value.len != DIGEST_HEX - 1 + 2 || value.at[0] != '"')
				return false;
			memcpy(to, value.at + 1, DIGEST_HEX - 1);
			to[DIGEST_HEX - 1] = '\0';
			return is_hex(to);
		}
		if (next_is(&c, ","))
			cursor_skip(&c, 1);
	}
	return !c.bad;
}

void
verify_find_holders(struct judge *j)
{
	size_t n, folder = strlen(BAG_KEYS);
	const struct bag_file *file = bag_files(j->bag, &n);

	for (size_t i = 0; i < n; i++) {
		char path[BAG_PATH], hex[DIGEST_HEX];
		struct error err;
		struct digest id;
		struct key *key;

		if (strncmp(file[i].path, BAG_KEYS, folder) != 0 ||
		    strcmp(file[i].path, BAG_KEY) == 0)
			continue;
		if (j->holders == VERIFY_HOLDERS) {
			fault(&j->faults, BAG_KEYS " holds more than %d keys of others",
			    VERIFY_HOLDERS);
			return;
		}
		if (verify_read_key(j, file[i].path, &key, &err) != OK)
			continue; /* then what it signed is signed by nobody */
		id = key_id(key);
		(void)snprintf(path, sizeof path, BAG_KEYS "%s.pem", digest_hex(&id, hex));
		if (strcmp(path, file[i].path) == 0)
			j->holder[j->holders++].key = key;
		else
			key_free(key);
	}
}

void
verify_cover_key(struct judge *j, struct holder *who)
{
	struct digest id = key_id(who->key);
	char path[BAG_PATH], hex[DIGEST_HEX];

	(void)snprintf(path, sizeof path, BAG_KEYS "%s.pem", digest_hex(&id, hex));
	verify_cover(j, bag_find(j->bag, path));
	who->signs = true;
}

void
verify_see_custody(
    struct judge *j, const struct bag_file *file, const struct account *a, bool ours)
{
	struct chain *chain = &j->chain;
	struct event e = { .self = file->digest, .ours = ours };

	if (chain->n == VERIFY_EVENTS || !hash_under(a->body, "previous", e.previous) ||
	    !hash_under(a->body, "bag_sha256", e.from_bag)) {
		fault(&j->faults, "%s: %s", file->path,
		    chain->n == VERIFY_EVENTS ? "there are too many events of custody"
					      : "it names another thing than a hash");
		return; /* seen, and not among those that are well */
	}
	chain->event[chain->n++] = e;
	for (unsigned i = 0; i < a->subjects; i++) {
		const struct statement_subject *sub = &a->subject[i];
		const struct bag_file *named = bag_find(j->bag, sub->name);
		char shown[SHOWN];

		if (named &&
		    memcmp(&named->digest, &sub->digest, sizeof sub->digest) == 0) {
			verify_cover(j, named);
			continue;
		}
		chain->wrong++;
		fault(&j->faults, "%s names %s, which is %s", file->path,
		    show(sub->name, shown),
		    named ? "not the file that was signed" : "not in the bag");
	}
}

/* How many events of this bag name that one. */
static unsigned
followers(const struct chain *c, const struct digest *self)
{
	char hex[DIGEST_HEX];
	unsigned n = 0;

	(void)digest_hex(self, hex);
	for (unsigned i = 0; i < c->n; i++)
		n += strcmp(c->event[i].previous, hex) == 0;
	return n;
}

/* NULL: it is one chain. *from: the event it begins with. */
static const char *
broken(const struct chain *c, const struct event **from)
{
	unsigned linked = 0, beginnings = 0;

	for (unsigned i = 0; i < c->n; i++) {
		const struct event *e = &c->event[i];
		unsigned next = followers(c, &e->self);

		if (next > 1)
			return "two events name the same one as the one before";
		linked += next;
		if (e->previous[0] == '\0' || e->from_bag[0] != '\0') {
			beginnings++;
			*from = e;
		}
	}
	if (beginnings == 1 && !(*from)->ours)
		return "the first event is not signed by the key of the findings";
	if (beginnings != 1)
		return beginnings ? "the events have more than one beginning"
				  : "the event before the first is not in the bag";
	return linked == c->n - 1 ? NULL : "an event names one that is not in the bag";
}

static unsigned
signing_holders(const struct judge *j)
{
	unsigned n = 0;

	for (unsigned i = 0; i < j->holders; i++)
		n += j->holder[i].signs;
	return n;
}

void
verify_conclude_custody(struct judge *j)
{
	unsigned others = signing_holders(j);
	char also[64] = "";
	const struct chain *c = &j->chain;
	const struct event *from = NULL;
	const char *why;

	if (c->seen == 0)
		return;
	if (others > 0)
		(void)snprintf(also, sizeof also,
		    " or by %u other key%s that the bag brings", others,
		    others == 1 ? "" : "s");
	if (c->n < c->seen) {
		verify_say(j, V10, VERIFY_FAIL,
		    "%u of %u events of custody are not signed by a key in the bag, or not "
		    "sound",
		    c->seen - c->n, c->seen);
		return;
	}
	why = broken(c, &from);
	if (why)
		verify_say(j, V10, VERIFY_FAIL, "%s", why);
	else if (c->wrong > 0)
		verify_say(j, V10, VERIFY_FAIL,
		    "%u files that events of custody name are missing or changed",
		    c->wrong);
	else if (from->from_bag[0] != '\0')
		verify_say(j, V10, VERIFY_NOT_POSSIBLE,
		    "%u event%s, signed and linked; but the first takes up from the bag "
		    "%s, which is not here",
		    c->n, c->n == 1 ? "" : "s", from->from_bag);
	else
		verify_say(j, V10, VERIFY_PASS,
		    "%u event%s of custody from the acquisition on, signed by the key%s, "
		    "each naming the one before; the files they name are there",
		    c->n, c->n == 1 ? "" : "s", also);
}
