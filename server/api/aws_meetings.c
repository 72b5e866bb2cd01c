/* api/aws_meetings.c - Chime SDK meetings: meetings and attendees.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "api/aws_table.h"
#include "base/text.h"
#include "provider/meetings.h"

enum {
	PAGE = 100,
	SCREENS = 3,
};

/* --- what requests look like --------------------------------------------- */

/* In the order of enum rd_capability. */
static const char *const capability_words[] = { "SendReceive", "Send",
						"Receive", "None", NULL };
static const char *const echo_words[] = { "AVAILABLE", "UNAVAILABLE", NULL };
static const char *const video_words[] = { "None", "HD", "FHD", NULL };
static const char *const content_words[] = { "None", "FHD", "UHD", NULL };
static const char *const network_words[] = { "Ipv4Only", "DualStack", NULL };

static const struct rd_aws_rule capabilities[] = {
	WORD("Audio", true, capability_words),
	WORD("Video", true, capability_words),
	WORD("Content", true, capability_words),
	END,
};
static const struct rd_aws_rule attendee[] = {
	TEXT("ExternalUserId", true, 2, 64, RD_AWS_ANY),
	OBJECT("Capabilities", false, capabilities),
	END,
};
static const struct rd_aws_rule attendee_item =
	OBJECT("An entry of Attendees", true, attendee);
static const struct rd_aws_rule batch[] = {
	LIST("Attendees", true, 1, 100, &attendee_item),
	END,
};

static const struct rd_aws_rule notifications[] = {
	TEXT("LambdaFunctionArn", false, 1, 1024, RD_AWS_ARN),
	TEXT("SnsTopicArn", false, 1, 1024, RD_AWS_ARN),
	TEXT("SqsQueueArn", false, 1, 1024, RD_AWS_ARN),
	END,
};
static const struct rd_aws_rule audio_features[] = {
	WORD("EchoReduction", false, echo_words),
	END,
};
static const struct rd_aws_rule video_features[] = {
	WORD("MaxResolution", false, video_words),
	END,
};
static const struct rd_aws_rule content_features[] = {
	WORD("MaxResolution", false, content_words),
	END,
};
static const struct rd_aws_rule attendee_features[] = {
	{ .name = "MaxCount", .kind = RD_JSON_NUMBER, .least = 1, .most = 250 },
	END,
};
static const struct rd_aws_rule features[] = {
	OBJECT("Audio", false, audio_features),
	OBJECT("Video", false, video_features),
	OBJECT("Content", false, content_features),
	OBJECT("Attendee", false, attendee_features),
	END,
};
static const struct rd_aws_rule tenant =
	TEXT("An entry of TenantIds", true, 2, 256, RD_AWS_TENANT);
static const struct rd_aws_rule tag_members[] = {
	TEXT("Key", true, 1, 128, RD_AWS_TAG_KEY),
	TEXT("Value", true, 0, 256, RD_AWS_ANY),
	END,
};
static const struct rd_aws_rule tag =
	OBJECT("An entry of Tags", true, tag_members);

#define MEETING_RULES                                                          \
	TEXT("ClientRequestToken", true, 2, 64, RD_AWS_TOKEN),                 \
		TEXT("MediaRegion", true, 2, 64, RD_AWS_ANY),                  \
		TEXT("ExternalMeetingId", true, 2, 64, RD_AWS_EXTERNAL),       \
		TEXT("MeetingHostId", false, 2, 64, RD_AWS_ANY),               \
		OBJECT("NotificationsConfiguration", false, notifications),    \
		OBJECT("MeetingFeatures", false, features),                    \
		TEXT("PrimaryMeetingId", false, 2, 64, RD_AWS_ANY),            \
		LIST("TenantIds", false, 1, 5, &tenant),                       \
		LIST("Tags", false, 0, 50, &tag),                              \
		WORD("MediaPlacementNetworkType", false, network_words)

static const struct rd_aws_rule meeting[] = { MEETING_RULES, END };
static const struct rd_aws_rule meeting_with_attendees[] = {
	MEETING_RULES,
	LIST("Attendees", true, 1, 20, &attendee_item),
	END,
};
static const struct rd_aws_rule meeting_id[] = {
	TEXT("MeetingId", true, 36, 36, RD_AWS_UUID),
	END,
};
static const struct rd_aws_rule both_ids[] = {
	TEXT("MeetingId", true, 36, 36, RD_AWS_UUID),
	TEXT("AttendeeId", true, 36, 36, RD_AWS_UUID),
	END,
};

/* --- in ------------------------------------------------------------------ */

static const char *text_at(const struct rd_json *object, const char *path)
{
	return rd_json_string(rd_json_path(object, path));
}

static void read_terms(const struct rd_json *body, struct rd_meeting_terms *out)
{
	const struct rd_json *tenants = rd_json_get(body, "TenantIds");
	int64_t most;

	*out = (struct rd_meeting_terms){
		.client_token = rd_json_member(body, "ClientRequestToken"),
		.external_id = rd_json_member(body, "ExternalMeetingId"),
		.region = rd_json_member(body, "MediaRegion"),
		.host_id = rd_json_member(body, "MeetingHostId"),
		.primary_id = rd_json_member(body, "PrimaryMeetingId"),
		.echo_reduction =
			text_at(body, "MeetingFeatures.Audio.EchoReduction"),
		.video = text_at(body, "MeetingFeatures.Video.MaxResolution"),
		.content =
			text_at(body, "MeetingFeatures.Content.MaxResolution"),
	};
	for (size_t i = 0; i < rd_json_count(tenants); i++)
		out->tenants[i] = rd_json_string(rd_json_at(tenants, i));
	if (rd_json_whole(rd_json_path(body,
				       "MeetingFeatures.Attendee.MaxCount"),
			  &most))
		out->most_attendees = (unsigned)most;
}

static enum rd_capability read_capability(const struct rd_json *from,
					  const char *key)
{
	const char *text = rd_json_member(from, key);
	unsigned i = 0;

	while (capability_words[i] && strcmp(capability_words[i], text) != 0)
		i++;
	return (enum rd_capability)i;
}

/* Makes the attendee that item describes. */
static enum rd_err make_attendee(struct rd_aws_request *r, const char *id,
				 const struct rd_json *item,
				 const struct rd_meeting_attendee **out)
{
	const struct rd_json *said = rd_json_get(item, "Capabilities");
	struct rd_capabilities can = { 0 };

	if (said) {
		can.audio = read_capability(said, "Audio");
		can.video = read_capability(said, "Video");
		can.content = read_capability(said, "Content");
	}
	return rd_meeting_attendee_create(r->front->cfg.meetings, id,
					  rd_json_member(item,
							 "ExternalUserId"),
					  said ? &can : NULL, out);
}

static const char *attendee_trouble(enum rd_err err)
{
	switch (err) {
	case RD_E_NOTFOUND:
		return "There is no meeting with that id";
	case RD_E_FORMAT:
		return "The capabilities contradict each other or the "
		       "meeting's features";
	case RD_E_LIMIT:
		return "The meeting has as many attendees as it may have";
	case RD_E_SIZE:
		return "ExternalUserId must have 2 to 64 bytes";
	default:
		return "The attendee cannot be made now";
	}
}

/* --- out ----------------------------------------------------------------- */

static void write_feature(struct rd_json_out *j, const char *key,
			  const char *member, const char *value)
{
	if (!value)
		return;
	rd_json_begin(j, key);
	rd_json_text(j, member, value);
	rd_json_end(j);
}

static void write_features(struct rd_json_out *j,
			   const struct rd_meeting_terms *t)
{
	rd_json_begin(j, "MeetingFeatures");
	write_feature(j, "Audio", "EchoReduction",
		      t->echo_reduction ? t->echo_reduction : "UNAVAILABLE");
	write_feature(j, "Video", "MaxResolution", t->video);
	write_feature(j, "Content", "MaxResolution", t->content);
	if (t->most_attendees) {
		rd_json_begin(j, "Attendee");
		rd_json_number(j, "MaxCount", t->most_attendees);
		rd_json_end(j);
	}
	rd_json_end(j);
}

/* Clients of the deprecated ones want them to be there. */
static void write_placement(struct rd_json_out *j,
			    const struct rd_joining *joining,
			    const char *public_url)
{
	static const char *const screens[SCREENS] = { "ScreenDataUrl",
						      "ScreenViewingUrl",
						      "ScreenSharingUrl" };
	char url[RD_URL_TEXT];

	rd_json_begin(j, "MediaPlacement");
	rd_json_text(j, "AudioHostUrl", joining->audio_host_url);
	rd_json_text(j, "AudioFallbackUrl", joining->audio_fallback_url);
	rd_json_text(j, "SignalingUrl", joining->signaling_url);
	rd_json_text(j, "TurnControlUrl", joining->turn_control_url);
	for (size_t i = 0; i < SCREENS; i++)
		rd_json_text(j, screens[i], joining->signaling_url);
	snprintf(url, sizeof(url), "%s/v1/client-events", public_url);
	rd_json_text(j, "EventIngestionUrl", url);
	rd_json_end(j);
}

static void write_meeting(struct rd_aws_request *r, struct rd_json_out *j,
			  const struct rd_meeting_view *view)
{
	const struct rd_aws_front_cfg *cfg = &r->front->cfg;
	const struct rd_meeting_terms *t = view->terms;
	char arn[160];

	rd_json_begin(j, "Meeting");
	rd_json_text(j, "MeetingId", view->meeting_id);
	rd_json_text(j, "ExternalMeetingId", t->external_id);
	rd_json_text(j, "MediaRegion", t->region);
	rd_json_text_if(j, "MeetingHostId", t->host_id);
	rd_json_text_if(j, "PrimaryMeetingId", t->primary_id);
	snprintf(arn, sizeof(arn), "arn:aws:chime:%s:%s:meeting/%s",
		 cfg->region, cfg->account, view->meeting_id);
	rd_json_text(j, "MeetingArn", arn);
	write_placement(j, &view->joining, cfg->public_url);
	write_features(j, t);
	if (t->tenants[0]) {
		rd_json_begin_array(j, "TenantIds");
		for (size_t i = 0; i < RD_MEETING_TENANTS && t->tenants[i]; i++)
			rd_json_text(j, NULL, t->tenants[i]);
		rd_json_end_array(j);
	}
	rd_json_end(j);
}

/* key NULL: as an element. */
static void write_attendee(struct rd_json_out *j, const char *key,
			   const struct rd_meeting_attendee *a)
{
	rd_json_begin(j, key);
	rd_json_text(j, "ExternalUserId", a->external_user_id);
	rd_json_text(j, "AttendeeId", a->attendee_id);
	rd_json_text(j, "JoinToken", a->join_token);
	rd_json_begin(j, "Capabilities");
	rd_json_text(j, "Audio", capability_words[a->can.audio]);
	rd_json_text(j, "Video", capability_words[a->can.video]);
	rd_json_text(j, "Content", capability_words[a->can.content]);
	rd_json_end(j);
	rd_json_end(j);
}

/* Makes all of the list, and writes who was made and who was not. */
static void make_attendees(struct rd_aws_request *r, struct rd_json_out *j,
			   const char *id)
{
	const struct rd_json *list = rd_json_get(r->body, "Attendees");
	enum rd_err errs[100] = { RD_OK };
	size_t count = rd_json_count(list);

	rd_json_begin_array(j, "Attendees");
	for (size_t i = 0; i < count; i++) {
		const struct rd_meeting_attendee *a;

		errs[i] = make_attendee(r, id, rd_json_at(list, i), &a);
		if (!errs[i])
			write_attendee(j, NULL, a);
	}
	rd_json_end_array(j);
	rd_json_begin_array(j, "Errors");
	for (size_t i = 0; i < count; i++) {
		unsigned status;

		if (!errs[i])
			continue;
		rd_json_begin(j, NULL);
		rd_json_text(j, "ExternalUserId",
			     rd_json_member(rd_json_at(list, i),
					    "ExternalUserId"));
		rd_json_text(j, "ErrorCode",
			     rd_aws_fault_name(r->operation, r->service,
					       rd_aws_fault_of(errs[i]),
					       &status));
		rd_json_text(j, "ErrorMessage", attendee_trouble(errs[i]));
		rd_json_end(j);
	}
	rd_json_end_array(j);
}

/* --- operations ---------------------------------------------------------- */

static void refuse_unknown(struct rd_aws_request *r)
{
	rd_aws_refuse(r, RD_AWS_UNKNOWN, "There is no meeting with that id");
}

static void reply_meeting(struct rd_aws_request *r, const char *id,
			  bool has_attendees)
{
	struct rd_json_out j = rd_json_out_grow();
	struct rd_meeting_view view;
	enum rd_err err = rd_meeting_look(r->front->cfg.meetings, id, &view);

	if (err) {
		rd_json_drop(&j);
		refuse_unknown(r);
		return;
	}
	rd_json_begin(&j, NULL);
	write_meeting(r, &j, &view);
	if (has_attendees)
		make_attendees(r, &j, id);
	rd_json_end(&j);
	rd_aws_reply(r, r->operation->status, &j);
}

static void create(struct rd_aws_request *r, bool has_attendees)
{
	struct rd_meeting_terms terms;
	char id[RD_ROOM_ID];
	enum rd_err err;

	read_terms(r->body, &terms);
	err = rd_meeting_create(r->front->cfg.meetings, &terms, id);
	if (err == RD_E_EXISTS)
		rd_aws_refuse(r, RD_AWS_CONFLICT,
			      "That ClientRequestToken made another meeting");
	else if (err == RD_E_LIMIT)
		rd_aws_refuse(r, RD_AWS_LIMIT,
			      "There are as many meetings as there may be");
	else if (err)
		rd_aws_refuse(r, rd_aws_fault_of(err),
			      "The meeting cannot be made now");
	else
		reply_meeting(r, id, has_attendees);
}

static void create_meeting(struct rd_aws_request *r)
{
	create(r, false);
}

static void create_meeting_with_attendees(struct rd_aws_request *r)
{
	create(r, true);
}

static void get_meeting(struct rd_aws_request *r)
{
	reply_meeting(r, r->params[0], false);
}

static void delete_meeting(struct rd_aws_request *r)
{
	if (rd_meeting_delete(r->front->cfg.meetings, r->params[0]))
		refuse_unknown(r);
	else
		rd_aws_reply(r, r->operation->status, NULL);
}

static void reply_attendee(struct rd_aws_request *r, enum rd_err err,
			   const struct rd_meeting_attendee *a)
{
	struct rd_json_out j;

	if (err) {
		rd_aws_refuse(r, rd_aws_fault_of(err), "%s",
			      attendee_trouble(err));
		return;
	}
	j = rd_json_out_grow();
	rd_json_begin(&j, NULL);
	write_attendee(&j, "Attendee", a);
	rd_json_end(&j);
	rd_aws_reply(r, r->operation->status, &j);
}

static void create_attendee(struct rd_aws_request *r)
{
	const struct rd_meeting_attendee *a;
	enum rd_err err = make_attendee(r, r->params[0], r->body, &a);

	reply_attendee(r, err, a);
}

static void batch_create_attendee(struct rd_aws_request *r)
{
	struct rd_json_out j;
	struct rd_meeting_view view;

	if (rd_meeting_look(r->front->cfg.meetings, r->params[0], &view)) {
		refuse_unknown(r);
		return;
	}
	j = rd_json_out_grow();
	rd_json_begin(&j, NULL);
	make_attendees(r, &j, r->params[0]);
	rd_json_end(&j);
	rd_aws_reply(r, r->operation->status, &j);
}

static void get_attendee(struct rd_aws_request *r)
{
	const struct rd_meeting_attendee *a;

	if (rd_meeting_attendee_look(r->front->cfg.meetings, r->params[0],
				     r->params[1], &a))
		rd_aws_refuse(r, RD_AWS_UNKNOWN,
			      "There is no attendee with that id");
	else
		reply_attendee(r, RD_OK, a);
}

static void delete_attendee(struct rd_aws_request *r)
{
	if (rd_meeting_attendee_delete(r->front->cfg.meetings, r->params[0],
				       r->params[1]))
		rd_aws_refuse(r, RD_AWS_UNKNOWN,
			      "There is no attendee with that id");
	else
		rd_aws_reply(r, r->operation->status, NULL);
}

/* A page's token is the number of its last attendee. */
static void list_attendees(struct rd_aws_request *r)
{
	struct rd_meetings *m = r->front->cfg.meetings;
	unsigned left = r->max_results ? r->max_results : PAGE;
	const struct rd_meeting_attendee *a;
	struct rd_meeting_view view;
	struct rd_json_out j;
	uint64_t after = 0;
	char next[24];

	if (rd_meeting_look(m, r->params[0], &view)) {
		refuse_unknown(r);
		return;
	}
	if (r->next_token[0] &&
	    rd_text_u64(rd_span_text(r->next_token), 1, UINT64_MAX, &after)) {
		rd_aws_refuse(r, RD_AWS_INVALID,
			      "NextToken is not one of ours");
		return;
	}
	j = rd_json_out_grow();
	rd_json_begin(&j, NULL);
	rd_json_begin_array(&j, "Attendees");
	while ((a = rd_meeting_attendee_next(m, r->params[0], after)) && left) {
		write_attendee(&j, NULL, a);
		after = a->number;
		left--;
	}
	rd_json_end_array(&j);
	if (a) {
		snprintf(next, sizeof(next), "%llu", (unsigned long long)after);
		rd_json_text(&j, "NextToken", next);
	}
	rd_json_end(&j);
	rd_aws_reply(r, r->operation->status, &j);
}

#define M "/meetings/{MeetingId}"

static const struct rd_aws_operation operations[] = {
	BEGINS(RD_AWS_MEETINGS, "CreateMeeting", "POST", "/meetings", NULL,
	       NULL, meeting, 200, create_meeting),
	BEGINS(RD_AWS_MEETINGS, "CreateMeetingWithAttendees", "POST",
	       "/meetings", "create-attendees", NULL, meeting_with_attendees,
	       200, create_meeting_with_attendees),
	OP(RD_AWS_MEETINGS, "GetMeeting", "GET", M, NULL, meeting_id, NULL, 200,
	   get_meeting),
	OP(RD_AWS_MEETINGS, "DeleteMeeting", "DELETE", M, NULL, meeting_id,
	   NULL, 204, delete_meeting),
	OP(RD_AWS_MEETINGS, "CreateAttendee", "POST", M "/attendees", NULL,
	   meeting_id, attendee, 200, create_attendee),
	OP(RD_AWS_MEETINGS, "BatchCreateAttendee", "POST", M "/attendees",
	   "batch-create", meeting_id, batch, 200, batch_create_attendee),
	{ .name = "ListAttendees",
	  .service = RD_AWS_MEETINGS,
	  .method = "GET",
	  .path = M "/attendees",
	  .params = meeting_id,
	  .has_pages = true,
	  .status = 200,
	  .answer = list_attendees },
	OP(RD_AWS_MEETINGS, "GetAttendee", "GET", M "/attendees/{AttendeeId}",
	   NULL, both_ids, NULL, 200, get_attendee),
	OP(RD_AWS_MEETINGS, "DeleteAttendee", "DELETE",
	   M "/attendees/{AttendeeId}", NULL, both_ids, NULL, 204,
	   delete_attendee),
};
const struct rd_aws_operations rd_aws_meetings_operations = {
	operations, RD_COUNT(operations)
};
