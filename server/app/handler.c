/* app/handler.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/handler.h"

#include "api/sma.h"
#include "app/handler_policy.h"
#include "base/log.h"

struct rd_handler {
	struct rd_http_server *server;
	struct rd_sma_front front;
};

static enum rd_err listen_on(struct rd_handler *h,
			     const struct rd_addr *address,
			     struct rd_complaint *why)
{
	struct rd_http_listen l = { .address = address };
	struct rd_addr bound;
	char text[RD_ADDR_TEXT];
	enum rd_err err = rd_http_server_listen(h->server, &l, &bound, why);

	if (!err)
		rd_log(RD_LOG_INFO, "app",
		       "event=listening address=%s for=handler",
		       rd_addr_text(&bound, text));
	return err;
}

enum rd_err rd_handler_open(struct rd_handler **out, struct rd_loop *loop,
			    const struct rd_config_handler *config,
			    struct rd_complaint *why)
{
	struct rd_handler *h;
	struct rd_http_server_cfg cfg = { .loop = loop,
					  .handler = rd_sma_front_handle,
					  .most_body_bytes = RD_SMA_MOST_BODY };
	enum rd_err err;

	*out = NULL;
	if (config->listen.count == 0)
		return RD_OK;
	h = rd_zalloc(sizeof(*h));
	if (!h)
		return RD_E_NOMEM;
	h->front.path_secret = rd_span_text(config->path_secret);
	h->front.policy = rd_handler_policy(config);
	cfg.arg = &h->front;
	err = rd_http_server_open(&h->server, &cfg);
	for (unsigned i = 0; !err && i < config->listen.count; i++)
		err = listen_on(h, &config->listen.at[i], why);
	if (err) {
		rd_handler_close(h);
		return err;
	}
	*out = h;
	return RD_OK;
}

void rd_handler_tell(struct rd_handler *h,
		     void (*fn)(void *arg, const struct rd_json *event),
		     void *arg)
{
	if (!h)
		return;
	h->front.told = fn;
	h->front.told_arg = arg;
}

void rd_handler_close(struct rd_handler *h)
{
	if (!h)
		return;
	rd_http_server_close(h->server);
	rd_free(h);
}
