/* tests/fuzz/trunk/sip_text_fuzz.c - what trunks write into bodies and fields.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The first byte chooses the function, the rest is its text.
 */
#include "trunk/hosts.h"
#include "trunk/sip_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
	char quoted[256];

	rd_assert(!(rd_sip_is_token(text, 40) && strpbrk(text, " \t\r\n:")));
	rd_assert(!(rd_sip_is_value(text, 256) && strpbrk(text, "\r\n")));
	rd_assert(!(rd_sip_is_user(text) && strpbrk(text, "@<>;? \r\n")));
	rd_assert(!(rd_sip_is_host(text) && strpbrk(text, "@<>; \r\n%")));
	(void)rd_sip_is_port(text);
	(void)!rd_sip_quote(text, quoted, sizeof(quoted));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd_span rest;
	struct rd_addr addr;
	char *text;
	char digit;

	if (!size)
		return 0;
	rest = rd_span(data + 1, size - 1);
	switch (data[0] % 4) {
	case 0:
		digit = rd_sip_info_digit("application/dtmf-relay", rest);
		rd_assert(!(digit && !rd_sip_is_digit(digit)));
		break;
	case 1:
		digit = rd_sip_info_digit("application/dtmf", rest);
		rd_assert(!(digit && !rd_sip_is_digit(digit)));
		rd_assert(!(rd_sip_frag_status(rest) > 699));
		break;
	case 2:
		(void)!rd_hosts_find(rest, "localhost", &addr);
		break;
	default:
		text = rd_strndup((const char *)rest.at, rest.len);
		if (text)
			check_text(text);
		rd_free(text);
		break;
	}
	return 0;
}
