/* api/aws_rule.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/aws_rule.h"

static const char *kind_text(enum rd_json_kind kind)
{
	switch (kind) {
	case RD_JSON_TEXT:
		return "a string";
	case RD_JSON_NUMBER:
		return "a whole number";
	case RD_JSON_BOOL:
		return "a boolean";
	case RD_JSON_ARRAY:
		return "a list";
	case RD_JSON_OBJECT:
		return "an object";
	case RD_JSON_NONE:
	case RD_JSON_NULL:
		break;
	}
	return "nothing";
}

/* Code points of UTF-8 that is known to be valid. */
static size_t count_points(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((uint8_t)*text & 0xc0) != 0x80;
	return n;
}

static enum rd_aws_verdict out_of_bounds(const struct rd_aws_rule *rule,
					 const char *what,
					 struct rd_complaint *why)
{
	if (rule->most)
		rd_complain(why, "%s must have %u to %u %s", rule->name,
			    rule->least, rule->most, what);
	else
		rd_complain(why, "%s must have at least %u %s", rule->name,
			    rule->least, what);
	return RD_AWS_BAD_VALUE;
}

static bool is_within(const struct rd_aws_rule *rule, uint64_t n)
{
	return n >= rule->least && (!rule->most || n <= rule->most);
}

enum rd_aws_verdict rd_aws_check_text(const struct rd_aws_rule *rule,
				      const char *text,
				      struct rd_complaint *why)
{
	if (!is_within(rule, count_points(text)))
		return out_of_bounds(rule, "characters", why);
	if (!rd_aws_form_holds(rule->form, text)) {
		rd_complain(why, "%s is not of the expected form", rule->name);
		return RD_AWS_BAD_VALUE;
	}
	if (!rule->words)
		return RD_AWS_GOOD;
	for (size_t i = 0; rule->words[i]; i++)
		if (!strcmp(rule->words[i], text))
			return RD_AWS_GOOD;
	rd_complain(why, "%s is none of the known values", rule->name);
	return RD_AWS_BAD_VALUE;
}

static enum rd_aws_verdict check_number(const struct rd_aws_rule *rule,
					const struct rd_json *value,
					struct rd_complaint *why)
{
	int64_t n;

	if (!rd_json_whole(value, &n)) {
		rd_complain(why, "%s must be a whole number", rule->name);
		return RD_AWS_BAD_TYPE;
	}
	if (n >= (int64_t)rule->least &&
	    (!rule->most || n <= (int64_t)rule->most))
		return RD_AWS_GOOD;
	if (rule->most)
		rd_complain(why, "%s must be %u to %u", rule->name, rule->least,
			    rule->most);
	else
		rd_complain(why, "%s must be at least %u", rule->name,
			    rule->least);
	return RD_AWS_BAD_VALUE;
}

static enum rd_aws_verdict check_value(const struct rd_aws_rule *rule,
				       const struct rd_json *value,
				       struct rd_complaint *why);

static enum rd_aws_verdict check_list(const struct rd_aws_rule *rule,
				      const struct rd_json *list,
				      struct rd_complaint *why)
{
	size_t count = rd_json_count(list);
	enum rd_aws_verdict verdict = RD_AWS_GOOD;

	if (!is_within(rule, count))
		return out_of_bounds(rule, "entries", why);
	for (size_t i = 0; rule->of && i < count && !verdict; i++)
		verdict = check_value(rule->of, rd_json_at(list, i), why);
	return verdict;
}

static enum rd_aws_verdict check_map(const struct rd_aws_rule *rule,
				     const struct rd_json *map,
				     struct rd_complaint *why)
{
	enum rd_aws_verdict verdict = RD_AWS_GOOD;
	const struct rd_json *value;
	const char *key;
	void *cursor = NULL;

	if (!is_within(rule, rd_json_count(map)))
		return out_of_bounds(rule, "entries", why);
	while (!verdict && rd_json_next(map, &cursor, &key, &value)) {
		if (rd_json_kind(value) == RD_JSON_NULL)
			continue; /* as if it were not there */
		verdict = rd_aws_check_text(rule->keys, key, why);
		if (!verdict)
			verdict = check_value(rule->values, value, why);
	}
	return verdict;
}

static enum rd_aws_verdict check_value(const struct rd_aws_rule *rule,
				       const struct rd_json *value,
				       struct rd_complaint *why)
{
	if (rd_json_kind(value) != rule->kind) {
		rd_complain(why, "%s must be %s", rule->name,
			    kind_text(rule->kind));
		return RD_AWS_BAD_TYPE;
	}
	switch (rule->kind) {
	case RD_JSON_TEXT:
		return rd_aws_check_text(rule, rd_json_string(value), why);
	case RD_JSON_NUMBER:
		return check_number(rule, value, why);
	case RD_JSON_ARRAY:
		return check_list(rule, value, why);
	case RD_JSON_OBJECT:
		if (rule->keys)
			return check_map(rule, value, why);
		return rule->of ? rd_aws_check(rule->of, value, why)
				: RD_AWS_GOOD;
	case RD_JSON_BOOL:
	case RD_JSON_NONE:
	case RD_JSON_NULL:
		break;
	}
	return RD_AWS_GOOD;
}

enum rd_aws_verdict rd_aws_check(const struct rd_aws_rule *rules,
				 const struct rd_json *object,
				 struct rd_complaint *why)
{
	for (; rules->name; rules++) {
		const struct rd_json *value = rd_json_get(object, rules->name);
		enum rd_aws_verdict verdict;

		if (!value && !rules->is_required)
			continue;
		if (!value) {
			rd_complain(why, "%s is missing", rules->name);
			return RD_AWS_BAD_VALUE;
		}
		verdict = check_value(rules, value, why);
		if (verdict)
			return verdict;
	}
	return RD_AWS_GOOD;
}
