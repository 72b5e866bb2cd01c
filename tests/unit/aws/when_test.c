/* tests/unit/aws/when_test.c - the dates that AWS writes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/when.h"

#include "testing.h"

TEST(an_expiration_is_read)
{
	uint64_t ms;

	CHECK_OK(rd_aws_when_iso(SPAN("1970-01-01T00:00:00Z"), &ms));
	CHECK_EQ(ms, 0);
	CHECK_OK(rd_aws_when_iso(SPAN("2026-03-04T16:11:12Z"), &ms));
	CHECK_EQ(ms, UINT64_C(1772640672000));
	CHECK_OK(rd_aws_when_iso(SPAN("2026-03-04T16:11:12.25Z"), &ms));
	CHECK_EQ(ms, UINT64_C(1772640672250));
	CHECK_OK(rd_aws_when_iso(SPAN("2026-03-04T16:11:12.123456Z"), &ms));
	CHECK_EQ(ms, UINT64_C(1772640672123));
	CHECK_OK(rd_aws_when_iso(SPAN("2024-02-29T12:00:00Z"), &ms));
	CHECK_EQ(ms, UINT64_C(1709208000000));
	CHECK_OK(rd_aws_when_iso(SPAN("2000-12-31T23:59:60Z"), &ms));
	CHECK_EQ(ms, UINT64_C(978307200000));
}

TEST(a_date_header_is_read)
{
	uint64_t ms;

	RFC("9110 5.6.7");
	CHECK_OK(rd_aws_when_http(SPAN("Sun, 06 Nov 1994 08:49:37 GMT"), &ms));
	CHECK_EQ(ms, UINT64_C(784111777000));
	CHECK_OK(rd_aws_when_http(SPAN("Wed, 04 Mar 2026 16:11:12 GMT"), &ms));
	CHECK_EQ(ms, UINT64_C(1772640672000));
}

TEST(what_is_no_date_is_refused)
{
	static const char *const iso[] = {
		"",
		"2026-03-04",
		"2026-03-04T16:11:12",
		"2026-03-04T16:11:12+00:00",
		"2026-03-04T16:11:12.Z",
		"2026-03-04T16:11:12.1234567890123Z",
		"2026-03-04 16:11:12Z",
		"2026-13-04T16:11:12Z",
		"2026-00-04T16:11:12Z",
		"2026-02-29T16:11:12Z",
		"2026-03-04T24:11:12Z",
		"1969-03-04T16:11:12Z",
		"2026-03-04T16:11:12.-1Z",
	};
	static const char *const http[] = {
		"",
		"soon",
		"Sunday, 06-Nov-94 08:49:37 GMT",
		"Sun Nov  6 08:49:37 1994",
		"Sun, 06 nov 1994 08:49:37 GMT",
		"Sun, 31 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 08:49:37 UTC",
		"Sun, 06 Nov 1994 08:49:37 GMT ",
	};
	uint64_t ms;

	for (size_t i = 0; i < RD_COUNT(iso); i++)
		CHECK_ERR(rd_aws_when_iso(rd_span_text(iso[i]), &ms),
			  RD_E_FORMAT);
	for (size_t i = 0; i < RD_COUNT(http); i++)
		CHECK_ERR(rd_aws_when_http(rd_span_text(http[i]), &ms),
			  RD_E_FORMAT);
}

RD_TESTS(T(an_expiration_is_read), T(a_date_header_is_read),
	 T(what_is_no_date_is_refused))
