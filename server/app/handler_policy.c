/* app/handler_policy.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/handler_policy.h"

struct rd_sma_policy rd_handler_policy(const struct rd_config_handler *c)
{
	if (!c)
		return (struct rd_sma_policy){ .allow = NULL };
	return (struct rd_sma_policy){
		.allow = (const char *const *)c->allow.at,
		.allow_count = c->allow.count,
		.connectors = (const char *const *)c->connectors.at,
		.connector_count = c->connectors.count,
		.application = c->application,
		.tone_ms = c->tone_ms,
	};
}
