/* trunk/source_filter.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "trunk/source_filter.h"

#include <dirent.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	V4_SOURCE = 12, /* RFC 791 3.1, offset in the header */
	V6_SOURCE = 8,  /* RFC 8200 3 */
	MOST_INSTRUCTIONS = BPF_MAXINSNS,
	PASS = 0xffffffff, /* the whole packet */
	PER_V4 = 4,        /* load, mask, compare, pass */
	PER_V6 = 13,
	FIXED = 7,
};

struct rd_source_filter {
	struct sock_fprog program;
	struct sock_filter at[];
};

static void put(struct rd_source_filter *f, struct sock_filter instruction)
{
	f->at[f->program.len++] = instruction;
}

static uint32_t word(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	       (uint32_t)at[2] << 8 | at[3];
}

static uint32_t mask_of(unsigned bits, unsigned index)
{
	unsigned before = index * 32;

	if (bits <= before)
		return 0;
	bits -= before;
	return bits >= 32 ? 0xffffffff : ~(0xffffffffU >> bits);
}

/* Each network is words of load, mask, compare; the first that differs jumps
 * over the rest and over the pass at its end. */
static void put_network(struct rd_source_filter *f, const struct rd_network *n)
{
	unsigned words = n->base.family == 4 ? 1 : 4;
	unsigned start = n->base.family == 4 ? V4_SOURCE : V6_SOURCE;

	for (unsigned i = 0; i < words; i++) {
		uint32_t mask = mask_of(n->bits, i);
		unsigned over = (words - 1 - i) * 3 + 1;

		put(f, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						    (uint32_t)SKF_NET_OFF +
							    start + 4 * i));
		put(f, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K,
						    mask));
		put(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
						    word(n->base.ip + 4 * i) &
							    mask,
						    0, (uint8_t)over));
	}
	put(f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, PASS));
}

static void put_family(struct rd_source_filter *f, uint8_t family,
		       const struct rd_network *networks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (networks[i].base.family == family)
			put_network(f, &networks[i]);
	put(f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0));
}

enum rd_err rd_source_filter_open(struct rd_source_filter **out,
				  const struct rd_network *networks,
				  size_t count)
{
	struct rd_source_filter *f;
	size_t v4 = 0, v6 = 0, len;

	*out = NULL;
	for (size_t i = 0; i < count; i++)
		*(networks[i].base.family == 4 ? &v4 : &v6) += 1;
	len = v4 * PER_V4 + v6 * PER_V6 + FIXED;
	if (len > MOST_INSTRUCTIONS)
		return RD_E_SIZE;
	f = rd_zalloc(sizeof(*f) + len * sizeof(f->at[0]));
	if (!f)
		return RD_E_NOMEM;

	f->program.filter = f->at;
	put(f, (struct sock_filter)BPF_STMT(BPF_LD | BPF_B | BPF_ABS,
					    (uint32_t)SKF_NET_OFF));
	put(f, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 4));
	put(f,
	    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 4, 1, 0));
	put(f, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA,
					    (uint32_t)(v4 * PER_V4 + 1)));
	put_family(f, 4, networks, count);
	put_family(f, 6, networks, count);
	*out = f;
	return RD_OK;
}

void rd_source_filter_close(struct rd_source_filter *f)
{
	rd_free(f);
}

enum rd_err rd_source_filter_attach(const struct rd_source_filter *f, int fd)
{
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &f->program,
			  sizeof(f->program))
		       ? RD_E_IO
		       : RD_OK;
}

static uint32_t load(const uint8_t *packet, const struct sock_filter *i)
{
	uint32_t at = i->k - (uint32_t)SKF_NET_OFF;

	return BPF_SIZE(i->code) == BPF_B ? packet[at] : word(packet + at);
}

bool rd_source_filter_says(const struct rd_source_filter *f,
			   const struct rd_addr *source)
{
	uint8_t packet[40] = { 0 };
	uint32_t a = 0;

	packet[0] = source->family == 4 ? 0x45 : 0x60;
	memcpy(packet + (source->family == 4 ? V4_SOURCE : V6_SOURCE),
	       source->ip, source->family == 4 ? 4 : 16);
	for (size_t pc = 0; pc < f->program.len; pc++) {
		const struct sock_filter *i = &f->at[pc];

		switch (BPF_CLASS(i->code)) {
		case BPF_LD:
			a = load(packet, i);
			break;
		case BPF_ALU:
			a = BPF_OP(i->code) == BPF_RSH ? a >> i->k : a & i->k;
			break;
		case BPF_JMP:
			if (BPF_OP(i->code) == BPF_JA)
				pc += i->k;
			else
				pc += a == i->k ? i->jt : i->jf;
			break;
		default:
			return i->k != 0;
		}
	}
	return false;
}

uint64_t rd_socket_drops(int fd)
{
	uint32_t info[SK_MEMINFO_VARS] = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &len) != 0)
		return 0;
	return info[SK_MEMINFO_DROPS];
}

static int option_of(int fd, int option)
{
	int value = -1;
	socklen_t len = sizeof(value);

	if (getsockopt(fd, SOL_SOCKET, option, &value, &len) != 0)
		return -1;
	return value;
}

static bool is_bound(int fd, const struct rd_addr *local, int type)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);
	struct rd_addr at;

	if (option_of(fd, SO_TYPE) != type ||
	    (type == SOCK_STREAM && option_of(fd, SO_ACCEPTCONN) != 1))
		return false;
	if (getsockname(fd, (struct sockaddr *)&ss, &len) != 0)
		return false;
	at = rd_addr_from_sockaddr((struct sockaddr *)&ss);
	return rd_addr_equal(&at, local);
}

size_t rd_sockets_of(const struct rd_addr *local, int type, int *fds,
		     size_t most)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	size_t n = 0;

	if (!dir)
		return 0;
	while (n < most && (entry = readdir(dir))) {
		int fd = (int)strtol(entry->d_name, NULL, 10);

		if (entry->d_name[0] != '.' && is_bound(fd, local, type))
			fds[n++] = fd;
	}
	closedir(dir);
	return n;
}

void rd_socket_drain(int fd, int type)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	char byte;

	while (poll(&wait, 1, 0) == 1) {
		int accepted;

		if (type == SOCK_DGRAM) {
			if (recv(fd, &byte, 1, MSG_DONTWAIT | MSG_TRUNC) < 0)
				return;
			continue;
		}
		accepted = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		if (accepted < 0)
			return;
		close(accepted);
	}
}

static int bound_socket(const struct rd_addr *at, int type)
{
	struct sockaddr_storage ss;
	socklen_t len = rd_addr_to_sockaddr(at, &ss);
	int one = 1, fd = socket(ss.ss_family, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (type == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&ss, len) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static uint16_t port_of(int fd)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &len) != 0)
		return 0;
	return rd_addr_from_sockaddr((struct sockaddr *)&ss).port;
}

enum rd_err rd_socket_free_port(const struct rd_addr *ip, bool with_udp,
				uint16_t *port)
{
	struct rd_addr at = *ip;

	for (unsigned tries = 0; tries < 32; tries++) {
		int tcp, udp = -1;

		at.port = 0;
		tcp = bound_socket(&at, SOCK_STREAM);
		if (tcp < 0)
			return RD_E_IO;
		at.port = port_of(tcp);
		if (with_udp)
			udp = bound_socket(&at, SOCK_DGRAM);
		close(tcp);
		if (udp >= 0)
			close(udp);
		if (at.port && (udp >= 0 || !with_udp)) {
			*port = at.port;
			return RD_OK;
		}
	}
	return RD_E_IO;
}
