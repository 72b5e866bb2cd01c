/* aws/when.c - see the header.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "aws/when.h"

#include "base/text.h"

struct moment {
	uint64_t year, month, day, hour, minute, second, ms;
};

static const unsigned days_before[] = { 0,   31,  59,  90,  120, 151,
					181, 212, 243, 273, 304, 334 };
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

static bool is_leap(uint64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Leap days of the years before this one, since year 1. */
static uint64_t leap_days(uint64_t year)
{
	year--;
	return year / 4 - year / 100 + year / 400;
}

static uint64_t month_days(uint64_t year, uint64_t month)
{
	uint64_t end = month == 12 ? 365 : days_before[month];

	return end - days_before[month - 1] +
	       (month == 2 && is_leap(year) ? 1 : 0);
}

static enum rd_err to_wall(const struct moment *m, uint64_t *wall_ms)
{
	uint64_t days;

	if (m->year < 1970 || m->month < 1 || m->month > 12 || m->day < 1 ||
	    m->day > month_days(m->year, m->month) || m->hour > 23 ||
	    m->minute > 59 || m->second > 60)
		return RD_E_FORMAT;
	days = (m->year - 1970) * 365 + leap_days(m->year) - leap_days(1970) +
	       days_before[m->month - 1] + m->day - 1;
	if (m->month > 2 && is_leap(m->year))
		days++;
	*wall_ms = (((days * 24 + m->hour) * 60 + m->minute) * 60 + m->second) *
			   1000 +
		   m->ms;
	return RD_OK;
}

/* Reads what the form says: a digit letter (Y M D h m s) takes a digit into
 * its number, anything else is itself. */
static bool read_form(struct moment *m, struct rd_span text, const char *form)
{
	static const char letters[] = "YMDhms";
	uint64_t *numbers[] = { &m->year, &m->month,  &m->day,
				&m->hour, &m->minute, &m->second };

	if (text.len != strlen(form))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		const char *letter = strchr(letters, form[i]);

		if (!letter) {
			if (text.at[i] != (uint8_t)form[i] && form[i] != '*')
				return false;
			continue;
		}
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
		*numbers[letter - letters] *= 10;
		*numbers[letter - letters] += (uint64_t)(text.at[i] - '0');
	}
	return true;
}

/* ".25Z" or "Z": milliseconds, what is finer is dropped. */
static bool read_fraction(struct moment *m, struct rd_span rest)
{
	uint64_t scale = 100;

	if (rest.len == 0 || rest.at[rest.len - 1] != 'Z')
		return false;
	if (rest.len == 1)
		return true;
	if (rest.at[0] != '.' || rest.len == 2 || rest.len > 12)
		return false;
	for (size_t i = 1; i + 1 < rest.len; i++) {
		if (rest.at[i] < '0' || rest.at[i] > '9')
			return false;
		m->ms += (uint64_t)(rest.at[i] - '0') * scale;
		scale /= 10;
	}
	return true;
}

enum rd_err rd_aws_when_iso(struct rd_span text, uint64_t *wall_ms)
{
	static const char form[] = "YYYY-MM-DDThh:mm:ss";
	size_t len = sizeof(form) - 1;
	struct moment m = { .year = 0 };

	*wall_ms = 0;
	if (text.len <= len || !read_form(&m, rd_span(text.at, len), form) ||
	    !read_fraction(&m, rd_span(text.at + len, text.len - len)))
		return RD_E_FORMAT;
	return to_wall(&m, wall_ms);
}

enum rd_err rd_aws_when_http(struct rd_span text, uint64_t *wall_ms)
{
	struct moment m = { .year = 0 };

	*wall_ms = 0;
	if (!read_form(&m, text, "***, DD *** YYYY hh:mm:ss G*T"))
		return RD_E_FORMAT;
	for (unsigned i = 0; i < 12; i++)
		if (!memcmp(text.at + 8, months + (size_t)3 * i, 3))
			m.month = i + 1;
	return to_wall(&m, wall_ms);
}
