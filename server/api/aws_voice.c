/* api/aws_voice.c - Chime SDK voice: calls of SIP media applications, and the
 * applications and Voice Connectors themselves.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What is configured can be read, not deleted; what clients make lives in
 * memory, like the calls.
 */
#include <stdio.h>

#include "api/aws_table.h"
#include "api/aws_things.h"
#include "base/random.h"
#include "base/text.h"
#include "provider/sma_run.h"

enum {
	CONNECTOR_CHARACTERS = 22
};

/* --- what requests look like --------------------------------------------- */

static const char *const region_words[] = { "us-east-1",
					    "us-west-2",
					    "ca-central-1",
					    "eu-central-1",
					    "eu-west-1",
					    "eu-west-2",
					    "ap-northeast-2",
					    "ap-northeast-1",
					    "ap-southeast-1",
					    "ap-southeast-2",
					    NULL };
static const char *const network_words[] = { "IPV4_ONLY", "DUAL_STACK", NULL };
static const char *const integration_words[] = {
	"CONNECT_CALL_TRANSFER_CONNECTOR", "CONNECT_ANALYTICS_CONNECTOR", NULL
};

static const struct rd_aws_rule pair_key =
	TEXT("A name in the map", true, 0, 0, RD_AWS_ANY);
static const struct rd_aws_rule pair_value =
	TEXT("A value in the map", true, 0, 0, RD_AWS_ANY);
static const struct rd_aws_rule call_body[] = {
	TEXT("FromPhoneNumber", true, 0, 0, RD_AWS_NUMBER),
	TEXT("ToPhoneNumber", true, 0, 0, RD_AWS_NUMBER),
	MAP("SipHeaders", false, 0, 20, &pair_key, &pair_value),
	MAP("ArgumentsMap", false, 0, 20, &pair_key, &pair_value),
	END,
};
static const struct rd_aws_rule update_body[] = {
	MAP("Arguments", true, 0, 20, &pair_key, &pair_value),
	END,
};
static const struct rd_aws_rule endpoint_members[] = {
	TEXT("LambdaArn", false, 0, RD_AWS_LAMBDA_TEXT - 1, RD_AWS_LAMBDA_ARN),
	END,
};
static const struct rd_aws_rule endpoint =
	OBJECT("An entry of Endpoints", true, endpoint_members);
static const struct rd_aws_rule tag_members[] = {
	TEXT("Key", true, 1, 128, RD_AWS_ANY),
	TEXT("Value", true, 0, 256, RD_AWS_ANY),
	END,
};
static const struct rd_aws_rule tag =
	OBJECT("An entry of Tags", true, tag_members);
static const struct rd_aws_rule application_body[] = {
	TEXT("AwsRegion", true, 0, 0, RD_AWS_ANY),
	TEXT("Name", true, 1, 256, RD_AWS_NAME),
	LIST("Endpoints", true, 1, 1, &endpoint),
	LIST("Tags", false, 1, 50, &tag),
	END,
};
static const struct rd_aws_rule connector_body[] = {
	TEXT("Name", true, 1, 256, RD_AWS_NAME),
	{ .name = "RequireEncryption",
	  .kind = RD_JSON_BOOL,
	  .is_required = true },
	WORD("AwsRegion", false, region_words),
	LIST("Tags", false, 1, 50, &tag),
	WORD("IntegrationType", false, integration_words),
	WORD("NetworkType", false, network_words),
	END,
};
static const struct rd_aws_rule application_id[] = {
	TEXT("SipMediaApplicationId", true, 0, 0, RD_AWS_NOT_BLANK),
	END,
};
static const struct rd_aws_rule call_ids[] = {
	TEXT("SipMediaApplicationId", true, 0, 0, RD_AWS_NOT_BLANK),
	TEXT("TransactionId", true, 0, 0, RD_AWS_NOT_BLANK),
	END,
};
static const struct rd_aws_rule connector_id[] = {
	TEXT("VoiceConnectorId", true, 0, 0, RD_AWS_NOT_BLANK),
	END,
};

static void refuse_unknown(struct rd_aws_request *r)
{
	rd_aws_refuse(r, RD_AWS_UNKNOWN, "There is nothing with that id");
}

/* --- applications -------------------------------------------------------- */

/* The Invoke URL of a function.  RD_E_SIZE. */
static enum rd_err invoke_url(const struct rd_aws_front *f, const char *arn,
			      char *out, size_t size)
{
	static const char mark[] = ":function:";
	const char *name = strstr(arn, mark) + sizeof(mark) - 1;
	int n = snprintf(out, size, "%s/2015-03-31/functions/%.*s/invocations",
			 f->cfg.lambda_url, (int)strcspn(name, ":"), name);

	return n > 0 && (size_t)n < size ? RD_OK : RD_E_SIZE;
}

/* An application is made with its handler, or not at all. */
static enum rd_err make_application(struct rd_aws_request *r, const char *arn,
				    struct rd_aws_thing **out)
{
	struct rd_aws_voice *v = r->front->voice;
	struct rd_aws_thing *t =
		rd_aws_thing_new(v, rd_json_member(r->body, "Name"));
	char url[RD_SMA_URL_TEXT];
	struct rd_sma_application application = { .kind = RD_SMA_LAMBDA,
						  .url = url };
	enum rd_err err;

	*out = NULL;
	if (!t)
		return RD_E_NOMEM;
	rd_text_uuid(t->id);
	t->made_wall_ms = r->wall_ms;
	rd_text_copy(t->lambda_arn, sizeof(t->lambda_arn), rd_span_text(arn));
	application.id = t->id;
	err = invoke_url(r->front, arn, url, sizeof(url));
	if (!err)
		err = rd_sma_application_put(r->front->cfg.runs, &application);
	if (err) {
		rd_free(t);
		return err;
	}
	rd_list_push(&v->applications, &t->in_list);
	*out = t;
	return RD_OK;
}

static void refuse_making(struct rd_aws_request *r, enum rd_err err)
{
	if (err == RD_E_FULL)
		rd_aws_refuse(r, RD_AWS_LIMIT,
			      "There are as many as there may be");
	else
		rd_aws_refuse(r, rd_aws_fault_of(err),
			      "That cannot be made now");
}

static void create_application(struct rd_aws_request *r)
{
	const struct rd_json *first =
		rd_json_at(rd_json_get(r->body, "Endpoints"), 0);
	const char *arn = rd_json_member(first, "LambdaArn");
	struct rd_aws_thing *t;
	enum rd_err err;

	if (strcmp(rd_json_member(r->body, "AwsRegion"),
		   r->front->cfg.region) != 0) {
		rd_aws_refuse(r, RD_AWS_INVALID, "AwsRegion must be %s",
			      r->front->cfg.region);
		return;
	}
	if (!arn || !r->front->cfg.lambda_url) {
		rd_aws_refuse(r, RD_AWS_INVALID,
			      arn ? "There is no address of Lambda here; have "
				    "the application configured"
				  : "Endpoints must name a LambdaArn");
		return;
	}
	err = make_application(r, arn, &t);
	if (err)
		refuse_making(r, err);
	else
		rd_aws_thing_reply(r, "SipMediaApplication", t,
				   rd_aws_write_application);
}

static void get_application(struct rd_aws_request *r)
{
	struct rd_aws_thing *t =
		rd_aws_thing_find(&r->front->voice->applications, r->params[0]);

	if (t)
		rd_aws_thing_reply(r, "SipMediaApplication", t,
				   rd_aws_write_application);
	else
		refuse_unknown(r);
}

static void list_applications(struct rd_aws_request *r)
{
	rd_aws_thing_reply_list(r, "SipMediaApplications",
				&r->front->voice->applications,
				rd_aws_write_application);
}

/* false: refused. */
static bool may_delete(struct rd_aws_request *r, const struct rd_aws_thing *t)
{
	if (!t)
		refuse_unknown(r);
	else if (t->is_configured)
		rd_aws_refuse(r, RD_AWS_DENIED,
			      "What is configured cannot be deleted");
	return t && !t->is_configured;
}

static void drop(struct rd_aws_request *r, struct rd_aws_thing *t,
		 enum rd_err err)
{
	if (err && err != RD_E_NOTFOUND) {
		rd_aws_refuse(r, rd_aws_fault_of(err),
			      "That cannot be deleted now");
		return;
	}
	rd_list_remove(&t->in_list);
	rd_free(t);
	rd_aws_reply(r, r->operation->status, NULL);
}

static void delete_application(struct rd_aws_request *r)
{
	struct rd_aws_thing *t =
		rd_aws_thing_find(&r->front->voice->applications, r->params[0]);

	if (may_delete(r, t))
		drop(r, t,
		     rd_sma_application_remove(r->front->cfg.runs, t->id));
}

/* --- connectors ---------------------------------------------------------- */

static const char *word_of(const char *const *words, const char *text)
{
	for (; text && *words; words++)
		if (!strcmp(*words, text))
			return *words;
	return NULL;
}

static enum rd_err make_connector(struct rd_aws_request *r,
				  struct rd_aws_thing **out)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	struct rd_aws_voice *v = r->front->voice;
	struct rd_aws_thing *t =
		rd_aws_thing_new(v, rd_json_member(r->body, "Name"));
	struct rd_sma_connector connector = { 0 };
	enum rd_err err;

	*out = NULL;
	if (!t)
		return RD_E_NOMEM;
	for (size_t i = 0; i < CONNECTOR_CHARACTERS; i++)
		t->id[i] = letters[rd_random_below(sizeof(letters) - 1)];
	t->requires_encryption =
		rd_json_is_true(rd_json_get(r->body, "RequireEncryption"));
	t->network =
		word_of(network_words, rd_json_member(r->body, "NetworkType"));
	t->integration = word_of(integration_words,
				 rd_json_member(r->body, "IntegrationType"));
	t->made_wall_ms = r->wall_ms;
	connector.id = t->id;
	err = rd_sma_connector_put(r->front->cfg.runs, &connector);
	if (err) {
		rd_free(t);
		return err;
	}
	rd_list_push(&v->connectors, &t->in_list);
	*out = t;
	return RD_OK;
}

static void create_connector(struct rd_aws_request *r)
{
	const char *region = rd_json_member(r->body, "AwsRegion");
	struct rd_aws_thing *t;
	enum rd_err err;

	if (region && strcmp(region, r->front->cfg.region) != 0) {
		rd_aws_refuse(r, RD_AWS_INVALID, "AwsRegion must be %s",
			      r->front->cfg.region);
		return;
	}
	err = make_connector(r, &t);
	if (err)
		refuse_making(r, err);
	else
		rd_aws_thing_reply(r, "VoiceConnector", t,
				   rd_aws_write_connector);
}

static void get_connector(struct rd_aws_request *r)
{
	struct rd_aws_thing *t =
		rd_aws_thing_find(&r->front->voice->connectors, r->params[0]);

	if (t)
		rd_aws_thing_reply(r, "VoiceConnector", t,
				   rd_aws_write_connector);
	else
		refuse_unknown(r);
}

static void list_connectors(struct rd_aws_request *r)
{
	rd_aws_thing_reply_list(r, "VoiceConnectors",
				&r->front->voice->connectors,
				rd_aws_write_connector);
}

static void delete_connector(struct rd_aws_request *r)
{
	struct rd_aws_thing *t =
		rd_aws_thing_find(&r->front->voice->connectors, r->params[0]);

	if (may_delete(r, t))
		drop(r, t, rd_sma_connector_remove(r->front->cfg.runs, t->id));
}

/* --- calls --------------------------------------------------------------- */

/* The pairs of a map of at most RD_SMA_PAIRS. */
static unsigned read_pairs(const struct rd_json *map,
			   struct rd_sma_pair out[static RD_SMA_PAIRS])
{
	const struct rd_json *value;
	const char *key;
	void *cursor = NULL;
	unsigned n = 0;

	while (n < RD_SMA_PAIRS && rd_json_next(map, &cursor, &key, &value))
		if (rd_json_kind(value) == RD_JSON_TEXT)
			out[n++] =
				(struct rd_sma_pair){ key,
						      rd_json_string(value) };
	return n;
}

static void reply_call(struct rd_aws_request *r, const char *transaction_id)
{
	struct rd_json_out j = rd_json_out_grow();

	rd_json_begin(&j, NULL);
	rd_json_begin(&j, "SipMediaApplicationCall");
	rd_json_text(&j, "TransactionId", transaction_id);
	rd_json_end(&j);
	rd_json_end(&j);
	rd_aws_reply(r, r->operation->status, &j);
}

static void refuse_call(struct rd_aws_request *r, enum rd_err err,
			const struct rd_complaint *why)
{
	bool is_making = r->operation->status == 201;
	enum rd_aws_fault fault = rd_aws_fault_of(err);

	if (err == RD_E_FULL)
		fault = RD_AWS_LIMIT;
	if (err == RD_E_UPSTREAM)
		fault = RD_AWS_BUSY;
	/* CreateSipMediaApplicationCall knows no NotFoundException. */
	if (err == RD_E_NOTFOUND && is_making)
		fault = RD_AWS_INVALID;
	rd_aws_refuse(r, fault, "%s",
		      why->text[0] ? why->text : rd_err_text(err));
}

static void create_call(struct rd_aws_request *r)
{
	struct rd_sma_pair headers[RD_SMA_PAIRS], arguments[RD_SMA_PAIRS];
	struct rd_sma_create create = {
		.application_id = r->params[0],
		.from = rd_json_member(r->body, "FromPhoneNumber"),
		.to = rd_json_member(r->body, "ToPhoneNumber"),
		.headers = headers,
		.arguments = arguments,
	};
	struct rd_complaint why = { "" };
	char transaction_id[37];
	enum rd_err err;

	create.header_count =
		read_pairs(rd_json_get(r->body, "SipHeaders"), headers);
	create.argument_count =
		read_pairs(rd_json_get(r->body, "ArgumentsMap"), arguments);
	err = rd_sma_create_call(r->front->cfg.runs, &create, transaction_id,
				 &why);
	if (err)
		refuse_call(r, err, &why);
	else
		reply_call(r, transaction_id);
}

static void update_call(struct rd_aws_request *r)
{
	struct rd_sma_pair arguments[RD_SMA_PAIRS];
	unsigned count =
		read_pairs(rd_json_get(r->body, "Arguments"), arguments);
	struct rd_complaint why = { "" };
	enum rd_err err =
		rd_sma_update_call(r->front->cfg.runs, r->params[0],
				   r->params[1], arguments, count, &why);

	if (err)
		refuse_call(r, err, &why);
	else
		reply_call(r, r->params[1]);
}

#define SMA        "/sip-media-applications"
#define ONE        SMA "/{sipMediaApplicationId}"
#define VC         "/voice-connectors"
#define VOICE(...) OP(RD_AWS_VOICE, __VA_ARGS__)
static const struct rd_aws_operation operations[] = {
	BEGINS(RD_AWS_VOICE, "CreateSipMediaApplicationCall", "POST",
	       ONE "/calls", NULL, application_id, call_body, 201, create_call),
	VOICE("UpdateSipMediaApplicationCall", "POST",
	      ONE "/calls/{transactionId}", NULL, call_ids, update_body, 202,
	      update_call),
	VOICE("CreateSipMediaApplication", "POST", SMA, NULL, NULL,
	      application_body, 201, create_application),
	VOICE("GetSipMediaApplication", "GET", ONE, NULL, application_id, NULL,
	      200, get_application),
	{ .name = "ListSipMediaApplications",
	  .service = RD_AWS_VOICE,
	  .method = "GET",
	  .path = SMA,
	  .has_pages = true,
	  .status = 200,
	  .answer = list_applications },
	VOICE("DeleteSipMediaApplication", "DELETE", ONE, NULL, application_id,
	      NULL, 204, delete_application),
	VOICE("CreateVoiceConnector", "POST", VC, NULL, NULL, connector_body,
	      201, create_connector),
	VOICE("GetVoiceConnector", "GET", VC "/{voiceConnectorId}", NULL,
	      connector_id, NULL, 200, get_connector),
	{ .name = "ListVoiceConnectors",
	  .service = RD_AWS_VOICE,
	  .method = "GET",
	  .path = VC,
	  .has_pages = true,
	  .status = 200,
	  .answer = list_connectors },
	VOICE("DeleteVoiceConnector", "DELETE", VC "/{voiceConnectorId}", NULL,
	      connector_id, NULL, 204, delete_connector),
};
const struct rd_aws_operations rd_aws_voice_operations = {
	operations, RD_COUNT(operations)
};
