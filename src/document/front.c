/* SPDX-License-Identifier: Apache-2.0 */
/*
 * front.c - what a document declares in a form made for machines: YAML front
 * matter and JSON-LD.
 */
#include <string.h>
#include <strings.h>

#include <jansson.h>
#include <yaml.h>

#include "document/page.h"

#define FRONT_MAX   65536 /* bytes of front matter */
#define JSON_LD_MAX 262144
#define GRAPH_MAX   32 /* nodes of a JSON-LD graph that are looked at */

/* clang-format off */
static const struct {
	const char *key, *where;
	enum document_fact fact;
} front_keys[] = {
	{ "title", "front matter: title", FACT_TITLE },
	{ "date", "front matter: date", FACT_PUBLISHED },
	{ "published", "front matter: published", FACT_PUBLISHED },
	{ "publisher", "front matter: publisher", FACT_PUBLISHER },
	{ "site", "front matter: site", FACT_PUBLISHER },
	{ "author", "front matter: author", FACT_AUTHOR },
	{ "from", "front matter: from", FACT_ADDRESS },
	{ "url", "front matter: url", FACT_ADDRESS },
	{ "link", "front matter: link", FACT_ADDRESS },
	{ "lang", "front matter: lang", FACT_LANGUAGE },
	{ "language", "front matter: language", FACT_LANGUAGE },
	{ "source", "front matter: source", FACT_SOURCE },
};
/* clang-format on */

static bool
is_fence(struct span line)
{
	while (
	    line.len > 0 && (line.at[line.len - 1] == ' ' || line.at[line.len - 1] == '\t'))
		line.len--;
	return line.len == 3 && memcmp(line.at, "---", 3) == 0;
}

static struct span
next_line(struct span *s)
{
	const uint8_t *end = s->len ? memchr(s->at, '\n', s->len) : NULL;
	struct span line = { s->at, end ? (size_t)(end - s->at) : s->len };
	size_t step = line.len + (end != NULL);

	if (step > 0)
		s->at += step;
	s->len -= step;
	return line;
}

/* A key of the top and its scalar; everything nested is stepped over. */
static void
read_yaml(struct document *d, struct span yaml, struct arena *a)
{
	yaml_parser_t p;
	int depth = 0, key = -1;
	bool at_key = true, done = false;

	if (!yaml_parser_initialize(&p))
		return;
	yaml_parser_set_input_string(&p, yaml.at, yaml.len);
	while (!done) {
		yaml_event_t e;

		if (!yaml_parser_parse(&p, &e))
			break;
		done = e.type == YAML_STREAM_END_EVENT || e.type == YAML_DOCUMENT_END_EVENT;
		if (e.type == YAML_MAPPING_END_EVENT || e.type == YAML_SEQUENCE_END_EVENT) {
			depth--;
			at_key = true;
		} else if (depth == 1 && e.type == YAML_SCALAR_EVENT && at_key) {
			key = -1;
			for (size_t i = 0; i < sizeof front_keys / sizeof *front_keys; i++)
				if (strcasecmp((const char *)e.data.scalar.value,
					front_keys[i].key) == 0)
					key = (int)i;
			at_key = false;
		} else if (depth == 1 && e.type == YAML_SCALAR_EVENT) {
			if (key >= 0)
				page_says(d, a, front_keys[key].fact,
				    (struct span){
					e.data.scalar.value, e.data.scalar.length },
				    front_keys[key].where);
			at_key = true;
		} else if (depth == 1 && e.type == YAML_ALIAS_EVENT) {
			at_key = !at_key;
		}
		if (e.type == YAML_MAPPING_START_EVENT ||
		    e.type == YAML_SEQUENCE_START_EVENT)
			depth++;
		yaml_event_delete(&e);
	}
	yaml_parser_delete(&p);
}

size_t
page_front(struct document *d, struct span utf8, struct arena *a)
{
	struct span s = utf8, line, yaml;

	while (s.len > 0 && s.at[0] <= ' ')
		s.at++, s.len--;
	if (!is_fence(next_line(&s)))
		return 0;
	yaml = (struct span){ s.at, 0 };
	while (s.len > 0 && yaml.len <= FRONT_MAX) {
		line = next_line(&s);
		if (is_fence(line)) {
			/* Between two rules across the page stands no mapping. */
			if (memchr(yaml.at, ':', yaml.len) == NULL)
				return 0;
			read_yaml(d, yaml, a);
			return (size_t)(s.at - utf8.at);
		}
		yaml.len = (size_t)(s.at - yaml.at);
	}
	return 0;
}

static void
says_json(struct document *d, struct arena *a, enum document_fact fact, const json_t *v,
    const char *where)
{
	if (json_is_array(v))
		v = json_array_get(v, 0);
	if (json_is_object(v))
		v = json_object_get(v, "name");
	if (json_is_string(v))
		page_says(d, a, fact,
		    (struct span){
			(const uint8_t *)json_string_value(v), json_string_length(v) },
		    where);
}

static void
read_node(struct document *d, struct arena *a, const json_t *o)
{
	if (json_object_get(o, "datePublished") == NULL &&
	    json_object_get(o, "headline") == NULL)
		return;
	says_json(d, a, FACT_TITLE, json_object_get(o, "headline"), "JSON-LD: headline");
	says_json(d, a, FACT_PUBLISHED, json_object_get(o, "datePublished"),
	    "JSON-LD: datePublished");
	says_json(
	    d, a, FACT_PUBLISHER, json_object_get(o, "publisher"), "JSON-LD: publisher");
	says_json(d, a, FACT_AUTHOR, json_object_get(o, "author"), "JSON-LD: author");
	says_json(
	    d, a, FACT_LANGUAGE, json_object_get(o, "inLanguage"), "JSON-LD: inLanguage");
	says_json(d, a, FACT_ADDRESS, json_object_get(o, "url"), "JSON-LD: url");
}

void
page_json_ld(struct document *d, struct span json, struct arena *a)
{
	json_t *root = NULL, *list;

	if (json.len <= JSON_LD_MAX)
		root = json_loadb((const char *)json.at, json.len, 0, NULL);
	list = json_is_array(root) ? root : json_object_get(root, "@graph");
	if (json_is_object(root))
		read_node(d, a, root);
	for (size_t i = 0; i < json_array_size(list) && i < GRAPH_MAX; i++)
		read_node(d, a, json_array_get(list, i));
	json_decref(root);
}
