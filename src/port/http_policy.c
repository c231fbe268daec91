#include "http_internal.h"

bool http_is_idempotent(enum http_method method)
{
    return method == HTTP_GET || method == HTTP_PUT || method == HTTP_DELETE;
}

bool http_is_transient_status(int status)
{
    switch (status) {
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
        return true;
    default:
        return false;
    }
}

int64_t http_backoff_ms(unsigned backoff_ms, unsigned tries, uint64_t random)
{
    uint64_t most = backoff_ms;
    for (unsigned i = 1; i < tries && most < HTTP_PAUSE_MAX_MS; i++)
        most *= 2;
    if (most > HTTP_PAUSE_MAX_MS)
        most = HTTP_PAUSE_MAX_MS;
    return (int64_t)(random % (most + 1));
}

uint64_t http_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* One request, in the thousandths that `rate` per second makes `rate` per millisecond. */
enum { ONE = 1000 };

void http_pace_init(struct http_pace *pace, unsigned rate, unsigned burst, int64_t now)
{
    int64_t full = (int64_t)burst * ONE;
    *pace = (struct http_pace){
        .rate = rate, .full = full, .credit = full, .at = now, .hold_until = now};
}

static int64_t credit_at(const struct http_pace *pace, int64_t now)
{
    int64_t missing = pace->full - pace->credit;
    int64_t elapsed = now - pace->at;
    if (elapsed > missing / pace->rate)
        return pace->full;
    return pace->credit + elapsed * pace->rate;
}

int64_t http_pace_ready_at(const struct http_pace *pace, int64_t now)
{
    int64_t missing = ONE - credit_at(pace, now);
    int64_t ready = missing <= 0 ? now : now + (missing + pace->rate - 1) / pace->rate;
    return ready > pace->hold_until ? ready : pace->hold_until;
}

bool http_pace_take(struct http_pace *pace, int64_t now)
{
    if (http_pace_ready_at(pace, now) > now)
        return false;
    pace->credit = credit_at(pace, now) - ONE;
    pace->at = now;
    return true;
}

void http_pace_hold(struct http_pace *pace, int64_t until)
{
    if (until > pace->hold_until)
        pace->hold_until = until;
}
