/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules for what watches a network: Suricata's, and Sigma's for its logs.
 *
 * One rule for each address or name worth watching for, in a small part of each
 * language. They say that a host talked to it, which is not that the host is
 * controlled: a rule is a reason to look. Which hosts those were stays here.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "publish/escape.h"
#include "publish/handout_own.h"
#include "publish/words.h"
#include "record/flow.h"

#define SID_FIRST 1000000 /* 1,000,000 to 1,999,999 are for local rules */
#define SID_COUNT 1000000
#define TEXT_MAX  ((size_t)4 << 10)

/* Taken up to here, in this file. */
struct sids {
	uint8_t taken[SID_COUNT / 8];
};

/* From the target, so that a rule keeps its number from bag to bag; else the next free one. */
static unsigned
sid_of(struct sids *s, const struct handout_item *it, const char *rule)
{
	struct buf key = { .max = TEXT_MAX };
	unsigned at;

	handout_peer(it, &key);
	{
		struct uuid u = uuid_ours(rule, key.bad ? it->ref : key.at);

		at = (((unsigned)u.b[0] << 24 | (unsigned)u.b[1] << 16 |
			 (unsigned)u.b[2] << 8 | u.b[3])) %
		     SID_COUNT;
	}
	buf_release(&key);
	while (s->taken[at / 8] >> at % 8 & 1)
		at = (at + 1) % SID_COUNT;
	s->taken[at / 8] |= (uint8_t)(1u << at % 8);
	return SID_FIRST + at;
}

/* In metadata a comma ends a pair and a semicolon the keyword; a log may be called anything. */
static void
put_word(struct buf *out, const char *text)
{
	for (; *text; text++)
		buf_putc(
		    out, (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
				 (*text >= '0' && *text <= '9') || strchr("._/-", *text)
			     ? *text
			     : '_');
}

static void
put_options(struct buf *out, const struct handout *h, const struct handout_item *it,
    const char *matches, unsigned sid)
{
	buf_puts(out, " (msg:\"Geophone: ");
	buf_puts(out, words_kind(it->kind));
	buf_printf(out, "\"; %s", matches);
	buf_puts(
	    out, "threshold:type limit, track by_src, count 1, seconds 3600; metadata:");
	buf_printf(out, "geophone_%s %s, geophone_severity %s, tlp ",
	    h->choice.hide ? "statement" : "finding", it->ref, severity_text(it->severity));
	put_word(out, tlp_text(h->choice.tlp));
	if (it->technique[0])
		buf_printf(out, ", mitre_technique_id %s", it->technique);
	if (it->logged) {
		buf_puts(out, ", geophone_log ");
		put_word(out, it->origin);
		buf_printf(out, ", geophone_entry %" PRIu64 ", geophone_leaf %s", it->index,
		    it->leaf);
	}
	buf_printf(out, "; sid:%u; rev:1;)\n", sid);
}

static void
put_name_rules(
    struct buf *out, const struct handout *h, const struct handout_item *it, struct sids *s)
{
	static const struct {
		const char *proto, *buffer;
	} rules[] = { { "dns", "dns.query" }, { "tls", "tls.sni" },
		{ "http", "http.host" } };
	char matches[FINDING_NAME + 128];

	/* The dot before makes "example.net" match "a.example.net", and not "anexample.net". */
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		(void)snprintf(matches, sizeof matches,
		    "%s; dotprefix; content:\".%s\"; nocase; endswith; ", rules[i].buffer,
		    it->name);
		buf_printf(out, "alert %s $HOME_NET any -> any any", rules[i].proto);
		put_options(out, h, it, matches, sid_of(s, it, rules[i].proto));
	}
}

static void
put_address_rule(
    struct buf *out, const struct handout *h, const struct handout_item *it, struct sids *s)
{
	static const char other[] = "ip";
	const char *proto = it->proto == PROTO_TCP    ? "tcp"
			    : it->proto == PROTO_UDP  ? "udp"
			    : it->proto == PROTO_ICMP ? "icmp"
						      : other;
	char matches[32] = "";
	bool ports = it->port && (it->proto == PROTO_TCP || it->proto == PROTO_UDP);
	char ip[IP_TEXT], port[8] = "any";

	if (ports)
		(void)snprintf(port, sizeof port, "%u", it->port);
	buf_printf(
	    out, "alert %s $HOME_NET any -> %s %s", proto, ip_text(&it->peer, ip), port);
	if (it->proto == PROTO_TCP)
		(void)snprintf(matches, sizeof matches, "flow:to_server; ");
	else if (proto == other && it->proto)
		(void)snprintf(matches, sizeof matches, "ip_proto:%u; ", it->proto);
	put_options(out, h, it, matches, sid_of(s, it, "ip"));
}

enum status
handout_suricata(const struct handout *h, struct buf *out, struct error *err)
{
	size_t n = 0;
	const struct handout_item **target = handout_targets(h, &n);
	struct sids *s = calloc(1, sizeof *s);

	if (target && s) {
		buf_printf(out,
		    "# Geophone: what hosts talked to that may be controlled from "
		    "outside.\n"
		    "# A rule that fires is a reason to look, and no proof. TLP:%s\n"
		    "# From the bag whose tagmanifest-sha256.txt has the SHA-256 %s\n",
		    tlp_text(h->choice.tlp), h->bag);
		for (size_t i = 0; i < n; i++)
			if (target[i]->name[0])
				put_name_rules(out, h, target[i], s);
			else
				put_address_rule(out, h, target[i], s);
	}
	free(s);
	if (target == NULL || s == NULL) {
		free(target);
		return error_set(err, E_NOMEM, "no memory for the rules");
	}
	free(target);
	return OK;
}

/* Between single quotes, where YAML knows one escape. */
static void
put_yaml(struct buf *out, const char *text)
{
	struct buf plain = { .max = TEXT_MAX };

	escape_str(&plain, ESCAPE_TEXT, text);
	buf_putc(out, '\'');
	for (size_t i = 0; i < plain.len; i++) {
		if (plain.at[i] == '\'')
			buf_putc(out, '\'');
		buf_putc(out, plain.at[i]);
	}
	buf_putc(out, '\'');
	out->bad |= plain.bad;
	buf_release(&plain);
}

/* "attack.t1071.001" */
static void
put_technique(struct buf *out, const char *technique)
{
	buf_puts(out, "    - attack.");
	for (; *technique; technique++)
		buf_putc(out, *technique == 'T' ? 't' : *technique);
	buf_putc(out, '\n');
}

static void
put_detection(struct buf *out, const struct handout_item *it)
{
	char ip[IP_TEXT];

	buf_printf(out, "logsource:\n    category: %s\ndetection:\n    selection:\n",
	    it->name[0] ? "dns" : "firewall");
	if (it->name[0]) {
		/* Either is enough; a list of maps is an "or". */
		buf_puts(out, "        - query: ");
		put_yaml(out, it->name);
		buf_printf(out, "\n        - query|endswith: '.%s'\n", it->name);
	} else {
		buf_puts(out, "        dst_ip: ");
		put_yaml(out, ip_text(&it->peer, ip));
		buf_putc(out, '\n');
		if (it->port)
			buf_printf(out, "        dst_port: %u\n", it->port);
	}
	buf_puts(out, "    condition: selection\n");
}

static void
put_sigma(struct buf *out, const struct handout *h, const struct handout_item *it)
{
	static const char *const level[] = { "informational", "low", "medium", "high",
		"critical" };
	struct buf text = { .max = TEXT_MAX };
	char uuid[UUID_TEXT];
	struct uuid u;

	handout_peer(it, &text);
	u = uuid_ours("sigma", text.bad ? it->ref : text.at);
	buf_reset(&text);
	buf_puts(&text, "Geophone, ");
	handout_title(it, &text);
	if (!text.bad && text.len > 256) { /* the longest title that Sigma takes */
		text.len = 256;
		text.at[text.len] = '\0';
	}
	buf_puts(out, "---\ntitle: ");
	put_yaml(out, text.bad ? "" : text.at);
	buf_printf(
	    out, "\nid: %s\nstatus: experimental\ndescription: ", uuid_text(&u, uuid));
	buf_reset(&text);
	buf_puts(&text, "A match is a reason to look, and no proof. ");
	handout_pointer(h, it, &text);
	put_yaml(out, text.bad ? "" : text.at);
	buf_printf(out, "\nreferences:\n    - urn:sha256:%s\n", it->statement);
	buf_printf(out, "author: Geophone sensor %.16s\ndate: ", h->key_id);
	buf_reset(&text);
	handout_stamp(it->last_ns, 0, "", &text);
	buf_printf(out, "%.10s\ntags:\n", text.bad ? "" : text.at);
	if (it->technique[0])
		put_technique(out, it->technique);
	buf_puts(out, "    - tlp.");
	for (const char *c = tlp_text(h->choice.tlp); *c; c++)
		buf_putc(out, *c == '+' ? '-' : *c);
	buf_putc(out, '\n');
	put_detection(out, it);
	buf_printf(out,
	    "falsepositives:\n    - a harmless service that runs on a timer\nlevel: %s\n",
	    level[it->severity]);
	out->bad |= text.bad;
	buf_release(&text);
}

enum status
handout_sigma(const struct handout *h, struct buf *out, struct error *err)
{
	size_t n = 0;
	const struct handout_item **target = handout_targets(h, &n);

	if (target == NULL)
		return error_set(err, E_NOMEM, "no memory for the rules");
	for (size_t i = 0; i < n; i++)
		put_sigma(out, h, target[i]);
	free(target);
	return OK;
}
