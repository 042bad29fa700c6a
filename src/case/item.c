/* SPDX-License-Identifier: Apache-2.0 */
#include "case/item.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unicode/uloc.h>
#include <unicode/ustring.h>

#include "case/weigh.h"

static const char *
text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static enum status
must_have(struct casebook *cb, const char *kind, const char *id, struct error *err)
{
	json_t *body = id ? casebook_get(cb, kind, id) : NULL;

	if (id && body == NULL)
		return error_set(err, E_FORMAT, "there is no %s %s in this case", kind, id);
	json_decref(body);
	return OK;
}

static enum status
settle_rests(struct casebook *cb, const json_t *rests, struct error *err)
{
	static const struct {
		const char *key, *kind;
	} refs[] = { { "documents", "document" }, { "findings", "finding" },
		{ "claims", "claim" } };
	size_t any = json_array_size(json_object_get(rests, "artefacts")), i;
	enum status st = OK;
	json_t *id;

	for (size_t k = 0; k < sizeof refs / sizeof *refs; k++) {
		json_t *list = json_object_get(rests, refs[k].key);

		any += json_array_size(list);
		json_array_foreach(list, i, id) if (st == OK) st =
		    must_have(cb, refs[k].kind, json_string_value(id), err);
	}
	if (st == OK && any == 0)
		st = error_set(err, E_FORMAT,
		    "it rests on nothing: rests_on names no document, finding, claim or "
		    "artefact");
	return st;
}

/* Likelihood ratio of the counts, by the rule of succession, against 10^0.6. */
static bool
rate_bears_cc(const json_t *rate)
{
	unsigned __int128 ka =
	    (uint64_t)json_integer_value(json_object_get(rate, "actor_seen"));
	unsigned __int128 na =
	    (uint64_t)json_integer_value(json_object_get(rate, "actor_n"));
	unsigned __int128 kp =
	    (uint64_t)json_integer_value(json_object_get(rate, "others_seen"));
	unsigned __int128 np =
	    (uint64_t)json_integer_value(json_object_get(rate, "others_n"));

	return (ka + 1) * (np + 2) * 1000 >= (kp + 1) * (na + 2) * 3981;
}

static enum status
settle_rate(const json_t *item, struct error *err)
{
	const json_t *rate = json_object_get(item, "base_rate");
	json_t *r;
	size_t i;

	if (rate == NULL)
		return OK;
	if (json_integer_value(json_object_get(rate, "actor_seen")) >
		json_integer_value(json_object_get(rate, "actor_n")) ||
	    json_integer_value(json_object_get(rate, "others_seen")) >
		json_integer_value(json_object_get(rate, "others_n")))
		return error_set(err, E_FORMAT, "base_rate: more were seen than there are");
	json_array_foreach(json_object_get(item, "ratings"), i, r)
	{
		if (strcmp(text_of(r, "rating"), "CC") == 0 && !rate_bears_cc(rate))
			return error_set(err, E_FORMAT,
			    "the base rate does not bear a CC for %s: that takes a "
			    "likelihood ratio of 3.98",
			    text_of(r, "hypothesis"));
	}
	return OK;
}

static enum status
settle_ratings(const json_t *item, struct error *err)
{
	bool geography = weigh_is_geography(text_of(item, "kind"));
	json_t *ratings = json_object_get(item, "ratings"), *r;
	size_t i;

	json_array_foreach(ratings, i, r)
	{
		const char *h = text_of(r, "hypothesis");

		if (strcmp(h, "unk") == 0)
			return error_set(err, E_FORMAT,
			    "every rating is relative to unk, so unk is not rated");
		if (geography && strcmp(text_of(r, "rating"), "N") != 0)
			return error_set(err, E_FORMAT,
			    "where an address is registered says nothing of who uses it: "
			    "%s is rated N or not at all",
			    text_of(item, "kind"));
		for (size_t k = 0; k < i; k++)
			if (strcmp(text_of(json_array_get(ratings, k), "hypothesis"), h) ==
			    0)
				return error_set(err, E_FORMAT, "%s is rated twice", h);
	}
	return OK;
}

enum status
item_settle(struct casebook *cb, json_t *item, struct error *err)
{
	enum status st = must_have(cb, "incident", text_of(item, "incident"), err);

	if (st == OK)
		st = must_have(cb, "party", text_of(item, "provider"), err);
	if (st == OK && (strlen(text_of(item, "id")) >= WEIGH_NAME ||
			    strlen(text_of(item, "kind")) >= WEIGH_NAME))
		st = error_set(
		    err, E_LIMIT, "its id or kind is longer than %d bytes", WEIGH_NAME - 1);
	if (st == OK)
		st = settle_rests(cb, json_object_get(item, "rests_on"), err);
	if (st == OK)
		st = settle_ratings(item, err);
	if (st == OK)
		st = settle_rate(item, err);
	return st;
}

/* "United-States" and "united states" are the same name. */
static bool
same_letters(const char *a, const char *b)
{
	for (;;) {
		while (*a && !isalnum((unsigned char)*a))
			a++;
		while (*b && !isalnum((unsigned char)*b))
			b++;
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (*a == '\0')
			return true;
		a++, b++;
	}
}

bool
item_names_country(const char *label)
{
	static const char *const more[] = { "prc", "usa", "uk", "dprk", "rok", "eu", "uae",
		"america", "britain", "england", "korea" };
	const char *const *iso = uloc_getISOCountries();

	for (size_t i = 0; i < sizeof more / sizeof *more; i++)
		if (same_letters(label, more[i]))
			return true;
	for (; *iso; iso++) {
		UChar name[128];
		char locale[16], english[256];
		UErrorCode e = U_ZERO_ERROR;

		(void)snprintf(locale, sizeof locale, "und_%s", *iso);
		if (same_letters(label, *iso) ||
		    same_letters(label, uloc_getISO3Country(locale)))
			return true;
		(void)uloc_getDisplayCountry(locale, "en", name, 128, &e);
		(void)u_strToUTF8(english, sizeof english, NULL, name, -1, &e);
		if (U_SUCCESS(e) && same_letters(label, english))
			return true;
	}
	return false;
}

/* A name in ASCII is a word of its own; a Chinese one stands anywhere. */
static bool
name_within(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = text; len > 0 && (p = strstr(p, name)) != NULL; p++)
		if ((unsigned char)*name >= 0x80 ||
		    ((p == text || !isalnum((unsigned char)p[-1])) &&
			!isalpha((unsigned char)p[len])))
			return true;
	return false;
}

bool
item_country_within(const char *folded)
{
	static const char *const locales[] = { "en", "zh_Hans" };
	static const char *const more[] = { "u.s.", "usa", "u.k.", "prc", "dprk", "rok",
		"america", "american", "americans", "britain", "british", "england",
		"china", "chinese", "russian", "russians", "iranian", "israeli", "korea",
		"korean", "japanese", "indian", "french", "german", "ukrainian",
		"vietnamese", "pakistani", "taiwanese", "european", "european union",
		"beijing", "washington", "moscow", "tehran", "pyongyang", "kremlin",
		"turkey", "hong kong", "香港", "澳门", "台湾", "美方", "中方", "俄方",
		"英方", "日方", "韩方", "朝方", "以方", "朝鲜", "韩国", "欧盟" };
	const char *const *iso = uloc_getISOCountries();

	for (size_t i = 0; i < sizeof more / sizeof *more; i++)
		if (name_within(folded, more[i]))
			return true;
	for (; *iso; iso++)
		for (size_t l = 0; l < 2; l++) {
			UChar name[128], low[128];
			char locale[16], text[256];
			UErrorCode e = U_ZERO_ERROR;

			(void)snprintf(locale, sizeof locale, "und_%s", *iso);
			(void)uloc_getDisplayCountry(locale, locales[l], name, 128, &e);
			(void)u_strFoldCase(low, 128, name, -1, 0, &e);
			(void)u_strToUTF8(text, sizeof text, NULL, low, -1, &e);
			if (U_SUCCESS(e) && name_within(folded, text))
				return true;
		}
	return false;
}

enum status
item_settle_hypotheses(struct casebook *cb, json_t *h, struct error *err)
{
	json_t *actors = json_object_get(h, "actors"), *actor, *claim;
	enum status st = OK;
	size_t i, k;

	if (json_array_size(actors) == 0)
		return error_set(err, E_FORMAT, "actors is empty");
	json_array_foreach(actors, i, actor)
	{
		const char *id = text_of(actor, "id");

		if (strcmp(id, "unk") == 0 || strcmp(id, "null") == 0 ||
		    strncmp(id, "ff:", 3) == 0 || strlen(id) >= WEIGH_NAME)
			return error_set(
			    err, E_FORMAT, "an actor may not be called %s", id);
		if (item_names_country(id))
			return error_set(err, E_FORMAT,
			    "%s names a country. An actor is a label for a cluster of "
			    "activity; who stands behind it is a claim: quote it under "
			    "claims",
			    id);
		for (k = 0; k < i; k++)
			if (strcmp(text_of(json_array_get(actors, k), "id"), id) == 0)
				return error_set(err, E_FORMAT, "%s is named twice", id);
		json_array_foreach(json_object_get(actor, "claims"), k, claim) if (st == OK)
		    st = must_have(cb, "claim", json_string_value(claim), err);
	}
	return st;
}
