/* tests/unit/aws/around.h - an environment and files of a test's own.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "aws/profile.h"
#include "testing.h"

enum {
	AROUND_MOST = 24
};

/* Names and values in turn; NULL ends. */
struct around {
	const char *names[AROUND_MOST];
	const char *values[AROUND_MOST];
	size_t count;
	struct rd_aws_surroundings lent;
};

static const char *around_variable(void *arg, const char *name)
{
	const struct around *a = arg;

	for (size_t i = a->count; i > 0; i--)
		if (!strcmp(a->names[i - 1], name))
			return a->values[i - 1];
	return NULL;
}

/* The last value of a name counts; NULL takes it away. */
static inline void around_set(struct around *a, const char *name,
			      const char *value)
{
	a->lent = (struct rd_aws_surroundings){ around_variable, a };
	if (!name)
		return;
	rd_assert(a->count < AROUND_MOST);
	a->names[a->count] = name;
	a->values[a->count++] = value;
}

struct temporary {
	char path[64];
};

/* A file with that text, which goes with temporary_fini. */
static inline struct temporary temporary_init(const char *text)
{
	struct temporary t = { "/tmp/ringdown-aws-XXXXXX" };
	int fd = mkstemp(t.path);

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	return t;
}

static inline void temporary_fini(const struct temporary *t)
{
	unlink(t->path);
}
