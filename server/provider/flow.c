/* provider/flow.c - reads contact flows, strictly.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "provider/flow_priv.h"

enum {
	RING_S = 45, /* where it is not said */
	MOST_RING_S = 300,
	LEAST_RING_S = 5,
	MOST_AT_ONCE = 1000,
	MOST_TEXT = 1024, /* of a value */
	MOST_KEY = 127,   /* of an attribute's name */
	MEMBERS = 8,
};

enum rd_err rd_flow_wrong(const struct rd_flow_place *at, const char *fmt, ...)
{
	char what[320];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	if (at->block)
		rd_complain(at->why, "flow \"%.60s\", block \"%.60s\": %s",
			    at->flow, at->block, what);
	else
		rd_complain(at->why, "flow \"%.60s\": %s", at->flow, what);
	return RD_E_FORMAT;
}

/* --- the kinds of blocks ---------------------------------------------------
 */

struct kind {
	const char *name;
	enum rd_flow_type type;
	const char *members[MEMBERS]; /* besides "type"; "!" = needed */
};

static const struct kind kinds[] = {
	{ "play", RD_BLOCK_PLAY, { "!file", "!next", "digit_attribute" } },
	{ "set_attributes", RD_BLOCK_SET, { "!attributes", "!next" } },
	{ "queue", RD_BLOCK_QUEUE, { "!name", "!next", "file", "at_once" } },
	{ "transfer_sip",
	  RD_BLOCK_SIP,
	  { "!trunk", "user", "user_attribute", "ring_s", "headers", "next",
	    "failed" } },
	{ "echo", RD_BLOCK_ECHO, { NULL } },
	{ "disconnect", RD_BLOCK_DISCONNECT, { NULL } },
	{ "branch", RD_BLOCK_BRANCH, { "!attribute", "!cases", "!otherwise" } },
	{ "hours",
	  RD_BLOCK_HOURS,
	  { "!utc_offset", "!days", "!open", "!closed" } },
};

#define KINDS                                                                  \
	"play, set_attributes, queue, transfer_sip, echo, disconnect, "        \
	"branch and hours"

static const struct kind *find_kind(const char *name)
{
	for (size_t i = 0; i < RD_COUNT(kinds); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

/* All members are known, and those that are needed are there. */
static enum rd_err check_members(const struct rd_json *object,
				 const char *const *members,
				 const struct rd_flow_place *at)
{
	const struct rd_json *value;
	const char *name;
	void *cursor = NULL;

	while (rd_json_next(object, &cursor, &name, &value)) {
		unsigned i = 0;

		while (i < MEMBERS && members[i] &&
		       strcmp(members[i] + (members[i][0] == '!'), name) != 0)
			i++;
		if (strcmp(name, "type") != 0 && (i == MEMBERS || !members[i]))
			return rd_flow_wrong(at, "\"%.60s\" is not known here",
					     name);
	}
	for (unsigned i = 0; i < MEMBERS && members[i]; i++)
		if (members[i][0] == '!' &&
		    !rd_json_get(object, members[i] + 1))
			return rd_flow_wrong(at, "\"%s\" is missing",
					     members[i] + 1);
	return RD_OK;
}

/* --- members -----------------------------------------------------------------
 */

/* A text of 1 to MOST_TEXT bytes; absent: "". */
static enum rd_err read_text(const struct rd_json *from, const char *key,
			     const char **out, const struct rd_flow_place *at)
{
	const struct rd_json *value = rd_json_get(from, key);
	const char *text = rd_json_string(value);

	*out = text ? text : "";
	if (value && (!text || !*text || strlen(text) > MOST_TEXT))
		return rd_flow_wrong(at,
				     "\"%s\" must be a text of 1 to %d "
				     "bytes",
				     key, MOST_TEXT);
	return RD_OK;
}

static enum rd_err read_number(const struct rd_json *from, const char *key,
			       unsigned least, unsigned most, unsigned *inout,
			       const struct rd_flow_place *at)
{
	const struct rd_json *value = rd_json_get(from, key);
	int64_t n;

	if (!value)
		return RD_OK;
	if (!rd_json_whole(value, &n) || n < least || n > most)
		return rd_flow_wrong(at, "\"%s\" must be %u to %u", key, least,
				     most);
	*inout = (unsigned)n;
	return RD_OK;
}

static enum rd_err find_block(const struct rd_flow *f, const char *name,
			      const char *key, int *out,
			      const struct rd_flow_place *at)
{
	for (unsigned i = 0; i < f->block_count; i++)
		if (!strcmp(f->blocks[i].name, name)) {
			*out = (int)i;
			return RD_OK;
		}
	return rd_flow_wrong(at, "\"%.60s\" is \"%.60s\", which is no block",
			     key, name);
}

static enum rd_err read_block_name(const struct rd_flow *f,
				   const struct rd_json *from, const char *key,
				   int *out, const struct rd_flow_place *at)
{
	const char *name;
	enum rd_err err = read_text(from, key, &name, at);

	*out = RD_FLOW_NOWHERE;
	if (err || !*name)
		return err;
	return find_block(f, name, key, out, at);
}

static bool is_attribute_name(const char *name)
{
	size_t n = strlen(name);

	return n >= 1 && n <= MOST_KEY &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == n;
}

static enum rd_err check_attribute(const char *name,
				   const struct rd_flow_place *at)
{
	if (!*name || is_attribute_name(name))
		return RD_OK;
	return rd_flow_wrong(at,
			     "attribute \"%.60s\": a name has letters, "
			     "digits, '-' and '_', at most %d",
			     name, MOST_KEY);
}

/* attributes of SET, cases of BRANCH. */
static enum rd_err read_pairs(const struct rd_flow *f, struct rd_flow_block *b,
			      const struct rd_json *table, const char *key,
			      const struct rd_flow_place *at)
{
	size_t count = rd_json_count(table);
	const struct rd_json *value;
	const char *name;
	void *cursor = NULL;
	enum rd_err err = RD_OK;

	if (rd_json_kind(table) != RD_JSON_OBJECT || count == 0 ||
	    count > RD_FLOW_PAIRS)
		return rd_flow_wrong(at, "\"%s\" must be a table of 1 to %d",
				     key, RD_FLOW_PAIRS);
	b->pairs = rd_zalloc(count * sizeof(b->pairs[0]));
	if (!b->pairs)
		return RD_E_NOMEM;
	while (!err && rd_json_next(table, &cursor, &name, &value)) {
		struct rd_flow_pair *p = &b->pairs[b->pair_count++];

		p->name = name;
		p->value = rd_json_string(value);
		if (!p->value || strlen(p->value) > MOST_TEXT)
			return rd_flow_wrong(
				at, "\"%.60s\" must be a text of at most %d",
				name, MOST_TEXT);
		if (b->type == RD_BLOCK_BRANCH)
			err = find_block(f, p->value, name, &p->to, at);
		else
			err = check_attribute(name, at);
	}
	return err;
}

static enum rd_err read_headers(struct rd_flow_block *b,
				const struct rd_json *table,
				const struct rd_flow_place *at)
{
	const struct rd_json *value;
	const char *name;
	void *cursor = NULL;

	if (!table)
		return RD_OK;
	if (rd_json_kind(table) != RD_JSON_OBJECT ||
	    rd_json_count(table) > RD_FLOW_HEADERS)
		return rd_flow_wrong(at,
				     "\"headers\" must be a table of at most "
				     "%d",
				     RD_FLOW_HEADERS);
	while (rd_json_next(table, &cursor, &name, &value)) {
		const char *attribute = rd_json_string(value);

		if (strlen(name) < 3 || strlen(name) > 39 ||
		    (name[0] != 'X' && name[0] != 'x') || name[1] != '-' ||
		    !is_attribute_name(name) || !attribute || !*attribute ||
		    !is_attribute_name(attribute))
			return rd_flow_wrong(
				at,
				"header \"%.60s\": a name begins with X- and "
				"stands for the name of an attribute",
				name);
		b->headers[b->header_count++] =
			(struct rd_flow_header){ name, attribute };
	}
	return RD_OK;
}

static enum rd_err read_sip(struct rd_flow *f, struct rd_flow_block *b,
			    const struct rd_json *from,
			    const struct rd_flow_place *at)
{
	unsigned ring_s = RING_S;
	enum rd_err err = read_text(from, "trunk", &b->trunk, at);

	if (!err)
		err = read_text(from, "user", &b->user, at);
	if (!err)
		err = read_text(from, "user_attribute", &b->attribute, at);
	if (!err)
		err = check_attribute(b->attribute, at);
	if (!err && !*b->user == !*b->attribute)
		err = rd_flow_wrong(at, "one of \"user\" and "
					"\"user_attribute\" must be there");
	if (!err)
		err = read_number(from, "ring_s", LEAST_RING_S, MOST_RING_S,
				  &ring_s, at);
	b->ring_ms = ring_s * 1000;
	if (!err)
		err = read_headers(b, rd_json_get(from, "headers"), at);
	return err ? err : read_block_name(f, from, "failed", &b->failed, at);
}

/* A path below the folder of sounds. */
static enum rd_err check_file(const char *file, const struct rd_flow_place *at)
{
	if (!*file || (file[0] != '/' && !strstr(file, "..")))
		return RD_OK;
	return rd_flow_wrong(at, "\"file\" must be a path below the folder of "
				 "sounds, without \"..\"");
}

static enum rd_err read_queue(struct rd_flow_block *b,
			      const struct rd_json *from,
			      const struct rd_flow_place *at)
{
	enum rd_err err = read_text(from, "name", &b->queue, at);

	b->at_once = 1;
	if (!err)
		err = read_text(from, "file", &b->file, at);
	if (!err)
		err = check_file(b->file, at);
	return err ? err
		   : read_number(from, "at_once", 1, MOST_AT_ONCE, &b->at_once,
				 at);
}

static enum rd_err read_play(struct rd_flow_block *b,
			     const struct rd_json *from,
			     const struct rd_flow_place *at)
{
	enum rd_err err = read_text(from, "file", &b->file, at);

	if (!err)
		err = check_file(b->file, at);
	if (!err)
		err = read_text(from, "digit_attribute", &b->attribute, at);
	return err ? err : check_attribute(b->attribute, at);
}

static enum rd_err read_branch(struct rd_flow *f, struct rd_flow_block *b,
			       const struct rd_json *from,
			       const struct rd_flow_place *at)
{
	enum rd_err err = read_text(from, "attribute", &b->attribute, at);

	if (!err)
		err = check_attribute(b->attribute, at);
	if (!err)
		err = read_pairs(f, b, rd_json_get(from, "cases"), "cases", at);
	return err ? err
		   : read_block_name(f, from, "otherwise", &b->failed, at);
}

static enum rd_err read_opening(struct rd_flow *f, struct rd_flow_block *b,
				const struct rd_json *from,
				const struct rd_flow_place *at)
{
	enum rd_err err = rd_flow_read_hours(b, from, at);

	if (!err)
		err = read_block_name(f, from, "open", &b->next, at);
	return err ? err : read_block_name(f, from, "closed", &b->failed, at);
}

static enum rd_err read_members(struct rd_flow *f, struct rd_flow_block *b,
				const struct rd_json *from,
				const struct rd_flow_place *at)
{
	switch (b->type) {
	case RD_BLOCK_PLAY:
		return read_play(b, from, at);
	case RD_BLOCK_SET:
		return read_pairs(f, b, rd_json_get(from, "attributes"),
				  "attributes", at);
	case RD_BLOCK_QUEUE:
		return read_queue(b, from, at);
	case RD_BLOCK_SIP:
		return read_sip(f, b, from, at);
	case RD_BLOCK_BRANCH:
		return read_branch(f, b, from, at);
	case RD_BLOCK_HOURS:
		return read_opening(f, b, from, at);
	case RD_BLOCK_ECHO:
	case RD_BLOCK_DISCONNECT:
		break;
	}
	return RD_OK;
}

/* --- the document ------------------------------------------------------------
 */

static enum rd_err read_block(struct rd_flow *f, struct rd_flow_block *b,
			      const struct rd_json *from,
			      struct rd_complaint *why)
{
	struct rd_flow_place at = { f->name, b->name, why };
	const char *type = rd_json_member(from, "type");
	const struct kind *kind = type ? find_kind(type) : NULL;
	enum rd_err err;

	if (type && !strcmp(type, "transfer_desk"))
		return rd_flow_wrong(&at, "there is no desk to transfer to; "
					  "use transfer_sip");
	if (!kind)
		return rd_flow_wrong(&at, "\"type\" must be one of " KINDS);
	b->type = kind->type;
	b->next = RD_FLOW_NOWHERE;
	b->failed = RD_FLOW_NOWHERE;
	b->file = "";
	b->attribute = "";
	err = check_members(from, kind->members, &at);
	if (!err)
		err = read_block_name(f, from, "next", &b->next, &at);
	return err ? err : read_members(f, b, from, &at);
}

/* Names come first, so that blocks may name each other. */
static enum rd_err read_names(struct rd_flow *f, const struct rd_json *blocks,
			      const struct rd_flow_place *at)
{
	size_t count = rd_json_count(blocks);
	const struct rd_json *value;
	const char *name;
	void *cursor = NULL;

	if (rd_json_kind(blocks) != RD_JSON_OBJECT || count == 0 ||
	    count > RD_FLOW_BLOCKS)
		return rd_flow_wrong(at,
				     "\"blocks\" must be a table of 1 to "
				     "%d blocks",
				     RD_FLOW_BLOCKS);
	f->blocks = rd_zalloc(count * sizeof(f->blocks[0]));
	if (!f->blocks)
		return RD_E_NOMEM;
	while (rd_json_next(blocks, &cursor, &name, &value)) {
		if (!*name || strlen(name) >= RD_FLOW_NAME)
			return rd_flow_wrong(at,
					     "a block's name has 1 to %d "
					     "bytes",
					     RD_FLOW_NAME - 1);
		f->blocks[f->block_count++].name = name;
	}
	return RD_OK;
}

static enum rd_err read_blocks(struct rd_flow *f, const struct rd_json *blocks,
			       struct rd_complaint *why)
{
	const struct rd_json *value;
	const char *name;
	void *cursor = NULL;
	enum rd_err err = RD_OK;

	for (unsigned i = 0;
	     !err && rd_json_next(blocks, &cursor, &name, &value); i++)
		err = read_block(f, &f->blocks[i], value, why);
	return err;
}

static enum rd_err read_flow(struct rd_flow *f, struct rd_complaint *why)
{
	static const char *const members[MEMBERS] = { "!name", "!start",
						      "!blocks" };
	struct rd_flow_place at = { "?", NULL, why };
	const struct rd_json *blocks = rd_json_get(f->document, "blocks");
	enum rd_err err;

	if (rd_json_kind(f->document) != RD_JSON_OBJECT)
		return rd_flow_wrong(&at, "it must be an object with name, "
					  "start and blocks");
	err = check_members(f->document, members, &at);
	if (!err)
		err = read_text(f->document, "name", &f->name, &at);
	if (err)
		return err;
	at.flow = f->name;
	err = read_names(f, blocks, &at);
	if (!err)
		err = read_block_name(f, f->document, "start", &f->start, &at);
	return err ? err : read_blocks(f, blocks, why);
}

enum rd_err rd_flow_open(struct rd_flow **out, struct rd_span text,
			 struct rd_complaint *why)
{
	struct rd_complaint json = { "" };
	struct rd_flow *f;
	enum rd_err err;

	*out = NULL;
	if (text.len > RD_FLOW_BYTES) {
		rd_complain(why, "a flow has at most %d bytes", RD_FLOW_BYTES);
		return RD_E_SIZE;
	}
	f = rd_zalloc(sizeof(*f));
	if (!f)
		return RD_E_NOMEM;
	err = rd_json_open(&f->document, text, &json);
	if (err)
		rd_complain(why, "%s", json.text);
	else
		err = read_flow(f, why);
	if (err)
		rd_flow_close(f);
	else
		*out = f;
	return err;
}

enum rd_err rd_flow_open_file(struct rd_flow **out, const char *path,
			      struct rd_complaint *why)
{
	struct rd_complaint inner = { "" };
	char *text = rd_alloc(RD_FLOW_BYTES + 1);
	int fd = text ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	size_t len = 0;
	ssize_t n = 1;
	enum rd_err err = text ? RD_OK : RD_E_NOMEM;

	*out = NULL;
	if (!err && fd < 0) {
		rd_complain(why, "cannot read the flow %s", path);
		err = RD_E_NOTFOUND;
	}
	while (!err && n > 0 && len <= RD_FLOW_BYTES) {
		n = read(fd, text + len, RD_FLOW_BYTES + 1 - len);
		len += n > 0 ? (size_t)n : 0;
	}
	if (!err && n < 0) {
		rd_complain(why, "cannot read the flow %s", path);
		err = RD_E_IO;
	}
	if (fd >= 0)
		close(fd);
	if (!err) {
		err = rd_flow_open(out, rd_span(text, len), &inner);
		if (err)
			rd_complain(why, "%.200s: %.300s", path, inner.text);
	}
	rd_free(text);
	return err;
}

void rd_flow_close(struct rd_flow *f)
{
	if (!f)
		return;
	for (unsigned i = 0; i < f->block_count; i++) {
		rd_free(f->blocks[i].pairs);
		rd_free(f->blocks[i].spans);
	}
	rd_free(f->blocks);
	rd_json_close(f->document);
	rd_free(f);
}

const char *rd_flow_name(const struct rd_flow *f)
{
	return f->name;
}

/* Of the texts of blocks, the index-th that is not one of those before. */
static const char *nth_text(const struct rd_flow *f, unsigned index,
			    bool is_trunk)
{
	for (unsigned i = 0; i < f->block_count; i++) {
		const struct rd_flow_block *b = &f->blocks[i];
		const char *text = is_trunk ? b->trunk : b->file;
		bool is_new = text && *text;

		for (unsigned k = 0; is_new && k < i; k++) {
			const char *before = is_trunk ? f->blocks[k].trunk
						      : f->blocks[k].file;

			is_new = !before || strcmp(before, text) != 0;
		}
		if (is_new && index-- == 0)
			return text;
	}
	return NULL;
}

const char *rd_flow_file(const struct rd_flow *f, unsigned index)
{
	return nth_text(f, index, false);
}

const char *rd_flow_trunk(const struct rd_flow *f, unsigned index)
{
	return nth_text(f, index, true);
}
