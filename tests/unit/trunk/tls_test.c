/* tests/unit/trunk/tls_test.c - TLS towards a trunk: right and wrong
 * certificates, and that nothing leaves in clear.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <sys/stat.h>
#include <unistd.h>

#include "pair.h"

/* sofia gives the TLS contexts of a listener that ends, and connections whose
 * handshake failed, never back; none of it is of a call that worked. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libssl.so\nleak:libcrypto.so\n";
}

static char folder[64];

/* One authority; folders with agent.pem and cafile.pem for sofia. */
static const char script[] =
	"set -e; cd %s; umask 077\n"
	"key() { openssl genpkey -algorithm EC -pkeyopt "
	"ec_paramgen_curve:P-256 -out $1.key; }\n"
	"ca() { key $1; openssl req -x509 -new -key $1.key -days 2 -subj "
	"/CN=$1 "
	"-addext basicConstraints=critical,CA:TRUE -out $1.crt; }\n"
	"leaf() { key $1; openssl req -new -key $1.key -subj /CN=$2 -out "
	"$1.csr; printf 'subjectAltName=DNS:%%s\\n' $2 > $1.ext; "
	"openssl x509 -req -in $1.csr -CA $3.crt -CAkey $3.key -CAcreateserial "
	"-days $4 -extfile $1.ext -out $1.crt; "
	"mkdir $1; cat $1.crt $1.key > $1/agent.pem; cp ca.crt $1/cafile.pem; "
	"}\n"
	"ca ca; ca other\n"
	"leaf good localhost ca 2\n"
	"leaf name else.test ca 2\n"
	"leaf untrusted localhost other 2\n"
	"leaf expired localhost ca -1\n"
	"leaf caller 127.0.0.1 ca 2\n";

static int make_certificates(void **state)
{
	char text[4096];
	FILE *shell;

	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/rd-trunk-tls-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(text, sizeof(text), script, folder);
	shell = popen("sh >/dev/null 2>&1", "w");
	if (!shell || fputs(text, shell) < 0)
		return -1;
	return pclose(shell);
}

static int remove_certificates(void **state)
{
	char text[128];

	(void)state;
	snprintf(text, sizeof(text), "rm -r %s", folder);
	return system(text);
}

static void tls_pair(struct pair *p, char dirs[2][128], const char *server)
{
	pair_defaults(p);
	snprintf(dirs[0], 128, "%s/caller", folder);
	snprintf(dirs[1], 128, "%s/%s", folder, server);
	p->a_cfg.tls_dir = dirs[0];
	p->b_cfg.tls_dir = dirs[1];
	p->b_cfg.tls_bind = p->b_cfg.bind;
	p->a_trunk.transport = RD_SIP_TLS;
	p->a_trunk.host = "localhost";
	p->b_trunk.transport = RD_SIP_TLS;
}

TEST(a_call_goes_over_tls_when_the_certificate_is_right)
{
	struct pair p;
	char dirs[2][128];

	RFC("3261 26.2.1");
	RFC("5922 7.1");
	tls_pair(&p, dirs, "good");
	pair_open(&p);
	talk(&p);
	CHECK_OK(rd_trunk_reinvite(p.a, p.from_a, OFFER));
	expect(&p, p.b, RD_TRUNK_REOFFER);
	CHECK_OK(rd_trunk_reanswer(p.b, p.at_b, ANSWER));
	expect(&p, p.a, RD_TRUNK_REANSWERED);
	rd_trunk_hangup(p.b, p.at_b, 0);
	expect(&p, p.a, RD_TRUNK_ENDED);
	pair_close(&p);
}

static void expect_no_call(const char *server)
{
	struct rd_trunk_invite invite = {
		.trunk = "b", .user = "4711", .sdp = OFFER, .ring_ms = 20000
	};
	struct pair p;
	char dirs[2][128];
	uint64_t start_ms;
	struct rd_trunk_event *e;

	RFC("5922 7.1");
	tls_pair(&p, dirs, server);
	p.a_cfg.give_up_ms = 0;
	pair_open(&p);
	start_ms = rd_clock_ms();
	CHECK_OK(rd_trunk_invite(p.a, &invite, &p.from_a));
	e = expect(&p, p.a, RD_TRUNK_ENDED);
	CHECK_EQ(e->status, 503);
	CHECK(!e->by_far_end);
	CHECK(rd_clock_ms() - start_ms < 10000);
	CHECK(!next_event(p.b, &p.event, 100));
	pair_close(&p);
}

TEST(a_certificate_for_another_name_gets_no_call)
{
	expect_no_call("name");
}

TEST(a_certificate_of_an_unknown_authority_gets_no_call)
{
	expect_no_call("untrusted");
}

TEST(a_certificate_that_has_expired_gets_no_call)
{
	expect_no_call("expired");
}

/* Another name of the same address and port would ride on the connection that
 * was verified for the first (T44). */
TEST(two_names_for_one_tls_server_are_refused_in_words)
{
	struct rd_trunk_cfg trunks[2];
	struct rd_complaint why = { "" };
	struct pair p;
	char dirs[2][128];

	RFC("5923 9.3");
	tls_pair(&p, dirs, "good");
	p.a_trunk.port = 5061;
	trunks[0] = p.a_trunk;
	trunks[1] = p.a_trunk;
	trunks[1].name = "second";
	trunks[1].host = "127.0.0.1";
	p.a_cfg.trunks = trunks;
	p.a_cfg.trunk_count = 2;
	CHECK_ERR(rd_trunks_open(&p.a, &p.a_cfg, &why), RD_E_FORMAT);
	CHECK(strstr(why.text, "second"));
	trunks[1].host = "localhost";
	CHECK_OK(rd_trunks_open(&p.a, &p.a_cfg, &why));
	rd_trunks_close(p.a);
}

/* A plain TCP server where the TLS trunk should be: it must see a TLS
 * handshake (RFC 8446 5.1: content type 22) and no SIP; and nothing may
 * arrive by UDP on that port. */
TEST(a_tls_trunk_never_speaks_in_clear)
{
	struct rd_trunk_invite invite = {
		.trunk = "b", .user = "4711", .sdp = OFFER, .ring_ms = 1500
	};
	struct pair p;
	struct sockaddr_storage ss;
	struct rd_addr at;
	socklen_t len;
	char dirs[2][128];
	unsigned char bytes[4096];
	struct pollfd w[2] = { { .events = POLLIN }, { .events = POLLIN } };
	uint64_t until_ms;
	unsigned connections = 0;

	RFC("3261 26.2.2");
	tls_pair(&p, dirs, "good");
	w[0].fd = socket(AF_INET, SOCK_STREAM, 0);
	w[1].fd = socket(AF_INET, SOCK_DGRAM, 0);
	len = rd_addr_to_sockaddr(&p.a_cfg.bind, &ss);
	CHECK_EQ(bind(w[0].fd, (struct sockaddr *)&ss, len), 0);
	CHECK_EQ(getsockname(w[0].fd, (struct sockaddr *)&ss, &len), 0);
	CHECK_EQ(bind(w[1].fd, (struct sockaddr *)&ss, len), 0);
	at = rd_addr_from_sockaddr((struct sockaddr *)&ss);
	listen(w[0].fd, 5);
	p.a_trunk.port = at.port;
	p.a_trunk.register_contact = true;
	p.a_trunk.options_s = 1;
	pair_open(&p);
	CHECK_OK(rd_trunk_invite(p.a, &invite, &p.from_a));
	until_ms = rd_clock_ms() + 2500;
	while (rd_clock_ms() < until_ms) {
		int fd;

		poll(w, 2, 100);
		CHECK(!(w[1].revents & POLLIN));
		if (!(w[0].revents & POLLIN))
			continue;
		fd = accept(w[0].fd, NULL, NULL);
		CHECK(fd >= 0);
		if (recv(fd, bytes, sizeof(bytes), 0) > 0)
			CHECK_EQ(bytes[0], 22);
		connections++;
		close(fd);
	}
	CHECK(connections >= 1);
	close(w[0].fd);
	close(w[1].fd);
	pair_close(&p);
}

TEST(a_tls_trunk_without_its_files_is_refused_in_words)
{
	struct rd_complaint why = { "" };
	struct pair p;
	char dirs[2][128];

	tls_pair(&p, dirs, "good");
	p.a_cfg.trunks = &p.a_trunk;
	p.a_cfg.tls_dir = NULL;
	CHECK_ERR(rd_trunks_open(&p.a, &p.a_cfg, &why), RD_E_FORMAT);
	CHECK(strstr(why.text, "cafile.pem"));
	p.a_cfg.tls_dir = "/nonexistent";
	CHECK_ERR(rd_trunks_open(&p.a, &p.a_cfg, &why), RD_E_IO);
	CHECK(strstr(why.text, "TLS"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_call_goes_over_tls_when_the_certificate_is_right),
		T(a_certificate_for_another_name_gets_no_call),
		T(a_certificate_of_an_unknown_authority_gets_no_call),
		T(a_certificate_that_has_expired_gets_no_call),
		T(two_names_for_one_tls_server_are_refused_in_words),
		T(a_tls_trunk_never_speaks_in_clear),
		T(a_tls_trunk_without_its_files_is_refused_in_words),
	};

	return cmocka_run_group_tests(tests, make_certificates,
				      remove_certificates);
}
