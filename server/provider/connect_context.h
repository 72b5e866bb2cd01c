/* provider/connect_context.h - what Amazon Connect is told of a caller:
 * attributes and references.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Verified attributes go under the names that the destination maps them to;
 * hints of the page under a prefix of their own, so that none can pass for a
 * verified one whatever it is called (T36).  Everything is checked before the
 * call is tried: names (letters, digits, '-', '_'), and 32,768 bytes for all
 * together.  What looks like a signed token is never sent: attributes are
 * stored with the contact, shown to agents and copied into logs.
 * A verified attribute that cannot be sent is an error, since somebody relies
 * on it; a hint that cannot be is left out.  Pure.  Thread: any.
 */
#pragma once
#include "aws/connect.h"
#include "call/provider.h"

struct rd_connect_mapping { /* all lent */
	/* name: in the contact; value: of ours.  NULL: all verified ones, under
	 * their own names. */
	const struct rd_aws_pair *attributes;
	unsigned attribute_count;
	const char *hint_prefix; /* never "" */
	/* name: in the contact; value: the attribute or hint that it is of,
	 * under the prefix too if it is a hint. */
	const struct rd_aws_pair *references;
	unsigned reference_count;
	const char *related; /* verified attribute with a contact id; NULL */
};

enum {
	RD_CONNECT_PAIRS = 2 * RD_ATTRIBUTES,
	RD_CONNECT_REFERENCES = 8,
	RD_CONNECT_NAME_TEXT = 128,
};

struct rd_connect_context { /* values are lent by the start */
	struct rd_aws_pair attributes[RD_CONNECT_PAIRS];
	unsigned attribute_count;
	struct rd_aws_reference references[RD_CONNECT_REFERENCES];
	unsigned reference_count;
	const char *related; /* NULL: none */
	unsigned left_out;   /* hints */
	/* Names of hints and of references to them. */
	char names[RD_CONNECT_PAIRS + RD_CONNECT_REFERENCES]
		  [RD_CONNECT_NAME_TEXT];
	unsigned name_count;
};

/* Whether a name may be that of a contact attribute. */
bool rd_connect_name_is_valid(const char *name);
/* RD_E_FORMAT: the name of a verified attribute; RD_E_SIZE: they are too long
 * together; RD_E_DENIED: one is a token.  *which (may be NULL) names it. */
RD_MUST_USE enum rd_err rd_connect_context_make(
	struct rd_connect_context *out,
	const struct rd_connect_mapping *mapping,
	const struct rd_attribute *attributes, unsigned count,
	const char **which);
