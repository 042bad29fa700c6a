/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An IODEF 2 document (RFC 7970), an Incident for each finding.
 *
 * No Assessment and no Confidence: a finding is no judgement of impact, and its
 * numbers are no degree of belief. GenerationTime, which must be there, is the last
 * time of the finding, because nothing here reads a clock.
 */
#include <inttypes.h>

#include "base/utf8.h"
#include "publish/escape.h"
#include "publish/handout_own.h"
#include "record/flow.h"

#define SHORT_MAX ((size_t)16 << 10)
#define OURS      "geophone.example" /* who names the incidents: section 3.4 wants a domain */

/* escape.h leaves only characters that XML 1.0 takes. */
static void
put_text(struct buf *out, const char *text)
{
	escape_str(out, ESCAPE_HTML, text);
}

static void
put_stamp(struct buf *out, const char *element, uint64_t t_ns)
{
	buf_printf(out, "<%s>", element);
	handout_stamp(t_ns, 3, "Z", out);
	buf_printf(out, "</%s>", element);
}

/* RFC 7970 section 3.3.1 knows TLP by the colours of its first version. */
static void
put_restriction(struct buf *out, enum tlp t)
{
	switch (t) {
	case TLP_CLEAR:
		buf_puts(out, " restriction=\"white\"");
		break;
	case TLP_AMBER_STRICT:
		buf_puts(
		    out, " restriction=\"ext-value\" ext-restriction=\"TLP:AMBER+STRICT\"");
		break;
	case TLP_GREEN:
	case TLP_AMBER:
	case TLP_RED:
		buf_printf(out, " restriction=\"%s\"", tlp_text(t));
		break;
	}
}

static void
put_address(struct buf *out, const struct ip *ip)
{
	char text[IP_TEXT];

	buf_printf(out, "<Address category=\"%s\">%s</Address>",
	    ip_is_v4(ip) ? "ipv4-addr" : "ipv6-addr", ip_text(ip, text));
}

/* What a name's owner and registry think of it was not asked. */
static void
put_name(struct buf *out, const char *name)
{
	buf_puts(out, "<DomainData system-status=\"ext-value\" "
		      "ext-system-status=\"not-asked\" domain-status=\"ext-value\" "
		      "ext-domain-status=\"not-asked\"><Name>");
	put_text(out, name);
	buf_puts(out, "</Name></DomainData>");
}

static void
put_peer(struct buf *out, const struct handout_item *it, const char *category)
{
	buf_printf(out, "<System category=\"%s\"><Node>", category);
	if (it->name[0])
		put_name(out, it->name);
	if (it->has_peer)
		put_address(out, &it->peer);
	buf_puts(out, "</Node>");
	if (it->proto || it->port) {
		buf_puts(out, "<Service");
		if (it->proto)
			buf_printf(out, " ip-protocol=\"%u\"", it->proto);
		buf_putc(out, '>');
		if (it->port)
			buf_printf(out, "<Port>%u</Port>", it->port);
		buf_puts(out, "</Service>");
	}
	buf_puts(out, "</System>");
}

static void
put_event(struct buf *out, const struct handout_item *it)
{
	buf_puts(out, "<EventData>");
	put_stamp(out, "StartTime", it->first_ns);
	put_stamp(out, "EndTime", it->last_ns);
	buf_puts(out, "<Flow><System category=\"source\"><Node>");
	put_address(out, &it->host);
	buf_puts(out, "</Node></System>");
	if (it->has_peer || it->name[0])
		put_peer(out, it, "target");
	buf_puts(out, "</Flow></EventData>");
}

static void
put_indicator(struct buf *out, const struct handout_item *it)
{
	struct uuid u = uuid_ours("indicator", it->ref);
	char text[UUID_TEXT];
	struct buf title = { .max = SHORT_MAX };

	handout_title(it, &title);
	buf_printf(out,
	    "<IndicatorData><Indicator><IndicatorID name=\"" OURS
	    "\" version=\"1\">%s</IndicatorID><Description>",
	    uuid_text(&u, text));
	put_text(out, title.bad ? "" : title.at);
	buf_puts(out, "</Description>");
	put_stamp(out, "StartTime", it->first_ns);
	buf_puts(out, "<Observable>");
	put_peer(out, it, "target");
	buf_puts(out, "</Observable></Indicator></IndicatorData>");
	buf_release(&title);
}

static void
put_more(struct buf *out, const char *meaning, const char *value)
{
	buf_printf(out, "<AdditionalData dtype=\"string\" meaning=\"%s\">", meaning);
	put_text(out, value);
	buf_puts(out, "</AdditionalData>");
}

static void
put_pointers(struct buf *out, const struct handout *h, const struct handout_item *it)
{
	char hex[DIGEST_HEX], number[24];

	if (!h->choice.hide)
		put_more(out, "SHA-256 of the finding", it->ref);
	put_more(out, "SHA-256 of the signed statement (DSSE PAE)", it->statement);
	for (unsigned i = 0; i < it->slices; i++)
		put_more(out, "SHA-256 of the slice", digest_hex(&it->slice[i], hex));
	if (it->logged) {
		(void)snprintf(number, sizeof number, "%" PRIu64, it->index);
		put_more(out, "origin of the transparency log", it->origin);
		put_more(out, "entry of the log", number);
		put_more(out, "leaf hash of the entry", it->leaf);
	}
	if (it->technique[0])
		put_more(out, "ATT&amp;CK technique", it->technique);
	(void)snprintf(number, sizeof number, "%" PRIu64, it->contacts);
	put_more(out, "contacts", number);
	put_more(out, "severity", severity_text(it->severity));
	put_more(out, "TLP 2.0", tlp_text(h->choice.tlp));
}

static void
put_incident(struct buf *out, const struct handout *h, const struct handout_item *it)
{
	struct buf title = { .max = SHORT_MAX };

	handout_title(it, &title);
	buf_puts(out, "<Incident purpose=\"reporting\" status=\"new\" xml:lang=\"en\"");
	put_restriction(out, h->choice.tlp);
	buf_printf(out, "><IncidentID name=\"" OURS "\">%s</IncidentID>", it->ref);
	put_stamp(out, "StartTime", it->first_ns);
	put_stamp(out, "EndTime", it->last_ns);
	put_stamp(out, "GenerationTime", it->last_ns);
	buf_puts(out, "<Description>");
	put_text(out, title.bad ? "" : title.at);
	buf_puts(out, "</Description>");
	if (it->why[0]) {
		buf_puts(out, "<Description>");
		put_text(out, it->why);
		buf_puts(out, "</Description>");
	}
	buf_printf(out,
	    "<Contact role=\"creator\" type=\"organization\"><ContactName>Geophone sensor "
	    "%.16s</ContactName></Contact>",
	    h->key_id);
	put_event(out, it);
	if (it->indicates)
		put_indicator(out, it);
	put_pointers(out, h, it);
	buf_puts(out, "</Incident>\n");
	out->bad |= title.bad;
	buf_release(&title);
}

void
handout_iodef(const struct handout *h, struct buf *out)
{
	buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		      "<IODEF-Document version=\"2.00\" xml:lang=\"en\" "
		      "xmlns=\"urn:ietf:params:xml:ns:iodef-2.0\">\n");
	for (size_t i = 0; i < h->items; i++)
		put_incident(out, h, &h->item[i]);
	buf_puts(out, "</IODEF-Document>\n");
}
