/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second half of the report: what the findings rest on, and how somebody
 * who trusts neither the sender nor us can check them.
 */
#include "publish/report.h"

#include "publish/escape.h"
#include "publish/words.h"

#define INPUTS_SHOWN 100
#define NOTES_SHOWN  100

static void
put(struct buf *b, const char *ours)
{
	buf_puts(b, ours);
}

static void
put_tally(struct buf *b, const char *what, uint64_t n)
{
	put(b, "<div><dt>");
	escape_str(b, ESCAPE_HTML, what);
	put(b, "</dt><dd>");
	words_count(b, n);
	put(b, "</dd></div>");
}

static void
put_read(struct buf *b, const struct summary *s)
{
	put(b,
	    "<section aria-labelledby=\"read\">\n<h2 id=\"read\">What was read</h2>\n<ul>");
	for (unsigned i = 0; i < s->inputs_n && i < INPUTS_SHOWN; i++) {
		put(b, "<li><code>");
		escape_str(b, ESCAPE_HTML, s->inputs[i]);
		put(b, "</code></li>\n");
	}
	if (s->inputs_n > INPUTS_SHOWN)
		buf_printf(b, "<li>and %u more</li>\n", s->inputs_n - INPUTS_SHOWN);
	put(b, "</ul>\n<dl class=\"facts\">");
	for (unsigned i = 0; i < s->reads; i++)
		if (s->read[i].n)
			put_tally(b, s->read[i].what, s->read[i].n);
	put_tally(b, "hosts that called out", s->hosts);
	put_tally(b, "pairs of host and service", s->pairs);
	put(b, "</dl>\n");
	if (s->first_ns != 0 || s->last_ns != 0) {
		put(b, "<p>First contact ");
		report_stamp(b, s->first_ns);
		put(b, ", last contact ");
		report_stamp(b, s->last_ns);
		put(b, ", both UTC.</p>\n");
	}
	put(b, "</section>\n");
}

static void
put_lost(struct buf *b, const struct summary *s)
{
	bool any = false;

	put(b, "<section aria-labelledby=\"unseen\">\n<h2 id=\"unseen\">What was not "
	       "seen</h2>\n");
	for (unsigned i = 0; i < s->losts; i++) {
		if (s->lost[i].n == 0)
			continue;
		put(b, any ? "" : "<dl class=\"facts\">");
		put_tally(b, s->lost[i].what, s->lost[i].n);
		any = true;
	}
	put(b,
	    any ? "</dl>\n"
		: "<p>The inputs tell of no loss: nothing dropped, cut or unreadable was "
		  "counted. A capture that does not count its drops cannot tell.</p>\n");
	if (s->notes_n > 0) {
		put(b, "<ul>\n");
		for (unsigned i = 0; i < s->notes_n && i < NOTES_SHOWN; i++) {
			put(b, "<li>");
			escape_str(b, ESCAPE_HTML, s->notes[i]);
			put(b, "</li>\n");
		}
		if (s->notes_n > NOTES_SHOWN)
			buf_printf(b, "<li>and %u more</li>\n", s->notes_n - NOTES_SHOWN);
		put(b, "</ul>\n");
	}
	put(b,
	    "<h3>What this way of looking cannot see</h3>\n<ul>\n"
	    "<li>Traffic that does not pass the point where it was recorded.</li>\n"
	    "<li>A control channel without a clock: one that waits at random like a "
	    "person, "
	    "or holds a single connection open.</li>\n"
	    "<li>Clocks that tick faster than every 2 s or slower than every 36 h, and "
	    "those "
	    "with too few ticks in the time recorded.</li>\n"
	    "<li>Control through a service that many hosts here use anyway: it looks like "
	    "everybody else.</li>\n</ul>\n<p>So an empty list is not a clean bill of "
	    "health.</p>\n</section>\n");
}

static void
put_verify(struct buf *b)
{
	put(b,
	    "<section aria-labelledby=\"verify\">\n<h2 id=\"verify\">How to check this "
	    "report</h2>\n"
	    "<p>This report lies in a folder together with its evidence: the one that "
	    "holds "
	    "<code>bagit.txt</code>. Whoever has that folder can check it without trusting "
	    "whoever sent it. The findings in it are signed; this page is not. Where the "
	    "two "
	    "differ, believe the findings.</p>\n"
	    "<ol class=\"todo\"><li>All files arrived as they were sent. In the folder:\n"
	    "<pre>sha256sum -c manifest-sha256.txt</pre></li>\n"
	    "<li>Each finding is signed, and comes out again when it is computed from its "
	    "evidence:\n<pre>geophone verify FOLDER</pre></li>\n"
	    "<li>The key is the right one: compare the id that is printed with one that "
	    "reached you another way.</li>\n"
	    "<li>Without Geophone: <code>data/README-VERIFY.txt</code> tells how to do the "
	    "same with tools that every Linux has.</li></ol>\n"
	    "<p>By itself this folder is <em>unwitnessed</em>: nobody but its sender "
	    "vouches for when it existed, unless <code>geophone verify</code>, told whom "
	    "you trust, says who cosigned or stamped it.</p>\n"
	    "<p>What this cannot show: that the recorded traffic really was on the wire, "
	    "and "
	    "that nothing was recorded and then left out. For that, ask who recorded it, "
	    "and "
	    "compare with another place that saw the same traffic.</p>\n</section>\n");
}

static void
put_glossary(struct buf *b)
{
	static const struct {
		const char *word, *meaning;
	} words[] = {
		{ "Alert",
		    "A finding of severity medium or more: somebody should look at it." },
		{ "Clock-driven",
		    "The calls come at such even intervals that only a timer can be behind "
		    "them. Software that is controlled from outside often asks for orders "
		    "on "
		    "a timer; so do updates, time services and monitoring." },
		{ "Contact",
		    "One connection or exchange that the host began with the peer." },
		{ "Controlled from outside", "Somebody who is not the operator can give "
					     "the host orders. Traffic alone "
					     "seldom proves it; a look at the host does." },
		{ "False discovery rate", "Of all findings at least as strong as this one, "
					  "the share that is expected "
					  "to be wrong about the clock." },
		{ "Gap",
		    "The time from the start of one contact to the start of the next." },
		{ "Host, peer", "The host is the machine of this network that calls; the "
				"peer is what it "
				"calls, given as address, port and protocol." },
		{ "Odds",
		    "\xe2\x80\x9c"
		    "20:1 for\xe2\x80\x9d means: by the weights in the "
		    "table, of 21 hosts that look like this one, 20 are controlled from "
		    "outside, if one network in ten that is looked at has anything of the "
		    "kind. Most "
		    "weights are judgement, so take it as a rank and not as a "
		    "measurement." },
		{ "Slice", "The part of the recorded traffic that a finding rests on, kept "
			   "as a file "
			   "of its own so that the finding can be computed again." },
		{ "UTC", "World time. All times in this report are in it." },
		{ "Window",
		    "The narrow range of gaps in which most of them lie. A process without "
		    "a "
		    "clock, however busy or uneven, can only put a known share there." },
	};

	put(b, "<section aria-labelledby=\"words\">\n<h2 id=\"words\">What the words "
	       "mean</h2>\n"
	       "<dl class=\"glossary\">\n");
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		buf_printf(b, "<dt>%s</dt><dd>%s</dd>\n", words[i].word, words[i].meaning);
	put(b, "</dl>\n</section>\n");
}

void
report_basis(struct buf *b, const struct summary *s)
{
	put_read(b, s);
	put_lost(b, s);
	put_verify(b);
	put_glossary(b);
}
