/* tests/unit/secure/srtp_replay_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include <stdlib.h>

#include "base/random.h"
#include "secure/srtp_replay.h"

/* Without an optimizer all 2^32 pairs take minutes; every 61st takes a second
 * and still meets each number as the new one. */
#ifdef __OPTIMIZE__
#define LAST_STEP 1
#else
#define LAST_STEP 61
#endif

/* The plain model: of the three numbers with that low half the one closest to
 * last; where two are equally far, RFC 3711 3.3.1 keeps the count. */
static int64_t nearest(int64_t last, uint16_t seq)
{
	int64_t same = (last & ~INT64_C(0xffff)) | seq;
	int64_t best = same;

	if (llabs(same - 0x10000 - last) < llabs(best - last))
		best = same - 0x10000;
	if (llabs(same + 0x10000 - last) < llabs(best - last))
		best = same + 0x10000;
	return best;
}

TEST(every_pair_of_last_and_new_guesses_the_nearest)
{
	uint64_t wrong = 0;

	RFC("3711 3.3.1");
	RFC("3711 A");
	for (uint32_t last = 0; last < 0x10000; last += LAST_STEP) {
		uint64_t index = UINT64_C(0x50000) + last;

		for (uint32_t seq = 0; seq < 0x10000; seq++)
			wrong += rd_srtp_guess_index(index, (uint16_t)seq) !=
				 nearest((int64_t)index, (uint16_t)seq);
	}
	CHECK_EQ(wrong, 0);
}

TEST(before_the_first_round_there_is_nothing)
{
	CHECK(rd_srtp_guess_index(5, 65530) < 0);
	CHECK(rd_srtp_guess_index(UINT64_C(0xffffffff0000) + 65530, 5) >=
	      RD_SRTP_INDEX_END);
}

enum {
	SPACE = 2000
};

/* The window against an array of flags: any walk, any jumps. */
TEST(the_window_remembers_like_a_list)
{
	RFC("3711 3.3.2");
	for (unsigned round = 0; round < 300; round++) {
		struct rd_srtp_window w = { 0 };
		bool was_seen[SPACE] = { false };
		uint64_t last = 0, at = rd_random_below(SPACE / 2);
		bool is_begun = false;

		for (unsigned n = 0; n < 2000; n++) {
			bool want;

			switch (rd_random_below(4)) {
			case 0:
				at = rd_random_below(SPACE);
				break;
			case 1:
				at = last + rd_random_below(140);
				break;
			default:
				at = last + 1 + rd_random_below(3) -
				     rd_random_below(140);
				break;
			}
			if (at >= SPACE)
				continue;
			want = !is_begun || at > last ||
			       (last - at < 128 && !was_seen[at]);
			CHECK_EQ(rd_srtp_window_admits(&w, at), want);
			if (!want)
				continue;
			rd_srtp_window_mark(&w, at);
			was_seen[at] = true;
			if (!is_begun || at > last)
				last = at;
			is_begun = true;
			CHECK_EQ(w.last, last);
		}
	}
}

RD_TESTS(T(every_pair_of_last_and_new_guesses_the_nearest),
	 T(before_the_first_round_there_is_nothing),
	 T(the_window_remembers_like_a_list))
