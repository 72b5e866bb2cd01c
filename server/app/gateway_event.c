/* app/gateway_event.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/gateway_event.h"

#include "base/text.h"

enum {
	/* Base64 of the longest body. */
	MOST_ENCODED = (RD_GATEWAY_MOST_BODY + 2) / 3 * 4
};

/* "/prod/start-call" of stage "prod" is "/start-call"; a stage that is called
 * "$default" does not stand in the path. */
static const char *without_stage(const char *path, const char *stage)
{
	size_t len = stage ? strlen(stage) : 0;

	if (len > 0 && path[0] == '/' && !strncmp(path + 1, stage, len) &&
	    path[1 + len] == '/')
		return path + 1 + len;
	return path;
}

static enum rd_err read_body(struct rd_gateway_request *r,
			     const struct rd_json *event)
{
	const char *text = rd_json_member(event, "body");
	bool is_encoded =
		rd_json_is_true(rd_json_get(event, "isBase64Encoded"));
	size_t len = text ? strlen(text) : 0;
	size_t most = is_encoded ? MOST_ENCODED : RD_GATEWAY_MOST_BODY;

	r->is_too_large = len > most;
	if (!len || r->is_too_large)
		return RD_OK;
	r->body = rd_span(text, len);
	if (!is_encoded)
		return RD_OK;
	r->decoded = rd_alloc(len);
	if (!r->decoded)
		return RD_E_NOMEM;
	if (rd_base64_decode(r->body, r->decoded, len, &len))
		return RD_E_FORMAT;
	r->body = rd_span(r->decoded, len);
	return RD_OK;
}

enum rd_err rd_gateway_request_init(struct rd_gateway_request *r,
				    const struct rd_json *event)
{
	const struct rd_json *context = rd_json_get(event, "requestContext");
	const char *method =
		rd_json_string(rd_json_path(context, "http.method"));
	const char *path = rd_json_member(event, "rawPath");
	enum rd_err err;

	if (!method || !path) {
		method = rd_json_member(event, "httpMethod");
		path = rd_json_member(event, "path");
	}
	*r = (struct rd_gateway_request){
		.method = method,
		.headers = rd_json_get(event, "headers"),
		.many = rd_json_get(event, "multiValueHeaders"),
	};
	if (!method || !path || rd_json_kind(context) != RD_JSON_OBJECT)
		return RD_E_FORMAT;
	r->path = without_stage(path, rd_json_member(context, "stage"));
	err = read_body(r, event);
	if (err)
		rd_gateway_request_fini(r);
	return err;
}

void rd_gateway_request_fini(struct rd_gateway_request *r)
{
	rd_free(r->decoded);
	r->decoded = NULL;
	r->body = RD_SPAN_NONE;
}

/* --- headers ------------------------------------------------------------ */

/* The first of that name in headers; *count is of all. */
static const struct rd_json *find(const struct rd_json *headers,
				  const char *name, unsigned *count)
{
	const struct rd_json *value, *first = NULL;
	const char *key;
	void *at = NULL;

	*count = 0;
	while (rd_json_next(headers, &at, &key, &value)) {
		if (!rd_text_equal_nocase(rd_span_text(key), name))
			continue;
		if (!(*count)++)
			first = value;
	}
	return first;
}

unsigned rd_gateway_header_count(const struct rd_gateway_request *r,
				 const char *name)
{
	unsigned count, many;
	size_t values;

	(void)find(r->headers, name, &count);
	values = rd_json_count(find(r->many, name, &many));
	if (many > 1 || values > 1 || count > 1)
		return 2;
	return count || values ? 1 : 0;
}

const char *rd_gateway_header(const struct rd_gateway_request *r,
			      const char *name)
{
	const struct rd_json *value;
	unsigned count;

	if (rd_gateway_header_count(r, name) != 1)
		return NULL;
	value = find(r->headers, name, &count);
	if (!value)
		value = rd_json_at(find(r->many, name, &count), 0);
	return rd_json_string(value);
}

/* --- the answer --------------------------------------------------------- */

void rd_gateway_reply_add(struct rd_gateway_reply *reply, const char *name,
			  const char *value)
{
	rd_assert(reply->field_count < RD_GATEWAY_FIELDS);
	reply->fields[reply->field_count++] =
		(struct rd_gateway_field){ name, value };
}

void rd_gateway_reply_write(struct rd_json_out *j,
			    const struct rd_gateway_reply *reply)
{
	rd_json_begin(j, NULL);
	rd_json_number(j, "statusCode", reply->status);
	rd_json_begin(j, "headers");
	for (unsigned i = 0; i < reply->field_count; i++)
		rd_json_text(j, reply->fields[i].name, reply->fields[i].value);
	rd_json_end(j);
	if (reply->body)
		rd_json_text(j, "body", reply->body);
	rd_json_bool(j, "isBase64Encoded", false);
	rd_json_end(j);
}
