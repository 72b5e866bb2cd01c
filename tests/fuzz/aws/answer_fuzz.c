/* tests/fuzz/aws/answer_fuzz.c - any bytes as what AWS, or what stands in its
 * place, answers: keys in JSON and XML, an error, headers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/credentials_read.h"
#include "aws/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever is taken for keys fits into headers. */
static void check_keys(enum rd_err err, struct rd_aws_keys *k)
{
	if (err == RD_OK)
		rd_assert(k->id[0] && !strpbrk(k->id, "/,= \r\n") &&
			  k->secret.len &&
			  !memchr(k->secret.at, '\n', k->secret.len));
	else
		rd_assert(!k->id[0] && !k->secret.at && !k->token.at);
	rd_aws_keys_fini(k);
}

static void check_error(struct rd_span bytes)
{
	struct rd_http_result r = { .headers = bytes };
	char name[RD_AWS_ERROR_NAME];
	struct rd_json *body = NULL;

	if (rd_json_open(&body, bytes, NULL) != RD_OK)
		body = NULL;
	rd_aws_error_name(rd_http_result_header(&r, "x-amzn-errortype"), body,
			  name);
	rd_assert(name[0] && !strpbrk(name, " \"\r\n#:,"));
	rd_assert(rd_aws_error_message(body));
	rd_assert(rd_aws_retry_after_ms(&r, 1) <= 3600 * 1000);
	(void)rd_aws_date_wall_ms(&r);
	rd_json_close(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd_span bytes = rd_span(data, size);
	struct rd_aws_keys k;
	char name[64];

	check_keys(rd_aws_keys_json(&k, bytes), &k);
	check_keys(rd_aws_keys_xml(&k, bytes), &k);
	rd_aws_sts_error(bytes, name, sizeof(name));
	rd_assert(!strpbrk(name, "<> \r\n"));
	check_error(bytes);
	return 0;
}
