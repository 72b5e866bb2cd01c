/* app/metrics.h - gauges that are only known when somebody asks.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Thread: control.
 */
#pragma once
#include "base/base.h"

struct rd_app_parts;
struct rd_config;

/* The trunks' names become labels.  RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_app_metrics_open(const struct rd_config *config);
void rd_app_metrics_close(void);
/* Reads media, trunks, store and calls into the gauges. */
void rd_app_refresh_metrics(const struct rd_app_parts *parts);
