/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/script.h"

#include "simulate/chance.h"

#define MILLI UINT64_C(1000000)

uint32_t
script_size(struct rng *r, uint32_t median, unsigned sigma_milli)
{
	uint64_t v = sigma_milli ? chance_lognormal(r, median, sigma_milli) : median;

	if (v > UINT32_C(1) << 30)
		v = UINT32_C(1) << 30;
	return v ? (uint32_t)v : 1;
}

void
script_tls(struct session *s, struct rng *r, uint32_t flight)
{
	s->tls13 = s->tls13 && tls_client_has_13(s->client);
	if (s->tls13 && rng_chance(r, 350000))
		flight = 255 + (uint32_t)rng_below(r, 60); /* resumed: no certificate */
	session_say(s, 0, SAY_TLS_HELLO, 0, 0, 0);
	session_say(s, 1, SAY_TLS_SERVER, flight, 0, chance_exponential(r, 2 * MILLI));
	session_say(s, 0, SAY_TLS_FINISH, 0, 0, MILLI + rng_below(r, 3 * MILLI));
	if (!s->tls13)
		session_say(s, 1, SAY_TLS_SERVER_FINISH, 0, 0, rng_below(r, MILLI));
}

void
script_exchange(struct session *s, struct rng *r, uint32_t up, uint32_t down, uint64_t wait)
{
	uint64_t think = chance_lognormal(r, 14 * MILLI, 900);

	session_say(s, 0, SAY_TLS_DATA, up + TLS_OVERHEAD, 0, wait);
	session_say(s, 1, SAY_TLS_DATA, down + TLS_OVERHEAD, 0, think);
}

void
script_tls_end(struct session *s, struct rng *r, uint64_t wait)
{
	bool resp = rng_chance(r, 300000);

	s->ending = resp ? END_FIN_RESP : END_FIN_ORIG;
	if (!resp && rng_chance(r, 60000))
		s->ending = END_RST_ORIG;
	session_say(s, resp, SAY_TLS_ALERT, 0, 0, wait);
}
