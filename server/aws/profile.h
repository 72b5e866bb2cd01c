/* aws/profile.h - the shared credentials and config files of AWS's tools.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Sections of "key = value" lines; an indented line belongs to the key above
 * it, which is how services sections nest.  Also what surrounds the program:
 * its environment, given by whoever opens, so that tests have their own.
 * Thread: the owner's.
 */
#pragma once
#include "base/base.h"
#include "base/secret.h"

/* The environment: value of a variable, NULL if it is not set or empty. */
struct rd_aws_surroundings {
	const char *(*variable)(void *arg, const char *name);
	void *arg;
};
/* The process's own. */
extern const struct rd_aws_surroundings rd_aws_process;
/* NULL: not set, or empty. */
const char *rd_aws_variable(const struct rd_aws_surroundings *around,
			    const char *name);
/* The variable says "true" or "1", in any case. */
bool rd_aws_is_on(const struct rd_aws_surroundings *around, const char *name);

struct rd_aws_profile_file;

enum rd_aws_file_kind {
	RD_AWS_CREDENTIALS_FILE, /* [name] */
	RD_AWS_CONFIG_FILE, /* [default], [profile name], [services name] */
};

enum {
	RD_AWS_MOST_FILE_BYTES = 256 * 1024
};

/* Copies; text may go when this returns.  Lines that are no section, no
 * key and no comment are skipped, as AWS's tools do.  RD_E_SIZE, RD_E_NOMEM,
 * RD_E_FORMAT (a NUL within). */
RD_MUST_USE enum rd_err rd_aws_profile_file_open(
	struct rd_aws_profile_file **out, struct rd_span text,
	enum rd_aws_file_kind kind);
/* Wipes: keys may be in it.  NULL is fine. */
void rd_aws_profile_file_close(struct rd_aws_profile_file *f);
/* Reads the file that the environment names (AWS_SHARED_CREDENTIALS_FILE,
 * AWS_CONFIG_FILE), else that of ~/.aws.  RD_OK and *out NULL: there is no
 * such file.  RD_E_IO (c says which, why), RD_E_SIZE, RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_aws_profile_file_read(
	struct rd_aws_profile_file **out,
	const struct rd_aws_surroundings *around, enum rd_aws_file_kind kind,
	struct rd_complaint *c);

/* All take f NULL.  Texts are lent, never empty; NULL: not there. */
bool rd_aws_profile_exists(const struct rd_aws_profile_file *f,
			   const char *profile);
const char *rd_aws_profile_get(const struct rd_aws_profile_file *f,
			       const char *profile, const char *key);
/* Key of the indented lines below `service =` in [services name]. */
const char *rd_aws_services_get(const struct rd_aws_profile_file *f,
				const char *section, const char *service,
				const char *key);

/* A small file that is a token or a key, into *out, without white space at
 * its end.  RD_E_IO, RD_E_SIZE (more than most bytes), RD_E_NOMEM. */
RD_MUST_USE enum rd_err rd_aws_read_file(const char *path, size_t most,
					 struct rd_secret *out,
					 struct rd_complaint *c);
