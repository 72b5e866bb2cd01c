/* aws/voice.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/voice.h"

static void write_pairs(struct rd_json_out *j, const char *key,
			const struct rd_aws_pair *pairs, unsigned count)
{
	rd_json_begin(j, key);
	for (unsigned i = 0; i < count; i++)
		rd_json_text(j, pairs[i].name, pairs[i].value);
	rd_json_end(j);
}

static void add_application(struct rd_aws_path *path, const char *id)
{
	rd_aws_path_add(path, "/sip-media-applications");
	rd_aws_path_add_id(path, id);
	rd_aws_path_add(path, "/calls");
}

enum rd_err rd_aws_join_call(struct rd_aws_ask *ask,
			     const struct rd_aws_join_call *join)
{
	struct rd_aws_pair headers[] = {
		{ "X-chime-meeting-id", join->meeting_id },
		{ "X-chime-join-token", join->join_token },
	};
	struct rd_aws_path path = { ask, RD_OK };
	struct rd_json_out *j = &ask->body;

	rd_aws_ask_init(ask, RD_AWS_VOICE, "CreateSipMediaApplicationCall",
			"POST");
	if (join->argument_count > RD_SMA_PAIRS)
		return RD_E_SIZE;
	add_application(&path, join->application_id);
	rd_json_begin(j, NULL);
	rd_json_text(j, "FromPhoneNumber", join->from);
	rd_json_text(j, "ToPhoneNumber", RD_MEETING_NUMBER);
	write_pairs(j, "SipHeaders", headers, RD_COUNT(headers));
	write_pairs(j, "ArgumentsMap", join->arguments, join->argument_count);
	rd_json_end(j);
	return rd_aws_ask_done(&path);
}

enum rd_err rd_aws_join_call_read(const struct rd_json *answer,
				  char transaction[static RD_TRANSACTION_TEXT])
{
	return rd_aws_read_text(answer, "SipMediaApplicationCall.TransactionId",
				transaction, RD_TRANSACTION_TEXT)
		       ? RD_OK
		       : RD_E_UPSTREAM;
}

enum rd_err rd_aws_update_call(struct rd_aws_ask *ask,
			       const char *application_id,
			       const char *transaction,
			       const struct rd_aws_pair *arguments,
			       unsigned argument_count)
{
	struct rd_aws_path path = { ask, RD_OK };

	rd_aws_ask_init(ask, RD_AWS_VOICE, "UpdateSipMediaApplicationCall",
			"POST");
	add_application(&path, application_id);
	rd_aws_path_add_id(&path, transaction);
	rd_json_begin(&ask->body, NULL);
	write_pairs(&ask->body, "Arguments", arguments, argument_count);
	rd_json_end(&ask->body);
	return rd_aws_ask_done(&path);
}
