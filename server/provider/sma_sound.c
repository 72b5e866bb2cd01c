/* provider/sma_sound.c - see the header: the thread that reads and speaks.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "provider/sma_sound.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mailbox.h"
#include "base/text.h"
#include "provider/sma_speech.h"

enum {
	JOBS = 32,
	RATE_HZ = 8000, /* suits every leg */
};

struct job {
	uint32_t id;
	bool is_speech;
	bool is_last; /* the thread ends */
	bool is_ssml;
	char language[RD_SMA_LANGUAGE];
	char text[RD_SMA_SPEECH_TEXT]; /* or the path */
};

struct outcome {
	uint32_t id;
	struct rd_sound *sound;
	enum rd_sma_error error;
	char why[RD_SMA_WHY];
};

struct asked {
	struct rd_list in_list;
	uint32_t id;
	rd_sma_sound_done *done;
	void *arg; /* NULL: forgotten */
};

struct rd_sma_sounds {
	struct rd_sma_sounds_cfg cfg; /* const after open */

	struct rd_mailbox *jobs;     /* const after open */
	struct rd_mailbox *outcomes; /* const after open */
	pthread_t thread;            /* control */
	bool has_thread;             /* control */
	struct rd_watch watch;       /* control */
	struct rd_list asked;        /* control: struct asked.in_list */
	unsigned asked_count;        /* control */
	uint32_t last_id;            /* control */
	atomic_bool is_closing;      /* atomic */
};

/* --- the thread ---------------------------------------------------------- */

static void open_sound(int fd, struct outcome *o, enum rd_sma_error error)
{
	struct rd_complaint why = { "" };
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (rd_sound_open(&o->sound, path, RATE_HZ, &why) == RD_OK)
		return;
	o->error = error;
	snprintf(o->why, sizeof(o->why), "the sound cannot be read");
	rd_log(RD_LOG_WARN, "provider", "event=\"sound not read\" why=\"%s\"",
	       why.text);
}

static void read_file(const struct rd_sma_sounds *s, const struct job *j,
		      struct outcome *o)
{
	int fd = rd_sma_open_below(s->cfg.audio_folder, j->text);

	if (fd < 0) {
		o->error = RD_SMA_INVALID_AUDIO;
		snprintf(o->why, sizeof(o->why),
			 "there is no such bucket and key");
		return;
	}
	open_sound(fd, o, RD_SMA_INVALID_AUDIO);
	close(fd);
}

static void speak(struct rd_sma_sounds *s, const struct job *j,
		  struct outcome *o)
{
	struct rd_sma_speech speech = {
		.program = s->cfg.speech_program,
		.language = j->language,
		.text = j->text,
		.is_ssml = j->is_ssml,
		.most_ms = RD_SMA_SPEECH_MS,
		.is_closing = &s->is_closing,
	};
	int fd = rd_sma_speak(&speech);

	if (fd < 0) {
		o->error = RD_SMA_SYSTEM;
		snprintf(o->why, sizeof(o->why), "the text was not spoken");
		return;
	}
	open_sound(fd, o, RD_SMA_SYSTEM);
	close(fd);
}

static void *serve(void *arg)
{
	struct rd_sma_sounds *s = arg;
	struct pollfd wait = { .fd = rd_mailbox_fd(s->jobs), .events = POLLIN };
	struct job j;

	for (;;) {
		struct outcome o = { .id = 0 };

		if (rd_mailbox_pop(s->jobs, &j) != RD_OK) {
			poll(&wait, 1, -1);
			rd_mailbox_acknowledge(s->jobs);
			continue;
		}
		if (j.is_last)
			return NULL;
		o.id = j.id;
		if (atomic_load(&s->is_closing))
			continue;
		if (j.is_speech)
			speak(s, &j, &o);
		else
			read_file(s, &j, &o);
		/* As many as there can be jobs: it is never full. */
		if (rd_mailbox_push(s->outcomes, &o) != RD_OK)
			rd_sound_close(o.sound);
	}
}

/* --- control ------------------------------------------------------------- */

static struct asked *find(struct rd_sma_sounds *s, uint32_t id)
{
	struct rd_list *link;

	rd_list_each (link, &s->asked) {
		struct asked *a = rd_container(link, struct asked, in_list);

		if (a->id == id)
			return a;
	}
	return NULL;
}

static void on_outcomes(struct rd_watch *w, unsigned events, uint64_t now_ms)
{
	struct rd_sma_sounds *s = rd_container(w, struct rd_sma_sounds, watch);
	struct outcome o;

	(void)events;
	(void)now_ms;
	rd_mailbox_acknowledge(s->outcomes);
	while (rd_mailbox_pop(s->outcomes, &o) == RD_OK) {
		struct asked *a = find(s, o.id);
		struct asked is = *a;

		rd_list_remove(&a->in_list);
		s->asked_count--;
		rd_free(a);
		if (is.arg)
			is.done(is.arg, o.id, o.sound, o.error, o.why);
		else
			rd_sound_close(o.sound);
	}
}

enum rd_err rd_sma_sounds_open(struct rd_sma_sounds **out,
			       const struct rd_sma_sounds_cfg *cfg)
{
	struct rd_sma_sounds *s = rd_zalloc(sizeof(*s));
	enum rd_err err;

	*out = NULL;
	if (!s)
		return RD_E_NOMEM;
	s->cfg = *cfg;
	s->watch.fn = on_outcomes;
	rd_list_init(&s->asked);
	/* One more, for the word that ends the thread. */
	err = rd_mailbox_open(&s->jobs, 2 * JOBS, sizeof(struct job));
	if (!err)
		err = rd_mailbox_open(&s->outcomes, 2 * JOBS,
				      sizeof(struct outcome));
	if (!err)
		err = rd_loop_watch(cfg->loop, &s->watch,
				    rd_mailbox_fd(s->outcomes), RD_READABLE);
	if (!err && pthread_create(&s->thread, NULL, serve, s) != 0)
		err = RD_E_IO;
	if (err) {
		rd_sma_sounds_close(s);
		return err;
	}
	s->has_thread = true;
	*out = s;
	return RD_OK;
}

static void end_thread(struct rd_sma_sounds *s)
{
	static const struct job last = { .is_last = true };

	atomic_store(&s->is_closing, true);
	rd_assert(rd_mailbox_push(s->jobs, &last) == RD_OK);
	pthread_join(s->thread, NULL);
}

void rd_sma_sounds_close(struct rd_sma_sounds *s)
{
	struct rd_list *link;
	struct outcome o;

	if (!s)
		return;
	if (s->has_thread)
		end_thread(s);
	rd_watch_remove(&s->watch);
	while (s->outcomes && rd_mailbox_pop(s->outcomes, &o) == RD_OK)
		rd_sound_close(o.sound);
	while ((link = rd_list_pop(&s->asked)))
		rd_free(rd_container(link, struct asked, in_list));
	rd_mailbox_close(s->jobs);
	rd_mailbox_close(s->outcomes);
	rd_free(s);
}

/* "en-US" as the program names it; what could not be a language is English. */
static void name_language(char out[RD_SMA_LANGUAGE], const char *language)
{
	size_t n = language ? strlen(language) : 0;

	if (n < 2 || n >= RD_SMA_LANGUAGE) {
		language = "en-us";
		n = strlen(language);
	}
	for (size_t i = 0; i <= n; i++) {
		char c = language[i];

		out[i] = c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
		if (c && c != '-' && !(c >= 'a' && c <= 'z') &&
		    !(c >= 'A' && c <= 'Z') && !(i && c >= '0' && c <= '9')) {
			name_language(out, NULL);
			return;
		}
	}
}

static enum rd_err fill_job(const struct rd_sma_sounds *s, struct job *j,
			    const struct rd_sma_prompt *prompt)
{
	if (!prompt->bucket) {
		if (!s->cfg.speech_program)
			return RD_E_UNSUPPORTED;
		j->is_speech = true;
		j->is_ssml = prompt->is_ssml;
		name_language(j->language, prompt->language);
		return snprintf(j->text, sizeof(j->text), "%s", prompt->text) <
				       (int)sizeof(j->text)
			       ? RD_OK
			       : RD_E_SIZE;
	}
	if (!s->cfg.audio_folder)
		return RD_E_UNSUPPORTED;
	if (!rd_sma_path_is_fine(prompt->bucket, prompt->key))
		return RD_E_NOTFOUND;
	snprintf(j->text, sizeof(j->text), "%s/%s", prompt->bucket,
		 prompt->key);
	return RD_OK;
}

enum rd_err rd_sma_sound_ask(struct rd_sma_sounds *s,
			     const struct rd_sma_prompt *prompt,
			     rd_sma_sound_done *done, void *arg, uint32_t *id)
{
	struct job j = { .id = ++s->last_id };
	enum rd_err err = fill_job(s, &j, prompt);
	struct asked *a;

	*id = 0;
	if (err)
		return err;
	if (s->asked_count == JOBS)
		return RD_E_FULL;
	a = rd_zalloc(sizeof(*a));
	if (!a)
		return RD_E_NOMEM;
	err = rd_mailbox_push(s->jobs, &j);
	if (err) {
		rd_free(a);
		return err;
	}
	a->id = j.id;
	a->done = done;
	a->arg = arg;
	rd_list_push(&s->asked, &a->in_list);
	s->asked_count++;
	*id = a->id;
	return RD_OK;
}

void rd_sma_sound_forget(struct rd_sma_sounds *s, const void *arg)
{
	struct rd_list *link;

	rd_list_each (link, &s->asked) {
		struct asked *a = rd_container(link, struct asked, in_list);

		if (a->arg == arg)
			a->arg = NULL;
	}
}
