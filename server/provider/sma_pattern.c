/* provider/sma_pattern.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provider/sma_pattern.h"

enum {
	MOST_NESTED = 16,
	MOST_REPEATS = 128,
	ALL_DIGITS = 0xffff,
	DECIMAL = 0x03ff,
};

enum does {
	TAKE,  /* one of digits, then next */
	SPLIT, /* both next and also */
	START, /* only at the beginning */
	END,   /* only at the end */
};

static const char symbols[] = "0123456789*#ABCD";

/* 0 for what no telephone has: it is never there. */
static unsigned bit_of(char c)
{
	const char *at = c ? strchr(symbols, c) : NULL;

	return at ? 1u << (at - symbols) : 0;
}

/* --- reading ------------------------------------------------------------- */

struct reading {
	struct rd_reader r;
	struct rd_sma_pattern *p;
	unsigned nested;
	enum rd_err err;
};

static void fail(struct reading *g, enum rd_err err)
{
	if (!g->err)
		g->err = err;
}

static char peek(const struct reading *g)
{
	return rd_reader_left(&g->r) ? (char)*g->r.at : '\0';
}

static char take(struct reading *g)
{
	return (char)rd_read_u8(&g->r);
}

static bool take_if(struct reading *g, char c)
{
	if (!rd_reader_left(&g->r) || peek(g) != c)
		return false;
	take(g);
	return true;
}

static void append(struct reading *g, enum does does, unsigned digits, int next,
		   int also)
{
	if (g->err || g->p->count == RD_SMA_PATTERN) {
		fail(g, RD_E_SIZE);
		return;
	}
	g->p->steps[g->p->count++] = (struct rd_sma_pattern_step){
		.does = (uint8_t)does,
		.digits = (uint16_t)digits,
		.next = (int16_t)next,
		.also = (int16_t)also,
	};
}

/* Steps are told from where they stand, so a block may be moved whole. */
static void insert(struct reading *g, unsigned at, int next, int also)
{
	struct rd_sma_pattern_step *steps = g->p->steps;
	struct rd_sma_pattern_step split;

	append(g, SPLIT, 0, next, also);
	if (g->err)
		return;
	split = steps[g->p->count - 1];
	memmove(&steps[at + 1], &steps[at],
		(g->p->count - 1 - at) * sizeof(steps[0]));
	steps[at] = split;
}

/* After the backslash. */
static unsigned escaped(struct reading *g)
{
	char c = take(g);

	if (g->r.failed)
		fail(g, RD_E_FORMAT);
	if (c == 'd')
		return DECIMAL;
	if (c == 'D')
		return ALL_DIGITS & ~(unsigned)DECIMAL;
	/* \b, \1 and the like mean something that is not known here. */
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9'))
		fail(g, RD_E_FORMAT);
	return bit_of(c);
}

static unsigned range(struct reading *g, char first)
{
	unsigned digits = 0;
	char last = take(g);

	if (g->r.failed || (uint8_t)last < (uint8_t)first || last == '\\' ||
	    last == ']')
		fail(g, RD_E_FORMAT);
	for (int c = (uint8_t)first; !g->err && c <= (uint8_t)last; c++)
		digits |= bit_of((char)c);
	return digits;
}

/* After the opening bracket. */
static unsigned class_of(struct reading *g)
{
	bool is_not = take_if(g, '^');
	bool is_first = true;
	unsigned digits = 0;

	for (; !g->err; is_first = false) {
		char c = take(g);

		if (g->r.failed) {
			fail(g, RD_E_FORMAT);
			break;
		}
		if (c == ']' && !is_first)
			break;
		if (c == '\\')
			digits |= escaped(g);
		else if (take_if(g, '-'))
			digits |= peek(g) == ']' ? bit_of(c) : range(g, c);
		else
			digits |= bit_of(c);
	}
	return is_not ? ALL_DIGITS & ~digits : digits;
}

static void read_either(struct reading *g);

/* After the opening parenthesis. */
static void group(struct reading *g)
{
	if (take_if(g, '?') && !take_if(g, ':'))
		fail(g, RD_E_FORMAT);
	if (++g->nested > MOST_NESTED)
		fail(g, RD_E_SIZE);
	if (!g->err)
		read_either(g);
	if (!take_if(g, ')'))
		fail(g, RD_E_FORMAT);
	g->nested--;
}

static void atom(struct reading *g)
{
	char c = take(g);

	switch (c) {
	case '(':
		group(g);
		return;
	case '[':
		append(g, TAKE, class_of(g), 1, 0);
		return;
	case '\\':
		append(g, TAKE, escaped(g), 1, 0);
		return;
	case '.':
		append(g, TAKE, ALL_DIGITS, 1, 0);
		return;
	case '^':
		append(g, START, 0, 1, 0);
		return;
	case '$':
		append(g, END, 0, 1, 0);
		return;
	case '*':
	case '+':
	case '?':
	case '{':
		fail(g, RD_E_FORMAT); /* of nothing */
		return;
	default:
		append(g, TAKE, bit_of(c), 1, 0);
	}
}

static unsigned number(struct reading *g)
{
	unsigned n = 0, count = 0;

	for (; peek(g) >= '0' && peek(g) <= '9'; count++) {
		n = n * 10 + (unsigned)(take(g) - '0');
		if (n > MOST_REPEATS)
			fail(g, RD_E_SIZE);
		if (g->err)
			return 0;
	}
	if (!count)
		fail(g, RD_E_FORMAT);
	return n;
}

static void many(struct reading *g, unsigned at)
{
	int len = (int)(g->p->count - at);

	insert(g, at, 1, len + 2);
	append(g, SPLIT, 0, -(len + 1), 1);
}

static void maybe(struct reading *g, unsigned at)
{
	insert(g, at, 1, (int)(g->p->count - at) + 1);
}

/* {m}, {m,} or {m,n} of the block at at: as many copies of it. */
static void repeat(struct reading *g, unsigned at)
{
	struct rd_sma_pattern_step block[RD_SMA_PATTERN];
	unsigned len = g->p->count - at;
	unsigned least = number(g);
	bool is_open = take_if(g, ',') && peek(g) == '}';
	unsigned most = is_open || peek(g) == '}' ? least : number(g);

	if (!take_if(g, '}') || most < least)
		fail(g, RD_E_FORMAT);
	memcpy(block, &g->p->steps[at], len * sizeof(block[0]));
	g->p->count = at;
	for (unsigned i = 0; !g->err && i < most + is_open; i++) {
		unsigned copy = g->p->count;

		for (unsigned s = 0; s < len; s++)
			append(g, (enum does)block[s].does, block[s].digits,
			       block[s].next, block[s].also);
		if (i >= most)
			many(g, copy);
		else if (i >= least)
			maybe(g, copy);
	}
}

static void piece(struct reading *g)
{
	unsigned at = g->p->count;

	atom(g);
	if (g->err)
		return;
	if (take_if(g, '*'))
		many(g, at);
	else if (take_if(g, '+'))
		append(g, SPLIT, 0, (int)at - (int)g->p->count, 1);
	else if (take_if(g, '?'))
		maybe(g, at);
	else if (take_if(g, '{'))
		repeat(g, at);
	else
		return;
	/* Lazy or greedy: whether it is found is the same. */
	take_if(g, '?');
}

static void read_either(struct reading *g)
{
	unsigned at = g->p->count;
	unsigned jump;

	while (!g->err && rd_reader_left(&g->r) && peek(g) != ')' &&
	       peek(g) != '|')
		piece(g);
	if (g->err || !take_if(g, '|'))
		return;
	if (++g->nested > MOST_NESTED) {
		fail(g, RD_E_SIZE);
		return;
	}
	insert(g, at, 1, (int)(g->p->count - at) + 2);
	jump = g->p->count;
	append(g, SPLIT, 0, 0, 0);
	read_either(g);
	g->nested--;
	if (g->err)
		return;
	g->p->steps[jump].next = (int16_t)(g->p->count - jump);
	g->p->steps[jump].also = g->p->steps[jump].next;
}

enum rd_err rd_sma_pattern_read(struct rd_sma_pattern *out, struct rd_span text)
{
	struct reading g = { .r = rd_reader(text), .p = out };

	out->count = 0;
	if (text.len == 0)
		return RD_E_FORMAT;
	if (text.len > RD_SMA_PATTERN_TEXT)
		return RD_E_SIZE;
	read_either(&g);
	if (!g.err && rd_reader_left(&g.r))
		return RD_E_FORMAT; /* a parenthesis too many */
	return g.err;
}

/* --- finding ------------------------------------------------------------- */

struct place {
	const struct rd_sma_pattern *p;
	bool is_start, is_end;
	bool is_in[RD_SMA_PATTERN + 1]; /* the last: found */
};

/* Adds at and all that is reached from it without taking a digit. */
static void add(struct place *here, unsigned at)
{
	unsigned stack[2 * RD_SMA_PATTERN + 2];
	unsigned count = 0;

	stack[count++] = at;
	while (count) {
		unsigned i = stack[--count];
		const struct rd_sma_pattern_step *s = &here->p->steps[i];

		if (here->is_in[i])
			continue;
		here->is_in[i] = true;
		if (i == here->p->count)
			continue;
		if (s->does == SPLIT) {
			stack[count++] = (unsigned)((int)i + s->also);
			stack[count++] = (unsigned)((int)i + s->next);
		} else if ((s->does == START && here->is_start) ||
			   (s->does == END && here->is_end)) {
			stack[count++] = i + 1;
		}
	}
}

bool rd_sma_pattern_finds(const struct rd_sma_pattern *p, const char *digits)
{
	struct place now = { .p = p, .is_start = true, .is_end = !*digits };

	add(&now, 0);
	for (; *digits && !now.is_in[p->count]; digits++) {
		struct place then = { .p = p, .is_end = !digits[1] };
		unsigned bit = bit_of(*digits);

		for (unsigned i = 0; i < p->count; i++)
			if (now.is_in[i] && p->steps[i].does == TAKE &&
			    (p->steps[i].digits & bit))
				add(&then, i + 1);
		add(&then, 0); /* it may begin anywhere */
		now = then;
	}
	return now.is_in[p->count];
}
