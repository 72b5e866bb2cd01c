/* tests/unit/trunk/sip_reason_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>

#include "trunk/sip_reason.h"

TEST(each_status_has_the_reason_people_are_told)
{
	static const struct {
		unsigned status;
		const char *reason;
	} rows[] = {
		{ 302, "internal" },      { 403, "provider_down" },
		{ 404, "internal" },      { 407, "provider_down" },
		{ 408, "no_answer" },     { 480, "no_answer" },
		{ 484, "internal" },      { 486, "busy" },
		{ 487, "no_answer" },     { 488, "internal" },
		{ 500, "provider_down" }, { 503, "provider_down" },
		{ 504, "provider_down" }, { 600, "busy" },
		{ 603, "declined" },      { 604, "internal" },
		{ 606, "internal" },
	};

	RFC("3261 21");
	for (size_t i = 0; i < RD_COUNT(rows); i++)
		CHECK_TEXT(rd_sip_reason(rows[i].status, 0), rows[i].reason);
}

TEST(an_unknown_status_is_like_the_first_of_its_class)
{
	RFC("3261 8.1.3.2");
	for (unsigned status = 300; status < 700; status++)
		CHECK(rd_sip_reason(status, 0));
	CHECK_TEXT(rd_sip_reason(399, 0), rd_sip_reason(300, 0));
	CHECK_TEXT(rd_sip_reason(499, 0), rd_sip_reason(400, 0));
	CHECK_TEXT(rd_sip_reason(599, 0), rd_sip_reason(500, 0));
	CHECK_TEXT(rd_sip_reason(699, 0), rd_sip_reason(600, 0));
	CHECK_TEXT(rd_sip_reason(999, 0), "internal");
}

TEST(the_cause_speaks_where_the_status_is_vague)
{
	RFC("3326 2");
	CHECK_TEXT(rd_sip_reason(503, 17), "busy");
	CHECK_TEXT(rd_sip_reason(480, 21), "declined");
	CHECK_TEXT(rd_sip_reason(404, 3), "provider_down");
	CHECK_TEXT(rd_sip_reason(486, 19), "busy");
	CHECK_TEXT(rd_sip_reason(503, 16), "provider_down");
	CHECK_TEXT(rd_sip_reason(0, 17), "busy");
}

TEST(a_normal_end_has_no_reason)
{
	CHECK(!rd_sip_reason(0, 0));
	CHECK(!rd_sip_reason(0, 16));
	CHECK(!rd_sip_reason(0, 31));
}

TEST(a_refusal_of_trunk_or_number_is_an_alarm)
{
	CHECK(rd_sip_reason_is_alarm(403));
	CHECK(rd_sip_reason_is_alarm(404));
	CHECK(rd_sip_reason_is_alarm(484));
	CHECK(!rd_sip_reason_is_alarm(486));
	CHECK(!rd_sip_reason_is_alarm(503));
	CHECK(!rd_sip_reason_is_alarm(0));
}

TEST(every_reason_is_in_the_catalogue)
{
	static char text[262144];
	FILE *f = fopen(RD_SOURCE_DIR "/contracts/reasons.json", "r");
	size_t n;

	CHECK(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = 0;
	for (unsigned status = 300; status < 700; status++)
		for (unsigned cause = 0; cause < 128; cause++) {
			char quoted[64];

			snprintf(quoted, sizeof(quoted), "\"%s\"",
				 rd_sip_reason(status, cause));
			CHECK(strstr(text, quoted));
		}
}

RD_TESTS(T(each_status_has_the_reason_people_are_told),
	 T(an_unknown_status_is_like_the_first_of_its_class),
	 T(the_cause_speaks_where_the_status_is_vague),
	 T(a_normal_end_has_no_reason),
	 T(a_refusal_of_trunk_or_number_is_an_alarm),
	 T(every_reason_is_in_the_catalogue))
