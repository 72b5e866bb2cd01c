/* api/files.c - the widget's files, from a table made at start.
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What is not in the table does not exist; a path is only ever compared, never
 * opened (T29).  Names with a hash in them never change and may be kept for
 * ever; the others are asked for again after a few minutes.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "api/api_priv.h"
#include "base/text.h"

enum {
	MOST_FILES = 256,
	MOST_BYTES = 8 * 1024 * 1024, /* of one */
	NAME_TEXT = 128,
	HASH_LEAST = 8, /* hex digits that make a name immutable */
	ETAG_TEXT = 48,
};

enum variant {
	PLAIN,
	GZIP,
	BROTLI,
	VARIANTS
};

static const char *const suffixes[] = { "", ".gz", ".br" };
static const char *const codings[] = { NULL, "gzip", "br" };

static const struct type {
	const char *ending;
	const char *type;
} types[] = {
	{ ".js", "text/javascript; charset=utf-8" },
	{ ".mjs", "text/javascript; charset=utf-8" },
	{ ".css", "text/css; charset=utf-8" },
	{ ".json", "application/json" },
	{ ".map", "application/json" },
	{ ".svg", "image/svg+xml" },
	{ ".html", "text/html; charset=utf-8" },
};

/* A page is no file for others to fetch: it has a route of its own. */
static const char page_ending[] = ".html";

static const char build_page[] = "build.html";
/* Its samples are frames of its own, with the widget; nothing from elsewhere.
 */
static const char build_page_policy[] =
	"default-src 'none'; script-src 'self'; style-src 'self'; "
	"connect-src 'self' ws: wss:; media-src 'self' blob: mediastream:; "
	"frame-src 'self'; base-uri 'none'; form-action 'none'; "
	"frame-ancestors 'none'";

struct bytes {
	uint8_t *at; /* NULL: there is none */
	size_t len;
};

struct file {
	char name[NAME_TEXT];
	const char *type;
	bool is_immutable;
	char etag[ETAG_TEXT]; /* without quotes and coding */
	struct bytes variants[VARIANTS];
};

struct rd_files {
	struct file files[MOST_FILES];
	unsigned count;
};

static bool ends_with(const char *name, const char *ending)
{
	size_t a = strlen(name), b = strlen(ending);

	return a > b && !strcmp(name + a - b, ending);
}

static const char *type_of(const char *name)
{
	for (size_t i = 0; i < RD_COUNT(types); i++)
		if (ends_with(name, types[i].ending))
			return types[i].type;
	return NULL;
}

/* name-0123abcd4567.js */
static bool is_hashed(const char *name)
{
	const char *dash = strrchr(name, '-');
	size_t digits = dash ? strspn(dash + 1, "0123456789abcdef") : 0;

	return digits >= HASH_LEAST && dash[1 + digits] == '.';
}

/* A regular file of the folder itself, no link; NOTFOUND if there is none. */
static enum rd_err read_bytes(int folder, const char *name, struct bytes *out)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	ssize_t n;
	enum rd_err err = RD_E_IO;

	if (fd < 0)
		return RD_E_NOTFOUND;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		goto done;
	err = RD_E_SIZE;
	if (st.st_size > MOST_BYTES)
		goto done;
	err = RD_E_NOMEM;
	out->len = (size_t)st.st_size;
	out->at = rd_alloc(out->len + 1);
	if (!out->at)
		goto done;
	for (size_t at = 0; at < out->len; at += (size_t)n) {
		n = read(fd, out->at + at, out->len - at);
		err = RD_E_IO;
		if (n <= 0)
			goto done;
	}
	err = RD_OK;
done:
	close(fd);
	return err;
}

static void *zlib_alloc(void *arg, unsigned count, unsigned size)
{
	(void)arg;
	return rd_zalloc((size_t)count * size);
}

static void zlib_free(void *arg, void *at)
{
	(void)arg;
	rd_free(at);
}

/* For files that were not compressed when they were built. */
static enum rd_err compress_bytes(const struct bytes *from, struct bytes *to)
{
	enum {
		GZIP_WINDOW = 15 + 16,
		BEST = 9,
		MEMORY = 9
	};
	z_stream z = { .zalloc = zlib_alloc, .zfree = zlib_free };
	enum rd_err err = RD_E_NOMEM;

	if (deflateInit2(&z, BEST, Z_DEFLATED, GZIP_WINDOW, MEMORY,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return err;
	to->len = deflateBound(&z, from->len);
	to->at = rd_alloc(to->len);
	if (to->at) {
		z.next_in = from->at;
		z.avail_in = (unsigned)from->len;
		z.next_out = to->at;
		z.avail_out = (unsigned)to->len;
		if (deflate(&z, Z_FINISH) == Z_STREAM_END) {
			to->len = z.total_out;
			err = RD_OK;
		}
	}
	deflateEnd(&z);
	return err;
}

static enum rd_err read_variants(struct file *f, int folder)
{
	char name[NAME_TEXT + 4];
	enum rd_err err = read_bytes(folder, f->name, &f->variants[PLAIN]);

	for (int v = GZIP; v < VARIANTS && err == RD_OK; v++) {
		snprintf(name, sizeof(name), "%s%s", f->name, suffixes[v]);
		err = read_bytes(folder, name, &f->variants[v]);
		if (err == RD_E_NOTFOUND)
			err = v == GZIP ? compress_bytes(&f->variants[PLAIN],
							 &f->variants[GZIP])
					: RD_OK;
	}
	return err;
}

static enum rd_err add_file(struct rd_files *fs, int folder, const char *name,
			    struct rd_complaint *why)
{
	struct file *f = &fs->files[fs->count];
	uint8_t digest[32];
	enum rd_err err;

	if (fs->count == MOST_FILES || strlen(name) >= sizeof(f->name)) {
		rd_complain(why, "the widget's folder has too many files, or "
				 "one with too long a name");
		return RD_E_SIZE;
	}
	fs->count++;
	snprintf(f->name, sizeof(f->name), "%s", name);
	f->type = type_of(name);
	f->is_immutable = is_hashed(name);
	err = read_variants(f, folder);
	if (err != RD_OK) {
		rd_complain(why, "cannot read the widget's file %s: %s", name,
			    rd_err_text(err));
		return err;
	}
	rd_api_sha256(rd_span(f->variants[PLAIN].at, f->variants[PLAIN].len),
		      digest);
	rd_hex_encode(rd_span(digest, 16), f->etag);
	return RD_OK;
}

enum rd_err rd_files_open(struct rd_files **out, const char *folder,
			  struct rd_complaint *why)
{
	struct rd_files *fs = rd_zalloc(sizeof(*fs));
	DIR *dir = opendir(folder);
	struct dirent *entry;
	enum rd_err err = RD_OK;

	*out = NULL;
	if (!dir)
		rd_complain(why, "cannot read the widget's folder %s", folder);
	while (dir && fs && err == RD_OK && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && type_of(entry->d_name))
			err = add_file(fs, dirfd(dir), entry->d_name, why);
	if (!dir)
		err = RD_E_NOTFOUND;
	else
		closedir(dir);
	if (!fs)
		return RD_E_NOMEM;
	if (err != RD_OK) {
		rd_files_close(fs);
		return err;
	}
	*out = fs;
	return RD_OK;
}

void rd_files_close(struct rd_files *fs)
{
	if (!fs)
		return;
	for (unsigned i = 0; i < fs->count; i++)
		for (int v = 0; v < VARIANTS; v++)
			rd_free(fs->files[i].variants[v].at);
	rd_free(fs);
}

/* --- serving ------------------------------------------------------------- */

static const struct file *find_file(const struct rd_files *fs,
				    struct rd_span name)
{
	for (unsigned i = 0; fs && i < fs->count; i++)
		if (rd_span_is(name, fs->files[i].name))
			return &fs->files[i];
	return NULL;
}

/* Whether the list names the word, and not with q=0 (RFC 9110 12.5.3). */
static bool accepts(struct rd_span list, const char *word)
{
	size_t len = strlen(word);

	while (list.len) {
		const uint8_t *comma = memchr(list.at, ',', list.len);
		size_t n = comma ? (size_t)(comma - list.at) : list.len;
		struct rd_span one = rd_span(list.at, n);

		while (one.len && *one.at == ' ') {
			one.at++;
			one.len--;
		}
		if (one.len >= len &&
		    rd_text_equal_nocase(rd_span(one.at, len), word) &&
		    (one.len == len || one.at[len] == ';' ||
		     one.at[len] == ' ')) {
			const uint8_t *q = memmem(one.at, one.len, "q=0", 3);
			const uint8_t *end = one.at + one.len;

			if (!q)
				return true;
			for (q += 3; q < end && (*q == '.' || *q == '0'); q++)
				;
			return q < end && *q >= '1' && *q <= '9';
		}
		list.at += comma ? n + 1 : n;
		list.len -= comma ? n + 1 : n;
	}
	return false;
}

static enum variant choose(const struct file *f,
			   const struct rd_http_request *http)
{
	struct rd_span list = rd_http_header(http, "Accept-Encoding");

	for (int v = VARIANTS - 1; v > PLAIN; v--)
		if (f->variants[v].at && accepts(list, codings[v]))
			return (enum variant)v;
	return PLAIN;
}

/* RFC 9110 13.1.2: any of the list, weak or not, or "*". */
static bool has_it(const struct rd_http_request *http, const char *etag)
{
	struct rd_span list = rd_http_header(http, "If-None-Match");

	return list.len && (rd_span_is(list, "*") ||
			    memmem(list.at, list.len, etag, strlen(etag)));
}

static void answer_file(const struct rd_api_request *r, const struct file *f,
			const char *policy)
{
	char etag[ETAG_TEXT + 8];
	enum variant v = choose(f, r->http);
	struct rd_http_field fields[10] = {
		{ "Vary", "Accept-Encoding" },
		{ "X-Content-Type-Options", "nosniff" },
		{ "Referrer-Policy", "no-referrer" },
		{ "ETag", etag },
		{ "Cache-Control", f->is_immutable
					   ? "public, max-age=31536000, "
					     "immutable"
					   : "public, max-age=300" },
	};
	struct rd_http_answer a = { .status = 200,
				    .fields = fields,
				    .field_count = 5,
				    .kind = RD_HTTP_STATIC };

	snprintf(etag, sizeof(etag), "\"%s%s\"", f->etag, suffixes[v]);
	if (policy) {
		fields[a.field_count++] =
			(struct rd_http_field){ "Content-Security-Policy",
						policy };
	} else {
		/* Scripts with an integrity hash are fetched with CORS. */
		fields[a.field_count++] =
			(struct rd_http_field){ "Access-Control-Allow-Origin",
						"*" };
		fields[a.field_count++] =
			(struct rd_http_field){ "Cross-Origin-Resource-Policy",
						"cross-origin" };
	}
	if (has_it(r->http, etag)) {
		a.status = 304;
		rd_http_answer(r->http, &a);
		return;
	}
	fields[a.field_count++] =
		(struct rd_http_field){ "Content-Type", f->type };
	if (v != PLAIN)
		fields[a.field_count++] =
			(struct rd_http_field){ "Content-Encoding",
						codings[v] };
	a.body = rd_span(f->variants[v].at, f->variants[v].len);
	rd_http_answer(r->http, &a);
}

void rd_api_get_file(const struct rd_api_request *r)
{
	const struct file *f = find_file(r->api->files, r->param);

	if (f && !ends_with(f->name, page_ending))
		answer_file(r, f, NULL);
	else
		rd_api_refuse(r, RD_REASON_NOT_FOUND, NULL);
}

void rd_api_answer_page(const struct rd_api_request *r, const char *name,
			const char *policy)
{
	const struct file *f = find_file(r->api->files, rd_span_text(name));

	if (f)
		answer_file(r, f, policy);
	else
		rd_api_refuse(r, RD_REASON_NOT_FOUND, NULL);
}

void rd_api_get_build_page(const struct rd_api_request *r)
{
	if (r->api->cfg.build_page)
		rd_api_answer_page(r, build_page, build_page_policy);
	else
		rd_api_refuse(r, RD_REASON_NOT_FOUND, NULL);
}
