/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/crew.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct crew {
	pthread_mutex_t lock;
	pthread_cond_t begin, end;
	crew_task *task;
	void *state;
	uint64_t round;   /* counts tasks; a worker that is behind has one to do */
	unsigned busy;    /* workers still at it */
	unsigned workers; /* as asked */
	unsigned threads; /* as started */
	bool leave;
	struct hand {
		struct crew *crew;
		unsigned number;
		pthread_t thread;
	} hand[];
};

static void *
hand_main(void *arg)
{
	struct hand *me = arg;
	struct crew *c = me->crew;
	uint64_t done = 0;

	(void)pthread_mutex_lock(&c->lock);
	for (;;) {
		while (c->round == done && !c->leave)
			(void)pthread_cond_wait(&c->begin, &c->lock);
		if (c->leave)
			break;
		done = c->round;
		(void)pthread_mutex_unlock(&c->lock);
		c->task(c->state, me->number, c->workers);
		(void)pthread_mutex_lock(&c->lock);
		if (--c->busy == 0)
			(void)pthread_cond_signal(&c->end);
	}
	(void)pthread_mutex_unlock(&c->lock);
	return NULL;
}

enum status
crew_new(struct crew **out, unsigned workers, struct error *err)
{
	struct crew *c = calloc(1, sizeof *c + workers * sizeof *c->hand);

	if (c == NULL)
		return error_set(err, E_NOMEM, "no memory for %u workers", workers);
	(void)pthread_mutex_init(&c->lock, NULL);
	(void)pthread_cond_init(&c->begin, NULL);
	(void)pthread_cond_init(&c->end, NULL);
	c->workers = workers;
	for (; workers > 1 && c->threads < workers; c->threads++) {
		struct hand *h = &c->hand[c->threads];
		int e;

		h->crew = c;
		h->number = c->threads;
		e = pthread_create(&h->thread, NULL, hand_main, h);
		if (e != 0) {
			crew_free(c);
			return error_set(err, E_NOMEM, "start a worker: %s", strerror(e));
		}
	}
	*out = c;
	return OK;
}

void
crew_start(struct crew *c, crew_task *task, void *state)
{
	(void)pthread_mutex_lock(&c->lock);
	CHECK(c->busy == 0);
	c->task = task;
	c->state = state;
	c->busy = c->threads ? c->threads : 1;
	c->round++;
	(void)pthread_cond_broadcast(&c->begin);
	(void)pthread_mutex_unlock(&c->lock);
}

void
crew_wait(struct crew *c)
{
	if (c->threads == 0) {
		if (c->busy)
			c->task(c->state, 0, 1);
		c->busy = 0;
		return;
	}
	(void)pthread_mutex_lock(&c->lock);
	while (c->busy > 0)
		(void)pthread_cond_wait(&c->end, &c->lock);
	(void)pthread_mutex_unlock(&c->lock);
}

void
crew_free(struct crew *c)
{
	if (c == NULL)
		return;
	crew_wait(c);
	(void)pthread_mutex_lock(&c->lock);
	c->leave = true;
	(void)pthread_cond_broadcast(&c->begin);
	(void)pthread_mutex_unlock(&c->lock);
	for (unsigned i = 0; i < c->threads; i++)
		(void)pthread_join(c->hand[i].thread, NULL);
	(void)pthread_mutex_destroy(&c->lock);
	(void)pthread_cond_destroy(&c->begin);
	(void)pthread_cond_destroy(&c->end);
	free(c);
}
