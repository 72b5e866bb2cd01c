/* api/aws_things.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/aws_things.h"

#include <stdio.h>

#include "base/text.h"

enum {
	PAGE = 100
};

/* --- what there is ------------------------------------------------------- */

struct rd_aws_thing *rd_aws_thing_find(const struct rd_list *list,
				       const char *id)
{
	struct rd_list *item;

	rd_list_each (item, list) {
		struct rd_aws_thing *t =
			rd_container(item, struct rd_aws_thing, in_list);

		if (!strcmp(t->id, id))
			return t;
	}
	return NULL;
}

struct rd_aws_thing *rd_aws_thing_new(struct rd_aws_voice *v, const char *name)
{
	struct rd_aws_thing *t = rd_zalloc(sizeof(*t));

	if (!t)
		return NULL;
	rd_text_copy(t->name, sizeof(t->name), rd_span_text(name));
	t->number = ++v->numbers;
	return t;
}

static enum rd_err keep_configured(struct rd_aws_voice *v, uint64_t wall_ms)
{
	const struct rd_aws_front_cfg *cfg = &v->front->cfg;
	struct rd_aws_thing *t;

	for (unsigned i = 0; i < cfg->application_count; i++) {
		t = rd_aws_thing_new(v, cfg->applications[i].name);
		if (!t)
			return RD_E_NOMEM;
		rd_text_copy(t->id, sizeof(t->id),
			     rd_span_text(cfg->applications[i].id));
		if (cfg->applications[i].lambda_arn)
			rd_text_copy(t->lambda_arn, sizeof(t->lambda_arn),
				     rd_span_text(
					     cfg->applications[i].lambda_arn));
		t->is_configured = true;
		t->made_wall_ms = wall_ms;
		rd_list_push(&v->applications, &t->in_list);
	}
	for (unsigned i = 0; i < cfg->connector_count; i++) {
		t = rd_aws_thing_new(v, cfg->connectors[i].name);
		if (!t)
			return RD_E_NOMEM;
		rd_text_copy(t->id, sizeof(t->id),
			     rd_span_text(cfg->connectors[i].id));
		t->requires_encryption = cfg->connectors[i].requires_encryption;
		t->is_configured = true;
		t->made_wall_ms = wall_ms;
		rd_list_push(&v->connectors, &t->in_list);
	}
	return RD_OK;
}

enum rd_err rd_aws_voice_open(struct rd_aws_voice **out, struct rd_aws_front *f,
			      uint64_t wall_ms)
{
	struct rd_aws_voice *v = rd_zalloc(sizeof(*v));
	enum rd_err err;

	*out = NULL;
	if (!v)
		return RD_E_NOMEM;
	v->front = f;
	err = keep_configured(v, wall_ms);
	if (err) {
		rd_aws_voice_close(v);
		return err;
	}
	*out = v;
	return RD_OK;
}

void rd_aws_voice_close(struct rd_aws_voice *v)
{
	struct rd_list *item;

	if (!v)
		return;
	while ((item = rd_list_pop(&v->applications)))
		rd_free(rd_container(item, struct rd_aws_thing, in_list));
	while ((item = rd_list_pop(&v->connectors)))
		rd_free(rd_container(item, struct rd_aws_thing, in_list));
	rd_free(v);
}

/* --- out ----------------------------------------------------------------- */

static void write_arn(struct rd_aws_request *r, struct rd_json_out *j,
		      const char *key, const char *kind, const char *id)
{
	char arn[160];

	snprintf(arn, sizeof(arn), "arn:aws:chime:%s:%s:%s/%s",
		 r->front->cfg.region, r->front->cfg.account, kind, id);
	rd_json_text(j, key, arn);
}

void rd_aws_write_application(struct rd_aws_request *r, struct rd_json_out *j,
			      const char *key, const struct rd_aws_thing *t)
{
	rd_json_begin(j, key);
	rd_json_text(j, "SipMediaApplicationId", t->id);
	rd_json_text(j, "AwsRegion", r->front->cfg.region);
	rd_json_text(j, "Name", t->name);
	if (t->lambda_arn[0]) {
		rd_json_begin_array(j, "Endpoints");
		rd_json_begin(j, NULL);
		rd_json_text(j, "LambdaArn", t->lambda_arn);
		rd_json_end(j);
		rd_json_end_array(j);
	}
	rd_json_time(j, "CreatedTimestamp", t->made_wall_ms);
	rd_json_time(j, "UpdatedTimestamp", t->made_wall_ms);
	write_arn(r, j, "SipMediaApplicationArn", "sma", t->id);
	rd_json_end(j);
}

void rd_aws_write_connector(struct rd_aws_request *r, struct rd_json_out *j,
			    const char *key, const struct rd_aws_thing *t)
{
	rd_json_begin(j, key);
	rd_json_text(j, "VoiceConnectorId", t->id);
	rd_json_text(j, "AwsRegion", r->front->cfg.region);
	rd_json_text(j, "Name", t->name);
	rd_json_bool(j, "RequireEncryption", t->requires_encryption);
	rd_json_time(j, "CreatedTimestamp", t->made_wall_ms);
	rd_json_time(j, "UpdatedTimestamp", t->made_wall_ms);
	write_arn(r, j, "VoiceConnectorArn", "vc", t->id);
	rd_json_text_if(j, "IntegrationType", t->integration);
	rd_json_text_if(j, "NetworkType", t->network);
	rd_json_end(j);
}

void rd_aws_thing_reply(struct rd_aws_request *r, const char *key,
			const struct rd_aws_thing *t, rd_aws_thing_write *write)
{
	struct rd_json_out j = rd_json_out_grow();

	rd_json_begin(&j, NULL);
	write(r, &j, key, t);
	rd_json_end(&j);
	rd_aws_reply(r, r->operation->status, &j);
}

/* A page's token is the number of its last entry. */
void rd_aws_thing_reply_list(struct rd_aws_request *r, const char *key,
			     const struct rd_list *list,
			     rd_aws_thing_write *write)
{
	unsigned left = r->max_results ? r->max_results : PAGE;
	struct rd_list *item;
	struct rd_json_out j;
	uint64_t after = 0;
	char next[24] = "";

	if (r->next_token[0] &&
	    rd_text_u64(rd_span_text(r->next_token), 1, UINT64_MAX, &after)) {
		rd_aws_refuse(r, RD_AWS_INVALID,
			      "NextToken is not one of ours");
		return;
	}
	j = rd_json_out_grow();
	rd_json_begin(&j, NULL);
	rd_json_begin_array(&j, key);
	rd_list_each (item, list) {
		struct rd_aws_thing *t =
			rd_container(item, struct rd_aws_thing, in_list);

		if (t->number <= after)
			continue;
		if (left-- == 0) {
			snprintf(next, sizeof(next), "%llu",
				 (unsigned long long)after);
			break;
		}
		write(r, &j, NULL, t);
		after = t->number;
	}
	rd_json_end_array(&j);
	rd_json_text_if(&j, "NextToken", next);
	rd_json_end(&j);
	rd_aws_reply(r, r->operation->status, &j);
}
