/* tests/unit/trunk/source_filter_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <unistd.h>

#include "base/random.h"
#include "trunk/source_filter.h"

static struct rd_network network(const char *text)
{
	struct rd_network n;

	CHECK_OK(rd_network_parse(&n, rd_span_text(text)));
	return n;
}

static struct rd_addr addr(const char *text)
{
	struct rd_addr a;

	CHECK_OK(rd_addr_parse(&a, rd_span_text(text)));
	return a;
}

static bool says(const struct rd_source_filter *f, const char *source)
{
	struct rd_addr a = addr(source);

	return rd_source_filter_says(f, &a);
}

TEST(sources_in_a_network_pass_and_others_do_not)
{
	struct rd_network list[4] = { network("192.0.2.0/24"),
				      network("198.51.100.7"),
				      network("2001:db8:1::/48"),
				      network("::1") };
	struct rd_source_filter *f;

	CHECK_OK(rd_source_filter_open(&f, list, 4));
	CHECK(says(f, "192.0.2.255"));
	CHECK(!says(f, "192.0.3.0"));
	CHECK(says(f, "198.51.100.7"));
	CHECK(!says(f, "198.51.100.6"));
	CHECK(says(f, "2001:db8:1:ffff::"));
	CHECK(!says(f, "2001:db8:2::"));
	CHECK(says(f, "::1"));
	CHECK(!says(f, "::2"));
	rd_source_filter_close(f);
}

TEST(no_network_lets_nothing_through)
{
	struct rd_source_filter *f;

	CHECK_OK(rd_source_filter_open(&f, NULL, 0));
	CHECK(!says(f, "127.0.0.1"));
	CHECK(!says(f, "::1"));
	rd_source_filter_close(f);
}

TEST(the_program_agrees_with_the_comparison_of_addresses)
{
	for (unsigned round = 0; round < 300; round++) {
		struct rd_network list[5] = { 0 };
		struct rd_source_filter *f;
		unsigned n = rd_random_below(6);

		for (unsigned i = 0; i < n; i++) {
			bool is_v4 = rd_random_below(2);

			list[i].base.family = is_v4 ? 4 : 6;
			rd_random_bytes(list[i].base.ip, is_v4 ? 4 : 16);
			list[i].bits =
				(uint8_t)rd_random_below(is_v4 ? 33 : 129);
		}
		CHECK_OK(rd_source_filter_open(&f, list, n));
		for (unsigned k = 0; k < 50; k++) {
			struct rd_addr a = { 0 };
			bool is_in = false;
			unsigned near = n ? rd_random_below(n) : 0;

			a.family = rd_random_below(2) ? 4 : 6;
			rd_random_bytes(a.ip, a.family == 4 ? 4 : 16);
			if (n && rd_random_below(2)) {
				a = list[near].base;
				a.ip[rd_random_below(a.family == 4 ? 4 : 16)] ^=
					(uint8_t)(1U << rd_random_below(8));
			}
			for (unsigned i = 0; i < n; i++)
				is_in |= rd_network_has(&list[i], &a);
			CHECK_EQ(rd_source_filter_says(f, &a), is_in);
		}
		rd_source_filter_close(f);
	}
}

TEST(more_networks_than_a_program_holds_are_refused)
{
	static struct rd_network list[2000];
	struct rd_source_filter *f;

	for (unsigned i = 0; i < 2000; i++)
		list[i] = network("192.0.2.1");
	CHECK_ERR(rd_source_filter_open(&f, list, 2000), RD_E_SIZE);
	CHECK(!f);
}

static int udp(const char *ip, struct rd_addr *at)
{
	struct sockaddr_storage ss;
	socklen_t len;
	int fd;

	*at = addr(ip);
	len = rd_addr_to_sockaddr(at, &ss);
	fd = socket(ss.ss_family, SOCK_DGRAM, 0);
	CHECK_EQ(bind(fd, (struct sockaddr *)&ss, len), 0);
	CHECK_EQ(getsockname(fd, (struct sockaddr *)&ss, &len), 0);
	*at = rd_addr_from_sockaddr((struct sockaddr *)&ss);
	return fd;
}

static void send_to(int fd, const struct rd_addr *to)
{
	struct sockaddr_storage ss;
	socklen_t len = rd_addr_to_sockaddr(to, &ss);

	CHECK_EQ(sendto(fd, "x", 1, 0, (struct sockaddr *)&ss, len), 1);
}

TEST(the_kernel_drops_and_counts)
{
	struct rd_network list[1] = { network("127.0.0.1") };
	struct rd_source_filter *f;
	struct rd_addr at, from;
	char byte;
	int here = udp("127.0.0.1", &at), peer = udp("127.0.0.1", &from);
	int stranger = udp("127.0.0.2", &from), fds[4];

	CHECK_EQ(rd_sockets_of(&at, SOCK_DGRAM, fds, 4), 1);
	CHECK_EQ(fds[0], here);
	CHECK_EQ(rd_sockets_of(&at, SOCK_STREAM, fds, 4), 0);
	send_to(stranger, &at);
	rd_socket_drain(here, SOCK_DGRAM);
	CHECK_OK(rd_source_filter_open(&f, list, 1));
	CHECK_OK(rd_source_filter_attach(f, here));
	send_to(stranger, &at);
	send_to(stranger, &at);
	CHECK(recv(here, &byte, 1, MSG_DONTWAIT) < 0);
	CHECK_EQ(rd_socket_drops(here), 2);
	send_to(peer, &at);
	CHECK_EQ(recv(here, &byte, 1, 0), 1);
	rd_source_filter_close(f);
	close(here);
	close(peer);
	close(stranger);
}

TEST(a_free_port_is_found)
{
	struct rd_addr ip = addr("127.0.0.1");
	uint16_t port = 0;

	CHECK_OK(rd_socket_free_port(&ip, true, &port));
	CHECK(port != 0);
	ip = addr("192.0.2.1");
	CHECK_ERR(rd_socket_free_port(&ip, false, &port), RD_E_IO);
}

static enum rd_err build(void)
{
	struct rd_network list[1] = { network("127.0.0.1") };
	struct rd_source_filter *f;
	enum rd_err err = rd_source_filter_open(&f, list, 1);

	rd_source_filter_close(f);
	return err;
}

TEST(failing_allocations_leave_nothing_behind)
{
	rd_check_every_oom(build);
}

RD_TESTS(T(sources_in_a_network_pass_and_others_do_not),
	 T(no_network_lets_nothing_through),
	 T(the_program_agrees_with_the_comparison_of_addresses),
	 T(more_networks_than_a_program_holds_are_refused),
	 T(the_kernel_drops_and_counts), T(a_free_port_is_found),
	 T(failing_allocations_leave_nothing_behind))
