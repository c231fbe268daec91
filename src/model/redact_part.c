/* What of a value is secret: the credential behind its scheme, the values of cookies, a password in
 * a URL, what is literal between expressions. And the list of what is to be hidden. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "redact_internal.h"

enum {
    LOGIN_MAX = 512, /* bytes of a URL's authority */
    SEGMENT_MIN = 8, /* bytes of what is literal between expressions */
    COOKIE_MIN = 4,  /* bytes of a session cookie */
    CREDENTIAL_MIN = 4,
};

/* ---- what is to be hidden ---- */

static struct hidden *add(struct redaction *red)
{
    if (red->n == red->room) {
        red->room = red->room ? 2 * red->room : 8;
        red->parts = reallocarray(red->parts, red->room, sizeof *red->parts);
        if (!red->parts)
            abort();
    }
    return &red->parts[red->n++];
}

void redaction_hide(struct redaction *red, size_t from, size_t to, const char *what)
{
    if (from < to && !str_starts(str_sub(red->text, from, to - from), STR(REDACT_MARK)))
        *add(red) = (struct hidden){.span = {from, to}, .what = what};
}

static int compare(const void *left, const void *right)
{
    const struct hidden *a = left, *b = right;
    if (a->span.from != b->span.from)
        return a->span.from < b->span.from ? -1 : 1;
    return (a->span.to < b->span.to) - (a->span.to > b->span.to);
}

/* Sorts the parts and makes one of those that overlap. */
static void settle(struct redaction *red)
{
    size_t kept = 0;
    if (red->n > 1)
        qsort(red->parts, red->n, sizeof *red->parts, compare);
    for (size_t i = 0; i < red->n; i++) {
        struct hidden *last = kept ? &red->parts[kept - 1] : NULL;
        if (!last || red->parts[i].span.from >= last->span.to)
            red->parts[kept++] = red->parts[i];
        else if (red->parts[i].span.to > last->span.to)
            last->span.to = red->parts[i].span.to;
    }
    red->n = kept;
}

size_t redaction_write(struct redaction *red, const struct redactor *r, struct buf *out)
{
    size_t at = 0;
    settle(red);
    for (size_t i = 0; i < red->n; i++) {
        struct span span = red->parts[i].span;
        const char *quote = red->parts[i].quoted ? "\"" : "";
        buf_str(out, str_sub(red->text, at, span.from - at));
        buf_str(out, str_of(quote));
        redact_mark(r, str_sub(red->text, span.from, span.to - span.from), out);
        buf_str(out, str_of(quote));
        at = span.to;
    }
    buf_str(out, str_sub(red->text, at, red->text.n));
    return red->n;
}

void redaction_release(struct redaction *red)
{
    free(red->parts);
    *red = (struct redaction){0};
}

/* Hides value, which is a part of the text, if it is a secret. */
static bool hide_as(struct redaction *red, struct str value, enum secrecy secrecy,
                    enum setting setting, const char *what)
{
    value = value_trim(value);
    if (!value_is_secret(secrecy, setting, value))
        return false;
    size_t from = (size_t)(value.p - red->text.p);
    redaction_hide(red, from, from + value.n, what);
    return true;
}

static bool hide_if(struct redaction *red, struct str value, enum secrecy secrecy,
                    enum setting setting)
{
    static const char *const names[] = {[SECRECY_NONE] = "",
                                        [SECRECY_RANDOM] = "random text under a key of a secret",
                                        [SECRECY_PIN] = "PIN",
                                        [SECRECY_TOKEN] = "token",
                                        [SECRECY_PASSWORD] = "password",
                                        [SECRECY_CREDENTIAL] = "credential",
                                        [SECRECY_COOKIES] = "cookie"};
    return hide_as(red, value, secrecy, setting, names[secrecy]);
}

/* ---- between expressions ---- */

/* "{{#if x}}abc123...{{else}}...": what stands there literally is secret where it has letters and
 * digits and is no name. */
static bool hide_literal(struct redaction *red, struct str part)
{
    part = value_trim(part);
    return part.n >= SEGMENT_MIN && hide_if(red, part, SECRECY_TOKEN, SETTING_BARE);
}

static bool hide_literals(struct redaction *red, struct str value)
{
    size_t begin = 0;
    bool found = false, any = false;
    for (size_t at = 0; at < value.n;) {
        size_t n = value_expression(value, at);
        if (n) {
            found = hide_literal(red, str_sub(value, begin, at - begin)) || found;
            begin = at + n;
            any = true;
        }
        at += n ? n : 1;
    }
    return (any && hide_literal(red, str_sub(value, begin, value.n))) || found;
}

/* ---- credentials ---- */

static const char credential[] = "credential";

static const char schemes[] =
    "bearer basic token apikey api-key key ssws geniekey oauth digest hmac jwt splunk bot nlauth "
    "aws4-hmac-sha256 zoho-oauthtoken klaviyo-api-key discogs sharedkey sharedaccesssignature "
    "x-api-key";

/* Whether a value is "name=value" pairs with commas, as OAuth 1 and AWS have them. */
static bool is_parameters(struct str value)
{
    size_t n = 0;
    while (n < value.n && (isalnum((unsigned char)value.p[n]) || redact_is_any(value.p[n], "_-")))
        n++;
    bool equals = n > 0 && n + 1 < value.n && value.p[n] == '=' && value.p[n + 1] != '=';
    return equals && str_find(value, ',') < value.n;
}

static bool hide_parameters(struct redaction *red, struct str value)
{
    bool found = false;
    while (value.n) {
        struct str pair = str_cut(&value, ',');
        struct str name = value_trim(str_cut(&pair, '='));
        pair = value_trim(pair);
        if (pair.n > 1 && pair.p[0] == '"' && pair.p[pair.n - 1] == '"')
            pair = str_sub(pair, 1, pair.n - 2);
        enum secrecy secrecy = key_secrecy(name, STR(""));
        if (secrecy != SECRECY_NONE)
            found = hide_as(red, pair, SECRECY_PASSWORD, SETTING_WHOLE, credential) || found;
    }
    return found;
}

/* The credential is one word; what follows it is not looked at. */
static bool hide_credential(struct redaction *red, struct str value, enum setting setting)
{
    struct str rest = value_trim(value);
    struct str first = str_cut(&rest, ' ');
    rest = value_trim(rest);
    bool known = redact_is_one_of(first, schemes);
    if (rest.n == 0)
        return !known && hide_as(red, first, SECRECY_TOKEN, setting, credential);
    if (setting != SETTING_WHOLE && !known)
        return false;
    if (is_parameters(rest))
        return hide_parameters(red, rest);
    if (value_has_expression(rest))
        return hide_literals(red, rest);
    struct str word = str_cut(&rest, ' ');
    while (word.n && redact_is_any(word.p[word.n - 1], ",;)"))
        word.n--;
    if (setting != SETTING_WHOLE && !shape_of_basic(word))
        return hide_as(red, word, SECRECY_TOKEN, setting, credential);
    return word.n >= CREDENTIAL_MIN &&
           hide_as(red, word, known ? SECRECY_PASSWORD : SECRECY_TOKEN, SETTING_WHOLE, credential);
}

/* ---- cookies ---- */

static const char cookie[] = "cookie";

static bool is_session(struct str name)
{
    static const char *const parts[] = {"sess", "auth", "login", "remember", "sid", "token"};
    if (key_secrecy(name, STR("")) != SECRECY_NONE)
        return true;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        for (size_t at = 0; at + strlen(parts[i]) <= name.n; at++)
            if (redact_is_one_of(str_sub(name, at, strlen(parts[i])), parts[i]))
                return true;
    return false;
}

static bool hide_cookies(struct redaction *red, struct str value)
{
    bool found = false;
    while (value.n) {
        struct str pair = str_cut(&value, ';');
        struct str name = value_trim(str_cut(&pair, '='));
        pair = value_trim(pair);
        if (redact_is_one_of(name, "path domain expires max-age samesite priority version"))
            continue;
        bool session = is_session(name) && pair.n >= COOKIE_MIN;
        found = hide_as(red, pair, session ? SECRECY_PASSWORD : SECRECY_RANDOM, SETTING_WHOLE,
                        cookie) ||
                found;
    }
    return found;
}

/* ---- any value ---- */

/* Whether value begins with a scheme and a blank. */
static bool has_scheme(struct str value)
{
    struct str first = value_trim(value);
    struct str rest = first;
    first = str_cut(&rest, ' ');
    return rest.n && redact_is_one_of(first, "bearer basic");
}

bool redaction_value(struct redaction *red, size_t at, size_t end, enum secrecy secrecy,
                     enum setting setting)
{
    struct str value = str_sub(red->text, at, end - at);
    if (secrecy == SECRECY_NONE)
        return false;
    if (secrecy == SECRECY_CREDENTIAL)
        return hide_credential(red, value, setting);
    if (secrecy == SECRECY_COOKIES)
        return hide_cookies(red, value);
    if (secrecy >= SECRECY_TOKEN && has_scheme(value))
        return hide_credential(red, value, setting);
    if (hide_if(red, value, secrecy, setting))
        return true;
    return secrecy >= SECRECY_TOKEN && hide_literals(red, value);
}

/* ---- URLs ---- */

/* scott/tiger@host */
static void hide_oracle_login(struct redaction *red, size_t at)
{
    struct str rest = str_sub(red->text, at, LOGIN_MAX);
    size_t end = 0;
    while (end < rest.n &&
           (isalnum((unsigned char)rest.p[end]) || redact_is_any(rest.p[end], "_$#")))
        end++;
    if (end == 0 || end == rest.n || rest.p[end] != '/')
        return;
    struct str password = str_sub(rest, end + 1, rest.n);
    size_t sign = str_find(password, '@');
    if (sign < password.n && str_find(password, '/') > sign)
        hide_as(red, str_sub(password, 0, sign), SECRECY_PASSWORD, SETTING_CERTAIN,
                "password in a URL");
}

void redaction_login(struct redaction *red, size_t at)
{
    if (str_ends(str_sub(red->text, 0, at), STR("oracle:thin")))
        hide_oracle_login(red, at + 1);
    if (!str_starts(str_sub(red->text, at, 3), STR("://")))
        return;
    struct str rest = str_sub(red->text, at + 3, LOGIN_MAX);
    size_t end = 0, sign = rest.n;
    while (end < rest.n && !redact_is_any(rest.p[end], "/?#\"'`<> \t\r\n\\,;)")) {
        if (rest.p[end] == '@')
            sign = end;
        end++;
    }
    if (sign == rest.n)
        return;
    struct str password = str_sub(rest, 0, sign);
    struct str user = str_cut(&password, ':');
    if (value_is_random(user))
        hide_as(red, user, SECRECY_TOKEN, SETTING_WHOLE, "password in a URL");
    hide_as(red, password, SECRECY_PASSWORD, SETTING_CERTAIN, "password in a URL");
}
