/* app/handler_policy.h - what the SIP media application handler may call, as
 * configured.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Thread: any.
 */
#pragma once
#include "app/config.h"
#include "provider/sma_handler.h"

/* Lent from config; NULL: what provider/sma_handler.h says of none. */
struct rd_sma_policy rd_handler_policy(const struct rd_config_handler *config);
