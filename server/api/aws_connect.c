/* api/aws_connect.c - Amazon Connect: contacts, their attributes and metrics.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "api/aws_contact.h"
#include "api/aws_table.h"

/* --- what requests look like --------------------------------------------- */

static const char *const send_words[] = { "SEND", NULL };
static const char *const reference_words[] = {
	"URL",
	"ATTACHMENT",
	"CONTACT_ANALYSIS",
	"NUMBER",
	"STRING",
	"DATE",
	"EMAIL",
	"EMAIL_MESSAGE",
	"EMAIL_MESSAGE_PLAIN_TEXT",
	"EMAIL_MESSAGE_PLAIN_TEXT_REDACTED",
	"EMAIL_MESSAGE_REDACTED",
	NULL
};
/* Those that a contact can be begun with. */
static const char *const begun_with[] = { "URL",  "NUMBER", "STRING",
					  "DATE", "EMAIL",  NULL };
static const char *const status_words[] = { "AVAILABLE",  "DELETED",
					    "APPROVED",   "REJECTED",
					    "PROCESSING", "FAILED",
					    NULL };
static const char *const metric_words[] = { "ESTIMATED_WAIT_TIME",
					    "POSITION_IN_QUEUE", NULL };

static const struct rd_aws_rule details[] = {
	TEXT("DisplayName", true, 1, 256, RD_AWS_ANY),
	END,
};
static const struct rd_aws_rule attribute_key =
	TEXT("A name in Attributes", true, 1, 32767, RD_AWS_ATTRIBUTE);
static const struct rd_aws_rule attribute_value =
	TEXT("A value in Attributes", true, 0, 32767, RD_AWS_ANY);
static const struct rd_aws_rule side[] = {
	WORD("Video", false, send_words),
	WORD("ScreenShare", false, send_words),
	END,
};
static const struct rd_aws_rule capabilities[] = {
	OBJECT("Customer", false, side),
	OBJECT("Agent", false, side),
	END,
};
static const struct rd_aws_rule reference_members[] = {
	WORD("Type", true, reference_words),
	TEXT("Value", false, 0, 4096, RD_AWS_ANY),
	WORD("Status", false, status_words),
	TEXT("Arn", false, 20, 256, RD_AWS_REFERENCE_ARN),
	TEXT("StatusReason", false, 0, 100, RD_AWS_ANY),
	END,
};
static const struct rd_aws_rule reference_key =
	TEXT("A name in References", true, 1, 4096, RD_AWS_ANY);
static const struct rd_aws_rule reference =
	OBJECT("A value in References", true, reference_members);
static const struct rd_aws_rule segment_members[] = {
	TEXT("ValueString", false, 0, 1024, RD_AWS_ANY),
	{ .name = "ValueMap", .kind = RD_JSON_OBJECT },
	{ .name = "ValueInteger", .kind = RD_JSON_NUMBER },
	{ .name = "ValueList", .kind = RD_JSON_ARRAY },
	TEXT("ValueArn", false, 0, 1024, RD_AWS_ANY),
	END,
};
static const struct rd_aws_rule segment_key =
	TEXT("A name in SegmentAttributes", true, 1, 128, RD_AWS_ANY);
static const struct rd_aws_rule segment =
	OBJECT("A value in SegmentAttributes", true, segment_members);

static const struct rd_aws_rule start_body[] = {
	TEXT("InstanceId", true, 1, 100, RD_AWS_ANY),
	TEXT("ContactFlowId", true, 0, 500, RD_AWS_ANY),
	OBJECT("ParticipantDetails", true, details),
	MAP("Attributes", false, 0, 0, &attribute_key, &attribute_value),
	TEXT("ClientToken", false, 0, 500, RD_AWS_ANY),
	OBJECT("AllowedCapabilities", false, capabilities),
	TEXT("RelatedContactId", false, 1, 256, RD_AWS_ANY),
	MAP("References", false, 0, 0, &reference_key, &reference),
	TEXT("Description", false, 0, 4096, RD_AWS_ANY),
	MAP("SegmentAttributes", false, 0, 0, &segment_key, &segment),
	END,
};
static const struct rd_aws_rule reason[] = {
	TEXT("Code", false, 0, 0, RD_AWS_ANY),
	END,
};
static const struct rd_aws_rule stop_body[] = {
	TEXT("ContactId", true, 1, 256, RD_AWS_ANY),
	TEXT("InstanceId", true, 1, 100, RD_AWS_ANY),
	OBJECT("DisconnectReason", false, reason),
	END,
};
static const struct rd_aws_rule update_body[] = {
	TEXT("InitialContactId", true, 1, 256, RD_AWS_ANY),
	TEXT("InstanceId", true, 1, 100, RD_AWS_ANY),
	MAP("Attributes", true, 0, 0, &attribute_key, &attribute_value),
	END,
};
static const struct rd_aws_rule metric_members[] = {
	WORD("Name", true, metric_words),
	END,
};
static const struct rd_aws_rule metric =
	OBJECT("An entry of Metrics", true, metric_members);
static const struct rd_aws_rule metrics_body[] = {
	TEXT("InstanceId", true, 1, 250, RD_AWS_INSTANCE),
	TEXT("ContactId", true, 1, 250, RD_AWS_INSTANCE),
	LIST("Metrics", true, 1, 2, &metric),
	END,
};
static const struct rd_aws_rule both_ids[] = {
	TEXT("InstanceId", true, 1, 100, RD_AWS_ANY),
	TEXT("ContactId", true, 1, 256, RD_AWS_ANY),
	END,
};

/* --- the instance -------------------------------------------------------- */

void rd_aws_instance_arn(const struct rd_aws_request *r, char *out, size_t size)
{
	const struct rd_aws_front_cfg *cfg = &r->front->cfg;

	snprintf(out, size, "arn:aws:connect:%s:%s:instance/%s", cfg->region,
		 cfg->account, cfg->instance);
}

/* By its id or its ARN.  false: refused. */
static bool check_instance(struct rd_aws_request *r, const char *instance)
{
	char arn[RD_AWS_ARN_TEXT];

	rd_aws_instance_arn(r, arn, sizeof(arn));
	if (!strcmp(instance, r->front->cfg.instance) || !strcmp(instance, arn))
		return true;
	rd_aws_refuse(r, RD_AWS_UNKNOWN, "There is no instance with that id");
	return false;
}

static void refuse_contact(struct rd_aws_request *r, enum rd_err err)
{
	rd_aws_refuse(r, rd_aws_fault_of(err),
		      err == RD_E_NOTFOUND ? "There is no contact with that id"
		      : err == RD_E_CLOSED ? "The contact is over"
					   : "That is not possible now");
}

/* --- StartWebRTCContact -------------------------------------------------- */

/* The pairs of a map, lent by it; to be freed.  NULL: no memory. */
static struct rd_contact_pair *read_pairs(const struct rd_json *map,
					  unsigned *count)
{
	struct rd_contact_pair *pairs =
		rd_zalloc((rd_json_count(map) + 1) * sizeof(pairs[0]));
	const struct rd_json *value;
	const char *key;
	void *cursor = NULL;

	*count = 0;
	while (pairs && rd_json_next(map, &cursor, &key, &value))
		if (rd_json_kind(value) == RD_JSON_TEXT)
			pairs[(*count)++] = (struct rd_contact_pair){
				key, rd_json_string(value)
			};
	return pairs;
}

static bool is_one_of(const char *const *words, const char *text)
{
	for (; *words; words++)
		if (!strcmp(*words, text))
			return true;
	return false;
}

/* false: refused. */
static bool read_references(struct rd_aws_request *r,
			    struct rd_contact_reference *out, unsigned *count)
{
	const struct rd_json *map = rd_json_get(r->body, "References");
	const struct rd_json *value;
	const char *key;
	void *cursor = NULL;

	*count = 0;
	if (rd_json_count(map) > RD_CONTACT_REFERENCES) {
		rd_aws_refuse(r, RD_AWS_INVALID,
			      "References must have 0 to %d entries",
			      RD_CONTACT_REFERENCES);
		return false;
	}
	while (rd_json_next(map, &cursor, &key, &value)) {
		const char *type = rd_json_member(value, "Type");
		const char *text = rd_json_member(value, "Value");

		if (!type)
			continue; /* null */
		if (!is_one_of(begun_with, type)) {
			rd_aws_refuse(r, RD_AWS_INVALID,
				      "A reference of that Type cannot be "
				      "given when a contact begins");
			return false;
		}
		out[(*count)++] =
			(struct rd_contact_reference){ key, type,
						       text ? text : "" };
	}
	return true;
}

static void write_placement(struct rd_json_out *j, const struct rd_joining *g,
			    const char *public_url)
{
	char url[RD_URL_TEXT];

	rd_json_begin(j, "MediaPlacement");
	rd_json_text(j, "AudioHostUrl", g->audio_host_url);
	rd_json_text(j, "AudioFallbackUrl", g->audio_fallback_url);
	rd_json_text(j, "SignalingUrl", g->signaling_url);
	rd_json_text(j, "TurnControlUrl", g->turn_control_url);
	snprintf(url, sizeof(url), "%s/v1/client-events", public_url);
	rd_json_text(j, "EventIngestionUrl", url);
	rd_json_end(j);
}

static void reply_started(struct rd_aws_request *r,
			  const struct rd_contact_started *s)
{
	const struct rd_joining *g = &s->joining;
	struct rd_json_out j = rd_json_out_grow();

	rd_json_begin(&j, NULL);
	rd_json_begin(&j, "ConnectionData");
	rd_json_begin(&j, "Attendee");
	rd_json_text(&j, "AttendeeId", g->attendee_id);
	rd_json_text(&j, "JoinToken", g->join_token);
	rd_json_end(&j);
	rd_json_begin(&j, "Meeting");
	rd_json_text(&j, "MeetingId", g->meeting_id);
	rd_json_text(&j, "MediaRegion", g->media_region);
	write_placement(&j, g, r->front->cfg.public_url);
	rd_json_begin(&j, "MeetingFeatures");
	rd_json_begin(&j, "Audio");
	rd_json_text(&j, "EchoReduction", "UNAVAILABLE");
	rd_json_end(&j);
	rd_json_end(&j);
	rd_json_end(&j);
	rd_json_end(&j);
	rd_json_text(&j, "ContactId", s->contact_id);
	rd_json_text(&j, "ParticipantId", s->participant_id);
	rd_json_text(&j, "ParticipantToken", s->participant_token);
	rd_json_end(&j);
	rd_aws_reply(r, r->operation->status, &j);
}

static void refuse_start(struct rd_aws_request *r, enum rd_err err,
			 const struct rd_complaint *why)
{
	if (why->text[0])
		rd_aws_refuse(r, rd_aws_fault_of(err), "%s", why->text);
	else
		rd_aws_refuse(r, rd_aws_fault_of(err),
			      err == RD_E_NOTFOUND
				      ? "There is no contact flow with that id"
				      : "The contact cannot be started now");
}

static void start_with(struct rd_aws_request *r, struct rd_contact_start *start)
{
	const struct rd_json *allowed =
		rd_json_get(r->body, "AllowedCapabilities");
	struct rd_json_out j = rd_json_out_grow();
	struct rd_contact_started started;
	struct rd_complaint why = { "" };
	struct rd_span text = RD_SPAN_NONE;
	enum rd_err err = RD_OK;

	if (allowed) {
		rd_json_value(&j, NULL, allowed);
		rd_json_raw(&j, rd_span("", 1)); /* its NUL */
		err = rd_json_take(&j, &text);
		start->capabilities = (const char *)text.at;
	}
	if (!err)
		err = rd_contact_start(r->front->cfg.contacts, start, &started,
				       &why);
	rd_free((void *)(uintptr_t)text.at);
	rd_json_drop(&j);
	if (err)
		refuse_start(r, err, &why);
	else
		reply_started(r, &started);
}

static void start_contact(struct rd_aws_request *r)
{
	struct rd_contact_reference references[RD_CONTACT_REFERENCES];
	struct rd_contact_pair *pairs;
	struct rd_contact_start start = {
		.flow_id = rd_json_member(r->body, "ContactFlowId"),
		.display_name = rd_json_string(
			rd_json_path(r->body,
				     "ParticipantDetails.DisplayName")),
		.client_token = rd_json_member(r->body, "ClientToken"),
		.description = rd_json_member(r->body, "Description"),
		.references = references,
		.related_contact_id =
			rd_json_member(r->body, "RelatedContactId"),
	};

	if (!check_instance(r, rd_json_member(r->body, "InstanceId")) ||
	    !read_references(r, references, &start.reference_count))
		return;
	if (start.client_token && !*start.client_token)
		start.client_token = NULL;
	pairs = read_pairs(rd_json_get(r->body, "Attributes"),
			   &start.attribute_count);
	if (!pairs) {
		refuse_start(r, RD_E_NOMEM, &(struct rd_complaint){ "" });
		return;
	}
	start.attributes = pairs;
	start_with(r, &start);
	rd_free(pairs);
}

/* --- the other operations ------------------------------------------------ */

static void stop_contact(struct rd_aws_request *r)
{
	const char *id = rd_json_member(r->body, "ContactId");
	enum rd_err err;

	if (!check_instance(r, rd_json_member(r->body, "InstanceId")))
		return;
	err = rd_contact_stop(r->front->cfg.contacts, id);
	if (err == RD_E_NOTFOUND || err == RD_E_CLOSED)
		/* Of a voice contact both mean that it is not active. */
		rd_aws_refuse(r, RD_AWS_OVER,
			      "The contact is not active or does not exist");
	else if (err)
		refuse_contact(r, err);
	else
		rd_aws_reply_empty(r);
}

static void update_attributes(struct rd_aws_request *r)
{
	const char *id = rd_json_member(r->body, "InitialContactId");
	struct rd_contact_pair *pairs;
	enum rd_err err;
	unsigned count;

	if (!check_instance(r, rd_json_member(r->body, "InstanceId")))
		return;
	pairs = read_pairs(rd_json_get(r->body, "Attributes"), &count);
	err = pairs ? rd_contact_update_attributes(r->front->cfg.contacts, id,
						   pairs, count)
		    : RD_E_NOMEM;
	rd_free(pairs);
	if (err == RD_E_SIZE)
		rd_aws_refuse(r, RD_AWS_INVALID,
			      "The attributes of a contact have at most %d "
			      "bytes together",
			      RD_CONTACT_ATTRIBUTE_BYTES);
	else if (err)
		refuse_contact(r, err);
	else
		rd_aws_reply_empty(r);
}

static void get_attributes(struct rd_aws_request *r)
{
	struct rd_contact_view view;
	struct rd_json_out j;
	enum rd_err err;

	if (!check_instance(r, r->params[0]))
		return;
	err = rd_contact_describe(r->front->cfg.contacts, r->params[1], &view);
	if (err) {
		refuse_contact(r, err);
		return;
	}
	j = rd_json_out_grow();
	rd_json_begin(&j, NULL);
	rd_aws_write_attributes(r, &j, r->params[1]);
	rd_json_end(&j);
	rd_aws_reply(r, r->operation->status, &j);
}

static void describe_contact(struct rd_aws_request *r)
{
	struct rd_contact_view view;
	struct rd_json_out j;
	enum rd_err err;

	if (!check_instance(r, r->params[0]))
		return;
	err = rd_contact_describe(r->front->cfg.contacts, r->params[1], &view);
	if (err) {
		refuse_contact(r, err);
		return;
	}
	j = rd_json_out_grow();
	rd_json_begin(&j, NULL);
	rd_json_begin(&j, "Contact");
	rd_aws_write_contact(r, &j, &view);
	rd_json_end(&j);
	rd_json_end(&j);
	rd_aws_reply(r, r->operation->status, &j);
}

/* Metrics are there only while the contact is in a queue. */
static void get_metrics(struct rd_aws_request *r)
{
	const char *id = rd_json_member(r->body, "ContactId");
	const char *slash = strrchr(id, '/');
	struct rd_contact_metrics m;
	enum rd_err err;

	if (!check_instance(r, rd_json_member(r->body, "InstanceId")))
		return;
	if (slash)
		id = slash + 1;
	err = rd_contact_metrics(r->front->cfg.contacts, id, &m);
	if (err == RD_E_NOTFOUND)
		refuse_contact(r, err);
	else if (err || m.position == 0)
		rd_aws_refuse(r, RD_AWS_CONFLICT,
			      "The contact is in no queue now");
	else
		rd_aws_reply_metrics(r, id, &m);
}

static const struct rd_aws_operation operations[] = {
	BEGINS(RD_AWS_CONNECT, "StartWebRTCContact", "PUT", "/contact/webrtc",
	       NULL, NULL, start_body, 200, start_contact),
	OP(RD_AWS_CONNECT, "StopContact", "POST", "/contact/stop", NULL, NULL,
	   stop_body, 200, stop_contact),
	OP(RD_AWS_CONNECT, "UpdateContactAttributes", "POST",
	   "/contact/attributes", NULL, NULL, update_body, 200,
	   update_attributes),
	OP(RD_AWS_CONNECT, "GetContactAttributes", "GET",
	   "/contact/attributes/{InstanceId}/{InitialContactId}", NULL,
	   both_ids, NULL, 200, get_attributes),
	{ .name = "DescribeContact",
	  .service = RD_AWS_CONNECT,
	  .method = "GET",
	  .path = "/contacts/{InstanceId}/{ContactId}",
	  .params = both_ids,
	  .status = 200,
	  .lists_throttling = true,
	  .answer = describe_contact },
	{ .name = "GetContactMetrics",
	  .service = RD_AWS_CONNECT,
	  .method = "POST",
	  .path = "/metrics/contact",
	  .body = metrics_body,
	  .status = 200,
	  .lists_throttling = true,
	  .answer = get_metrics },
};
const struct rd_aws_operations rd_aws_connect_operations = {
	operations, RD_COUNT(operations)
};
