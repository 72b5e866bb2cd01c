/* tests/unit/trunk/names_test.c - a trunk known by name: SRV and addresses from
 * a DNS server of a few lines.  (NAPTR chooses a transport; ours is configured,
 * RFC 3263 4.1, so only a TLS trunk's name is asked for it.)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pthread.h>
#include <strings.h>
#include <unistd.h>

#include "pair.h"

enum {
	T_A = 1,
	T_AAAA = 28,
	T_SRV = 33,
	T_NAPTR = 35
};

struct dns {
	int fd;
	uint16_t port;
	uint16_t sip_port;
	pthread_t thread;
	char conf[64];
};

static void put_name(struct rd_writer *w, const char *name)
{
	while (*name) {
		size_t n = strcspn(name, ".");

		rd_write_u8(w, (unsigned)n);
		rd_write_bytes(w, name, n);
		name += n + (name[n] == '.');
	}
	rd_write_u8(w, 0);
}

/* The name of the question as text, and where its type is. */
static size_t read_name(const uint8_t *at, size_t len, char *out)
{
	size_t i = 12, n = 0;

	while (i < len && at[i]) {
		memcpy(out + n, at + i + 1, at[i]);
		n += at[i];
		out[n++] = '.';
		i += at[i] + 1U;
	}
	out[n ? n - 1 : 0] = 0;
	return i + 1;
}

static bool put_data(const struct dns *d, struct rd_writer *w, const char *name,
		     unsigned type)
{
	if (type == T_A && !strcasecmp(name, "edge.trunk.test")) {
		rd_write_bytes(w, "\x7f\0\0\1", 4);
		return true;
	}
	if (type == T_SRV && !strcasecmp(name, "_sip._udp.trunk.test")) {
		rd_write_u16(w, 10);
		rd_write_u16(w, 10);
		rd_write_u16(w, d->sip_port);
		put_name(w, "edge.trunk.test");
		return true;
	}
	return false;
}

/* RFC 1035 4.1: header, question, one answer or none. */
static size_t reply(const struct dns *d, const uint8_t *in, size_t len,
		    uint8_t *out)
{
	struct rd_writer w = rd_writer(out, 1024), data;
	char name[512];
	size_t end = read_name(in, len, name);
	uint8_t body[512];
	bool has_data;

	if (end + 4 > len)
		return 0;
	data = rd_writer(body, sizeof(body));
	has_data = put_data(d, &data, name,
			    (unsigned)(in[end] << 8 | in[end + 1]));
	rd_write_bytes(&w, in, 2);
	rd_write_u16(&w, 0x8580);
	rd_write_u16(&w, 1);
	rd_write_u16(&w, has_data);
	rd_write_u32(&w, 0);
	rd_write_bytes(&w, in + 12, end + 4 - 12);
	if (has_data) {
		rd_write_u16(&w, 0xc00c);
		rd_write_bytes(&w, in + end, 4);
		rd_write_u32(&w, 60);
		rd_write_u16(&w, (unsigned)rd_writer_len(&data));
		rd_write_span(&w, rd_writer_span(&data));
	}
	return rd_writer_len(&w);
}

static void *serve(void *arg)
{
	struct dns *d = arg;
	uint8_t in[1024], out[1024];

	for (;;) {
		struct sockaddr_storage from;
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(d->fd, in, sizeof(in), 0,
				     (struct sockaddr *)&from, &len);
		size_t m;

		if (n <= 1)
			return NULL;
		m = n > 16 ? reply(d, in, (size_t)n, out) : 0;
		if (m)
			(void)!sendto(d->fd, out, m, 0,
				      (struct sockaddr *)&from, len);
	}
}

static void dns_open(struct dns *d)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	FILE *f;
	int fd;

	d->fd = socket(AF_INET, SOCK_DGRAM, 0);
	CHECK_EQ(bind(d->fd, (struct sockaddr *)&at, sizeof(at)), 0);
	CHECK_EQ(getsockname(d->fd, (struct sockaddr *)&at, &len), 0);
	d->port = ntohs(at.sin_port);
	snprintf(d->conf, sizeof(d->conf), "/tmp/rd-resolv-XXXXXX");
	fd = mkstemp(d->conf);
	CHECK(fd >= 0);
	f = fdopen(fd, "w");
	fprintf(f, "nameserver 127.0.0.1\nport %u\n", d->port);
	fclose(f);
	CHECK_EQ(pthread_create(&d->thread, NULL, serve, d), 0);
}

static void dns_close(struct dns *d)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				  .sin_port = htons(d->port) };

	CHECK_EQ(sendto(d->fd, "x", 1, 0, (struct sockaddr *)&at, sizeof(at)),
		 1);
	pthread_join(d->thread, NULL);
	close(d->fd);
	unlink(d->conf);
}

TEST(a_trunk_is_found_by_srv)
{
	struct dns d = { 0 };
	struct pair p;

	RFC("3263 4.2");
	pair_defaults(&p);
	p.a_trunk.host = "trunk.test";
	p.a_trunk.peer_count = 0; /* those of the name */
	p.b_cfg.trunks = &p.b_trunk;
	CHECK_OK(rd_trunks_open(&p.b, &p.b_cfg, NULL));
	d.sip_port = rd_trunks_local(p.b, RD_SIP_UDP).port;
	dns_open(&d);
	p.a_cfg.resolv_conf = d.conf;
	p.a_cfg.trunks = &p.a_trunk;
	CHECK_OK(rd_trunks_open(&p.a, &p.a_cfg, NULL));
	talk(&p);
	/* B may ask us too, so its address has become a peer's. */
	CHECK_OK(rd_trunk_reinvite(p.b, p.at_b, ANSWER));
	expect(&p, p.a, RD_TRUNK_REOFFER);
	CHECK_OK(rd_trunk_reanswer(p.a, p.from_a, OFFER));
	expect(&p, p.b, RD_TRUNK_REANSWERED);
	rd_trunk_hangup(p.b, p.at_b, 0);
	expect(&p, p.a, RD_TRUNK_ENDED);
	pair_close(&p);
	dns_close(&d);
}

TEST(a_name_that_nobody_knows_ends_the_call)
{
	struct rd_trunk_invite invite = { .trunk = "b",
					  .user = "1",
					  .sdp = OFFER };
	struct dns d = { 0 };
	struct pair p;

	pair_defaults(&p);
	dns_open(&d);
	p.a_trunk.host = "nobody.test";
	p.a_trunk.peer_count = 0;
	p.a_cfg.resolv_conf = d.conf;
	p.a_cfg.trunks = &p.a_trunk;
	CHECK_OK(rd_trunks_open(&p.a, &p.a_cfg, NULL));
	CHECK_OK(rd_trunk_invite(p.a, &invite, &p.from_a));
	CHECK_EQ(expect(&p, p.a, RD_TRUNK_ENDED)->status, 503);
	CHECK(!p.event.by_far_end);
	rd_trunks_close(p.a);
	dns_close(&d);
}

RD_TESTS(T(a_trunk_is_found_by_srv), T(a_name_that_nobody_knows_ends_the_call))
