/* tests/unit/aws/endpoint_test.c - services, hosts, regions, overrides.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/endpoint.h"

#include "around.h"

static const char config_text[] = "[default]\n"
				  "region = eu-west-2\n"
				  "endpoint_url = http://127.0.0.1:1\n"
				  "services = local\n"
				  "[profile other]\n"
				  "ignore_configured_endpoint_urls = true\n"
				  "[services local]\n"
				  "connect =\n"
				  "  endpoint_url = http://127.0.0.1:2/\n";

struct place {
	struct around around;
	struct rd_aws_profile_file *config;
	struct rd_aws_endpoint_cfg cfg;
	char url[RD_AWS_URL_TEXT];
	struct rd_complaint why;
};

static void place_init(struct place *p)
{
	memset(p, 0, sizeof(*p));
	around_set(&p->around, NULL, NULL);
	CHECK_OK(rd_aws_profile_file_open(&p->config, rd_span_text(config_text),
					  RD_AWS_CONFIG_FILE));
	p->cfg.around = &p->around.lent;
	p->cfg.profile = "default";
	p->cfg.region = "us-east-1";
}

static const char *ask(struct place *p, enum rd_aws_service service)
{
	CHECK_OK(rd_aws_endpoint(&p->cfg, service, p->url, &p->why));
	return p->url;
}

TEST(each_service_has_its_host)
{
	static const char *const urls[RD_AWS_SERVICES] = {
		[RD_AWS_CONNECT] = "https://connect.us-east-1.amazonaws.com",
		[RD_AWS_PARTICIPANT] =
			"https://participant.connect.us-east-1.amazonaws.com",
		[RD_AWS_MEETINGS] =
			"https://meetings-chime.us-east-1.amazonaws.com",
		[RD_AWS_VOICE] = "https://voice-chime.us-east-1.amazonaws.com",
		[RD_AWS_STS] = "https://sts.us-east-1.amazonaws.com",
		[RD_AWS_LAMBDA] = "https://lambda.us-east-1.amazonaws.com",
	};
	struct place p;

	place_init(&p);
	for (unsigned i = 0; i < RD_AWS_SERVICES; i++)
		CHECK_TEXT(ask(&p, i), urls[i]);
	p.cfg.region = "cn-north-1";
	CHECK_TEXT(ask(&p, RD_AWS_STS),
		   "https://sts.cn-north-1.amazonaws.com.cn");
	CHECK_TEXT(rd_aws_service(RD_AWS_MEETINGS)->signing_name, "chime");
	CHECK_TEXT(rd_aws_service(RD_AWS_VOICE)->signing_name, "chime");
	CHECK_TEXT(rd_aws_service(RD_AWS_PARTICIPANT)->signing_name,
		   "execute-api");
	rd_aws_profile_file_close(p.config);
}

/* From the last that counts to the first. */
TEST(the_first_override_wins)
{
	struct place p;

	place_init(&p);
	p.cfg.config = p.config;
	CHECK_TEXT(ask(&p, RD_AWS_VOICE), "http://127.0.0.1:1");
	CHECK_TEXT(ask(&p, RD_AWS_CONNECT), "http://127.0.0.1:2");
	around_set(&p.around, "AWS_ENDPOINT_URL", "http://127.0.0.1:3");
	CHECK_TEXT(ask(&p, RD_AWS_CONNECT), "http://127.0.0.1:3");
	around_set(&p.around, "AWS_ENDPOINT_URL_CONNECT",
		   "https://127.0.0.1:4/base//");
	CHECK_TEXT(ask(&p, RD_AWS_CONNECT), "https://127.0.0.1:4/base");
	CHECK_TEXT(ask(&p, RD_AWS_VOICE), "http://127.0.0.1:3");
	p.cfg.own_of_all = "http://127.0.0.1:5";
	CHECK_TEXT(ask(&p, RD_AWS_CONNECT), "http://127.0.0.1:5");
	p.cfg.own[RD_AWS_CONNECT] = "http://127.0.0.1:6";
	CHECK_TEXT(ask(&p, RD_AWS_CONNECT), "http://127.0.0.1:6");
	/* The switch leaves only what is configured in the program. */
	around_set(&p.around, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
	CHECK_TEXT(ask(&p, RD_AWS_CONNECT), "http://127.0.0.1:6");
	p.cfg.own_of_all = NULL;
	CHECK_TEXT(ask(&p, RD_AWS_VOICE),
		   "https://voice-chime.us-east-1.amazonaws.com");
	around_set(&p.around, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", NULL);
	p.cfg.profile = "other";
	CHECK_TEXT(ask(&p, RD_AWS_VOICE),
		   "https://voice-chime.us-east-1.amazonaws.com");
	rd_aws_profile_file_close(p.config);
}

TEST(fips_and_dual_stack_have_hosts_of_their_own)
{
	struct place p;

	place_init(&p);
	around_set(&p.around, "AWS_USE_FIPS_ENDPOINT", "true");
	CHECK_TEXT(ask(&p, RD_AWS_PARTICIPANT),
		   "https://participant.connect-fips.us-east-1.amazonaws.com");
	around_set(&p.around, "AWS_USE_DUALSTACK_ENDPOINT", "true");
	CHECK_TEXT(ask(&p, RD_AWS_STS), "https://sts-fips.us-east-1.api.aws");
	p.cfg.own_of_all = "http://127.0.0.1:1";
	CHECK_ERR(rd_aws_endpoint(&p.cfg, RD_AWS_STS, p.url, &p.why),
		  RD_E_UNSUPPORTED);
	CHECK_TEXT(p.why.text, "the endpoint cannot be combined with "
			       "AWS_USE_FIPS_ENDPOINT");
	p.cfg.own_of_all = NULL;
	p.cfg.region = "cn-north-1";
	CHECK_ERR(rd_aws_endpoint(&p.cfg, RD_AWS_STS, p.url, &p.why),
		  RD_E_UNSUPPORTED);
	around_set(&p.around, "AWS_USE_FIPS_ENDPOINT", "false");
	around_set(&p.around, "AWS_USE_DUALSTACK_ENDPOINT", "false");
	CHECK_TEXT(ask(&p, RD_AWS_STS),
		   "https://sts.cn-north-1.amazonaws.com.cn");
	rd_aws_profile_file_close(p.config);
}

TEST(what_is_no_base_url_is_refused_and_named)
{
	static const char *const bad[] = {
		"x",
		"ftp://host",
		"ws://host",
		"http://",
		"http://host/?a=b",
		"http://user@host",
		"http://host/a/../b",
		"http://host/./b",
		"http://host//b",
		"http://host/a b",
	};
	static char long_one[RD_AWS_URL_TEXT + 8];
	struct place p;

	place_init(&p);
	for (size_t i = 0; i < RD_COUNT(bad); i++) {
		around_set(&p.around, "AWS_ENDPOINT_URL_STS", bad[i]);
		CHECK_ERR(rd_aws_endpoint(&p.cfg, RD_AWS_STS, p.url, &p.why),
			  RD_E_FORMAT);
		CHECK(!strncmp(p.why.text, "AWS_ENDPOINT_URL_STS must be", 28));
		CHECK_TEXT(p.url, "");
	}
	memset(long_one, 'a', sizeof(long_one) - 1);
	memcpy(long_one, "http://", 7);
	p.cfg.own_of_all = long_one;
	CHECK_ERR(rd_aws_endpoint(&p.cfg, RD_AWS_STS, p.url, &p.why),
		  RD_E_SIZE);
	rd_aws_profile_file_close(p.config);
}

TEST(the_region_is_configured_or_that_of_the_surroundings)
{
	char region[RD_AWS_REGION_TEXT];
	struct place p;

	place_init(&p);
	CHECK_ERR(rd_aws_region(NULL, &p.around.lent, NULL, "default", region),
		  RD_E_NOTFOUND);
	CHECK_OK(rd_aws_region(NULL, &p.around.lent, p.config, "default",
			       region));
	CHECK_TEXT(region, "eu-west-2");
	around_set(&p.around, "AWS_DEFAULT_REGION", "ap-south-1");
	CHECK_OK(
		rd_aws_region("", &p.around.lent, p.config, "default", region));
	CHECK_TEXT(region, "ap-south-1");
	around_set(&p.around, "AWS_REGION", "ca-central-1");
	CHECK_OK(rd_aws_region(NULL, &p.around.lent, p.config, "default",
			       region));
	CHECK_TEXT(region, "ca-central-1");
	CHECK_OK(rd_aws_region("us-west-2", &p.around.lent, p.config, "default",
			       region));
	CHECK_TEXT(region, "us-west-2");
	CHECK_ERR(rd_aws_region("us-west-2.evil.test/", &p.around.lent, NULL,
				"default", region),
		  RD_E_FORMAT);
	CHECK_ERR(rd_aws_region("-x", &p.around.lent, NULL, "default", region),
		  RD_E_FORMAT);
	rd_aws_profile_file_close(p.config);
}

RD_TESTS(T(each_service_has_its_host), T(the_first_override_wins),
	 T(fips_and_dual_stack_have_hosts_of_their_own),
	 T(what_is_no_base_url_is_refused_and_named),
	 T(the_region_is_configured_or_that_of_the_surroundings))
