/* app/settings.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/settings_priv.h"

#include <yaml.h>

#include "base/text.h"

enum {
	MOST_ITEMS = 256
};

struct reading {
	struct rd_settings *settings;
	yaml_document_t *doc;
	const char *name;
	struct rd_complaint *why;
	bool has_secret;
};

static enum rd_err read_section(struct reading *r, yaml_node_t *node,
				const struct rd_section *table, void *to,
				const char *path);

static unsigned line_of(const yaml_node_t *node)
{
	return (unsigned)node->start_mark.line + 1;
}

/* --- complaints -------------------------------------------------------- */

static enum rd_err wrong(struct reading *r, const yaml_node_t *node,
			 const char *path, const char *should)
{
	const char *found = node->type == YAML_SCALAR_NODE
				    ? (const char *)node->data.scalar.value
			    : node->type == YAML_SEQUENCE_NODE ? "a list"
							       : "a section";

	rd_complain(r->why, "%s:%u: %s is \"%.60s\"; it must be %s", r->name,
		    line_of(node), path, found, should);
	return RD_E_FORMAT;
}

static enum rd_err unknown_key(struct reading *r, const yaml_node_t *key,
			       const struct rd_section *table, const char *path)
{
	const char *text = (const char *)key->data.scalar.value;
	const char *near = rd_settings_near(table, text);

	rd_complain(r->why, "%s:%u: unknown key \"%.60s\"%s%s%s%s%s", r->name,
		    line_of(key), text, path[0] ? " in " : "", path,
		    near ? "; did you mean \"" : "", near ? near : "",
		    near ? "\"?" : "");
	return RD_E_FORMAT;
}

/* --- scalars ----------------------------------------------------------- */

static struct rd_span scalar(const yaml_node_t *node)
{
	return rd_span(node->data.scalar.value, node->data.scalar.length);
}

static char *keep_text(struct reading *r, struct rd_span text)
{
	char *copy = rd_settings_keep(r->settings, text.len + 1);

	if (copy && text.len)
		memcpy(copy, text.at, text.len);
	return copy;
}

static enum rd_err read_bool(struct reading *r, const yaml_node_t *node,
			     const char *path, bool *to)
{
	struct rd_span v = scalar(node);

	*to = rd_span_is(v, "true") || rd_span_is(v, "yes") ||
	      rd_span_is(v, "on");
	if (*to || rd_span_is(v, "false") || rd_span_is(v, "no") ||
	    rd_span_is(v, "off"))
		return RD_OK;
	return wrong(r, node, path, "true or false");
}

static enum rd_err read_number(struct reading *r, const yaml_node_t *node,
			       const char *path, const struct rd_setting *s,
			       unsigned *to)
{
	char should[64];
	uint64_t v;

	snprintf(should, sizeof(should), "a number, %llu to %llu",
		 (unsigned long long)s->least, (unsigned long long)s->most);
	if (rd_text_u64(scalar(node), s->least, s->most, &v) != RD_OK)
		return wrong(r, node, path, should);
	*to = (unsigned)v;
	return RD_OK;
}

static enum rd_err read_text(struct reading *r, const yaml_node_t *node,
			     const char *path, uint64_t least, uint64_t most,
			     char **to)
{
	struct rd_span v = scalar(node);
	char should[64];

	snprintf(should, sizeof(should), "a text of %llu to %llu bytes",
		 (unsigned long long)least, (unsigned long long)most);
	if (v.len < least || v.len > most || memchr(v.at, 0, v.len))
		return wrong(r, node, path, should);
	*to = keep_text(r, v);
	return *to ? RD_OK : RD_E_NOMEM;
}

static int find_word(const char *const *words, struct rd_span v)
{
	for (int i = 0; words[i]; i++)
		if (rd_span_is(v, words[i]))
			return i;
	return -1;
}

static enum rd_err read_word(struct reading *r, const yaml_node_t *node,
			     const char *path, const char *const *words,
			     unsigned *to)
{
	int i = find_word(words, scalar(node));
	char should[160];

	rd_settings_list_words(words, should, sizeof(should));
	if (i < 0)
		return wrong(r, node, path, should);
	*to = (unsigned)i;
	return RD_OK;
}

static enum rd_err read_url(struct reading *r, const yaml_node_t *node,
			    const char *path, char **to)
{
	static const char *const schemes[] = { "http://", "https://" };
	struct rd_span v = scalar(node);
	bool is_url = false;

	for (size_t i = 0; i < RD_COUNT(schemes); i++) {
		size_t n = strlen(schemes[i]);

		is_url |= v.len > n && !memcmp(v.at, schemes[i], n);
	}
	for (size_t i = 0; i < v.len; i++)
		is_url = is_url && v.at[i] > 0x20 && v.at[i] < 0x7f;
	if (!is_url)
		return wrong(r, node, path, "an http:// or https:// address");
	return read_text(r, node, path, 8, 1000, to);
}

static enum rd_err read_address(struct reading *r, const yaml_node_t *node,
				const char *path, bool with_port,
				struct rd_addr *to)
{
	enum rd_err err = with_port ? rd_addr_parse_port(to, scalar(node))
				    : rd_addr_parse(to, scalar(node));

	if (err)
		return wrong(r, node, path,
			     with_port ? "a numeric address and port, like "
					 "127.0.0.1:8080 or [::1]:8080"
				       : "a numeric address, like 192.0.2.1 or "
					 "2001:db8::1");
	return RD_OK;
}

static enum rd_err read_scalar(struct reading *r, yaml_node_t *node,
			       const struct rd_setting *s, void *place,
			       const char *path)
{
	switch (s->kind) {
	case RD_SET_BOOL:
		return read_bool(r, node, path, place);
	case RD_SET_NUMBER:
		return read_number(r, node, path, s, place);
	case RD_SET_SECRET:
		r->has_secret = true;
		if (scalar(node).len < s->least || scalar(node).len > s->most) {
			rd_complain(r->why,
				    "%s:%u: %s has %zu bytes; it must have "
				    "%llu to %llu",
				    r->name, line_of(node), path,
				    scalar(node).len,
				    (unsigned long long)s->least,
				    (unsigned long long)s->most);
			return RD_E_RANGE;
		}
		/* fall through */
	case RD_SET_TEXT:
		return read_text(r, node, path, s->least, s->most, place);
	case RD_SET_WORD:
		return read_word(r, node, path, s->words, place);
	case RD_SET_URL:
		return read_url(r, node, path, place);
	case RD_SET_ADDRESS:
		return read_address(r, node, path, false, place);
	case RD_SET_ADDRESS_PORT:
		return read_address(r, node, path, true, place);
	default:
		return RD_E_INTERNAL;
	}
}

/* --- lists and mappings ------------------------------------------------ */

static size_t item_count(const yaml_node_t *list)
{
	return (size_t)(list->data.sequence.items.top -
			list->data.sequence.items.start);
}

static yaml_node_t *item(struct reading *r, yaml_node_t *list, size_t i)
{
	return yaml_document_get_node(r->doc,
				      list->data.sequence.items.start[i]);
}

static enum rd_err read_texts(struct reading *r, yaml_node_t *node,
			      const struct rd_setting *s, struct rd_texts *to,
			      const char *path)
{
	size_t n = item_count(node);

	to->at = rd_settings_keep(r->settings, (n + 1) * sizeof(char *));
	if (!to->at)
		return RD_E_NOMEM;
	for (size_t i = 0; i < n; i++) {
		yaml_node_t *v = item(r, node, i);
		enum rd_err err;

		if (v->type != YAML_SCALAR_NODE)
			return wrong(r, v, path, "a list of texts");
		err = read_text(r, v, path, s->least, s->most, &to->at[i]);
		if (err)
			return err;
		to->count++;
	}
	return RD_OK;
}

static enum rd_err read_chosen(struct reading *r, yaml_node_t *node,
			       const struct rd_setting *s, struct rd_chosen *to,
			       const char *path)
{
	size_t n = item_count(node);

	if (n > RD_COUNT(to->at))
		return wrong(r, node, path, "a shorter list");
	to->count = 0;
	for (size_t i = 0; i < n; i++) {
		yaml_node_t *v = item(r, node, i);
		unsigned word;
		enum rd_err err;

		if (v->type != YAML_SCALAR_NODE)
			return wrong(r, v, path, "a list of words");
		err = read_word(r, v, path, s->words, &word);
		if (err)
			return err;
		to->at[to->count++] = (uint8_t)word;
	}
	return RD_OK;
}

static enum rd_err read_networks(struct reading *r, yaml_node_t *node,
				 struct rd_networks *to, const char *path)
{
	size_t n = item_count(node);

	if (n > RD_COUNT(to->at))
		return wrong(r, node, path, "a list of at most 16 networks");
	for (size_t i = 0; i < n; i++) {
		yaml_node_t *v = item(r, node, i);

		if (v->type != YAML_SCALAR_NODE ||
		    rd_network_parse(&to->at[i], scalar(v)) != RD_OK)
			return wrong(r, v, path,
				     "an address or a network like "
				     "192.0.2.0/24");
		to->count++;
	}
	return RD_OK;
}

static enum rd_err read_addresses(struct reading *r, yaml_node_t *node,
				  bool with_port, struct rd_addresses *to,
				  const char *path)
{
	size_t n = item_count(node);

	if (n > RD_COUNT(to->at))
		return wrong(r, node, path, "a list of at most 8 addresses");
	for (size_t i = 0; i < n; i++) {
		yaml_node_t *v = item(r, node, i);
		enum rd_err err;

		if (v->type != YAML_SCALAR_NODE)
			return wrong(r, v, path, "a list of addresses");
		err = read_address(r, v, path, with_port, &to->at[i]);
		if (err)
			return err;
		to->count++;
	}
	return RD_OK;
}

static enum rd_err read_sections(struct reading *r, yaml_node_t *node,
				 const struct rd_setting *s,
				 struct rd_sections *to, const char *path)
{
	size_t n = item_count(node);

	if (n > MOST_ITEMS)
		return wrong(r, node, path, "a list of at most 256 sections");
	to->at = rd_settings_keep(r->settings, (n + 1) * s->section->size);
	if (!to->at)
		return RD_E_NOMEM;
	for (size_t i = 0; i < n; i++) {
		char deeper[RD_SETTINGS_PATH];
		enum rd_err err;

		snprintf(deeper, sizeof(deeper), "%s[%zu]", path, i + 1);
		err = read_section(r, item(r, node, i), s->section,
				   (char *)to->at + i * s->section->size,
				   deeper);
		if (err)
			return err;
		to->count++;
	}
	return RD_OK;
}

static enum rd_err read_list(struct reading *r, yaml_node_t *node,
			     const struct rd_setting *s, void *place,
			     const char *path)
{
	switch (s->kind) {
	case RD_SET_TEXTS:
		return read_texts(r, node, s, place, path);
	case RD_SET_WORDS:
		return read_chosen(r, node, s, place, path);
	case RD_SET_NETWORKS:
		return read_networks(r, node, place, path);
	case RD_SET_ADDRESSES:
		return read_addresses(r, node, false, place, path);
	case RD_SET_LISTENERS:
		return read_addresses(r, node, true, place, path);
	case RD_SET_SECTIONS:
		return read_sections(r, node, s, place, path);
	default:
		return RD_E_INTERNAL;
	}
}

static size_t pair_count(const yaml_node_t *map)
{
	return (size_t)(map->data.mapping.pairs.top -
			map->data.mapping.pairs.start);
}

static enum rd_err read_pairs(struct reading *r, yaml_node_t *node,
			      const struct rd_setting *s, struct rd_pairs *to,
			      const char *path)
{
	size_t n = pair_count(node);

	to->names = rd_settings_keep(r->settings, (n + 1) * sizeof(char *));
	to->values = rd_settings_keep(r->settings, (n + 1) * sizeof(char *));
	if (!to->names || !to->values)
		return RD_E_NOMEM;
	for (size_t i = 0; i < n; i++) {
		yaml_node_pair_t p = node->data.mapping.pairs.start[i];
		yaml_node_t *key = yaml_document_get_node(r->doc, p.key);
		yaml_node_t *value = yaml_document_get_node(r->doc, p.value);
		enum rd_err err;

		if (key->type != YAML_SCALAR_NODE ||
		    value->type != YAML_SCALAR_NODE)
			return wrong(r, node, path, "pairs of name: value");
		err = read_text(r, key, path, 1, 64, &to->names[i]);
		if (!err)
			err = read_text(r, value, path, s->least, s->most,
					&to->values[i]);
		if (err)
			return err;
		to->count++;
	}
	return RD_OK;
}

/* --- sections ---------------------------------------------------------- */

static bool is_scalar_kind(enum rd_setting_kind k)
{
	return k < RD_SET_TEXTS;
}

static enum rd_err read_setting(struct reading *r, yaml_node_t *node,
				const struct rd_setting *s, void *place,
				const char *path)
{
	if (is_scalar_kind(s->kind)) {
		if (node->type != YAML_SCALAR_NODE)
			return wrong(r, node, path, "one value");
		return read_scalar(r, node, s, place, path);
	}
	if (s->kind == RD_SET_PAIRS || s->kind == RD_SET_SECTION) {
		if (node->type != YAML_MAPPING_NODE)
			return wrong(r, node, path,
				     "a section of indented key: value lines");
		return s->kind == RD_SET_PAIRS
			       ? read_pairs(r, node, s, place, path)
			       : read_section(r, node, s->section, place, path);
	}
	if (node->type != YAML_SEQUENCE_NODE)
		return wrong(r, node, path, "a list");
	return read_list(r, node, s, place, path);
}

static const struct rd_setting *find_setting(const struct rd_section *table,
					     struct rd_span key)
{
	for (const struct rd_setting *s = table->settings; s->key; s++)
		if (rd_span_is(key, s->key))
			return s;
	return NULL;
}

/* Reads the default as if it stood in the file. */
static enum rd_err read_standard(struct reading *r, const struct rd_setting *s,
				 void *to, const yaml_node_t *section,
				 const char *path)
{
	struct reading sub = *r;
	yaml_document_t doc;
	yaml_parser_t parser;
	enum rd_err err = RD_E_NOMEM;
	char deeper[RD_SETTINGS_PATH];

	rd_settings_join(deeper, path, s->key);
	if (s->standard && !strcmp(s->standard, "!")) {
		rd_complain(r->why, "%s:%u: %s is missing: %s", r->name,
			    section ? line_of(section) : 1, deeper,
			    s->sentence);
		return RD_E_FORMAT;
	}
	if (s->kind == RD_SET_SECTION)
		return read_section(r, NULL, s->section, (char *)to + s->place,
				    deeper);
	if (!s->standard || !yaml_parser_initialize(&parser))
		return s->standard ? RD_E_NOMEM : RD_OK;
	yaml_parser_set_input_string(&parser,
				     (const unsigned char *)s->standard,
				     strlen(s->standard));
	if (yaml_parser_load(&parser, &doc)) {
		sub.doc = &doc;
		err = read_setting(&sub, yaml_document_get_root_node(&doc), s,
				   (char *)to + s->place, deeper);
		yaml_document_delete(&doc);
	}
	yaml_parser_delete(&parser);
	return err;
}

static enum rd_err read_pair(struct reading *r, yaml_node_pair_t pair,
			     const struct rd_section *table, void *to,
			     const char *path)
{
	yaml_node_t *key = yaml_document_get_node(r->doc, pair.key);
	yaml_node_t *value = yaml_document_get_node(r->doc, pair.value);
	const struct rd_setting *s;
	char deeper[RD_SETTINGS_PATH];
	void *place;
	enum rd_err err;

	if (key->type != YAML_SCALAR_NODE)
		return wrong(r, key, path, "a key");
	s = find_setting(table, scalar(key));
	if (!s)
		return unknown_key(r, key, table, path);
	place = (char *)to + s->place;
	rd_settings_join(deeper, path, s->key);
	if (rd_settings_line(r->settings, place)) {
		rd_complain(r->why,
			    "%s:%u: %s is given twice; line %u has it "
			    "already",
			    r->name, line_of(key), deeper,
			    rd_settings_line(r->settings, place));
		return RD_E_FORMAT;
	}
	err = read_setting(r, value, s, place, deeper);
	return err ? err : rd_settings_note(r->settings, place, line_of(key));
}

/* node NULL: all defaults. */
static enum rd_err read_section(struct reading *r, yaml_node_t *node,
				const struct rd_section *table, void *to,
				const char *path)
{
	enum rd_err err = RD_OK;

	if (node && node->type != YAML_MAPPING_NODE)
		return wrong(r, node, path[0] ? path : "the file",
			     "a section of key: value lines");
	for (size_t i = 0; node && !err && i < pair_count(node); i++)
		err = read_pair(r, node->data.mapping.pairs.start[i], table, to,
				path);
	for (const struct rd_setting *s = table->settings; !err && s->key; s++)
		if (!rd_settings_line(r->settings, (char *)to + s->place))
			err = read_standard(r, s, to, node, path);
	return err;
}

static enum rd_err read_document(struct reading *r, yaml_parser_t *parser,
				 const struct rd_section *table, void *to)
{
	yaml_document_t doc;
	enum rd_err err;

	if (!yaml_parser_load(parser, &doc)) {
		rd_complain(r->why, "%s:%zu: not YAML: %s%s%s", r->name,
			    parser->problem_mark.line + 1,
			    parser->context ? parser->context : "",
			    parser->context ? ", " : "",
			    parser->problem ? parser->problem : "cannot read");
		return RD_E_FORMAT;
	}
	r->doc = &doc;
	err = read_section(r, yaml_document_get_root_node(&doc), table, to, "");
	yaml_document_delete(&doc);
	r->doc = NULL;
	return err;
}

enum rd_err rd_settings_read(struct rd_settings **out,
			     const struct rd_section *table, void *to,
			     const char *name, struct rd_span text,
			     bool *has_secret, struct rd_complaint *why)
{
	struct reading r = { .name = name, .why = why };
	yaml_parser_t parser;
	enum rd_err err;

	*out = NULL;
	memset(to, 0, table->size);
	r.settings = rd_settings_open();
	if (!r.settings)
		return RD_E_NOMEM;
	if (!yaml_parser_initialize(&parser)) {
		rd_settings_close(r.settings);
		return RD_E_NOMEM;
	}
	yaml_parser_set_input_string(&parser, text.at, text.len);
	err = read_document(&r, &parser, table, to);
	yaml_parser_delete(&parser);
	if (err) {
		rd_settings_close(r.settings);
		memset(to, 0, table->size);
		return err;
	}
	if (has_secret)
		*has_secret = r.has_secret;
	*out = r.settings;
	return RD_OK;
}
