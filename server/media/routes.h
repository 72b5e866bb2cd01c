/* media/routes.h - finding a leg: by the address it was heard from, by its
 * ICE user name.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Two hash tables with open addressing, sized at start.  Only authenticated
 * addresses are ever put in (T48), so a stranger costs one look-up.
 * Thread: the worker's.
 */
#pragma once
#include "base/addr.h"
#include "base/base.h"

struct rd_media_leg;
struct rd_routes;

enum {
	RD_LEG_ADDRESSES = 8 /* validated addresses kept of a web leg */
};

/* legs: how many there may be; room for all addresses and the SSRC of each, so
 * that none has to do without because others have many. */
RD_MUST_USE enum rd_err rd_routes_open(struct rd_routes **out, unsigned legs);
void rd_routes_close(struct rd_routes *r); /* NULL is fine */

struct rd_media_leg *rd_routes_by_addr(const struct rd_routes *r,
				       const struct rd_addr *a);
/* Asks the processor for where a would stand, before it is looked up. */
void rd_routes_expect(const struct rd_routes *r, const struct rd_addr *a);
/* Puts a in for leg, in place of whoever had it.  RD_E_FULL. */
RD_MUST_USE enum rd_err rd_routes_add(struct rd_routes *r,
				      const struct rd_addr *a,
				      struct rd_media_leg *leg);
/* Takes a out if it is leg's. */
void rd_routes_remove(struct rd_routes *r, const struct rd_addr *a,
		      const struct rd_media_leg *leg);

/* The same for the SSRC a browser sends, for media from an address that is not
 * in yet; of two legs with one SSRC the later is found. */
struct rd_media_leg *rd_routes_by_ssrc(const struct rd_routes *r,
				       uint32_t ssrc);
RD_MUST_USE enum rd_err rd_routes_add_ssrc(struct rd_routes *r, uint32_t ssrc,
					   struct rd_media_leg *leg);
void rd_routes_remove_ssrc(struct rd_routes *r, uint32_t ssrc,
			   const struct rd_media_leg *leg);

struct rd_media_leg *rd_routes_by_name(const struct rd_routes *r,
				       struct rd_span name);
/* name stays the leg's and must not change while it is in.  RD_E_FULL;
 * RD_E_EXISTS: another leg has that name. */
RD_MUST_USE enum rd_err rd_routes_add_name(struct rd_routes *r,
					   const char *name,
					   struct rd_media_leg *leg);
void rd_routes_remove_name(struct rd_routes *r, const char *name);
