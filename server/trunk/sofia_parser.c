/* trunk/sofia_parser.c - takes out of messages what sofia would act upon
 * before it asks us.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Debian's sofia follows 302 and 305 to wherever Contact points, and sends a
 * request again by itself when Retry-After is short; no option turns that
 * off.  The parser of messages can be replaced, and has a function that is
 * called when all headers are in: there they lose what would move sofia.
 */
#include "trunk/sofia_priv.h"

#include <sofia-sip/msg_mclass.h>
#include <strings.h>

static msg_mclass_t *parser; /* const once made */
static issize_t (*extract_body)(msg_t *, msg_pub_t *, char *, isize_t, int);

/* sofia sends a sip: URI with transport=tls by plain TCP where it has a TCP
 * socket; a sips: URI never. */
static void insist_on_tls(url_t *url)
{
	char transport[8];

	if (url->url_type != url_sip || !url->url_params ||
	    url_param(url->url_params, "transport", transport,
		      sizeof(transport)) <= 0 ||
	    strcasecmp(transport, "tls") != 0)
		return;
	url->url_type = url_sips;
	url->url_scheme = "sips";
}

static void secure_targets(sip_t *sip)
{
	for (sip_contact_t *m = sip->sip_contact; m; m = m->m_next)
		insist_on_tls(m->m_url);
	for (sip_record_route_t *r = sip->sip_record_route; r; r = r->r_next)
		insist_on_tls(r->r_url);
}

static void defuse(sip_t *sip)
{
	int status = sip->sip_status ? sip->sip_status->st_status : 0;

	/* RFC 3261 8.1.3.4 lets a client follow; it is told 3xx instead, and
	 * whoever runs the trunk may dial what the trunk allows (T41). */
	if (status >= 300 && status < 400)
		for (sip_contact_t *m = sip->sip_contact; m; m = m->m_next)
			m->m_url->url_host = NULL;
	/* RFC 3261 20.33: it is for control to wait or go elsewhere. */
	if (status >= 300 && sip->sip_retry_after &&
	    sip->sip_retry_after->af_delta < RETRY_SHIFT_S)
		sip->sip_retry_after->af_delta += RETRY_SHIFT_S;
}

/* sofia can report a 100 itself (NTATAG_PASS_100), but then never frees it. */
static void notice_trying(sip_t const *sip)
{
	if (sip->sip_status && sip->sip_status->st_status == 100 &&
	    sip->sip_call_id && sip->sip_call_id->i_id && sip->sip_cseq &&
	    sip->sip_cseq->cs_method == sip_method_invite)
		rd_sip_trying(sip->sip_call_id->i_id);
}

static issize_t extract(msg_t *msg, msg_pub_t *pub, char *at, isize_t len,
			int is_end)
{
	defuse((sip_t *)pub);
	secure_targets((sip_t *)pub);
	notice_trying((sip_t *)pub);
	return extract_body(msg, pub, at, len, is_end);
}

void rd_sip_parser_init(void)
{
	msg_mclass_t const *standard = sip_default_mclass();

	parser = msg_mclass_clone(standard, 0, msg_mclass_copy);
	if (!parser)
		return;
	extract_body = standard->mc_extract_body;
	parser->mc_extract_body = extract;
}

msg_mclass_t const *rd_sip_parser(void)
{
	return parser;
}
