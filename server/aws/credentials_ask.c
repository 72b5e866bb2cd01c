/* aws/credentials_ask.c - what each source of credentials is asked.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "aws/credentials_priv.h"
#include "base/text.h"

enum {
	LOCAL_MS = 1000, /* container, metadata */
	STS_MS = 3000,
	MOST_WEB_TOKEN = 20000,
};

static void write_text(struct rd_writer *w, const char *text)
{
	rd_write_span(w, rd_span_text(text));
}

/* name=value of a form, with & before all but the first. */
static void write_field(struct rd_writer *w, const char *name,
			struct rd_span value)
{
	static const char hex[] = "0123456789ABCDEF";

	if (rd_writer_len(w) > 0)
		rd_write_u8(w, '&');
	write_text(w, name);
	rd_write_u8(w, '=');
	for (size_t i = 0; i < value.len; i++) {
		uint8_t c = value.at[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || (c && strchr("-._~", c))) {
			rd_write_u8(w, c);
			continue;
		}
		rd_write_u8(w, '%');
		rd_write_u8(w, (uint8_t)hex[c >> 4]);
		rd_write_u8(w, (uint8_t)hex[c & 15]);
	}
}

static enum rd_err write_role(struct rd_aws_credentials *m, const char *action,
			      const struct rd_aws_role *role,
			      struct rd_span web_token)
{
	size_t size = 512 + 3 * (web_token.len + strlen(role->arn) +
				 strlen(role->session));
	struct rd_writer w;

	if (role->external_id)
		size += 3 * strlen(role->external_id);
	if (role->duration_s)
		size += 3 * strlen(role->duration_s);
	m->body.at = rd_zalloc(size);
	if (!m->body.at)
		return RD_E_NOMEM;
	m->body.len = size;
	w = rd_writer(m->body.at, size);
	write_field(&w, "Action", rd_span_text(action));
	write_field(&w, "Version", rd_span_text("2011-06-15"));
	write_field(&w, "RoleArn", rd_span_text(role->arn));
	write_field(&w, "RoleSessionName", rd_span_text(role->session));
	if (role->external_id)
		write_field(&w, "ExternalId", rd_span_text(role->external_id));
	if (role->duration_s)
		write_field(&w, "DurationSeconds",
			    rd_span_text(role->duration_s));
	if (web_token.len)
		write_field(&w, "WebIdentityToken", web_token);
	rd_assert(!w.failed);
	m->body.len = rd_writer_len(&w);
	return RD_OK;
}

static enum rd_err ask_sts(struct rd_aws_credentials *m,
			   struct rd_aws_keys_ask *ask)
{
	struct rd_secret token = { NULL, 0 };
	enum rd_err err = RD_OK;

	if (m->step == RD_AWS_ASK_WEB)
		err = rd_aws_read_file(m->plan.web_token_file, MOST_WEB_TOKEN,
				       &token, &m->why);
	if (err == RD_OK && m->step == RD_AWS_ASK_WEB)
		err = write_role(m, "AssumeRoleWithWebIdentity", &m->plan.web,
				 rd_secret_lend(&token));
	else if (err == RD_OK)
		err = write_role(m, "AssumeRole", &m->plan.roles[m->roles_left],
				 RD_SPAN_NONE);
	rd_secret_fini(&token);
	snprintf(m->url, sizeof(m->url), "%s/", m->sts_url);
	ask->method = "POST";
	ask->headers[0] = "Content-Type: application/x-www-form-urlencoded; "
			  "charset=utf-8";
	ask->header_count = 1;
	ask->body = rd_secret_lend(&m->body);
	ask->deadline_ms = STS_MS;
	ask->sign_with = m->step == RD_AWS_ASSUME ? &m->fresh : NULL;
	return err;
}

/* "Name: value" into m->header; the value may be a secret. */
static enum rd_err set_header(struct rd_aws_credentials *m, const char *name,
			      struct rd_span value, struct rd_aws_keys_ask *ask)
{
	size_t size = strlen(name) + 2 + value.len + 1;
	struct rd_writer w;

	for (size_t i = 0; i < value.len; i++)
		if (value.at[i] < ' ' || value.at[i] > '~') {
			rd_complain(&m->why,
				    "the token for %s has a character "
				    "that no header can have",
				    name);
			return RD_E_FORMAT;
		}
	m->header.at = rd_zalloc(size);
	if (!m->header.at)
		return RD_E_NOMEM;
	m->header.len = size;
	w = rd_writer(m->header.at, size);
	write_text(&w, name);
	write_text(&w, ": ");
	rd_write_span(&w, value);
	ask->headers[ask->header_count++] = (const char *)m->header.at;
	return RD_OK;
}

/* Who may be asked over plain HTTP: this machine, and the addresses at which
 * ECS and EKS answer. */
static bool is_local(const struct rd_url *url)
{
	static const char *const hosts[] = { "169.254.170.2", "169.254.170.23",
					     "fd00:ec2::23" };

	for (size_t i = 0; i < RD_COUNT(hosts); i++)
		if (!strcmp(url->host, hosts[i]))
			return true;
	return rd_url_is_loopback(url);
}

static enum rd_err container_url(struct rd_aws_credentials *m)
{
	const char *relative =
		rd_aws_variable(m->around,
				"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *full =
		rd_aws_variable(m->around,
				"AWS_CONTAINER_CREDENTIALS_FULL_URI");
	struct rd_url url;

	if (relative)
		snprintf(m->url, sizeof(m->url), "http://169.254.170.2%s",
			 relative);
	else
		snprintf(m->url, sizeof(m->url), "%s", full ? full : "");
	if ((relative && relative[0] != '/') ||
	    rd_url_parse(&url, rd_span_text(m->url)) != RD_OK ||
	    url.is_websocket || !(url.is_secure || is_local(&url))) {
		rd_complain(&m->why,
			    "AWS_CONTAINER_CREDENTIALS_%s must be an https "
			    "URL, or one of this machine",
			    relative ? "RELATIVE_URI" : "FULL_URI");
		return RD_E_FORMAT;
	}
	return RD_OK;
}

static enum rd_err ask_container(struct rd_aws_credentials *m,
				 struct rd_aws_keys_ask *ask)
{
	const char *file =
		rd_aws_variable(m->around,
				"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	const char *text =
		rd_aws_variable(m->around, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
	struct rd_secret token = { NULL, 0 };
	enum rd_err err = container_url(m);

	ask->method = "GET";
	ask->deadline_ms = LOCAL_MS;
	if (err == RD_OK && file)
		err = rd_aws_read_file(file, RD_AWS_MOST_LOCAL_TOKEN, &token,
				       &m->why);
	if (err == RD_OK && file)
		err = set_header(m, "Authorization", rd_secret_lend(&token),
				 ask);
	else if (err == RD_OK && text)
		err = set_header(m, "Authorization", rd_span_text(text), ask);
	rd_secret_fini(&token);
	return err;
}

static enum rd_err ask_metadata(struct rd_aws_credentials *m,
				struct rd_aws_keys_ask *ask)
{
	const char *base =
		rd_aws_variable(m->around, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
	const char *mode =
		rd_aws_variable(m->around,
				"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
	bool is_v6 = mode && rd_text_equal_nocase(rd_span_text(mode), "IPv6");
	size_t len;

	if (!base)
		base = is_v6 ? "http://[fd00:ec2::254]"
			     : "http://169.254.169.254";
	len = strlen(base);
	while (len > 0 && base[len - 1] == '/')
		len--;
	snprintf(m->url, sizeof(m->url), "%.*s%s%s", (int)len, base,
		 m->step == RD_AWS_ASK_TOKEN
			 ? "/latest/api/token"
			 : "/latest/meta-data/iam/security-credentials/",
		 m->step == RD_AWS_ASK_KEYS ? m->role : "");
	ask->method = m->step == RD_AWS_ASK_TOKEN ? "PUT" : "GET";
	ask->deadline_ms = LOCAL_MS;
	if (m->step != RD_AWS_ASK_TOKEN)
		return set_header(m, "X-aws-ec2-metadata-token",
				  rd_secret_lend(&m->metadata_token), ask);
	ask->headers[ask->header_count++] =
		"X-aws-ec2-metadata-token-ttl-seconds: 21600";
	return RD_OK;
}

enum rd_err rd_aws_credentials_ask(struct rd_aws_credentials *m,
				   struct rd_aws_keys_ask *ask)
{
	ask->url = m->url;
	if (m->step == RD_AWS_ASK_WEB || m->step == RD_AWS_ASSUME)
		return ask_sts(m, ask);
	if (m->step == RD_AWS_ASK_CONTAINER)
		return ask_container(m, ask);
	return ask_metadata(m, ask);
}
