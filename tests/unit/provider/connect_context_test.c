/* tests/unit/provider/connect_context_test.c - what a contact is told, and
 * what it is not.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <stdio.h>

#include "provider/connect_context.h"

static struct rd_connect_context out;
static const char *which;

static const char *value_of(const char *name)
{
	for (unsigned i = 0; i < out.attribute_count; i++)
		if (!strcmp(out.attributes[i].name, name))
			return out.attributes[i].value;
	return NULL;
}

static const struct rd_connect_mapping plain = { .hint_prefix = "hint_" };

TEST(verified_attributes_go_under_their_mapped_names)
{
	static const struct rd_aws_pair map[] = { { "customer", "customer_id" },
						  { "tier", "absent" } };
	struct rd_connect_mapping m = { .attributes = map,
					.attribute_count = 2,
					.hint_prefix = "hint_" };
	struct rd_attribute a[] = { { "customer_id", "c-1", true },
				    { "email", "a@b.c", true } };

	CHECK_OK(rd_connect_context_make(&out, &m, a, 2, &which));
	CHECK_EQ(out.attribute_count, 1);
	CHECK_TEXT(value_of("customer"), "c-1");
	CHECK_OK(rd_connect_context_make(&out, &plain, a, 2, &which));
	CHECK_EQ(out.attribute_count, 2);
	CHECK_TEXT(value_of("email"), "a@b.c");
}

/* T36 */
TEST(a_hint_never_passes_for_a_verified_attribute)
{
	static const struct rd_aws_pair map[] = { { "customer_id",
						    "customer_id" } };
	struct rd_connect_mapping m = { .attributes = map,
					.attribute_count = 1,
					.hint_prefix = "hint_",
					.related = "previous" };
	struct rd_attribute a[] = { { "customer_id", "forged", false },
				    { "customer_id", "true", true },
				    { "hint_customer_id", "again", false },
				    { "previous", "forged", false },
				    { "page", "/orders", false } };

	CHECK_OK(rd_connect_context_make(&out, &m, a, 5, &which));
	CHECK_TEXT(value_of("customer_id"), "true");
	CHECK_TEXT(value_of("hint_customer_id"), "forged");
	CHECK_TEXT(value_of("hint_hint_customer_id"), "again");
	CHECK_TEXT(value_of("hint_page"), "/orders");
	CHECK(out.related == NULL);
	/* Without a verified one there is none, whatever the page says. */
	CHECK_OK(rd_connect_context_make(&out, &m, a, 1, &which));
	CHECK(value_of("customer_id") == NULL);
	/* A claim that looks like a hint would be taken for one. */
	a[2].is_verified = true;
	CHECK_ERR(rd_connect_context_make(&out, &plain, a, 5, &which),
		  RD_E_FORMAT);
	CHECK_TEXT(which, "hint_customer_id");
}

TEST(a_token_is_never_sent)
{
	struct rd_attribute a[] = {
		{ "session", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
		  true },
		{ "page_session", "eyJhbGciOiJub25lIn0.e30.", false },
	};

	CHECK_ERR(rd_connect_context_make(&out, &plain, a, 2, &which),
		  RD_E_DENIED);
	CHECK_TEXT(which, "session");
	CHECK_OK(rd_connect_context_make(&out, &plain, a + 1, 1, &which));
	CHECK_EQ(out.attribute_count, 0);
	CHECK_EQ(out.left_out, 1);
}

TEST(names_and_bytes_are_checked_before_the_call)
{
	static struct rd_attribute many[130];
	struct rd_attribute a[] = { { "bad name", "1", true },
				    { "bad.hint", "1", false },
				    { "text", "\xff\xfe", true } };

	CHECK_ERR(rd_connect_context_make(&out, &plain, a, 1, &which),
		  RD_E_FORMAT);
	CHECK_OK(rd_connect_context_make(&out, &plain, a + 1, 1, &which));
	CHECK_EQ(out.left_out, 1);
	CHECK_ERR(rd_connect_context_make(&out, &plain, a + 2, 1, &which),
		  RD_E_FORMAT);
	for (unsigned i = 0; i < RD_COUNT(many); i++) {
		snprintf(many[i].name, sizeof(many[i].name), "n%u", i);
		memset(many[i].value, 'x', sizeof(many[i].value) - 1);
		many[i].is_verified = true;
	}
	CHECK_ERR(rd_connect_context_make(&out, &plain, many, RD_COUNT(many),
					  &which),
		  RD_E_SIZE);
	/* Hints are left out instead. */
	for (unsigned i = 32; i < RD_COUNT(many); i++)
		many[i].is_verified = false;
	CHECK_OK(rd_connect_context_make(&out, &plain, many, RD_COUNT(many),
					 &which));
	CHECK_EQ(out.attribute_count + out.left_out, RD_COUNT(many));
}

TEST(references_carry_what_they_name)
{
	static const struct rd_aws_pair refs[] = { { "order", "order_url" },
						   { "page", "page" },
						   { "none", "none" } };
	struct rd_connect_mapping m = { .hint_prefix = "hint_",
					.references = refs,
					.reference_count = 3,
					.related = "previous" };
	struct rd_attribute a[] = {
		{ "order_url", "https://shop.example/17", true },
		{ "page", "orders", false },
		{ "previous", "contact-0", true },
	};

	CHECK_OK(rd_connect_context_make(&out, &m, a, 3, &which));
	CHECK_EQ(out.reference_count, 2);
	CHECK_TEXT(out.references[0].name, "order");
	CHECK_TEXT(out.references[0].type, "URL");
	CHECK_TEXT(out.references[1].name, "hint_page");
	CHECK_TEXT(out.references[1].type, "STRING");
	CHECK_TEXT(out.related, "contact-0");
}

RD_TESTS(T(verified_attributes_go_under_their_mapped_names),
	 T(a_hint_never_passes_for_a_verified_attribute),
	 T(a_token_is_never_sent),
	 T(names_and_bytes_are_checked_before_the_call),
	 T(references_carry_what_they_name))
