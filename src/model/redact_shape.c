/* Secrets that are known by their own look, whatever key they stand under. */
#include <ctype.h>
#include <string.h>

#include "redact_internal.h"

enum {
    TAIL_MAX = 4096,    /* bytes of a token looked at */
    LINE_MAX = 128,     /* bytes of a block's first line */
    BLOCK_MAX = 65536,  /* bytes of a block that does not end */
    INSIDE_MIN = 12,    /* bytes of base64 in a row, of a block */
    DECODED_MAX = 1024, /* bytes of a decoded user:password */
    JWT_PART_MIN = 10,
};

/* How many bytes from `at` on are letters, digits or one of `also`. */
static size_t run(struct str text, size_t at, const char *also)
{
    size_t n = 0;
    while (at + n < text.n && n < TAIL_MAX &&
           (isalnum((unsigned char)text.p[at + n]) || redact_is_any(text.p[at + n], also)))
        n++;
    return n;
}

/* ---- tokens by their beginning ---- */

/* A token begins with `begin`, and at least `least` characters follow: letters, digits, `also`. */
struct token {
    const char *begin;
    size_t least;
    const char *also;
};

static const struct token tokens[] = {
    {"AGE-SECRET-KEY-1", 40, ""},
    {"AKIA", 16, ""},
    {"ASIA", 16, ""},
    {"AIza", 30, "_-"},
    {"ATATT3", 20, "_-="},
    {"Atza|", 20, "_-"},
    {"Atzr|", 20, "_-"},
    {"amzn.mws.", 20, "-"},
    {"dckr_pat_", 20, "_-"},
    {"dop_v1_", 32, ""},
    {"figd_", 20, "_-"},
    {"gho_", 30, ""},
    {"ghp_", 30, ""},
    {"ghr_", 30, ""},
    {"ghs_", 30, ""},
    {"ghu_", 30, ""},
    {"github_pat_", 30, "_"},
    {"glpat-", 18, "_-"},
    {"glsa_", 20, "_"},
    {"hf_", 30, ""},
    {"hvs.", 20, "_-"},
    {"key-", 32, ""},
    {"lin_api_", 20, ""},
    {"npm_", 30, ""},
    {"ntn_", 30, ""},
    {"pat-na1-", 30, "-"},
    {"pat-eu1-", 30, "-"},
    {"PMAK-", 30, "-"},
    {"pypi-AgE", 30, "_-"},
    {"rk_live_", 16, ""},
    {"rk_test_", 16, ""},
    {"shpat_", 32, ""},
    {"shpca_", 32, ""},
    {"shppa_", 32, ""},
    {"shpss_", 32, ""},
    {"sk-ant-", 20, "_-"},
    {"sk-proj-", 20, "_-"},
    {"sk-", 32, ""},
    {"sk_live_", 16, ""},
    {"sk_test_", 16, ""},
    {"sq0atp-", 16, "_-"},
    {"sq0csp-", 16, "_-"},
    {"whsec_", 20, "+/="},
    {"xapp-", 16, "-"},
    {"xkeysib-", 32, "-"},
    {"xoxa-", 12, "-"},
    {"xoxb-", 12, "-"},
    {"xoxe-", 12, "-"},
    {"xoxp-", 12, "-"},
    {"xoxr-", 12, "-"},
    {"xoxs-", 12, "-"},
    {"ya29.", 20, "_-."},
};

static size_t listed_token(struct str text, size_t at)
{
    struct str rest = str_sub(text, at, text.n);
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        if (rest.p[0] != tokens[i].begin[0] || rest.p[1] != tokens[i].begin[1])
            continue;
        struct str begin = str_of(tokens[i].begin);
        if (!str_starts(rest, begin))
            continue;
        size_t n = run(rest, begin.n, tokens[i].also);
        if (n >= tokens[i].least)
            return begin.n + n;
    }
    return 0;
}

/* Parts of base64 with dots between them, each at least `least` long; 0 where they are fewer. */
static size_t dotted_parts(struct str rest, size_t parts, size_t least)
{
    size_t at = 0;
    for (size_t i = 0; i < parts; i++) {
        size_t n = run(rest, at, "_-");
        bool dot = at + n < rest.n && rest.p[at + n] == '.';
        if (n < least || (i + 1 < parts && !dot))
            return 0;
        at += n + (i + 1 < parts);
    }
    return at;
}

static size_t dotted_token(struct str text, size_t at)
{
    struct str rest = str_sub(text, at, text.n);
    if (str_starts(rest, STR("eyJ")))
        return dotted_parts(rest, 3, JWT_PART_MIN);
    static const struct str mail = {"SG.", 3};
    size_t n = str_starts(rest, mail) ? dotted_parts(str_sub(rest, mail.n, rest.n), 2, 16) : 0;
    return n ? mail.n + n : 0;
}

/* ---- URLs that are credentials ---- */

/* Moves *at behind the part of a path that it stands on and its '/'; false where there is none. */
static bool skip_part(struct str text, size_t *at)
{
    size_t n = run(text, *at, "_-");
    if (n == 0 || *at + n >= text.n || text.p[*at + n] != '/')
        return false;
    *at += n + 1;
    return true;
}

/* A URL's path beyond `begin`: `skip` parts that are no secret, then one, or all for `rest`. */
static const struct url {
    const char *begin;
    size_t skip;
    bool rest;
    size_t least;
} urls[] = {
    {"hooks.slack.com/services/", 0, true, 20},     {"discord.com/api/webhooks/", 1, false, 30},
    {"discordapp.com/api/webhooks/", 1, false, 30}, {"webhook.office.com/webhookb2/", 0, true, 30},
    {"integrator.io/v1/exports/", 1, false, 20},    {"hooks.zapier.com/hooks/catch/", 1, true, 6},
};

static bool url_secret(struct str text, size_t at, struct span *ret_span)
{
    struct str rest = str_sub(text, at, text.n);
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        const struct url *url = &urls[i];
        if (rest.p[0] != url->begin[0] || !str_starts(rest, str_of(url->begin)))
            continue;
        size_t from = strlen(url->begin);
        for (size_t skip = url->skip; skip > 0; skip--)
            if (!skip_part(rest, &from))
                return false;
        size_t n = run(rest, from, url->rest ? "_-/@" : "_-");
        *ret_span = (struct span){at + from, at + from + n};
        return n >= url->least;
    }
    return false;
}

/* "bot123456789:AA..." in a URL. */
static bool bot_token(struct str text, size_t at, struct span *ret_span)
{
    struct str rest = str_sub(text, at, text.n);
    if (!str_starts(rest, STR("bot")))
        return false;
    size_t digits = 0;
    while (3 + digits < rest.n && isdigit((unsigned char)rest.p[3 + digits]))
        digits++;
    size_t colon = 3 + digits;
    size_t n = colon < rest.n && rest.p[colon] == ':' ? run(rest, colon + 1, "_-") : 0;
    *ret_span = (struct span){at + 3, at + colon + 1 + n};
    return digits >= 8 && n >= 30;
}

bool shape_of_token(struct str text, size_t at, struct span *ret_span)
{
    if (text.n - at < 8 || !redact_is_any(text.p[at], "ADSPabdefghiklnprswxy"))
        return false;
    size_t n = listed_token(text, at);
    if (!n)
        n = dotted_token(text, at);
    *ret_span = (struct span){at, at + n};
    return n || url_secret(text, at, ret_span) || bot_token(text, at, ret_span);
}

/* ---- private key blocks ---- */

/* Where `what` begins in text[from, to), or `to`. */
static size_t find(struct str text, size_t from, size_t to, struct str what)
{
    const char *hit = from < to ? memmem(text.p + from, to - from, what.p, what.n) : NULL;
    return hit ? (size_t)(hit - text.p) : to;
}

/* Whether a byte belongs to the inside of a block: base64, white space also as "\n" in a string. */
static bool is_inside(char c)
{
    return isalnum((unsigned char)c) || isspace((unsigned char)c) ||
           redact_is_any(c, "+/=\\:,-.<>()@;");
}

/* The span without white space at its ends. */
static struct span trimmed(struct str text, struct span span)
{
    while (span.from < span.to && (isspace((unsigned char)text.p[span.from]) ||
                                   (text.p[span.from] == '\\' && span.to - span.from > 1 &&
                                    redact_is_any(text.p[span.from + 1], "nr"))))
        span.from += text.p[span.from] == '\\' ? 2 : 1;
    while (span.to > span.from && isspace((unsigned char)text.p[span.to - 1]))
        span.to--;
    return span;
}

/* From text[from] to the next "-----", or as far as it looks like a block's inside. */
static struct span inside_of(struct str text, size_t from)
{
    size_t most = text.n - from < BLOCK_MAX ? text.n : from + BLOCK_MAX;
    size_t end = find(text, from, most, STR("-----"));
    if (end == most)
        for (end = from; end < most && is_inside(text.p[end]);)
            end++;
    return trimmed(text, (struct span){from, end});
}

/* Whether something stands inside of a block, rather than a pattern or nothing. */
static bool run_of_base64(struct str text, struct span span)
{
    size_t n = 0;
    for (size_t i = span.from; i < span.to && n < INSIDE_MIN; i++)
        n = isalnum((unsigned char)text.p[i]) || redact_is_any(text.p[i], "+/=") ? n + 1 : 0;
    return n == INSIDE_MIN;
}

static bool pem_block(struct str text, size_t at, struct span *ret_span)
{
    static const struct str begin = {"-----BEGIN ", 11}, key = {"PRIVATE KEY", 11};
    if (!str_starts(str_sub(text, at, text.n), begin))
        return false;
    size_t most = text.n - at < LINE_MAX ? text.n : at + LINE_MAX;
    size_t name = at + begin.n;
    size_t end = find(text, name, most, STR("-----"));
    if (end == most || find(text, name, end, key) == end)
        return false;
    *ret_span = inside_of(text, end + 5);
    return run_of_base64(text, *ret_span);
}

/* PuTTY's: the lines behind "Private-Lines: N", and the hash at the end, which tests guesses. */
static bool putty_block(struct str text, size_t at, struct span *ret_span)
{
    static const struct str lines = {"Private-Lines:", 14}, mac = {"Private-MAC:", 12};
    struct str rest = str_sub(text, at, text.n);
    if (str_starts(rest, mac)) {
        size_t line = at + str_find(rest, '\n');
        *ret_span = trimmed(text, (struct span){at + mac.n, line});
        return true;
    }
    if (!str_starts(rest, lines))
        return false;
    size_t from = at + str_find(rest, '\n');
    size_t most = text.n - from < BLOCK_MAX ? text.n : from + BLOCK_MAX;
    *ret_span = trimmed(text, (struct span){from, find(text, from, most, mac)});
    return true;
}

bool shape_of_block(struct str text, size_t at, struct span *ret_span)
{
    bool found = pem_block(text, at, ret_span) || putty_block(text, at, ret_span);
    return found && ret_span->from < ret_span->to &&
           !str_starts(str_sub(text, ret_span->from, text.n), STR(REDACT_MARK));
}

/* ---- base64 of user:password ---- */

static int base64_value(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

bool shape_of_basic(struct str text)
{
    unsigned bits = 0, held = 0;
    bool colon = false;
    while (text.n && text.p[text.n - 1] == '=')
        text.n--;
    if (text.n < 6 || text.n > DECODED_MAX)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        int value = base64_value(text.p[i]);
        if (value < 0)
            return false;
        bits = (bits << 6 | (unsigned)value) & 0xffff;
        held += 6;
        if (held < 8)
            continue;
        held -= 8;
        unsigned c = bits >> held & 0xff;
        if (c < ' ' || c == 0x7f)
            return false;
        colon = colon || c == ':';
    }
    return colon;
}
