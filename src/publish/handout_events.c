/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events in the columns of Shadowserver's sinkhole reports, which the tools of
 * national CERTs read: the source is the host that may be controlled, the
 * destination what it talked to. Columns we do not know are empty.
 */
#include "base/stamp.h"
#include "publish/handout_own.h"
#include "publish/publish.h"

static const char header[] =
    "\"timestamp\",\"protocol\",\"src_ip\",\"src_port\",\"src_asn\",\"src_geo\","
    "\"src_region\",\"src_city\",\"src_hostname\",\"src_naics\",\"src_sector\","
    "\"device_vendor\",\"device_type\",\"device_model\",\"dst_ip\",\"dst_port\","
    "\"dst_asn\",\"dst_geo\",\"dst_region\",\"dst_city\",\"dst_hostname\",\"dst_naics\","
    "\"dst_sector\",\"public_source\",\"infection\",\"family\",\"tag\",\"application\","
    "\"version\",\"event_id\"\r\n";

static void
put_empty(struct buf *out, unsigned n)
{
	while (n-- > 0)
		buf_puts(out, "\"\",");
}

static void
put_event(struct buf *out, const struct handout *h, const struct handout_item *it)
{
	char text[IP_TEXT], proto[8], port[8] = "", stamp[STAMP_TEXT];
	struct buf tag = { .max = 4096 };

	(void)stamp_text(it->last_ns, stamp);
	buf_printf(out, "\"%.10s %.8s\",", stamp, stamp + 11);
	publish_csv_text(out, it->proto ? proto_text(it->proto, proto) : "");
	publish_csv_text(out, ip_text(&it->host, text));
	put_empty(out, 11); /* src_port to device_model */
	publish_csv_text(out, it->has_peer ? ip_text(&it->peer, text) : "");
	if (it->port)
		(void)snprintf(port, sizeof port, "%u", it->port);
	publish_csv_text(out, port);
	put_empty(out, 4); /* dst_asn to dst_city */
	publish_csv_text(out, it->name);
	put_empty(out, 2); /* dst_naics, dst_sector */
	publish_csv_text(out, "geophone");
	publish_csv_text(
	    out, finding_kind_text(it->kind)); /* behaviour: no family is known */
	put_empty(out, 1);
	buf_printf(&tag, "tlp:%s;severity:%s;", tlp_text(h->choice.tlp),
	    severity_text(it->severity));
	handout_pointer(h, it, &tag);
	publish_csv_text(out, tag.bad ? "" : tag.at);
	put_empty(out, 2); /* application, version */
	publish_csv_text(out, it->ref);
	if (!out->bad)
		out->len--; /* the last field's comma */
	buf_puts(out, "\r\n");
	out->bad |= tag.bad;
	buf_release(&tag);
}

void
handout_events(const struct handout *h, struct buf *out)
{
	buf_puts(out, header);
	for (size_t i = 0; i < h->items; i++)
		put_event(out, h, &h->item[i]);
}
