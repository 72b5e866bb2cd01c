/* api/aws_contact.h - a contact, as Amazon Connect's answers tell it.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Thread: control.
 */
#pragma once
#include "api/aws_priv.h"
#include "provider/contacts.h"

enum {
	RD_AWS_ARN_TEXT = 256
};

void rd_aws_instance_arn(const struct rd_aws_request *r, char *out,
			 size_t size);
/* The member Attributes. */
void rd_aws_write_attributes(struct rd_aws_request *r, struct rd_json_out *j,
			     const char *id);
/* The members of Contact. */
void rd_aws_write_contact(struct rd_aws_request *r, struct rd_json_out *j,
			  const struct rd_contact_view *v);
/* Answers GetContactMetrics for the contact with that id. */
void rd_aws_reply_metrics(struct rd_aws_request *r, const char *id,
			  const struct rd_contact_metrics *m);
