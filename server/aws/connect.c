/* aws/connect.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/connect.h"

#include "base/text.h"

enum {
	MOST_WAIT = 1000000 /* places, seconds: more is nonsense */
};

/* --- StartWebRTCContact -------------------------------------------------- */

static void write_side(struct rd_json_out *j, const char *key, bool video,
		       bool screen)
{
	if (!video && !screen)
		return;
	rd_json_begin(j, key);
	if (video)
		rd_json_text(j, "Video", "SEND");
	if (screen)
		rd_json_text(j, "ScreenShare", "SEND");
	rd_json_end(j);
}

static void write_capabilities(struct rd_json_out *j,
			       const struct rd_aws_start_contact *s)
{
	if (!s->customer_video && !s->customer_screen && !s->agent_video &&
	    !s->agent_screen)
		return;
	rd_json_begin(j, "AllowedCapabilities");
	write_side(j, "Customer", s->customer_video, s->customer_screen);
	write_side(j, "Agent", s->agent_video, s->agent_screen);
	rd_json_end(j);
}

static void write_maps(struct rd_json_out *j,
		       const struct rd_aws_start_contact *s)
{
	if (s->attribute_count) {
		rd_json_begin(j, "Attributes");
		for (unsigned i = 0; i < s->attribute_count; i++)
			rd_json_text(j, s->attributes[i].name,
				     s->attributes[i].value);
		rd_json_end(j);
	}
	if (!s->reference_count)
		return;
	rd_json_begin(j, "References");
	for (unsigned i = 0; i < s->reference_count; i++) {
		rd_json_begin(j, s->references[i].name);
		rd_json_text(j, "Type", s->references[i].type);
		rd_json_text(j, "Value", s->references[i].value);
		rd_json_end(j);
	}
	rd_json_end(j);
}

enum rd_err rd_aws_start_contact(struct rd_aws_ask *ask,
				 const struct rd_aws_start_contact *s)
{
	struct rd_aws_path path = { ask, RD_OK };
	struct rd_json_out *j = &ask->body;

	rd_aws_ask_init(ask, RD_AWS_CONNECT, "StartWebRTCContact", "PUT");
	rd_aws_path_add(&path, "/contact/webrtc");
	ask->call.is_idempotent = s->client_token != NULL;
	rd_json_begin(j, NULL);
	rd_json_text(j, "InstanceId", s->instance_id);
	rd_json_text(j, "ContactFlowId", s->flow_id);
	rd_json_text_if(j, "ClientToken", s->client_token);
	rd_json_begin(j, "ParticipantDetails");
	rd_json_text(j, "DisplayName", s->display_name);
	rd_json_end(j);
	rd_json_text_if(j, "RelatedContactId", s->related_contact_id);
	rd_json_text_if(j, "Description", s->description);
	write_capabilities(j, s);
	write_maps(j, s);
	rd_json_end(j);
	return rd_aws_ask_done(&path);
}

enum rd_err rd_aws_start_contact_read_id(const struct rd_json *answer,
					 char out[static RD_CONNECT_ID_TEXT])
{
	return rd_aws_read_text(answer, "ContactId", out, RD_CONNECT_ID_TEXT)
		       ? RD_OK
		       : RD_E_UPSTREAM;
}

/* What every client needs, and what some decode strictly (the phones'). */
enum rd_err rd_aws_start_contact_read(const struct rd_json *answer,
				      struct rd_joining *out)
{
	const struct rd_json *data = rd_json_get(answer, "ConnectionData");
	const struct rd_json *meeting = rd_json_get(data, "Meeting");
	const struct rd_json *attendee = rd_json_get(data, "Attendee");
	bool is_well;

	memset(out, 0, sizeof(*out));
#define MUST(from, path, field)                                                \
	rd_aws_read_text(from, path, out->field, sizeof(out->field))
	is_well = MUST(answer, "ContactId", contact_id) &&
		  MUST(answer, "ParticipantId", participant_id) &&
		  MUST(answer, "ParticipantToken", participant_token) &&
		  MUST(attendee, "AttendeeId", attendee_id) &&
		  MUST(attendee, "JoinToken", join_token) &&
		  rd_aws_read_meeting(meeting, out);
#undef MUST
	return is_well ? RD_OK : RD_E_UPSTREAM;
}

/* --- the others ---------------------------------------------------------- */

enum rd_err rd_aws_stop_contact(struct rd_aws_ask *ask, const char *instance_id,
				const char *contact_id)
{
	struct rd_aws_path path = { ask, RD_OK };

	rd_aws_ask_init(ask, RD_AWS_CONNECT, "StopContact", "POST");
	rd_aws_path_add(&path, "/contact/stop");
	ask->call.is_idempotent = true;
	rd_json_begin(&ask->body, NULL);
	rd_json_text(&ask->body, "ContactId", contact_id);
	rd_json_text(&ask->body, "InstanceId", instance_id);
	rd_json_end(&ask->body);
	return rd_aws_ask_done(&path);
}

enum rd_err rd_aws_describe_contact(struct rd_aws_ask *ask,
				    const char *instance_id,
				    const char *contact_id)
{
	struct rd_aws_path path = { ask, RD_OK };

	rd_aws_ask_init(ask, RD_AWS_CONNECT, "DescribeContact", "GET");
	ask->call.is_idempotent = true;
	rd_aws_path_add(&path, "/contacts");
	rd_aws_path_add_id(&path, instance_id);
	rd_aws_path_add_id(&path, contact_id);
	return rd_aws_ask_done(&path);
}

static bool has(const struct rd_json *contact, const char *path)
{
	return rd_json_path(contact, path) != NULL;
}

/* The last of them is where the caller is now. */
static void read_next(const struct rd_json *list, struct rd_aws_contact *out)
{
	size_t count = rd_json_count(list);

	if (count == 0)
		return;
	if (!rd_aws_read_text_if(
		    rd_json_at(list, count - 1),
		    "NextContactMetadata.QuickConnectContactData.ContactId",
		    out->next_id, sizeof(out->next_id)))
		out->next_id[0] = '\0';
}

enum rd_err rd_aws_describe_contact_read(const struct rd_json *answer,
					 struct rd_aws_contact *out)
{
	const struct rd_json *contact = rd_json_get(answer, "Contact");
	const char *reason = rd_json_member(contact, "DisconnectReason");

	*out = (struct rd_aws_contact){ .is_ended = false };
	if (rd_json_kind(contact) != RD_JSON_OBJECT)
		return RD_E_UPSTREAM;
	out->is_connected = has(contact, "ConnectedToSystemTimestamp");
	out->is_queued = has(contact, "QueueInfo.EnqueueTimestamp");
	out->has_agent = has(contact, "AgentInfo.ConnectedToAgentTimestamp");
	out->is_ended = has(contact, "DisconnectTimestamp");
	if (reason)
		rd_text_copy(out->reason, sizeof(out->reason),
			     rd_span_text(reason));
	read_next(rd_json_get(contact, "NextContacts"), out);
	return RD_OK;
}

enum rd_err rd_aws_contact_metrics(struct rd_aws_ask *ask,
				   const char *instance_id,
				   const char *contact_id)
{
	static const char *const names[] = { "POSITION_IN_QUEUE",
					     "ESTIMATED_WAIT_TIME" };
	struct rd_aws_path path = { ask, RD_OK };
	struct rd_json_out *j = &ask->body;

	rd_aws_ask_init(ask, RD_AWS_CONNECT, "GetContactMetrics", "POST");
	ask->call.is_idempotent = true;
	rd_aws_path_add(&path, "/metrics/contact");
	rd_json_begin(j, NULL);
	rd_json_text(j, "InstanceId", instance_id);
	rd_json_text(j, "ContactId", contact_id);
	rd_json_begin_array(j, "Metrics");
	for (size_t i = 0; i < RD_COUNT(names); i++) {
		rd_json_begin(j, NULL);
		rd_json_text(j, "Name", names[i]);
		rd_json_end(j);
	}
	rd_json_end_array(j);
	rd_json_end(j);
	return rd_aws_ask_done(&path);
}

enum rd_err rd_aws_contact_metrics_read(const struct rd_json *answer,
					struct rd_aws_wait *out)
{
	const struct rd_json *results = rd_json_get(answer, "MetricResults");

	*out = (struct rd_aws_wait){ 0, 0 };
	if (rd_json_kind(results) != RD_JSON_ARRAY)
		return RD_E_UPSTREAM;
	for (size_t i = 0; i < rd_json_count(results); i++) {
		const struct rd_json *one = rd_json_at(results, i);
		const char *name = rd_json_member(one, "Name");
		double value;

		if (!name ||
		    !rd_json_real(rd_json_path(one, "Value.Number"), &value) ||
		    !(value >= 0 && value <= MOST_WAIT))
			continue;
		if (!strcmp(name, "POSITION_IN_QUEUE"))
			out->position = (unsigned)value;
		else if (!strcmp(name, "ESTIMATED_WAIT_TIME"))
			out->wait_s = (unsigned)value;
	}
	return RD_OK;
}
