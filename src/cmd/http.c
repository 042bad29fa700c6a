/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/http.h"

#include <stdio.h>

#include <curl/curl.h>

#define CONNECT_S 10L
#define WHOLE_S   60L

static size_t
take(char *at, size_t one, size_t n, void *state)
{
	struct buf *reply = state;

	buf_put(reply, at, one * n);
	return reply->bad ? 0 : one * n;
}

static enum status
perform(CURL *c, const char *url, struct curl_slist *headers, struct span body,
    struct buf *reply, long *status, struct error *err)
{
	char why[CURL_ERROR_SIZE] = "";
	CURLcode code;

	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, WHOLE_S);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, why);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "geophone/" GEOPHONE_VERSION);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(c, CURLOPT_POST, 1L);
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, body.at);
	curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, reply);
	code = curl_easy_perform(c);
	if (reply->bad)
		return error_set(
		    err, E_LIMIT, "%s answers with more than %zu bytes", url, reply->max);
	if (code != CURLE_OK)
		return error_set(
		    err, E_IO, "ask %s: %s", url, why[0] ? why : curl_easy_strerror(code));
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, status);
	return OK;
}

enum status
http_post(const char *url, const char *type, struct span body, struct buf *reply,
    long *status, struct error *err)
{
	struct curl_slist *headers = NULL;
	char line[256];
	enum status st;
	CURL *c = curl_easy_init();

	(void)snprintf(line, sizeof line, "Content-Type: %s", type);
	headers = curl_slist_append(NULL, line);
	if (c == NULL || headers == NULL)
		st = error_set(err, E_NOMEM, "no memory to ask %s", url);
	else
		st = perform(c, url, headers, body, reply, status, err);
	curl_slist_free_all(headers);
	curl_easy_cleanup(c);
	return st;
}
