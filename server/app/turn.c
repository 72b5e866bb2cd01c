/* app/turn.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/turn.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	SECRET_LEAST = 16,
	SECRET_MOST = 1000,
};

static enum rd_err read_secret(int fd, const char *path, struct rd_secret *out,
			       struct rd_complaint *why)
{
	char text[SECRET_MOST + 2];
	struct stat st;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	enum rd_err err;
	size_t len;

	if (n < 0 || fstat(fd, &st) < 0) {
		rd_complain(why, "%s: %s", path, strerror(errno));
		return RD_E_IO;
	}
	text[n] = '\0';
	len = strcspn(text, "\r\n");
	if (st.st_mode & S_IROTH) {
		rd_complain(why,
			    "%s: holds a secret and everybody may read it; "
			    "chmod o-r %s",
			    path, path);
		err = RD_E_DENIED;
	} else if (len < SECRET_LEAST || len > SECRET_MOST) {
		rd_complain(why,
			    "%s: the secret has %zu bytes; it must have "
			    "%d to %d",
			    path, len, SECRET_LEAST, SECRET_MOST);
		err = RD_E_SIZE;
	} else {
		err = rd_secret_init(out, rd_span(text, len));
	}
	rd_wipe(text, sizeof(text));
	return err;
}

static enum rd_err open_secret(struct rd_secret *out, const char *path,
			       struct rd_complaint *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum rd_err err;

	if (fd < 0) {
		rd_complain(why, "%s: %s", path, strerror(errno));
		return RD_E_NOTFOUND;
	}
	err = read_secret(fd, path, out, why);
	close(fd);
	return err;
}

enum rd_err rd_app_turn_init(struct rd_app_turn *out,
			     const struct rd_config_turn *config,
			     struct rd_complaint *why)
{
	enum rd_err err;

	memset(out, 0, sizeof(*out));
	if (!config->urls.count)
		return RD_OK;
	if (config->secret)
		err = rd_secret_init(&out->secret,
				     rd_span_text(config->secret));
	else
		err = open_secret(&out->secret, config->secret_file, why);
	if (err)
		return err;
	out->turn = (struct rd_turn){
		.urls = (const char *const *)config->urls.at,
		.url_count = config->urls.count,
		.secret = rd_secret_lend(&out->secret),
		.lifetime_s = config->lifetime_s,
	};
	return RD_OK;
}

void rd_app_turn_fini(struct rd_app_turn *t)
{
	rd_secret_fini(&t->secret);
	memset(&t->turn, 0, sizeof(t->turn));
}
