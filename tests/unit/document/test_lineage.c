/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents that never were, in several languages and encodings. Half of them
 * are there to be linked wrongly: the same day and another speaker, the same
 * speaker on another day, the same phrases, the same footer, the same quotation.
 */
#include "table.h"

#include <iconv.h>
#include <stdlib.h>

#include "document/day.h"
#include "document/lineage.h"

static struct error err;

#define HAN_BRIEFING                                                                                     \
	"2024-03-05 10:00\n3月5日，外交部发言人林文清在例行记者会上回答提问。\n" \
	"林文清表示，所谓指控没有任何根据，我们要求有关方面拿出证据。\n"
#define OTHER_HAN_BRIEFING                                                                                  \
	"2024-03-05\n外交部发言人林文清5日主持例行记者会，就网络事件作出回应。" \
	"她强调，事实应当由证据说话。\n"
#define ENGLISH_BRIEFING                                                                 \
	"March 6, 2024\nForeign ministry spokesperson Lin Wenqing told a regular press " \
	"briefing on Tuesday that the accusation had no basis.\n"
#define ENGLISH_TURNED                                                                     \
	"6 March 2024. \"Show us the evidence,\" said Wenqing Lin at Tuesday's briefing, " \
	"according to a transcript of the day.\n"
#define FRENCH_BRIEFING                                                                \
	"Le 5 mars 2024, la porte-parole du ministère des affaires étrangères Lin " \
	"Wenqing a "                                                                   \
	"déclaré que les accusations étaient sans fondement et que les preuves "    \
	"manquaient.\n"
#define GERMAN_BRIEFING                                                                     \
	"Am 5. März 2024 sagte die Sprecherin des Ministeriums, Lin Wenqing, der Vorwurf " \
	"sei "                                                                              \
	"nicht belegt und die Beweise fehlen.\n"
#define RUSSIAN_BRIEFING                                                                                                                              \
	"5 марта 2024 официальный представитель министерства Анна Ковалёва заявила на " \
	"брифинге, что доказательств нет.\n"
#define ENGLISH_OF_RUSSIAN                                                               \
	"2024-03-05. Ministry spokeswoman Anna Kovaleva said on Tuesday that there was " \
	"no "                                                                            \
	"evidence of the attack.\n"
#define KOREAN_BRIEFING                                                                                                \
	"2024년 3월 5일. 마오닝 중국 외교부 대변인은 정례 브리핑에서 증거를 제시하라고 " \
	"말했다. 2024-03-05\n"
#define HAN_MAO "2024-03-05\n外交部发言人毛宁在例行记者会上说，请拿出证据。\n"

#define FORMULA "中国是网络安全的坚定维护者，"
#define LONG_PROSE                                                                                                                 \
	"据当地机构统计，去年共有四万二千台主机受到境外控制服务器的操纵，其中多数位于三个" \
	"省份的"                                                                                                                \
	"高校和科研单位，专家建议立即更新设备并保存日志。\n"
#define LONG_PROSE_TRADITIONAL                                                                                                     \
	"據當地機構統計，去年共有四萬二千臺主機受到境外控制服務器的操縱，其中多數位於三個" \
	"省份的"                                                                                                                \
	"高校和科研單位，專家建議立即更新設備並保存日誌。\n"
#define ENGLISH_PROSE                                                                      \
	"The two implants spoke to the same relay for eleven days before the operator of " \
	"the "                                                                             \
	"network noticed that the clocks of the recorders had drifted.\n"
#define FOOTER                                                                             \
	"Copyright 2024 Example Media Limited. All rights reserved. No part of this page " \
	"may be "                                                                          \
	"reproduced in any form without the prior written permission of the publisher.\n"
#define MENU                                                                            \
	"Home World Business Technology Science Health Culture Opinion Video Podcasts " \
	"Subscribe "                                                                    \
	"Log in Weather Sport Obituaries Crosswords\n"
#define QUOTED                                                                                                                     \
	"“任何个人和组织不得从事非法侵入他人网络、干扰他人网络正常功能、窃取网络数据等活" \
	"动”"

static const struct row {
	const char *name, *a, *b;
	uint32_t link;
} rows[] = {
	{ "a briefing in Chinese and in English", HAN_BRIEFING, ENGLISH_BRIEFING,
	    LINK_TRANSLATION | LINK_BRIEFING },
	{ "two accounts of a briefing in one language", HAN_BRIEFING, OTHER_HAN_BRIEFING,
	    LINK_BRIEFING },
	{ "the name the other way round", HAN_BRIEFING, ENGLISH_TURNED,
	    LINK_TRANSLATION | LINK_BRIEFING },
	{ "in French", HAN_BRIEFING, FRENCH_BRIEFING, LINK_TRANSLATION },
	{ "in German", FRENCH_BRIEFING, GERMAN_BRIEFING, LINK_TRANSLATION },
	{ "in Russian", RUSSIAN_BRIEFING, ENGLISH_OF_RUSSIAN, LINK_TRANSLATION },
	{ "in Korean", KOREAN_BRIEFING, HAN_MAO, LINK_TRANSLATION | LINK_BRIEFING },
	{ "another speaker on that day", HAN_BRIEFING, HAN_MAO, 0 },
	{ "that speaker on another day", HAN_BRIEFING,
	    "2024-03-07\nForeign ministry spokesperson Lin Wenqing told a briefing on "
	    "March 7 "
	    "that there was nothing to add.\n",
	    0 },
	{ "that day of another year", HAN_BRIEFING,
	    "2023-03-06\nForeign ministry spokesperson Lin Wenqing told a briefing on "
	    "March 5 "
	    "that there was nothing to add.\n",
	    0 },
	{ "that day and nobody speaks", HAN_BRIEFING,
	    "2024-03-05\nThe foreign ministry said on Tuesday that it had seen no "
	    "evidence.\n",
	    0 },
	{ "names read alike, written otherwise", HAN_BRIEFING,
	    "2024-03-05\n外交部发言人林文青在例行记者会上说，请拿出证据。\n", 0 },
	{ "prose in the same words", "一。" LONG_PROSE, "二。" LONG_PROSE, LINK_WORDS },
	{ "in the other characters", "一。" LONG_PROSE, "二。" LONG_PROSE_TRADITIONAL,
	    LINK_WORDS },
	{ "English prose", "It is said. " ENGLISH_PROSE, "As read: " ENGLISH_PROSE,
	    LINK_WORDS },
	{ "a formula of the house", FORMULA "我们对此表示关切。",
	    FORMULA "有关指责毫无道理。", 0 },
	{ "English phrases",
	    "The ministry did not immediately respond to a request for comment.",
	    "Asked today, it did not immediately respond to a request for comment.", 0 },
	{ "the same footer", "One thing happened. " MENU FOOTER,
	    "Another thing happened elsewhere. " FOOTER, 0 },
	{ "the same menu", "One thing happened.\n" MENU, "Another did.\n" MENU, 0 },
	{ "the same law, quoted", "有关部门援引法律：" QUOTED "，并表示将依法处理。",
	    "评论员写道，" QUOTED "这一条常被忘记。", 0 },
	{ "the same law, not quoted by one",
	    "有关部门援引法律：" QUOTED "，并表示将依法处理。",
	    "任何个人和组织不得从事非法侵入他人网络、干扰他人网络正常功能、窃取网络数据等活"
	    "动。",
	    LINK_WORDS },
	{ "one address", "---\nurl: https://news.example/a/1\n---\nOne.\n",
	    "<html><link rel=canonical href='https://news.example/a/1'><p>Two.",
	    LINK_ADDRESS },
	{ "one site", "---\nurl: https://news.example/\n---\nOne.\n",
	    "---\nurl: https://news.example/\n---\nTwo.\n", 0 },
	{ "declared, with a passage",
	    "---\ndate: "
	    "2024-03-05\n---"
	    "\n来源：环球观察报。\n\n专家指出，设备应当立即更新并保存日志。\n",
	    "---\ndate: 2024-03-05\npublisher: 环球观察报\n---\n"
	    "他说，设备应当立即更新并保存日志。其余从略。\n",
	    LINK_DECLARED },
	{ "declared, of another story",
	    "---\ndate: "
	    "2024-03-05\n---\n来源：环球观察报。\n\n专家指出，设备应当立即更新。\n",
	    "---\ndate: 2024-03-05\npublisher: 环球观察报\n---\n今天天气很好。\n", 0 },
	{ "nothing", "", "", 0 },
	{ "the same nothing", "…", "…", 0 },
};

static uint32_t
link_of(const char *a, const char *b, struct arena *arena)
{
	struct lineage_document d[2] = {
		{ .id = "a", .name = "a.txt", .bytes = text_span(a) },
		{ .id = "b", .name = "b.txt", .bytes = text_span(b) }
	};
	struct lineage l;

	assert_int_equal(lineage_make(&l, d, 2, arena, &err), OK);
	assert_int_equal(l.group[1], l.pairs == 1 && l.pair[0].link ? 0 : 1);
	return l.pairs == 1 ? l.pair[0].link : 0;
}

static void
pairs(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena;

		ROW(i, rows[i].name);
		arena_init(&arena, 1 << 26);
		assert_int_equal(link_of(rows[i].a, rows[i].b, &arena), rows[i].link);
		assert_int_equal(link_of(rows[i].b, rows[i].a, &arena), rows[i].link);
		arena_release(&arena);
	}
}

static struct span
encode(const char *text, const char *to, char *out, size_t room)
{
	iconv_t cd = iconv_open(to, "UTF-8");
	char *in = (char *)(uintptr_t)text, *at = out;
	size_t left = strlen(text), size = room;

	assert_true(cd != (iconv_t)-1);
	assert_true(iconv(cd, &in, &left, &at, &size) != (size_t)-1);
	(void)iconv_close(cd);
	return (struct span){ (const uint8_t *)out, room - size };
}

/* All of them in one case: only their own links, and in any order. */
static void
together(void **state)
{
	static const char *const texts[] = { HAN_BRIEFING, ENGLISH_BRIEFING,
		"一。" LONG_PROSE, "二。" LONG_PROSE_TRADITIONAL, HAN_MAO,
		ENGLISH_OF_RUSSIAN, FORMULA "甲。", FORMULA "乙。", FORMULA "丙。" };
	static const char *const encodings[] = { "GB18030", "UTF-16", "UTF-8", "BIG5",
		"UTF-8", "CP1252", "GB18030", "UTF-8", "UTF-8" };
	/* By text: the first of its group. */
	static const uint32_t want[] = { 0, 0, 2, 2, 4, 5, 6, 7, 8 };

	(void)state;
	for (uint32_t turn = 0; turn < COUNT(texts); turn++) {
		static char bytes[COUNT(texts)][2048];
		struct lineage_document d[COUNT(texts)] = { 0 };
		struct lineage l;
		struct arena arena;

		for (uint32_t i = 0; i < COUNT(texts); i++) {
			uint32_t k = (i + turn) % COUNT(texts);

			d[i].id = d[i].name = texts[k];
			d[i].bytes =
			    encode(texts[k], encodings[k], bytes[i], sizeof bytes[i]);
		}
		arena_init(&arena, 1 << 26);
		assert_int_equal(lineage_make(&l, d, COUNT(texts), &arena, &err), OK);
		for (uint32_t i = 0; i < COUNT(texts); i++)
			for (uint32_t k = 0; k < COUNT(texts); k++)
				assert_int_equal(l.group[i] == l.group[k],
				    want[(i + turn) % COUNT(texts)] ==
					want[(k + turn) % COUNT(texts)]);
		arena_release(&arena);
	}
}

static void
parties(void **state)
{
	static const struct {
		const char *name, *text, *quoted;
	} table[] = {
		{ "a ministry", "中国外交部发言人表示，这不属实。", "CN" },
		{ "an embassy is its own country's", "中国驻挪威使馆发表声明。", "CN" },
		{ "an embassy without its country", "驻英国使馆发言人答记者问。", "" },
		{ "two parties", "日本外务省称有证据。美国国家安全局官员表示同意。",
		    "JP US" },
		{ "nobody speaks", "中国外交部位于朝阳区。", "" },
		{ "accused is not quoted", "他说，美国攻击了网络。", "" },
		{ "English", "Chinese foreign ministry spokesperson Mao Ning said so.",
		    "CN" },
		{ "by its name", "The White House said nothing.", "US" },
		{ "of the", "The embassy of Japan announced it.", "JP" },
		{ "French", "Le gouvernement français a déclaré que non.", "FR" },
		{ "French, the country first", "Selon le ministère russe, non.", "RU" },
		{ "not a country", "The Indiana police said so.", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct lineage_document d = { .id = "a",
			.bytes = text_span(table[i].text) };
		struct lineage l;
		struct arena arena;
		char got[64] = "";

		ROW(i, table[i].name);
		arena_init(&arena, 1 << 26);
		assert_int_equal(lineage_make(&l, &d, 1, &arena, &err), OK);
		for (uint32_t k = 0; k < d.notice.parties; k++)
			(void)snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s",
			    k ? " " : "", d.notice.quoted[k].party);
		assert_string_equal(got, table[i].quoted);
		arena_release(&arena);
	}
}

static void
days(void **state)
{
	static const struct {
		const char *name;
		struct day got, want;
	} table[] = {
		{ "the year of publication", { 0 }, { 2023, 7, 26 } },
		{ "the year before", { 0 }, { 2022, 12, 30 } },
		{ "a Wednesday", { 0 }, { 2023, 7, 26 } },
		{ "the day itself", { 0 }, { 2023, 7, 27 } },
		{ "the last of a leap February", { 0 }, { 2024, 2, 29 } },
		{ "in the month before", { 0 }, { 2023, 6, 30 } },
		{ "no such day", { 0 }, { 0 } },
		{ "a year not known", { 0 }, { 0, 7, 26 } },
	};
	struct day p = { 2023, 7, 27 };
	struct day got[COUNT(table)];

	(void)state;
	got[0] = day_complete(7, 26, p);
	got[1] = day_complete(12, 30, (struct day){ 2023, 1, 2 });
	got[2] = day_on_weekday(3, p);
	got[3] = day_on_weekday(4, p);
	got[4] = day_before((struct day){ 2024, 3, 1 }, 1);
	got[5] = day_in_month(30, p);
	got[6] = day_complete(2, 30, p);
	got[7] = day_complete(7, 26, (struct day){ 0 });
	for (size_t i = 0; i < COUNT(table); i++) {
		ROW(i, table[i].name);
		assert_memory_equal(&got[i], &table[i].want, sizeof got[i]);
	}
	for (int32_t n = -30000; n < 60000; n++)
		assert_int_equal(day_number(day_of_number(n)), n);
}

/* A document past a limit is named and the others are compared. */
static void
refused(void **state)
{
	static char huge[DOCUMENT_MAX + 1];
	struct lineage_document d[2] = {
		{ .id = "a",
		    .name = "huge.txt",
		    .bytes = { (uint8_t *)huge, sizeof huge } },
		{ .id = "b", .name = "b.txt", .bytes = text_span(HAN_BRIEFING) },
	};
	struct lineage l;
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 26);
	assert_int_equal(lineage_make(&l, d, 2, &arena, &err), OK);
	assert_non_null(strstr(d[0].refused, "the limit of a document is 16777216"));
	assert_null(d[1].refused);
	assert_int_equal(d[1].notice.speakers, 1);
	assert_int_equal(l.pairs, 0);
	arena_release(&arena);

	/* One that is allowed, but not in so little memory. */
	memset(huge, 'x', DOCUMENT_MAX);
	d[0].bytes.len = DOCUMENT_MAX;
	d[0].refused = NULL;
	arena_init(&arena, 1 << 25);
	assert_int_equal(lineage_make(&l, d, 2, &arena, &err), OK);
	assert_non_null(strstr(d[0].refused, "more memory"));
	assert_int_equal(d[1].notice.speakers, 1);
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs),
		cmocka_unit_test(together),
		cmocka_unit_test(parties),
		cmocka_unit_test(days),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
