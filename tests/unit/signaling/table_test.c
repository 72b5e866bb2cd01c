/* tests/unit/signaling/table_test.c - the table of a connection's states, and
 * the page that is printed from it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <stdlib.h>

#include "signaling/signaling_priv.h"
#include "testing.h"

enum {
	PAGE_BYTES = 32768,
	STAYS = -1
};

static char made[PAGE_BYTES];
static size_t made_len;

static void put(const char *fmt, ...) RD_PRINTF(1, 2);
static void put(const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(made + made_len, sizeof(made) - made_len, fmt, args);
	va_end(args);
	assert_true(n >= 0 && (size_t)n < sizeof(made) - made_len);
	made_len += (size_t)n;
}

static void put_events(unsigned on, const char *between)
{
	const char *gap = "";

	for (unsigned e = 0; e < RD_CONN_EVENTS; e++) {
		if (!(on >> e & 1))
			continue;
		put("%s%s", gap, rd_conn_event_name((enum rd_conn_event)e));
		gap = between;
	}
}

static void put_states(unsigned in)
{
	const char *gap = "";

	for (unsigned s = 0; s < RD_CONN_STATES; s++) {
		if (!(in >> s & 1))
			continue;
		put("%s%s", gap, rd_conn_state_name((enum rd_conn_state)s));
		gap = ", ";
	}
}

/* The events that lead from one state to the other, by the first row that
 * takes them. */
static unsigned events_between(unsigned from, int to)
{
	struct rd_conn_row row;
	unsigned taken = 0, on = 0;

	for (size_t i = 0; rd_conn_row(i, &row); i++) {
		if (!(row.in >> from & 1))
			continue;
		if (row.becomes == to)
			on |= row.on & ~taken;
		taken |= row.on;
	}
	return on;
}

static void put_picture(void)
{
	put("```mermaid\nstateDiagram-v2\n    [*] --> opened\n");
	for (unsigned from = 0; from < RD_CONN_STATES; from++)
		for (int to = 0; to < RD_CONN_STATES; to++) {
			unsigned on = events_between(from, to);

			/* Where every state leads is said below the picture. */
			if (!on || to >= RD_CONN_CLOSING)
				continue;
			put("    %s --> %s: ",
			    rd_conn_state_name((enum rd_conn_state)from),
			    rd_conn_state_name((enum rd_conn_state)to));
			put_events(on, " | ");
			put("\n");
		}
	put("    left --> closing\n    ending --> closing\n"
	    "    closing --> gone\n    gone --> [*]\n```\n\n");
	put("Every state also leads to `closing` by what the table says, and "
	    "to `gone` when the socket is lost.\n\n");
}

static void put_table(void)
{
	struct rd_conn_row row;

	put("| in | on | becomes |\n|---|---|---|\n");
	for (size_t i = 0; rd_conn_row(i, &row); i++) {
		put("| ");
		put_states(row.in);
		put(" | ");
		put_events(row.on, ", ");
		put(" | %s |\n",
		    row.becomes == STAYS
			    ? "the same"
			    : rd_conn_state_name(
				      (enum rd_conn_state)row.becomes));
	}
}

static size_t read_file(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t n;

	CHECK(f != NULL);
	n = fread(buf, 1, size - 1, f);
	fclose(f);
	buf[n] = '\0';
	return n;
}

/* RD_WRITE_DOCS=1 writes the page instead of comparing it. */
TEST(the_page_of_the_table_is_current)
{
	static const char begins[] = "<!-- table -->\n";
	static const char ends[] = "<!-- end -->\n";
	static char page[PAGE_BYTES];
	const char *path = RD_SOURCE_DIR "/docs/internals/signaling.md";
	char *from, *to;

	made_len = 0;
	put_picture();
	put_table();
	read_file(path, page, sizeof(page));
	from = strstr(page, begins);
	CHECK(from != NULL);
	from += strlen(begins);
	to = strstr(from, ends);
	CHECK(to != NULL);
	if (getenv("RD_WRITE_DOCS")) {
		FILE *f = fopen(path, "w");

		CHECK(f != NULL);
		fprintf(f, "%.*s%s%s", (int)(from - page), page, made, to);
		fclose(f);
		return;
	}
	*to = '\0';
	CHECK_TEXT(from, made);
}

/* A row that an earlier one shadows would never be used. */
TEST(every_row_is_reached)
{
	struct rd_conn_row row, earlier;

	for (size_t i = 0; rd_conn_row(i, &row); i++) {
		bool is_reached = false;

		for (unsigned s = 0; s < RD_CONN_STATES; s++) {
			unsigned on = row.in >> s & 1 ? row.on : 0;

			for (size_t k = 0; k < i; k++) {
				CHECK(rd_conn_row(k, &earlier));
				if (earlier.in >> s & 1)
					on &= ~earlier.on;
			}
			is_reached |= on != 0;
		}
		if (!is_reached)
			print_error("row %zu is never reached\n", i);
		CHECK(is_reached);
	}
}

TEST(every_live_state_takes_what_may_come_at_any_time)
{
	static const enum rd_conn_event any[] = {
		RD_CONN_PING,  RD_CONN_PONG,    RD_CONN_MALFORMED,
		RD_CONN_FLOOD, RD_CONN_LOST,    RD_CONN_TIMEOUT,
		RD_CONN_ENDED, RD_CONN_REMOVED, RD_CONN_DRAIN,
	};

	for (unsigned in = 0; in < RD_CONN_CLOSING; in++)
		for (size_t i = 0; i < RD_COUNT(any); i++) {
			struct rd_conn_row row;
			bool is_taken = false;

			/* An active connection has no deadline. */
			if (in == RD_CONN_ACTIVE && any[i] == RD_CONN_TIMEOUT)
				continue;
			for (size_t k = 0; rd_conn_row(k, &row); k++)
				is_taken |= row.in >> in & 1 &&
					    row.on >> any[i] & 1;
			if (!is_taken)
				print_error("%s in %s\n",
					    rd_conn_event_name(any[i]),
					    rd_conn_state_name(
						    (enum rd_conn_state)in));
			CHECK(is_taken);
		}
}

/* Two browsers, one of which is reconnecting, with places for offers in
 * flight, which come and go, left out. */
TEST(a_meeting_of_two_takes_less_than_4_KiB)
{
	size_t bytes = sizeof(struct rd_meeting) +
		       2 * sizeof(struct rd_attendee) +
		       3 * sizeof(struct rd_conn);

	CHECK(bytes <= 4096);
}

RD_TESTS(T(the_page_of_the_table_is_current), T(every_row_is_reached),
	 T(every_live_state_takes_what_may_come_at_any_time),
	 T(a_meeting_of_two_takes_less_than_4_KiB))
