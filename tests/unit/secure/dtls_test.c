/* tests/unit/secure/dtls_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "base/random.h"
#include "base/timer.h"
#include "secure/dtls.h"
#include "virtual_clock.h"

enum {
	SERVER,
	CLIENT,
	SIDES
};
enum {
	FLYING_MAX = 64,
	DELAY_MS = 10
};

struct flying {
	uint64_t due_ms;
	int to;
	size_t len;
	uint8_t bytes[1500];
};

/* Two machines and a network that we can make rude. */
struct net {
	struct rd_dtls_identity *id[SIDES];
	struct rd_dtls *side[SIDES];
	struct flying flying[FLYING_MAX];
	size_t count;
	unsigned sent;            /* datagrams so far */
	unsigned drop;            /* the datagram of this number; 0: none */
	unsigned drop_last_from;  /* all of SERVER from this number on ... */
	unsigned drop_last_until; /* ... before this one */
	unsigned loss_percent;
	unsigned twice_percent;
	unsigned late_percent;
	size_t fragment_len; /* 0: as they are */
	size_t longest;
};

static void parse_of(struct rd_fingerprint *f,
		     const struct rd_dtls_identity *id)
{
	CHECK_OK(rd_fingerprint_parse(
		f, rd_span_text(rd_dtls_identity_fingerprint(id))));
}

static enum rd_err net_open(struct net *n)
{
	struct rd_fingerprint f;
	enum rd_err err;

	memset(n, 0, sizeof(*n));
	for (int i = 0; i < SIDES; i++) {
		err = rd_dtls_identity_open(&n->id[i]);
		if (err)
			return err;
	}
	parse_of(&f, n->id[CLIENT]);
	err = rd_dtls_open(&n->side[SERVER], n->id[SERVER], RD_DTLS_SERVER, &f,
			   virtual_ms);
	if (err)
		return err;
	parse_of(&f, n->id[SERVER]);
	return rd_dtls_open(&n->side[CLIENT], n->id[CLIENT], RD_DTLS_CLIENT, &f,
			    virtual_ms);
}

static void net_close(struct net *n)
{
	for (int i = 0; i < SIDES; i++) {
		rd_dtls_close(n->side[i]);
		rd_dtls_identity_close(n->id[i]);
	}
}

static void put_in_the_air(struct net *n, int to, struct rd_span bytes,
			   uint64_t delay_ms)
{
	struct flying *f;

	if (n->count == FLYING_MAX)
		return;
	f = &n->flying[n->count++];
	f->due_ms = virtual_ms + delay_ms;
	f->to = to;
	f->len = bytes.len;
	memcpy(f->bytes, bytes.at, bytes.len);
}

static bool is_lost(const struct net *n, int to)
{
	if (n->sent == n->drop || rd_random_below(100) < n->loss_percent)
		return true;
	return to == CLIENT && n->sent >= n->drop_last_from &&
	       n->sent < n->drop_last_until;
}

static void send_one(struct net *n, int to, struct rd_span bytes)
{
	n->sent++;
	if (bytes.len > n->longest)
		n->longest = bytes.len;
	if (is_lost(n, to))
		return;
	put_in_the_air(n, to, bytes,
		       DELAY_MS + (rd_random_below(100) < n->late_percent
					   ? rd_random_below(60)
					   : 0));
	if (rd_random_below(100) < n->twice_percent)
		put_in_the_air(n, to, bytes, DELAY_MS + rd_random_below(300));
}

/* Record numbers in clear times 16, so that fragments get some of their own. */
static size_t renumber(uint8_t *at, struct rd_span from)
{
	memcpy(at, from.at, from.len);
	for (size_t i = 0; i + 13 <= from.len;) {
		uint32_t number = (uint32_t)(at[i + 9] << 8 | at[i + 10]) * 16;

		if (at[i + 4] == 0) {
			at[i + 8] = (uint8_t)(number >> 16);
			at[i + 9] = (uint8_t)(number >> 8);
			at[i + 10] = (uint8_t)number;
		}
		i += 13 + (size_t)(at[i + 11] << 8 | at[i + 12]);
	}
	return from.len;
}

/* A browser's hello is two datagrams: cuts a ClientHello into fragments of
 * fragment_len, each a record and a datagram of its own. */
static void send_in_fragments(struct net *n, int to, struct rd_span bytes)
{
	uint8_t at[1500], out[1500];
	size_t body = renumber(at, bytes) - 25, from = 0;

	if (at[0] != 22 || at[4] != 0 || at[13] != 1) {
		send_one(n, to, rd_span(at, bytes.len));
		return;
	}
	for (; from < body; from += n->fragment_len, at[10]++) {
		size_t len = rd_min_size(n->fragment_len, body - from);
		struct rd_writer w = rd_writer(out, sizeof(out));

		rd_write_bytes(&w, at, 11); /* type, version, number */
		rd_write_u16(&w, (unsigned)len + 12);
		rd_write_bytes(&w, at + 13, 6); /* type, length, message */
		rd_write_u8(&w, 0);
		rd_write_u16(&w, (unsigned)from);
		rd_write_u8(&w, 0);
		rd_write_u16(&w, (unsigned)len);
		rd_write_bytes(&w, at + 25 + from, len);
		send_one(n, to, rd_writer_span(&w));
	}
}

static void collect(struct net *n)
{
	struct rd_span out;

	for (int i = 0; i < SIDES; i++) {
		while (n->side[i] &&
		       rd_dtls_poll(n->side[i], virtual_ms, &out)) {
			if (n->fragment_len && i == CLIENT)
				send_in_fragments(n, !i, out);
			else
				send_one(n, !i, out);
		}
	}
}

static bool deliver(struct net *n)
{
	bool any = false;

	for (size_t i = 0; i < n->count;) {
		struct flying f = n->flying[i];

		if (f.due_ms > virtual_ms) {
			i++;
			continue;
		}
		n->count--;
		memmove(&n->flying[i], &n->flying[i + 1],
			(n->count - i) * sizeof(f));
		if (n->side[f.to])
			rd_dtls_feed(n->side[f.to], rd_span(f.bytes, f.len),
				     virtual_ms);
		any = true;
	}
	return any;
}

static uint64_t next_ms(const struct net *n)
{
	uint64_t at = RD_NEVER;

	for (int i = 0; i < SIDES; i++)
		if (n->side[i])
			at = rd_min_u64(at, rd_dtls_due_ms(n->side[i]));
	for (size_t i = 0; i < n->count; i++)
		at = rd_min_u64(at, n->flying[i].due_ms);
	return at;
}

/* Runs until nothing is left to happen, or for_ms have passed. */
static void run(struct net *n, uint64_t for_ms)
{
	uint64_t end_ms = virtual_ms + for_ms;

	for (;;) {
		uint64_t at;

		collect(n);
		while (deliver(n))
			collect(n);
		at = next_ms(n);
		if (at > end_ms)
			break;
		virtual_ms = rd_max_u64(at, virtual_ms + 1);
	}
	if (virtual_ms < end_ms)
		virtual_ms = end_ms;
}

static bool are_ready(const struct net *n)
{
	return rd_dtls_state(n->side[SERVER]) == RD_DTLS_READY &&
	       rd_dtls_state(n->side[CLIENT]) == RD_DTLS_READY;
}

/* Milliseconds until both are ready. */
static uint64_t run_until_ready(struct net *n)
{
	uint64_t start_ms = virtual_ms;

	while (!are_ready(n)) {
		if (virtual_ms - start_ms >= 10000)
			fail_msg("no handshake: %s, %s",
				 rd_dtls_trouble_text(
					 rd_dtls_trouble(n->side[SERVER])),
				 rd_dtls_trouble_text(
					 rd_dtls_trouble(n->side[CLIENT])));
		run(n, 1);
	}
	return virtual_ms - start_ms;
}

static void check_keys_fit(struct net *n)
{
	struct rd_srtp *send[SIDES], *receive[SIDES];

	for (int i = 0; i < SIDES; i++)
		CHECK_OK(rd_dtls_take_keys(n->side[i], &send[i], &receive[i]));
	for (int i = 0; i < SIDES; i++) {
		uint8_t packet[64] = { 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9 };
		size_t len = 32;

		CHECK_OK(rd_srtp_protect(send[i], packet, &len, 64));
		CHECK_OK(rd_srtp_unprotect(receive[!i], packet, &len));
		CHECK_EQ(len, 32);
	}
	for (int i = 0; i < SIDES; i++) {
		struct rd_srtp *again;

		CHECK_ERR(rd_dtls_take_keys(n->side[i], &again, &again),
			  RD_E_STATE);
		rd_srtp_close(send[i]);
		rd_srtp_close(receive[i]);
	}
}

TEST(a_handshake_gives_both_sides_the_keys)
{
	struct net n;

	RFC("5764 4.2");
	CHECK_OK(net_open(&n));
	CHECK_EQ(run_until_ready(&n), 4 * DELAY_MS);
	CHECK_EQ(rd_dtls_profile(n.side[SERVER]), RD_SRTP_AEAD_AES_128_GCM);
	CHECK(n.longest <= RD_DTLS_MTU);
	check_keys_fit(&n);
	CHECK_EQ(rd_dtls_due_ms(n.side[SERVER]), RD_NEVER);
	CHECK_EQ(rd_dtls_due_ms(n.side[CLIENT]), RD_NEVER);
	net_close(&n);
}

TEST(a_hello_in_fragments_is_answered)
{
	RFC("6347 4.2.3");
	for (size_t len = 40; len < 200; len += 33) {
		struct net n;

		CHECK_OK(net_open(&n));
		n.fragment_len = len;
		CHECK_EQ(run_until_ready(&n), 4 * DELAY_MS);
		net_close(&n);
	}
}

/* The first resending comes after 100 ms, so one loss costs about that. */
TEST(any_one_lost_datagram_is_made_good)
{
	RFC("6347 4.2.4");
	for (unsigned fragmented = 0; fragmented < 2; fragmented++) {
		for (unsigned drop = 1; drop <= 12; drop++) {
			struct net n;

			CHECK_OK(net_open(&n));
			n.fragment_len = fragmented ? 90 : 0;
			n.drop = drop;
			CHECK(run_until_ready(&n) <= 260);
			check_keys_fit(&n);
			net_close(&n);
		}
	}
}

TEST(loss_copies_and_disorder_are_survived)
{
	for (unsigned round = 0; round < 150; round++) {
		struct net n;

		CHECK_OK(net_open(&n));
		n.loss_percent = 15;
		n.twice_percent = 20;
		n.late_percent = 30;
		n.fragment_len = round % 3 ? 0 : 80;
		run_until_ready(&n);
		n.loss_percent = 0;
		run(&n, 1000);
		CHECK(are_ready(&n));
		check_keys_fit(&n);
		net_close(&n);
	}
}

TEST(a_lost_last_flight_is_sent_again_when_asked)
{
	struct net n;

	RFC("6347 4.2.4");
	CHECK_OK(net_open(&n));
	while (rd_dtls_state(n.side[SERVER]) != RD_DTLS_READY)
		run(&n, 1);
	n.count = 0; /* what the server said last is lost, twice */
	n.drop_last_from = n.sent + 1;
	CHECK(rd_dtls_state(n.side[CLIENT]) == RD_DTLS_HANDSHAKE);
	n.drop_last_until = n.sent + 9;
	CHECK(run_until_ready(&n) >= 200);
	check_keys_fit(&n);
	net_close(&n);
}

TEST(the_resending_slows_down_and_the_deadline_ends_it)
{
	uint64_t start_ms, last_ms = 0, gap_ms = 0;
	struct rd_span out;
	unsigned sent = 0;
	struct net n;

	CHECK_OK(net_open(&n));
	start_ms = virtual_ms;
	while (rd_dtls_state(n.side[CLIENT]) == RD_DTLS_HANDSHAKE) {
		while (rd_dtls_poll(n.side[CLIENT], virtual_ms, &out)) {
			CHECK(virtual_ms == start_ms ||
			      virtual_ms - last_ms >= gap_ms);
			gap_ms = virtual_ms - last_ms;
			last_ms = virtual_ms;
			if (sent++ == 0)
				gap_ms = 90;
		}
		if (rd_dtls_state(n.side[CLIENT]) == RD_DTLS_HANDSHAKE)
			virtual_ms = rd_dtls_due_ms(n.side[CLIENT]);
	}
	CHECK(sent >= 6 && sent <= 12);
	CHECK_EQ(virtual_ms - start_ms, RD_DTLS_DEADLINE_MS);
	CHECK_EQ(rd_dtls_state(n.side[CLIENT]), RD_DTLS_FAILED);
	CHECK_EQ(rd_dtls_trouble(n.side[CLIENT]), RD_DTLS_NO_ANSWER);
	CHECK_EQ(rd_dtls_due_ms(n.side[CLIENT]), RD_NEVER);
	net_close(&n);
}

TEST(a_silent_peer_costs_a_server_nothing)
{
	struct rd_fingerprint f = { .len = 32 };
	struct rd_dtls_identity *id;
	struct rd_dtls *d;
	struct rd_span out;
	long before;

	CHECK_OK(rd_dtls_identity_open(&id));
	before = rd_mem_live();
	CHECK_OK(rd_dtls_open(&d, id, RD_DTLS_SERVER, &f, virtual_ms));
	CHECK_EQ(rd_mem_live(), before + 1);
	CHECK_EQ(rd_dtls_due_ms(d), virtual_ms + RD_DTLS_DEADLINE_MS);
	virtual_ms = rd_dtls_due_ms(d);
	CHECK(!rd_dtls_poll(d, virtual_ms, &out));
	CHECK_EQ(rd_dtls_state(d), RD_DTLS_FAILED);
	CHECK_EQ(rd_dtls_trouble(d), RD_DTLS_NO_HELLO);
	CHECK_EQ(rd_mem_live(), before + 1);
	rd_dtls_close(d);
	rd_dtls_identity_close(id);
}

TEST(another_certificate_than_the_one_of_the_offer_gets_no_keys)
{
	struct rd_srtp *send, *receive;
	struct rd_fingerprint f;
	struct net n;

	RFC("5763 5");
	CHECK_OK(net_open(&n));
	rd_dtls_close(n.side[SERVER]); /* expects itself, not the client */
	parse_of(&f, n.id[SERVER]);
	CHECK_OK(rd_dtls_open(&n.side[SERVER], n.id[SERVER], RD_DTLS_SERVER, &f,
			      virtual_ms));
	run(&n, 9000);
	CHECK_EQ(rd_dtls_state(n.side[SERVER]), RD_DTLS_HANDSHAKE);
	CHECK_ERR(rd_dtls_take_keys(n.side[SERVER], &send, &receive),
		  RD_E_STATE);
	CHECK_EQ(rd_dtls_trouble(n.side[SERVER]), RD_DTLS_BAD_FINGERPRINT);
	run(&n, 2000);
	CHECK_EQ(rd_dtls_state(n.side[SERVER]), RD_DTLS_FAILED);
	CHECK(rd_dtls_state(n.side[CLIENT]) != RD_DTLS_READY);
	net_close(&n);

	CHECK_OK(net_open(&n)); /* and the other way round */
	rd_dtls_close(n.side[CLIENT]);
	parse_of(&f, n.id[CLIENT]);
	CHECK_OK(rd_dtls_open(&n.side[CLIENT], n.id[CLIENT], RD_DTLS_CLIENT, &f,
			      virtual_ms));
	run(&n, 11000);
	CHECK_EQ(rd_dtls_state(n.side[CLIENT]), RD_DTLS_FAILED);
	CHECK_EQ(rd_dtls_trouble(n.side[CLIENT]), RD_DTLS_BAD_FINGERPRINT);
	CHECK_EQ(rd_dtls_state(n.side[SERVER]), RD_DTLS_FAILED);
	net_close(&n);
}

/* The first ClientHello of a new client of the same settings. */
static size_t strangers_hello(uint8_t *out, size_t size)
{
	struct rd_fingerprint f = { .len = 32 };
	struct rd_dtls_identity *id;
	struct rd_span bytes;
	struct rd_dtls *d;

	CHECK_OK(rd_dtls_identity_open(&id));
	CHECK_OK(rd_dtls_open(&d, id, RD_DTLS_CLIENT, &f, virtual_ms));
	CHECK(rd_dtls_poll(d, virtual_ms, &bytes) && bytes.len <= size);
	memcpy(out, bytes.at, bytes.len);
	size = bytes.len;
	rd_dtls_close(d);
	rd_dtls_identity_close(id);
	return size;
}

/* CVE-2023-49786 and its kin: ClientHello with TLS_NULL_WITH_NULL_NULL. */
static size_t null_cipher_hello(uint8_t *out, size_t size)
{
	struct rd_writer w = rd_writer(out, size);

	rd_write_bytes(&w, "\x16\xfe\xfd\0\0\0\0\0\0\0\0", 11);
	rd_write_u16(&w, 12 + 42);
	rd_write_bytes(&w, "\x01\0\0\x2a\0\0\0\0\0\0\0\x2a", 12);
	rd_write_u16(&w, 0xfefd);
	rd_random_bytes(rd_write_room(&w, 32), 32);
	rd_write_u16(&w, 0);          /* session id, cookie */
	rd_write_u32(&w, 0x00020000); /* one suite */
	rd_write_u16(&w, 0x0100);     /* no compression */
	CHECK(!w.failed);
	return rd_writer_len(&w);
}

TEST(hellos_of_strangers_do_not_stop_the_peer)
{
	uint8_t bytes[1500];

	for (unsigned before = 0; before < 15; before++) {
		struct rd_span out;
		struct net n;
		size_t len;

		CHECK_OK(net_open(&n));
		for (unsigned i = 0; i < before; i++) {
			len = before % 2 ? null_cipher_hello(bytes, 1500)
					 : strangers_hello(bytes, 1500);
			rd_dtls_feed(n.side[SERVER], rd_span(bytes, len),
				     virtual_ms);
		}
		/* What was answered went to whoever spoke. */
		while (rd_dtls_poll(n.side[SERVER], virtual_ms, &out))
			CHECK(before % 2 == 0);
		CHECK_EQ(run_until_ready(&n), 4 * DELAY_MS);
		CHECK_EQ(rd_dtls_counts(n.side[SERVER])->attempts, before + 1);
		check_keys_fit(&n);
		net_close(&n);
	}
}

/* Many a second are limited, and the peer gets through all the same. */
TEST(a_flood_of_hellos_is_limited)
{
	uint8_t bytes[1500];
	struct net n;

	CHECK_OK(net_open(&n));
	for (unsigned i = 0; i < 1000; i++) {
		size_t len = null_cipher_hello(bytes, 1500);

		rd_dtls_feed(n.side[SERVER], rd_span(bytes, len), virtual_ms);
	}
	CHECK(rd_dtls_counts(n.side[SERVER])->attempts <= 16);
	CHECK(run_until_ready(&n) < 400);
	net_close(&n);
}

TEST(garbage_before_and_between_is_dropped)
{
	uint8_t junk[1600];
	struct net n;

	CHECK_OK(net_open(&n));
	while (!are_ready(&n)) {
		for (unsigned i = 0; i < 30; i++) {
			size_t len = rd_random_below(sizeof(junk));

			rd_random_bytes(junk, len);
			if (len > 20 && i % 2) { /* nearly a record */
				memcpy(junk, "\x16\xfe\xfd\0\0\0\0\0\0\0", 10);
				junk[0] = (uint8_t)(20 + i % 4);
				junk[11] = (uint8_t)((len - 13) >> 8);
				junk[12] = (uint8_t)(len - 13);
				junk[13] = 77; /* no handshake message */
				if (junk[0] != 23)
					junk[0] = 21;
			}
			rd_dtls_feed(n.side[SERVER], rd_span(junk, len),
				     virtual_ms);
		}
		run(&n, 1);
	}
	check_keys_fit(&n);
	CHECK(rd_dtls_counts(n.side[SERVER])->dropped > 100);
	net_close(&n);
}

TEST(alerts_in_clear_end_nothing)
{
	static const uint8_t alert[] = { 21, 0xfe, 0xfd, 0, 0, 0, 0, 0,
					 0,  9,    9,    0, 2, 2, 40 };
	static const uint8_t close_notify[] = { 21, 0xfe, 0xfd, 0, 0, 0, 0, 0,
						0,  9,    8,    0, 2, 1, 0 };
	struct net n;

	CHECK_OK(net_open(&n));
	for (unsigned i = 0; i < 100; i++) {
		rd_dtls_feed(n.side[SERVER], rd_span(alert, sizeof(alert)),
			     virtual_ms);
		rd_dtls_feed(n.side[SERVER],
			     rd_span(close_notify, sizeof(close_notify)),
			     virtual_ms);
		run(&n, 1);
	}
	CHECK(are_ready(&n));
	net_close(&n);
}

TEST(goodbye_is_heard_when_it_is_authentic)
{
	struct net n;

	RFC("5246 7.2.1");
	for (int first = 0; first < SIDES; first++) {
		CHECK_OK(net_open(&n));
		run_until_ready(&n);
		rd_dtls_end(n.side[first], virtual_ms);
		CHECK_EQ(rd_dtls_state(n.side[first]), RD_DTLS_CLOSED);
		run(&n, 50);
		CHECK_EQ(rd_dtls_state(n.side[!first]), RD_DTLS_CLOSED);
		CHECK_EQ(rd_dtls_due_ms(n.side[!first]), RD_NEVER);
		net_close(&n);
	}
}

TEST(it_is_quiet_a_while_after)
{
	struct net n;

	CHECK_OK(net_open(&n));
	CHECK(!rd_dtls_is_quiet(n.side[SERVER], virtual_ms + 60000));
	run_until_ready(&n);
	CHECK(!rd_dtls_is_quiet(n.side[SERVER], virtual_ms));
	CHECK(rd_dtls_is_quiet(n.side[SERVER], virtual_ms + RD_DTLS_LINGER_MS));
	net_close(&n);
}

TEST(an_identity_may_go_before_its_sessions)
{
	struct net n;

	CHECK_OK(net_open(&n));
	for (int i = 0; i < SIDES; i++) {
		rd_dtls_identity_close(n.id[i]);
		n.id[i] = NULL;
	}
	run_until_ready(&n);
	check_keys_fit(&n);
	net_close(&n);
}

TEST(fingerprints_are_read_strictly)
{
	static const char *const bad[] = {
		"",
		"sha-256",
		"sha-256 ",
		"sha-1 00:11",
		"md5 00",
		"sha-256 00:11:22",
		"sha-256  4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:"
		"E5:7C:AB:3E:4B:65:2E:7D:46:3F:54:42:CD:54:F1",
		"sha-256 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:"
		"E5:7C:AB:3E:4B:65:2E:7D:46:3F:54:42:CD:54:FG",
		"sha-256 4A-AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:"
		"E5:7C:AB:3E:4B:65:2E:7D:46:3F:54:42:CD:54:F1",
		"sha-256 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:"
		"E5:7C:AB:3E:4B:65:2E:7D:46:3F:54:42:CD:54:F1:00",
	};
	struct rd_fingerprint f;

	RFC("8122 5");
	for (size_t i = 0; i < RD_COUNT(bad); i++)
		CHECK(rd_fingerprint_parse(&f, rd_span_text(bad[i])));
	CHECK_OK(rd_fingerprint_parse(
		&f, SPAN("SHA-256 4a:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:"
			 "6B:19:E5:7C:AB:3E:4B:65:2E:7D:46:3F:54:42:CD:54:"
			 "F1")));
	CHECK_EQ(f.len, 32);
	CHECK_EQ(f.digest[0], 0x4a);
	CHECK_EQ(f.digest[31], 0xf1);
}

static enum rd_err shake_hands(void)
{
	static struct net n;
	enum rd_err err = net_open(&n);

	for (unsigned i = 0; !err && i < 3000 && !are_ready(&n); i++)
		run(&n, 1);
	if (!err && !are_ready(&n))
		err = RD_E_TIMEOUT;
	if (!err) {
		struct rd_srtp *send, *receive;

		err = rd_dtls_take_keys(n.side[SERVER], &send, &receive);
		rd_srtp_close(send);
		rd_srtp_close(receive);
	}
	net_close(&n);
	return err;
}

TEST(no_memory_is_an_answer_or_a_lost_datagram)
{
	rd_check_every_oom(shake_hands);
}

RD_TESTS(T(a_handshake_gives_both_sides_the_keys),
	 T(a_hello_in_fragments_is_answered),
	 T(any_one_lost_datagram_is_made_good),
	 T(loss_copies_and_disorder_are_survived),
	 T(a_lost_last_flight_is_sent_again_when_asked),
	 T(the_resending_slows_down_and_the_deadline_ends_it),
	 T(a_silent_peer_costs_a_server_nothing),
	 T(another_certificate_than_the_one_of_the_offer_gets_no_keys),
	 T(hellos_of_strangers_do_not_stop_the_peer),
	 T(a_flood_of_hellos_is_limited),
	 T(garbage_before_and_between_is_dropped),
	 T(alerts_in_clear_end_nothing),
	 T(goodbye_is_heard_when_it_is_authentic), T(it_is_quiet_a_while_after),
	 T(an_identity_may_go_before_its_sessions),
	 T(fingerprints_are_read_strictly),
	 T(no_memory_is_an_answer_or_a_lost_datagram))
