/* tests/fuzz/aws/profile_fuzz.c - any bytes as a shared config file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/endpoint.h"
#include "aws/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *nothing(void *arg, const char *name)
{
	(void)arg;
	(void)name;
	return NULL;
}

static void ask(const struct rd_aws_profile_file *f)
{
	static const struct rd_aws_surroundings around = { nothing, NULL };
	struct rd_aws_endpoint_cfg cfg = { .around = &around,
					   .config = f,
					   .profile = "desk",
					   .region = "us-east-1" };
	struct rd_complaint c;
	char url[RD_AWS_URL_TEXT], region[RD_AWS_REGION_TEXT];
	const char *text = rd_aws_profile_get(f, "desk", "role_arn");

	/* A value is never empty, and never more than its line. */
	rd_assert(!text || (text[0] && !strchr(text, '\n')));
	rd_assert(!text || rd_aws_profile_exists(f, "desk"));
	for (unsigned i = 0; i < RD_AWS_SERVICES; i++)
		if (rd_aws_endpoint(&cfg, i, url, &c) == RD_OK)
			rd_assert(strstr(url, "://") && !strchr(url, '?'));
	if (rd_aws_region(NULL, &around, f, "desk", region) == RD_OK)
		rd_assert(region[0] && !strchr(region, '/'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (unsigned kind = 0; kind < 2; kind++) {
		struct rd_aws_profile_file *f;

		if (rd_aws_profile_file_open(&f, rd_span(data, size), kind) !=
		    RD_OK)
			continue;
		ask(f);
		rd_aws_profile_file_close(f);
	}
	return 0;
}
