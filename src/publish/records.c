/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/records.h"

#include <inttypes.h>
#include <string.h>

#include "base/stamp.h"
#include "publish/escape.h"
#include "record/community.h"
#include "record/finding.h"

#define CSV_COLUMNS                                                                      \
	"ts,last,id.orig_h,id.orig_p,id.resp_h,id.resp_p,proto,service,orig_bytes,"      \
	"resp_bytes,conn_state,history,orig_pkts,orig_ip_bytes,resp_pkts,resp_ip_bytes," \
	"vlan,community_id"

void
publish_flow_json(const struct flow *f, uint16_t seed, struct buf *out)
{
	char id[COMMUNITY_TEXT];
	struct buf line;

	buf_init(&line, 4096);
	flow_encode(f, &line);
	CHECK(!line.bad && line.at[0] == '{');
	buf_printf(out, "{\"_path\":\"conn\",\"community_id\":\"%s\",%s\n",
	    community_of(f, seed, id), line.at + 1);
	buf_release(&line);
}

void
publish_flow_csv_header(struct buf *out)
{
	buf_puts(out, CSV_COLUMNS "\r\n");
}

void
publish_flow_csv(const struct flow *f, uint16_t seed, struct buf *out)
{
	char a[IP_TEXT], b[IP_TEXT], first[STAMP_TEXT], last[STAMP_TEXT], proto[8];
	char id[COMMUNITY_TEXT];

	buf_printf(out, "\"%s\",\"%s\",\"%s\",%u,\"%s\",%u,\"%s\",\"%s\",",
	    stamp_text(f->first_ns, first), stamp_text(f->last_ns, last),
	    ip_text(&f->orig, a), f->orig_port, ip_text(&f->resp, b), f->resp_port,
	    proto_text(f->proto, proto), f->service ? service_text(f->service) : "");
	if (f->flags & FLOW_NO_BYTES)
		buf_puts(out, ",,");
	else
		buf_printf(out, "%" PRIu64 ",%" PRIu64 ",", f->orig_bytes, f->resp_bytes);
	buf_printf(out,
	    "\"%s\",\"%s\",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%u,\"%s\"\r\n",
	    f->state ? conn_state_text(f->state) : "", f->history, f->orig_pkts,
	    f->orig_ip_bytes, f->resp_pkts, f->resp_ip_bytes, f->vlan,
	    community_of(f, seed, id));
}

void
publish_flow_table_header(struct buf *out)
{
	buf_printf(out, "%-20s  %-5s %-22s %-22s %-8s %-6s %10s %10s\n", "ts", "proto",
	    "id.orig", "id.resp", "service", "state", "orig_bytes", "resp_bytes");
}

static void
put_end(struct buf *out, const struct ip *ip, uint16_t port)
{
	char text[IP_TEXT], end[IP_TEXT + 8];
	struct buf b = { .max = sizeof end };

	buf_printf(&b, ip_is_v4(ip) ? "%s:%u" : "[%s]:%u", ip_text(ip, text), port);
	buf_printf(out, "%-22s ", b.at ? b.at : "");
	buf_release(&b);
}

void
publish_flow_table(const struct flow *f, struct buf *out)
{
	char first[STAMP_TEXT], proto[8];

	buf_printf(out, "%.19sZ  %-5s ", stamp_text(f->first_ns, first),
	    proto_text(f->proto, proto));
	put_end(out, &f->orig, f->orig_port);
	put_end(out, &f->resp, f->resp_port);
	buf_printf(out, "%-8s %-6s %10" PRIu64 " %10" PRIu64 "\n", service_text(f->service),
	    conn_state_text(f->state), f->orig_bytes, f->resp_bytes);
}
