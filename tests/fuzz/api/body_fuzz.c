/* tests/fuzz/api/body_fuzz.c - FZ11: bodies; what is read is within its
 * bounds, and written again reads the same.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/api_priv.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rd_span write_again(const struct rd_api_start *s, char *buf,
				  size_t size)
{
	struct rd_json_out j = rd_json_out(buf, size);

	rd_json_begin(&j, NULL);
	rd_json_text(&j, "destination", s->destination);
	if (s->has_display_name)
		rd_json_text(&j, "displayName", s->display_name);
	if (s->hint_count) {
		rd_json_begin(&j, "hints");
		for (unsigned i = 0; i < s->hint_count; i++)
			rd_json_text(&j, s->hints[i].name, s->hints[i].value);
		rd_json_end(&j);
	}
	rd_json_end(&j);
	return rd_json_done(&j);
}

static void check_others(struct rd_span body)
{
	char key[RD_API_RESUME_KEY_MOST + 1];
	struct rd_api_rating rating;
	const char *why = NULL;
	bool is_on;

	if (rd_api_read_hold(&is_on, body, &why) != RD_OK)
		rd_assert(why && !is_on);
	if (rd_api_read_resume(key, body, &why) == RD_OK)
		rd_assert(key[0] && rd_utf8_is_valid(rd_span_text(key)));
	if (rd_api_read_rating(&rating, body, &why) == RD_OK)
		rd_assert(rating.score >= 1 && rating.score <= 5 &&
			  strlen(rating.tags) ==
				  strspn(rating.tags,
					 "abcdefghijklmnopqrstuvwxyz"
					 "0123456789_-,"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char buf[64 * 1024];
	struct rd_api_start s, again;
	char digits[RD_API_DIGITS_MOST + 1];
	struct rd_span body = rd_span(data, size);
	const char *why = NULL;

	if (size > 65536)
		return 0;
	if (rd_api_read_digits(digits, body, &why) == RD_OK)
		rd_assert(digits[0] &&
			  strlen(digits) == strspn(digits, "0123456789*#ABCD"));
	check_others(body);
	if (rd_api_read_start(&s, body, &why) != RD_OK) {
		rd_assert(why);
		return 0;
	}
	rd_assert(s.destination[0] && s.hint_count <= RD_API_HINTS_MOST);
	rd_assert(rd_utf8_is_valid(rd_span_text(s.destination)));
	for (unsigned i = 0; i < s.hint_count; i++)
		rd_assert(s.hints[i].name[0] && s.hints[i].value[0] &&
			  !s.hints[i].is_verified);
	rd_assert(rd_api_read_start(&again, write_again(&s, buf, sizeof(buf)),
				    &why) == RD_OK);
	rd_assert(!strcmp(s.destination, again.destination) &&
		  !strcmp(s.display_name, again.display_name) &&
		  s.hint_count == again.hint_count);
	return 0;
}
