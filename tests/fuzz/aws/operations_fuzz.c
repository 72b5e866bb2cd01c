/* tests/fuzz/aws/operations_fuzz.c - whatever an operation answers, what is
 * read of it holds together.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/connect.h"
#include "aws/meetings.h"
#include "aws/participant.h"
#include "aws/reason.h"
#include "aws/voice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rd_joining joining;

/* A text that ends within its field. */
#define CHECK_TEXT(field) rd_assert(memchr((field), '\0', sizeof(field)))

static void check_joining(void)
{
	CHECK_TEXT(joining.meeting_id);
	CHECK_TEXT(joining.attendee_id);
	CHECK_TEXT(joining.external_user_id);
	CHECK_TEXT(joining.join_token);
	CHECK_TEXT(joining.audio_host_url);
	CHECK_TEXT(joining.audio_fallback_url);
	CHECK_TEXT(joining.signaling_url);
	CHECK_TEXT(joining.turn_control_url);
	CHECK_TEXT(joining.event_ingestion_url);
	CHECK_TEXT(joining.media_region);
	CHECK_TEXT(joining.participant_token);
	CHECK_TEXT(joining.contact_id);
}

/* A caller is only told of a call that he can join. */
static void check_joinable(void)
{
	check_joining();
	rd_assert(joining.meeting_id[0] && joining.attendee_id[0]);
	rd_assert(joining.join_token[0] && joining.signaling_url[0]);
	rd_assert(joining.audio_host_url[0]);
}

static void read_connect(const struct rd_json *answer)
{
	char id[RD_CONNECT_ID_TEXT];
	struct rd_aws_contact contact;
	struct rd_aws_connection connection;
	struct rd_aws_wait wait;

	if (rd_aws_start_contact_read(answer, &joining) == RD_OK) {
		check_joinable();
		rd_assert(joining.contact_id[0]);
		/* So that it can be stopped. */
		rd_assert(rd_aws_start_contact_read_id(answer, id) == RD_OK);
		rd_assert(!strcmp(id, joining.contact_id));
	}
	check_joining();
	if (rd_aws_describe_contact_read(answer, &contact) == RD_OK) {
		CHECK_TEXT(contact.reason);
		CHECK_TEXT(contact.next_id);
	}
	if (rd_aws_contact_metrics_read(answer, &wait) == RD_OK)
		rd_assert(wait.position <= 1000000 && wait.wait_s <= 1000000);
	if (rd_aws_create_connection_read(answer, &connection) == RD_OK) {
		CHECK_TEXT(connection.token);
		rd_assert(connection.token[0]);
	}
}

static void read_chime(const struct rd_json *answer)
{
	static const struct rd_aws_create_meeting asked = {
		.caller_user_id = "client-user", .phone_user_id = "phone-user"
	};
	char phone[RD_JOIN_TOKEN_TEXT], transaction[RD_TRANSACTION_TEXT];

	if (rd_aws_create_meeting_read(answer, &asked, &joining, phone) ==
	    RD_OK) {
		check_joinable();
		CHECK_TEXT(phone);
		rd_assert(phone[0]);
	}
	check_joining();
	if (rd_aws_join_call_read(answer, transaction) == RD_OK)
		CHECK_TEXT(transaction);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd_json *answer;
	const char *name;

	if (rd_json_open(&answer, rd_span(data, size), NULL) != RD_OK)
		return 0;
	read_connect(answer);
	read_chime(answer);
	name = rd_json_member(answer, "name");
	rd_assert(rd_aws_verdict(name, (unsigned)size, 0).reason !=
		  RD_REASON_NONE);
	rd_json_close(answer);
	return 0;
}
