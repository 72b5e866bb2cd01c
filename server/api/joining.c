/* api/joining.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/joining.h"

#include "base/secret.h"

static void write_placement(struct rd_json_out *j, const struct rd_joining *g)
{
	rd_json_begin(j, "MediaPlacement");
	rd_json_text(j, "AudioHostUrl", g->audio_host_url);
	rd_json_text(j, "AudioFallbackUrl", g->audio_fallback_url);
	rd_json_text(j, "SignalingUrl", g->signaling_url);
	rd_json_text(j, "TurnControlUrl", g->turn_control_url);
	rd_json_text_if(j, "EventIngestionUrl", g->event_ingestion_url);
	rd_json_end(j);
}

/* MediaPlacement stands beside Meeting too: some clients' models read it
 * there (design.md section 7). */
void rd_joining_write_connection(struct rd_json_out *j, const char *call_id,
				 const struct rd_joining *g)
{
	rd_json_begin(j, "ConnectionData");
	rd_json_begin(j, "Meeting");
	rd_json_text(j, "MeetingId", g->meeting_id);
	rd_json_text(j, "ExternalMeetingId", call_id);
	rd_json_text(j, "MediaRegion", g->media_region);
	write_placement(j, g);
	rd_json_begin(j, "MeetingFeatures");
	rd_json_begin(j, "Audio");
	rd_json_text(j, "EchoReduction",
		     g->echo_reduction[0] ? g->echo_reduction : "UNAVAILABLE");
	rd_json_end(j);
	rd_json_end(j);
	rd_json_end(j);
	write_placement(j, g);
	rd_json_begin(j, "Attendee");
	rd_json_text(j, "AttendeeId", g->attendee_id);
	/* Amazon Connect has none; some clients' models want one. */
	rd_json_text(j, "ExternalUserId",
		     g->external_user_id[0] ? g->external_user_id : call_id);
	rd_json_text(j, "JoinToken", g->join_token);
	rd_json_end(j);
	rd_json_end(j);
}

void rd_joining_write(struct rd_json_out *j, const char *call_id,
		      const struct rd_joining *g)
{
	rd_joining_write_connection(j, call_id, g);
	rd_json_text(j, "ContactId",
		     g->contact_id[0] ? g->contact_id : call_id);
	rd_json_text(j, "ParticipantId",
		     g->participant_id[0] ? g->participant_id : g->attendee_id);
	rd_json_text_if(j, "ParticipantToken", g->participant_token);
}

void rd_joining_write_servers(struct rd_json_out *j, const char *call_id,
			      const struct rd_turn *turn, uint64_t wall_s)
{
	struct rd_turn_credentials c;

	if (!turn)
		return;
	rd_turn_make(turn, call_id, wall_s, &c);
	rd_json_begin_array(j, "iceServers");
	rd_json_begin(j, NULL);
	rd_json_begin_array(j, "urls");
	for (unsigned i = 0; i < turn->url_count; i++)
		rd_json_text(j, NULL, turn->urls[i]);
	rd_json_end_array(j);
	rd_json_text(j, "username", c.username);
	rd_json_text(j, "credential", c.password);
	rd_json_end(j);
	rd_json_end_array(j);
	rd_wipe(&c, sizeof(c));
}
