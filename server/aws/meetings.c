/* aws/meetings.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/meetings.h"

enum {
	MOST_IN_MEETING = 2
};

static void write_attendee(struct rd_json_out *j, const char *user_id)
{
	rd_json_begin(j, NULL);
	rd_json_text(j, "ExternalUserId", user_id);
	rd_json_end(j);
}

enum rd_err rd_aws_create_meeting(struct rd_aws_ask *ask,
				  const struct rd_aws_create_meeting *c)
{
	struct rd_aws_path path = { ask, RD_OK };
	struct rd_json_out *j = &ask->body;

	rd_aws_ask_init(ask, RD_AWS_MEETINGS, "CreateMeetingWithAttendees",
			"POST");
	rd_aws_path_add(&path, "/meetings");
	/* Part of the route: without it this is CreateMeeting. */
	ask->call.query = "operation=create-attendees";
	ask->call.is_idempotent = true;
	rd_json_begin(j, NULL);
	rd_json_text(j, "ClientRequestToken", c->client_token);
	rd_json_text(j, "MediaRegion", c->media_region);
	rd_json_text(j, "ExternalMeetingId", c->external_id);
	rd_json_begin(j, "MeetingFeatures");
	rd_json_begin(j, "Attendee");
	rd_json_number(j, "MaxCount", MOST_IN_MEETING);
	rd_json_end(j);
	rd_json_end(j);
	rd_json_begin_array(j, "Attendees");
	write_attendee(j, c->caller_user_id);
	write_attendee(j, c->phone_user_id);
	rd_json_end_array(j);
	rd_json_end(j);
	return rd_aws_ask_done(&path);
}

/* NULL: there is none of that user. */
static const struct rd_json *find_attendee(const struct rd_json *answer,
					   const char *user_id)
{
	const struct rd_json *all = rd_json_get(answer, "Attendees");

	for (size_t i = 0; i < rd_json_count(all); i++) {
		const struct rd_json *one = rd_json_at(all, i);
		const char *id = rd_json_member(one, "ExternalUserId");

		if (id && !strcmp(id, user_id))
			return one;
	}
	return NULL;
}

enum rd_err rd_aws_create_meeting_read(
	const struct rd_json *answer, const struct rd_aws_create_meeting *asked,
	struct rd_joining *out, char phone_token[static RD_JOIN_TOKEN_TEXT])
{
	const struct rd_json *meeting = rd_json_get(answer, "Meeting");
	const struct rd_json *caller =
		find_attendee(answer, asked->caller_user_id);
	const struct rd_json *phone =
		find_attendee(answer, asked->phone_user_id);
	bool is_well;

	memset(out, 0, sizeof(*out));
	phone_token[0] = '\0';
#define MUST(from, path, field)                                                \
	rd_aws_read_text(from, path, out->field, sizeof(out->field))
	is_well = rd_aws_read_meeting(meeting, out) &&
		  MUST(caller, "AttendeeId", attendee_id) &&
		  MUST(caller, "ExternalUserId", external_user_id) &&
		  MUST(caller, "JoinToken", join_token) &&
		  rd_aws_read_text(phone, "JoinToken", phone_token,
				   RD_JOIN_TOKEN_TEXT);
#undef MUST
	return is_well ? RD_OK : RD_E_UPSTREAM;
}

static enum rd_err ask_meeting(struct rd_aws_ask *ask, const char *operation,
			       const char *method, const char *meeting_id)
{
	struct rd_aws_path path = { ask, RD_OK };

	rd_aws_ask_init(ask, RD_AWS_MEETINGS, operation, method);
	ask->call.is_idempotent = true;
	rd_aws_path_add(&path, "/meetings");
	rd_aws_path_add_id(&path, meeting_id);
	return rd_aws_ask_done(&path);
}

enum rd_err rd_aws_delete_meeting(struct rd_aws_ask *ask,
				  const char *meeting_id)
{
	return ask_meeting(ask, "DeleteMeeting", "DELETE", meeting_id);
}

enum rd_err rd_aws_get_meeting(struct rd_aws_ask *ask, const char *meeting_id)
{
	return ask_meeting(ask, "GetMeeting", "GET", meeting_id);
}
