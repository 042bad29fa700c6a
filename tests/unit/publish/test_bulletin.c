/* SPDX-License-Identifier: Apache-2.0 */
/* A sentence that says more than its grade is named, in either language; one that does not passes. */
#include "table.h"

#include "publish/bulletin.h"

/* A case with three alerts of 2026 at one peer, a conclusion "likely", confidence low. */
static void
concluded(struct bulletin_facts *f)
{
	memset(f, 0, sizeof *f);
	assert_true(bulletin_facts_begin(f));
	bulletin_set_n(f, "alerts", 3);
	bulletin_set_n(f, "contacts", 1200);
	bulletin_set(f, "peer", "198.51.100.7:443/tcp");
	bulletin_set(f, "host", "10.20.3.16");
	bulletin_set(f, "first", "2026-03-02 00:00:49");
	bulletin_set(f, "low", "3 min 35 s");
	bulletin_set(f, "range", "55 to 80 %");
	bulletin_set(f, "party", "国家互联网应急中心");
	bulletin_set(f, "quote", "控制了531万台主机");
	json_object_set_new(
	    f->quotes, "控制了531万台主机", json_pack("{s:b}", "国家互联网应急中心", true));
	json_object_set_new(f->actors, "cluster-7", json_true());
	json_object_set_new(f->actors, "cluster-9", json_true());
	json_object_set_new(f->states, "Example State", json_true());
	(void)snprintf(f->leader, sizeof f->leader, "cluster-7");
	f->word = bulletin_word_of("likely");
	f->confidence = CONFIDENCE_LOW;
}

struct row {
	const char *sentence;
	bool bears;         /* with the conclusion */
	bool bears_refused; /* when the case holds none */
};

/* clang-format off */
static const struct row rows[] = {
	{ "3 alerts were seen.", true, true },
	{ "1,200 contacts were seen.", true, true },
	{ "Three alerts were seen.", false, false },
	{ "4 alerts were seen.", false, false },
	{ "30 alerts were seen.", false, false },
	{ "3.5 alerts were seen.", false, false },
	{ "3 million hosts were seen.", false, false },
	{ "3 % of the hosts were seen.", false, false },
	{ "３ alerts were seen.", true, true },
	{ "４ alerts were seen.", false, false },
	{ "Dozens of hosts were seen.", false, false },
	{ "It was 55 to 80 %.", true, true },
	{ "It was 80 %.", false, false },
	{ "It talked to 198.51.100.7:443/tcp.", true, true },
	{ "It talked to 198.51.100.70:443/tcp.", false, false },
	{ "It began on 2026-03-02, in 2026.", true, true },
	{ "It began on 2025-03-02.", false, false },
	{ "看到3组通信。", true, true },
	{ "看到三组通信。", false, false },
	{ "看到3万组通信。", false, false },
	{ "看到两台主机。", false, false },
	{ "看到数百台主机。", false, false },
	{ "看到一台主机。", true, true },
	{ "这是什么内容，现有发现未能说明。", true, true },

	{ "It is likely that it was cluster-7.", true, false },
	{ "It is LIKELY that it was cluster-7.", true, false },
	{ "It is very likely that it was cluster-7.", false, false },
	{ "It is almost certain that it was cluster-7.", false, false },
	{ "It is un\xe2\x80\x8blikely.", false, false },
	{ "It is unlikely.", false, false },
	{ "It was certainly cluster-7.", false, false },
	{ "This proves it.", false, false },
	{ "This is not proven.", true, true },
	{ "This was confirmed by the operator.", false, false },
	{ "该活动较有可能属于 cluster-7。", true, false },
	{ "该活动很有可能属于 cluster-7。", false, false },
	{ "该活动极有可能属于 cluster-7。", false, false },
	{ "毫无疑问是 cluster-7。", false, false },
	{ "铁证如山。", false, false },
	{ "尚未证实。", true, true },

	{ "Our confidence is low.", true, false },
	{ "Our confidence is high.", false, false },
	{ "We say so with very high confidence.", false, false },
	{ "It is likely, and our confidence is low.", false, false },
	{ "置信度为低。", true, false },
	{ "置信度为高。", false, false },
	{ "较有可能，置信度为低。", false, false },

	{ "It was cluster-9.", false, false },
	{ "Example State is behind it.", false, false },
	{ "Russian hackers attacked it.", false, false },
	{ "A state-sponsored group did it.", false, false },
	{ "由美国发起攻击。", false, false },
	{ "具有国家背景。", false, false },
	{ "The host was compromised.", false, false },
	{ "The host may have been compromised.", true, true },
	{ "该主机已被控制了。", false, false },
	{ "该主机疑似失陷。", true, true },

	{ "据国家互联网应急中心称：“控制了531万台主机”。", true, true },
	{ "据本站称：“控制了531万台主机”。", false, false },
	{ "据国家互联网应急中心称：“控制了532万台主机”。", false, false },
	{ "According to us: “it is almost certain”.", false, false },
};
/* clang-format on */

static void
test_sentences(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (int refused = 0; refused < 2; refused++) {
			struct bulletin_facts f;
			struct buf why = { .max = 4096 };
			bool want = refused ? rows[i].bears_refused : rows[i].bears;

			concluded(&f);
			if (refused) {
				f.word = -1;
				f.confidence = CONFIDENCE_NONE;
				f.leader[0] = '\0';
			}
			if (bulletin_bears(&f, PLACE_KNOWN, true, rows[i].sentence, &why) !=
			    want)
				fail_msg("row %zu%s: \"%s\" %s", i,
				    refused ? " refused" : "", rows[i].sentence,
				    why.at ? why.at : "passes");
			if (!want)
				assert_true(why.len > 0);
			buf_release(&why);
			bulletin_facts_release(&f);
		}
}

/* Every sentence of ours, with no slot filled, says nothing by itself; both languages have the same slots. */
static void
test_templates(void **state)
{
	(void)state;
	for (int s = 0; s < SAYS; s++)
		for (int lang = 0; lang < 2; lang++) {
			const char *t = bulletin_template(
			    (enum bulletin_say)s, (enum bulletin_lang)lang);
			const char *other = bulletin_template(
			    (enum bulletin_say)s, (enum bulletin_lang) !lang);
			struct buf bare = { .max = 4096 }, why = { .max = 4096 };
			struct bulletin_facts f;

			for (const char *p = t; *p; p++) {
				char slot[64];
				size_t n;

				if (*p != '{') {
					buf_putc(&bare, *p);
					continue;
				}
				n = strcspn(p + 1, "|}");
				(void)snprintf(slot, sizeof slot, "{%.*s", (int)n, p + 1);
				if (p[1 + n] == '}' && !strstr(other, slot))
					fail_msg("%s is not in \"%s\"", slot, other);
				p = strchr(p, '}');
				buf_puts(&bare, "_");
			}
			concluded(&f);
			f.word = -1;
			f.confidence = CONFIDENCE_NONE;
			if (!bulletin_bears(&f, PLACE_KNOWN, false, bare.at, &why))
				fail_msg("\"%s\": %s", t, why.at);
			buf_release(&bare), buf_release(&why);
			bulletin_facts_release(&f);
		}
}

static void
test_fill(void **state)
{
	struct bulletin_facts f;
	struct buf out = { .max = 256 };
	struct error err;

	(void)state;
	concluded(&f);
	assert_int_equal(bulletin_fill(&f, "{alerts} {alerts|host|hosts}", &out, &err), OK);
	assert_string_equal(out.at, "3 hosts");
	assert_int_equal(bulletin_fill(&f, "{nosuch}", &out, &err), E_FORMAT);
	buf_release(&out);
	bulletin_facts_release(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_templates),
		cmocka_unit_test(test_fill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
