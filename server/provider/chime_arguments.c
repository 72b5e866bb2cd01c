/* provider/chime_arguments.c - what the SIP media application handler is told.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "base/text.h"
#include "provider/chime_priv.h"

enum {
	USER_MOST = 30, /* CallAndBridge, Uri of a Voice Connector */
};

void rd_chime_arguments_add(struct rd_chime_arguments *a, const char *name,
			    const char *value)
{
	rd_assert(a->count < RD_COUNT(a->pairs));
	a->pairs[a->count++] = (struct rd_aws_pair){ name, value };
}

static const struct rd_attribute *find(const struct rd_attribute *attributes,
				       unsigned count, const char *name,
				       bool is_verified)
{
	for (unsigned i = 0; i < count; i++)
		if (attributes[i].is_verified == is_verified &&
		    !strcmp(attributes[i].name, name))
			return &attributes[i];
	return NULL;
}

static bool is_printable(const char *value)
{
	for (; *value; value++)
		if ((unsigned char)*value < 0x20 ||
		    (unsigned char)*value > 0x7e)
			return false;
	return true;
}

/* Only verified attributes: a forged hint has no way into a header. */
static enum rd_err write_headers(struct rd_chime_arguments *out,
				 const struct rd_chime_destination *to,
				 const struct rd_attribute *attributes,
				 unsigned count)
{
	struct rd_json_out j =
		rd_json_out(out->headers, sizeof(out->headers) - 1);
	unsigned written = 0;

	rd_json_begin(&j, NULL);
	for (unsigned i = 0; i < to->header_count; i++) {
		const struct rd_attribute *a =
			find(attributes, count, to->headers[i].value, true);

		if (!a)
			continue;
		if (!is_printable(a->value))
			return RD_E_FORMAT;
		rd_json_text(&j, to->headers[i].name, a->value);
		written++;
	}
	rd_json_end(&j);
	if (rd_json_failed(&j))
		return RD_E_SIZE;
	out->headers[rd_json_done(&j).len] = '\0';
	if (written)
		rd_chime_arguments_add(out, "Headers", out->headers);
	return RD_OK;
}

/* A user of a Voice Connector that is no number is ours alone to say. */
static bool is_user(const struct rd_chime_destination *to, const char *dial)
{
	return to->voice_connector && dial[0] != '+' &&
	       strlen(dial) <= USER_MOST;
}

static enum rd_err choose_dial(struct rd_chime_arguments *out,
			       const struct rd_chime_destination *to,
			       const struct rd_attribute *attributes,
			       unsigned count, enum rd_number_verdict *verdict)
{
	const struct rd_attribute *asked =
		to->dial_hint ? find(attributes, count, to->dial_hint, false)
			      : NULL;
	const char *dial = asked ? asked->value : to->dial;

	if (!asked && is_user(to, dial)) {
		rd_chime_arguments_add(out, "Dial", dial);
		return RD_OK;
	}
	*verdict =
		rd_number_check(&to->policy, rd_span_text(dial), out->number);
	if (*verdict != RD_NUMBER_ALLOWED)
		return RD_E_DENIED;
	rd_chime_arguments_add(out, "Dial", out->number);
	return RD_OK;
}

enum rd_err rd_chime_arguments_make(struct rd_chime_arguments *out,
				    const struct rd_chime_destination *to,
				    const struct rd_attribute *attributes,
				    unsigned count,
				    enum rd_number_verdict *verdict)
{
	enum rd_err err;

	out->count = 0;
	*verdict = RD_NUMBER_ALLOWED;
	err = choose_dial(out, to, attributes, count, verdict);
	if (err)
		return err;
	snprintf(out->seconds, sizeof(out->seconds), "%u", to->ring_s);
	rd_chime_arguments_add(out, "Destination", to->name);
	rd_chime_arguments_add(out, "Target",
			       to->voice_connector ? "vc" : "pstn");
	rd_chime_arguments_add(out, "CallerId", to->from);
	rd_chime_arguments_add(out, "Timeout", out->seconds);
	if (!to->voice_connector)
		return RD_OK;
	rd_chime_arguments_add(out, "VoiceConnectorArn", to->voice_connector);
	return write_headers(out, to, attributes, count);
}
