/* api/aws_rule.h - what a request to an AWS operation must look like, as a
 * table, and whether it does.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The limits are those of the published service models: lengths count Unicode
 * code points, null is absent, members that no rule names are ignored (newer
 * clients have more of them).  Thread: any.
 */
#pragma once
#include "base/base.h"
#include "wire/json.h"

/* What the characters of a text must be; the models' patterns. */
enum rd_aws_form {
	RD_AWS_ANY,
	RD_AWS_UUID,          /* 8-4-4-4-12 hex digits, either case */
	RD_AWS_TOKEN,         /* [-_a-zA-Z0-9]* */
	RD_AWS_NAME,          /* [a-zA-Z0-9 _.-]+ */
	RD_AWS_NOT_BLANK,     /* one character at least that is no blank */
	RD_AWS_NUMBER,        /* \+?[1-9]\d{1,14} */
	RD_AWS_ARN,           /* arn[-/:_.a-zA-Z0-9]+ */
	RD_AWS_LAMBDA_ARN,    /* arn:aws:lambda:REGION:ACCOUNT:function:NAME */
	RD_AWS_TENANT,        /* [-_!@#$a-zA-Z0-9]*, none four times in a row */
	RD_AWS_TAG_KEY,       /* [a-zA-Z+-=._:/]+ */
	RD_AWS_EXTERNAL,      /* names of meetings; not aws:... */
	RD_AWS_ATTRIBUTE,     /* [-_a-zA-Z0-9]+ */
	RD_AWS_CONNECTOR,     /* [a-z0-9]{21,22}, or a UUID */
	RD_AWS_INSTANCE,      /* a UUID, or an ARN that ends with one */
	RD_AWS_REFERENCE_ARN, /* begins with one of [-:/A-Za-z0-9] */
};

struct rd_aws_rule {
	const char *name; /* NULL ends a table */
	enum rd_json_kind kind;
	bool is_required;
	/* Of a text: code points; of a list or map: entries; of a number: the
	 * value.  most 0: no bound. */
	unsigned least, most;
	enum rd_aws_form form;
	const char *const *words; /* ends with NULL; NULL: any */
	/* RD_JSON_OBJECT: the members.  RD_JSON_ARRAY: one rule, of each
	 * element.  Its name is not looked at. */
	const struct rd_aws_rule *of;
	/* Of a map (an object with names of its own): its keys, and its
	 * values. */
	const struct rd_aws_rule *keys;
	const struct rd_aws_rule *values;
};

enum rd_aws_verdict {
	RD_AWS_GOOD,
	RD_AWS_BAD_VALUE, /* missing, or not within its limits */
	RD_AWS_BAD_TYPE,  /* not of its JSON type */
};

/* Whether all rules hold for members of object (NULL: it has none); why says
 * the first that does not, without the value.  Values nested too deeply for
 * the table are not looked at. */
enum rd_aws_verdict rd_aws_check(const struct rd_aws_rule *rules,
				 const struct rd_json *object,
				 struct rd_complaint *why);
/* The same of one text, as it stands in a path or a header. */
enum rd_aws_verdict rd_aws_check_text(const struct rd_aws_rule *rule,
				      const char *text,
				      struct rd_complaint *why);
bool rd_aws_form_holds(enum rd_aws_form form, const char *text);
