/* aws/ask.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/ask.h"

#include "base/secret.h"

void rd_aws_ask_init(struct rd_aws_ask *ask, enum rd_aws_service service,
		     const char *operation, const char *method)
{
	*ask = (struct rd_aws_ask){
		.call = { .service = service,
			  .operation = operation,
			  .method = method },
		.body = rd_json_out_grow(),
	};
}

void rd_aws_ask_fini(struct rd_aws_ask *ask)
{
	if (ask->body.grown)
		rd_wipe(ask->body.w.start, rd_writer_len(&ask->body.w));
	rd_json_drop(&ask->body);
	rd_wipe(ask->bearer, sizeof(ask->bearer));
}

void rd_aws_path_add(struct rd_aws_path *p, const char *fixed)
{
	size_t len = strlen(p->ask->path), more = strlen(fixed);

	if (p->err)
		return;
	if (len + more >= sizeof(p->ask->path)) {
		p->err = RD_E_SIZE;
		return;
	}
	memcpy(p->ask->path + len, fixed, more + 1);
}

void rd_aws_path_add_id(struct rd_aws_path *p, const char *id)
{
	rd_aws_path_add(p, "/");
	if (!p->err)
		p->err = rd_aws_path_append(p->ask->path, sizeof(p->ask->path),
					    id);
}

enum rd_err rd_aws_ask_done(struct rd_aws_path *p)
{
	struct rd_aws_ask *ask = p->ask;

	if (p->err)
		return p->err;
	ask->call.path = ask->path;
	if (ask->bearer[0])
		ask->call.bearer = ask->bearer;
	if (rd_json_failed(&ask->body))
		return RD_E_NOMEM;
	if (ask->body.grown)
		ask->call.body = rd_json_done(&ask->body);
	return RD_OK;
}

bool rd_aws_read_text_if(const struct rd_json *answer, const char *path,
			 char *out, size_t size)
{
	const char *text = rd_json_string(rd_json_path(answer, path));
	size_t len = text ? strlen(text) : 0;

	out[0] = '\0';
	if (len >= size)
		return false;
	if (len)
		memcpy(out, text, len + 1);
	return true;
}

bool rd_aws_read_text(const struct rd_json *answer, const char *path, char *out,
		      size_t size)
{
	return rd_aws_read_text_if(answer, path, out, size) && out[0];
}

bool rd_aws_read_meeting(const struct rd_json *meeting, struct rd_joining *out)
{
#define MUST(path, field)                                                      \
	rd_aws_read_text(meeting, path, out->field, sizeof(out->field))
#define MAY(path, field)                                                       \
	rd_aws_read_text_if(meeting, path, out->field, sizeof(out->field))
	return MUST("MeetingId", meeting_id) &&
	       MAY("MediaRegion", media_region) &&
	       MUST("MediaPlacement.AudioHostUrl", audio_host_url) &&
	       MAY("MediaPlacement.AudioFallbackUrl", audio_fallback_url) &&
	       MUST("MediaPlacement.SignalingUrl", signaling_url) &&
	       MAY("MediaPlacement.TurnControlUrl", turn_control_url) &&
	       MAY("MediaPlacement.EventIngestionUrl", event_ingestion_url) &&
	       MAY("MeetingFeatures.Audio.EchoReduction", echo_reduction);
#undef MUST
#undef MAY
}
