/* aws/profile.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

enum {
	MOST_ENTRIES = 4096,
	PATH_TEXT = 1024,
};

enum section_kind {
	OTHER, /* not ours: sso-session and the like */
	PROFILE,
	SERVICES,
};

/* A line; texts point into the file's copy.  A section's own line has no
 * key. */
struct entry {
	enum section_kind kind;
	const char *section;
	const char *parent; /* of an indented line; NULL else */
	const char *key;
	const char *value;
};

struct rd_aws_profile_file {
	struct rd_secret text;
	struct entry *entries;
	size_t count, size;
};

/* --- what surrounds us --- */

static const char *of_process(void *arg, const char *name)
{
	(void)arg;
	return getenv(name);
}

const struct rd_aws_surroundings rd_aws_process = { of_process, NULL };

const char *rd_aws_variable(const struct rd_aws_surroundings *around,
			    const char *name)
{
	const char *value = around->variable(around->arg, name);

	return value && value[0] ? value : NULL;
}

bool rd_aws_is_on(const struct rd_aws_surroundings *around, const char *name)
{
	const char *value = rd_aws_variable(around, name);

	return value && (!strcmp(value, "1") ||
			 rd_text_equal_nocase(rd_span_text(value), "true"));
}

/* --- reading lines --- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Without blanks around; text is changed. */
static char *trimmed(char *text)
{
	size_t len;

	while (is_blank(*text))
		text++;
	len = strlen(text);
	while (len > 0 && is_blank(text[len - 1]))
		len--;
	text[len] = '\0';
	return text;
}

/* A comment begins the line, or follows a blank. */
static void cut_comment(char *line)
{
	for (char *c = line; *c; c++)
		if ((*c == '#' || *c == ';') &&
		    (c == line || is_blank(c[-1]))) {
			*c = '\0';
			return;
		}
}

static enum rd_err add(struct rd_aws_profile_file *f, const struct entry *e)
{
	if (f->count == MOST_ENTRIES)
		return RD_E_SIZE;
	if (f->count == f->size) {
		size_t size = f->size ? 2 * f->size : 32;
		struct entry *grown =
			rd_realloc(f->entries, size * sizeof(*grown));

		if (!grown)
			return RD_E_NOMEM;
		f->entries = grown;
		f->size = size;
	}
	f->entries[f->count++] = *e;
	return RD_OK;
}

/* "profile name", "services name", perhaps quoted; the rest of a section's
 * line after its word, or NULL. */
static char *after_word(char *name, const char *word)
{
	size_t len = strlen(word);
	char *rest;

	if (strncmp(name, word, len) != 0 || !is_blank(name[len]))
		return NULL;
	rest = trimmed(name + len);
	len = strlen(rest);
	if (len > 1 && (rest[0] == '"' || rest[0] == '\'') &&
	    rest[len - 1] == rest[0]) {
		rest[len - 1] = '\0';
		rest++;
	}
	return rest;
}

static void read_section(struct entry *at, char *line,
			 enum rd_aws_file_kind kind)
{
	char *end = strchr(line, ']');
	char *name;

	*at = (struct entry){ .kind = OTHER, .section = "" };
	if (!end)
		return;
	*end = '\0';
	name = trimmed(line + 1);
	at->section = name;
	at->kind = PROFILE;
	if (kind == RD_AWS_CREDENTIALS_FILE || !strcmp(name, "default"))
		return;
	at->section = after_word(name, "profile");
	if (at->section)
		return;
	at->kind = SERVICES;
	at->section = after_word(name, "services");
	if (at->section)
		return;
	at->kind = OTHER;
	at->section = "";
}

static enum rd_err read_line(struct rd_aws_profile_file *f, struct entry *at,
			     char *line, enum rd_aws_file_kind kind)
{
	bool is_indented = is_blank(line[0]);
	char *value;

	cut_comment(line);
	line = trimmed(line);
	if (line[0] == '\0')
		return RD_OK;
	if (line[0] == '[' && !is_indented) {
		read_section(at, line, kind);
		return at->kind == OTHER ? RD_OK : add(f, at);
	}
	value = strchr(line, '=');
	if (at->kind == OTHER || !value)
		return RD_OK;
	*value++ = '\0';
	/* at keeps the last key that was not indented, to be a parent. */
	if (is_indented && at->key) {
		struct entry below = *at;

		below.parent = at->key;
		below.key = trimmed(line);
		below.value = trimmed(value);
		return add(f, &below);
	}
	at->key = trimmed(line);
	at->value = trimmed(value);
	return add(f, at);
}

enum rd_err rd_aws_profile_file_open(struct rd_aws_profile_file **out,
				     struct rd_span text,
				     enum rd_aws_file_kind kind)
{
	struct entry at = { .kind = OTHER, .section = "" };
	struct rd_aws_profile_file *f;
	enum rd_err err = RD_E_NOMEM;
	char *line;

	*out = NULL;
	if (text.len > RD_AWS_MOST_FILE_BYTES)
		return RD_E_SIZE;
	if (text.len && memchr(text.at, '\0', text.len))
		return RD_E_FORMAT;
	f = rd_zalloc(sizeof(*f));
	if (!f)
		return err;
	f->text.at = rd_zalloc(text.len + 1);
	if (!f->text.at)
		goto fail;
	f->text.len = text.len + 1;
	if (text.len)
		memcpy(f->text.at, text.at, text.len);
	line = (char *)f->text.at;
	if (!strncmp(line, "\xef\xbb\xbf", 3))
		line += 3;
	while (line) {
		char *end = strchr(line, '\n');

		if (end)
			*end++ = '\0';
		err = read_line(f, &at, line, kind);
		if (err != RD_OK)
			goto fail;
		line = end;
	}
	*out = f;
	return RD_OK;
fail:
	rd_aws_profile_file_close(f);
	return err;
}

void rd_aws_profile_file_close(struct rd_aws_profile_file *f)
{
	if (!f)
		return;
	rd_secret_fini(&f->text);
	rd_free(f->entries);
	rd_free(f);
}

/* --- asking --- */

/* The last one counts, as when a section is written twice. */
static const char *find(const struct rd_aws_profile_file *f,
			enum section_kind kind, const char *section,
			const char *parent, const char *key)
{
	for (size_t i = f ? f->count : 0; i > 0; i--) {
		const struct entry *e = &f->entries[i - 1];

		if (e->kind != kind || strcmp(e->section, section) != 0 ||
		    !e->key || strcmp(e->key, key) != 0 ||
		    !e->parent != !parent ||
		    (parent && strcmp(e->parent, parent) != 0))
			continue;
		return e->value[0] ? e->value : NULL;
	}
	return NULL;
}

bool rd_aws_profile_exists(const struct rd_aws_profile_file *f,
			   const char *profile)
{
	for (size_t i = 0; f && i < f->count; i++)
		if (f->entries[i].kind == PROFILE &&
		    !strcmp(f->entries[i].section, profile))
			return true;
	return false;
}

const char *rd_aws_profile_get(const struct rd_aws_profile_file *f,
			       const char *profile, const char *key)
{
	return find(f, PROFILE, profile, NULL, key);
}

const char *rd_aws_services_get(const struct rd_aws_profile_file *f,
				const char *section, const char *service,
				const char *key)
{
	return find(f, SERVICES, section, service, key);
}

/* --- files --- */

static enum rd_err read_open(int fd, size_t most, struct rd_secret *out)
{
	struct stat about;
	size_t len = 0;

	/* A pipe or a device could keep the whole program waiting. */
	if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
		return RD_E_IO;
	if (about.st_size < 0 || (uint64_t)about.st_size > most)
		return RD_E_SIZE;
	out->len = (size_t)about.st_size;
	out->at = rd_zalloc(out->len + 1);
	if (!out->at)
		return RD_E_NOMEM;
	while (len < out->len) {
		ssize_t n = read(fd, out->at + len, out->len - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return RD_E_IO;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	out->len = len;
	return RD_OK;
}

/* *is_there is false only when no file has that name. */
static enum rd_err read_path(const char *path, size_t most,
			     struct rd_secret *out, bool *is_there,
			     struct rd_complaint *c)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	enum rd_err err;

	*out = (struct rd_secret){ NULL, 0 };
	*is_there = fd >= 0 || (errno != ENOENT && errno != ENOTDIR);
	if (fd < 0) {
		rd_complain(c, "%s cannot be opened (errno %d)", path, errno);
		return RD_E_IO;
	}
	errno = 0;
	err = read_open(fd, most, out);
	close(fd);
	if (err == RD_OK)
		return RD_OK;
	rd_complain(c, "%s %s", path,
		    err == RD_E_SIZE ? "is too long"
		    : err == RD_E_IO ? "is no file that can be read"
				     : rd_err_text(err));
	rd_secret_fini(out);
	return err;
}

enum rd_err rd_aws_read_file(const char *path, size_t most,
			     struct rd_secret *out, struct rd_complaint *c)
{
	bool is_there;
	enum rd_err err = read_path(path, most, out, &is_there, c);

	while (err == RD_OK && out->len > 0 &&
	       (is_blank((char)out->at[out->len - 1]) ||
		out->at[out->len - 1] == '\n'))
		out->len--;
	return err;
}

/* false: there is no such place. */
static bool where(const struct rd_aws_surroundings *around,
		  enum rd_aws_file_kind kind, char path[static PATH_TEXT])
{
	bool is_config = kind == RD_AWS_CONFIG_FILE;
	const char *named =
		rd_aws_variable(around,
				is_config ? "AWS_CONFIG_FILE"
					  : "AWS_SHARED_CREDENTIALS_FILE");
	const char *home = rd_aws_variable(around, "HOME");
	int n;

	if (!named && !home)
		return false;
	if (named)
		n = snprintf(path, PATH_TEXT, "%s", named);
	else
		n = snprintf(path, PATH_TEXT, "%s/.aws/%s", home,
			     is_config ? "config" : "credentials");
	return n < PATH_TEXT;
}

enum rd_err rd_aws_profile_file_read(struct rd_aws_profile_file **out,
				     const struct rd_aws_surroundings *around,
				     enum rd_aws_file_kind kind,
				     struct rd_complaint *c)
{
	char path[PATH_TEXT];
	struct rd_secret text;
	bool is_there;
	enum rd_err err;

	*out = NULL;
	if (!where(around, kind, path))
		return RD_OK;
	err = read_path(path, RD_AWS_MOST_FILE_BYTES, &text, &is_there, c);
	if (err != RD_OK)
		return is_there ? err : RD_OK;
	err = rd_aws_profile_file_open(out, rd_secret_lend(&text), kind);
	if (err != RD_OK)
		rd_complain(c, "%s: %s", path, rd_err_text(err));
	rd_secret_fini(&text);
	return err;
}
