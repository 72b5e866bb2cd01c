/* trunk/sip_reason.h - from SIP status and Q.850 cause to a reason name.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The names are those of contracts/reasons.json.  Pure.  Thread: any.
 */
#pragma once
#include "base/base.h"

/* Why a call that was not answered, or broke, ended.
 * status: the final SIP status 300..699; 0 when there was none (a BYE).
 * cause: Q.850 out of a Reason header (RFC 3326), 0 = none; it decides where
 * the status is vague (480, 500, 503 and the like) and after a BYE.
 * NULL: nothing went wrong (a BYE with cause 0, 16 or 31). */
const char *rd_sip_reason(unsigned status, unsigned cause);
/* Whether somebody at the site should look: the far end refused the trunk or
 * the number itself (403, 404, 484 ...). */
bool rd_sip_reason_is_alarm(unsigned status);
