/* dsp/sound.c - sound files by libsndfile.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "dsp/sound.h"

#include <sndfile.h>

#include "dsp/resample.h"

enum {
	CHUNK_FRAMES = 4096,
	CHANNELS_MAX = 8,
	RATE_MIN = 1000,
	RATE_MAX = 192000
};

struct rd_recorder {
	SNDFILE *file;
};

struct source { /* a file being read, mixed to one channel */
	SNDFILE *file;
	SF_INFO info;
	int16_t *pcm;
	size_t samples;
	size_t room;
};

static enum rd_err grow(struct source *s, size_t more)
{
	size_t room = s->room ? s->room : CHUNK_FRAMES;
	int16_t *pcm;

	while (room < s->samples + more)
		room *= 2;
	if (room == s->room)
		return RD_OK;
	pcm = rd_realloc(s->pcm, room * sizeof(*pcm));
	if (!pcm)
		return RD_E_NOMEM;
	s->pcm = pcm;
	s->room = room;
	return RD_OK;
}

static void mix(struct source *s, const int16_t *frames, size_t n)
{
	int channels = s->info.channels;

	for (size_t i = 0; i < n; i++) {
		int sum = 0;

		for (int c = 0; c < channels; c++)
			sum += *frames++;
		s->pcm[s->samples++] = (int16_t)(sum / channels);
	}
}

static enum rd_err read_all(struct source *s)
{
	size_t most = (size_t)s->info.samplerate * RD_SOUND_SECONDS_MAX;
	size_t chunk = CHUNK_FRAMES * (size_t)s->info.channels;
	int16_t *frames = rd_alloc(chunk * sizeof(*frames));
	enum rd_err err = frames ? RD_OK : RD_E_NOMEM;

	while (!err) {
		sf_count_t n = sf_readf_short(s->file, frames, CHUNK_FRAMES);

		if (n <= 0)
			break;
		err = s->samples + (size_t)n > most ? RD_E_SIZE
						    : grow(s, (size_t)n);
		if (!err)
			mix(s, frames, (size_t)n);
	}
	rd_free(frames);
	return !err && s->samples == 0 ? RD_E_SIZE : err;
}

static enum rd_err open_source(struct source *s, const char *path,
			       struct rd_complaint *why)
{
	s->file = sf_open(path, SFM_READ, &s->info);
	if (!s->file) {
		rd_complain(why,
			    "%s: %s; it must be a WAV, Ogg Opus or FLAC file",
			    path, sf_strerror(NULL));
		return sf_error(NULL) == SF_ERR_SYSTEM ? RD_E_NOTFOUND
						       : RD_E_FORMAT;
	}
	if (s->info.channels < 1 || s->info.channels > CHANNELS_MAX ||
	    s->info.samplerate < RATE_MIN || s->info.samplerate > RATE_MAX) {
		rd_complain(why,
			    "%s: %d channels at %d Hz; it must have 1 to %d "
			    "at %d to %d Hz",
			    path, s->info.channels, s->info.samplerate,
			    CHANNELS_MAX, RATE_MIN, RATE_MAX);
		return RD_E_FORMAT;
	}
	return RD_OK;
}

static enum rd_err convert(struct rd_sound **out, const struct source *s,
			   uint32_t rate_hz)
{
	uint32_t from_hz = (uint32_t)s->info.samplerate;
	size_t len = rd_resample_len(s->samples, from_hz, rate_hz);
	struct rd_sound *sound = rd_zalloc(sizeof(*sound));
	enum rd_err err = RD_E_NOMEM;

	if (!sound)
		return RD_E_NOMEM;
	sound->rate_hz = rate_hz;
	sound->samples = len;
	sound->pcm = rd_alloc(len * sizeof(*sound->pcm));
	if (sound->pcm)
		err = rd_resample(s->pcm, s->samples, from_hz, sound->pcm,
				  rate_hz);
	if (err) {
		rd_sound_close(sound);
		return err;
	}
	*out = sound;
	return RD_OK;
}

enum rd_err rd_sound_open(struct rd_sound **out, const char *path,
			  uint32_t rate_hz, struct rd_complaint *why)
{
	struct source s = { 0 };
	enum rd_err err;

	*out = NULL;
	rd_assert(rate_hz == 8000 || rate_hz == 16000 || rate_hz == 48000);
	err = open_source(&s, path, why);
	if (!err) {
		err = read_all(&s);
		if (err == RD_E_SIZE)
			rd_complain(why, "%s: %s; it must be shorter than %d s",
				    path, s.samples ? "too long" : "empty",
				    RD_SOUND_SECONDS_MAX);
	}
	if (!err)
		err = convert(out, &s, rate_hz);
	if (err == RD_E_NOMEM)
		rd_complain(why, "%s: %s", path, rd_err_text(err));
	if (s.file)
		sf_close(s.file);
	rd_free(s.pcm);
	return err;
}

void rd_sound_close(struct rd_sound *s)
{
	if (!s)
		return;
	rd_free(s->pcm);
	rd_free(s);
}

bool rd_sound_read(const struct rd_sound *s, size_t *at, int16_t *pcm, size_t n,
		   bool is_loop)
{
	bool is_any = false;

	while (n > 0) {
		size_t take;

		if (*at >= s->samples && is_loop)
			*at = 0;
		if (*at >= s->samples)
			break;
		take = rd_min_size(n, s->samples - *at);
		memcpy(pcm, s->pcm + *at, take * sizeof(*pcm));
		*at += take;
		pcm += take;
		n -= take;
		is_any = true;
	}
	memset(pcm, 0, n * sizeof(*pcm));
	return is_any;
}

enum rd_err rd_recorder_open(struct rd_recorder **out, const char *path,
			     uint32_t rate_hz, struct rd_complaint *why)
{
	SF_INFO info = { .samplerate = (int)rate_hz,
			 .channels = 1,
			 .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16 };
	struct rd_recorder *r = rd_zalloc(sizeof(*r));

	*out = NULL;
	if (!r)
		return RD_E_NOMEM;
	r->file = sf_open(path, SFM_WRITE, &info);
	if (!r->file) {
		rd_complain(why, "%s: %s", path, sf_strerror(NULL));
		rd_free(r);
		return RD_E_IO;
	}
	*out = r;
	return RD_OK;
}

enum rd_err rd_recorder_write(struct rd_recorder *r, const int16_t *pcm,
			      size_t n)
{
	return sf_write_short(r->file, pcm, (sf_count_t)n) == (sf_count_t)n
		       ? RD_OK
		       : RD_E_IO;
}

enum rd_err rd_recorder_close(struct rd_recorder *r)
{
	int failed;

	if (!r)
		return RD_OK;
	failed = sf_close(r->file);
	rd_free(r);
	return failed ? RD_E_IO : RD_OK;
}
