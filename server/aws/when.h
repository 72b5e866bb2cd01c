/* aws/when.h - the dates that AWS writes.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Unix time in milliseconds, from 1970 to 9999.  Pure.  Thread: any.
 */
#pragma once
#include "base/base.h"

/* "2026-03-04T16:11:12Z", with a fraction or without; UTC only, as in
 * Expiration.  RD_E_FORMAT. */
RD_MUST_USE enum rd_err rd_aws_when_iso(struct rd_span text, uint64_t *wall_ms);
/* "Wed, 04 Mar 2026 16:11:12 GMT", RFC 9110 5.6.7 (the one form that may be
 * sent), as in Date and Retry-After.  RD_E_FORMAT. */
RD_MUST_USE enum rd_err rd_aws_when_http(struct rd_span text,
					 uint64_t *wall_ms);
