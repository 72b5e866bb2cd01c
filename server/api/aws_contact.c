/* api/aws_contact.c - what DescribeContact and GetContactMetrics tell.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "api/aws_contact.h"

enum {
	CONTACT_ARN_TEXT = RD_AWS_ARN_TEXT + 64
};

void rd_aws_write_attributes(struct rd_aws_request *r, struct rd_json_out *j,
			     const char *id)
{
	struct rd_contact_pair pair;

	rd_json_begin(j, "Attributes");
	for (unsigned i = 0;
	     rd_contact_attribute(r->front->cfg.contacts, id, i, &pair); i++)
		rd_json_text(j, pair.name, pair.value);
	rd_json_end(j);
}

static void write_seconds(struct rd_json_out *j, const char *key,
			  uint64_t wall_ms)
{
	if (wall_ms)
		rd_json_seconds(j, key, wall_ms);
}

static void write_times(struct rd_json_out *j, const struct rd_contact_view *v)
{
	write_seconds(j, "InitiationTimestamp", v->initiated_wall_ms);
	write_seconds(j, "ConnectedToSystemTimestamp", v->system_wall_ms);
	write_seconds(j, "DisconnectTimestamp", v->ended_wall_ms);
	write_seconds(j, "LastUpdateTimestamp", v->updated_wall_ms);
	if (*v->queue) {
		rd_json_begin(j, "QueueInfo");
		rd_json_text(j, "Id", v->queue);
		write_seconds(j, "EnqueueTimestamp", v->enqueued_wall_ms);
		rd_json_end(j);
	}
	if (v->agent_wall_ms) {
		rd_json_begin(j, "AgentInfo");
		rd_json_text_if(j, "Id", v->agent);
		write_seconds(j, "ConnectedToAgentTimestamp", v->agent_wall_ms);
		rd_json_end(j);
	}
}

static void write_sides(struct rd_json_out *j, const struct rd_contact_view *v)
{
	struct rd_json *allowed = NULL;
	const struct rd_json *customer;

	if (*v->capabilities &&
	    rd_json_open(&allowed, rd_span_text(v->capabilities), NULL))
		allowed = NULL;
	customer = rd_json_get(allowed, "Customer");
	if (customer) {
		rd_json_begin(j, "Customer");
		rd_json_value(j, "Capabilities", customer);
		rd_json_end(j);
	}
	rd_json_close(allowed);
	rd_json_begin(j, "CustomerEndpoint");
	rd_json_text(j, "Type", "VOIP");
	rd_json_text(j, "Address", v->participant_id);
	rd_json_end(j);
	rd_json_begin(j, "SegmentAttributes");
	rd_json_begin(j, "connect:Subtype");
	rd_json_text(j, "ValueString", "connect:WebRTC");
	rd_json_end(j);
	rd_json_end(j);
}

void rd_aws_write_contact(struct rd_aws_request *r, struct rd_json_out *j,
			  const struct rd_contact_view *v)
{
	char instance[RD_AWS_ARN_TEXT], arn[CONTACT_ARN_TEXT];

	rd_aws_instance_arn(r, instance, sizeof(instance));
	snprintf(arn, sizeof(arn), "%s/contact/%s", instance, v->contact_id);
	rd_json_text(j, "Arn", arn);
	rd_json_text(j, "Id", v->contact_id);
	rd_json_text(j, "InitialContactId", v->contact_id);
	rd_json_text(j, "ContactAssociationId", v->contact_id);
	rd_json_text_if(j, "RelatedContactId", v->related_contact_id);
	rd_json_text(j, "InitiationMethod", "WEBRTC_API");
	rd_json_text(j, "Channel", "VOICE");
	rd_json_text_if(j, "Name", v->display_name);
	rd_json_text_if(j, "Description", v->description);
	write_times(j, v);
	write_sides(j, v);
	rd_json_text_if(j, "DisconnectReason", v->disconnect_reason);
	rd_aws_write_attributes(r, j, v->contact_id);
}

static void write_metric(struct rd_json_out *j, const char *name,
			 unsigned value)
{
	rd_json_begin(j, NULL);
	rd_json_text(j, "Name", name);
	rd_json_begin(j, "Value");
	rd_json_number(j, "Number", value);
	rd_json_end(j);
	rd_json_end(j);
}

void rd_aws_reply_metrics(struct rd_aws_request *r, const char *id,
			  const struct rd_contact_metrics *m)
{
	const struct rd_json *asked = rd_json_get(r->body, "Metrics");
	struct rd_json_out j = rd_json_out_grow();
	char arn[RD_AWS_ARN_TEXT], contact[CONTACT_ARN_TEXT];

	rd_aws_instance_arn(r, arn, sizeof(arn));
	snprintf(contact, sizeof(contact), "%s/contact/%s", arn, id);
	rd_json_begin(&j, NULL);
	rd_json_begin_array(&j, "MetricResults");
	for (size_t i = 0; i < rd_json_count(asked); i++) {
		const char *name = rd_json_member(rd_json_at(asked, i), "Name");

		if (!strcmp(name, "POSITION_IN_QUEUE"))
			write_metric(&j, name, m->position);
		else if (m->has_wait)
			write_metric(&j, name, m->wait_s);
	}
	rd_json_end_array(&j);
	rd_json_text(&j, "Id", id);
	rd_json_text(&j, "Arn", contact);
	rd_json_end(&j);
	rd_aws_reply(r, r->operation->status, &j);
}
