/* Whether a value is what its key promises: a literal secret, and no name, placeholder or words. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "redact_internal.h"

enum {
    PASSWORD_MIN = 3,
    PASSWORD_MAX = 4096, /* longer text is no secret, or one that is found in parts */
    TOKEN_MIN = 6,
    BARE_MIN = 8,
    RANDOM_MIN = 16,
    SEGMENT_MIN = 12, /* of something random with separators in it */
    DIGITS_MIN = 8,   /* of a token that is a number */
    HEX_MIN = 32,
    OBJECT_ID = 24,
    UUID = 36,
    EXPRESSION_MAX = 1024,
    STOP_WORD_MAX = 12,
};

/* What characters a text has. */
struct census {
    size_t digits, letters, uppers, spaces, others;
    size_t turns;    /* between capitals, small letters and digits, less those of CamelCase */
    size_t distinct; /* characters */
};

bool redact_is_any(char c, const char *chars)
{
    return c && strchr(chars, c);
}

static bool is_word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$';
}

static struct census census_of(struct str text)
{
    struct census all = {0};
    bool seen[256] = {false};
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        unsigned char last = i ? (unsigned char)text.p[i - 1] : c;
        all.distinct += !seen[c];
        seen[c] = true;
        all.digits += isdigit(c) != 0;
        all.letters += isalpha(c) != 0;
        all.uppers += isupper(c) != 0;
        all.spaces += isspace(c) != 0;
        all.others += !isalnum(c) && !isspace(c);
        bool turns =
            (isdigit(c) && isalpha(last)) || (isalpha(c) && isdigit(last)) ||
            (isupper(c) && islower(last)) ||
            (islower(c) && isupper(last) && i > 1 && isupper((unsigned char)text.p[i - 2]));
        all.turns += turns;
    }
    return all;
}

struct str value_trim(struct str text)
{
    while (text.n && isspace((unsigned char)text.p[0]))
        text = str_sub(text, 1, text.n);
    while (text.n && isspace((unsigned char)text.p[text.n - 1]))
        text.n--;
    return text;
}

size_t value_expression(struct str text, size_t at)
{
    struct str rest = str_sub(text, at, EXPRESSION_MAX);
    bool braces = str_starts(rest, STR("{{"));
    if (!braces && !str_starts(rest, STR("${")))
        return 0;
    struct str end = braces ? STR("}}") : STR("}");
    const char *hit = memmem(rest.p + 2, rest.n - 2, end.p, end.n);
    if (!hit)
        return 0;
    size_t n = (size_t)(hit - rest.p) + end.n;
    return braces && n < rest.n && rest.p[n] == '}' ? n + 1 : n;
}

bool value_has_expression(struct str text)
{
    for (size_t i = 0; i + 1 < text.n; i++)
        if ((text.p[i] == '{' || text.p[i] == '$') && value_expression(text, i))
            return true;
    return false;
}

static bool holds(struct str text, const char *part)
{
    return text.n && memmem(text.p, text.n, part, strlen(part));
}

static bool has_any(struct str text, const char *chars)
{
    for (size_t i = 0; i < text.n; i++)
        if (redact_is_any(text.p[i], chars))
            return true;
    return false;
}

bool redact_is_one_of(struct str text, const char *list)
{
    while (text.n && *list) {
        size_t n = 0;
        while (n < text.n && list[n] && list[n] == tolower((unsigned char)text.p[n]))
            n++;
        if (n == text.n && (list[n] == ' ' || !list[n]))
            return true;
        list = strchrnul(list + n, ' ');
        list += *list == ' ';
    }
    return false;
}

/* ---- what is no secret anywhere ---- */

/* "<token>", "[token]", "%s", "$TOKEN", ":token", "@token", "?": to be filled in. */
static bool is_slot(struct str v)
{
    char first = v.p[0], last = v.p[v.n - 1];
    if ((first == '<' && last == '>') || (first == '[' && last == ']') ||
        (first == '{' && last == '}') || (first == '%' && last == '%'))
        return true;
    if (!redact_is_any(first, "$:@?"))
        return false;
    for (size_t i = 1; i < v.n; i++)
        if (!is_word_char(v.p[i]))
            return false;
    return true;
}

static bool is_placeholder(struct str v)
{
    static const char words[] =
        "changeme change_me change-me example sample dummy placeholder none null nil undefined "
        "true false yes no on off n/a na empty string text required optional masked hidden "
        "redacted todo tbd test default secret password token apikey api-key header body query "
        "url basic bearer oauth oauth2 oauth1 jwt cookie digest custom include omit same-origin "
        "anonymous client_credentials authorization_code refresh_token pending expired invalid "
        "missing number boolean object array varchar base64 sha1 sha256 sha512 md5 hs256 rs256 "
        "utf8 hex";
    struct census c = census_of(v);
    if (c.distinct == 1 || c.letters + c.digits == 0 || is_slot(v) || redact_is_one_of(v, words))
        return true;
    return strncasecmp(v.p, "your", v.n < 4 ? v.n : 4) == 0 && v.n > 4 &&
           redact_is_any(v.p[4], "_- ");
}

static bool is_url(struct str v)
{
    size_t n = 0;
    while (n < v.n && (isalnum((unsigned char)v.p[n]) || redact_is_any(v.p[n], "+-.")))
        n++;
    return n > 1 && str_starts(str_sub(v, n, v.n), STR("://"));
}

/* 2024-01-15, with or without a time behind it. */
static bool is_date(struct str v)
{
    static const char pattern[] = "dddd-dd-dd";
    if (v.n < sizeof pattern - 1)
        return false;
    for (size_t i = 0; i < sizeof pattern - 1; i++)
        if (pattern[i] == 'd' ? !isdigit((unsigned char)v.p[i]) : v.p[i] != pattern[i])
            return false;
    return v.n == sizeof pattern - 1 || v.p[sizeof pattern - 1] == 'T' ||
           v.p[sizeof pattern - 1] == ' ';
}

/* Identifiers with dots between them, "settings.token"; *ret_last is the last of them. */
static bool is_dotted(struct str v, struct str *ret_last)
{
    size_t parts = 0;
    while (v.n) {
        bool more = str_find(v, '.') < v.n;
        struct str part = str_cut(&v, '.');
        if (part.n == 0 || isdigit((unsigned char)part.p[0]) || (more && v.n == 0))
            return false;
        for (size_t i = 0; i < part.n; i++)
            if (!is_word_char(part.p[i]) && !redact_is_any(part.p[i], "[]"))
                return false;
        *ret_last = part;
        parts++;
    }
    return parts > 1;
}

/* A path to a field: of JSON, XML, handlebars or code. */
static bool is_path(struct str v)
{
    struct str last = {0}, rest = v;
    if (str_starts(v, STR("$.")) || str_starts(v, STR("$[")) || str_starts(v, STR("//")) ||
        str_starts(v, STR("./")))
        return true;
    if (!is_dotted(v, &last))
        return false;
    struct str root = str_cut(&rest, '.');
    return key_is_name_of_secret(last) || census_of(v).digits == 0 ||
           redact_is_one_of(root,
                            "settings options connection export import record data body response "
                            "request headers process env this self auth job flow params config");
}

/* Whether words of v are those of a sentence. */
static bool is_prose(struct str v)
{
    static const char stop_words[] =
        "a an and are at be by enter for from go has here if in is it its must not of on or please "
        "provide reset see set should the this to type use used want when will with you your "
        "password passwords token tokens key secret field";
    struct str rest = v;
    while (rest.n) {
        struct str word = str_cut(&rest, ' ');
        if (word.n > 0 && word.n < STOP_WORD_MAX && redact_is_one_of(word, stop_words))
            return true;
    }
    return false;
}

/* ---- what looks random ---- */

static bool is_hex(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!isxdigit((unsigned char)text.p[i]))
            return false;
    return text.n > 0;
}

static bool is_uuid(struct str text)
{
    for (size_t i = 0; i < text.n && text.n == UUID; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text.p[i] != '-' : !isxdigit((unsigned char)text.p[i]))
            return false;
    }
    return text.n == UUID;
}

/* One run of letters and digits. */
static bool is_random_run(struct str run)
{
    struct census c = census_of(run);
    if (run.n >= HEX_MIN && is_hex(run))
        return c.distinct >= 8;
    if (run.n < SEGMENT_MIN || c.distinct < 6)
        return false;
    if (c.digits < 2)
        return c.uppers && c.turns * 4 >= run.n;
    return c.letters >= 2 && c.turns * 5 + 1 >= run.n;
}

bool value_is_random(struct str text)
{
    if (text.n < RANDOM_MIN || is_uuid(text) || is_url(text) || is_date(text) ||
        (text.n == OBJECT_ID && is_hex(text)))
        return false;
    size_t begin = 0;
    bool found = false;
    for (size_t i = 0; i <= text.n; i++) {
        if (i < text.n && isalnum((unsigned char)text.p[i]))
            continue;
        if (i < text.n && !redact_is_any(text.p[i], "+/=_-.~:%!*"))
            return false;
        found = found || is_random_run(str_sub(text, begin, i - begin));
        begin = i + 1;
    }
    return found;
}

/* ---- what a key promises ---- */

/* Four to eight digits. */
static bool is_pin(struct str v)
{
    return v.n >= 4 && v.n <= 8 && census_of(v).digits == v.n;
}

static bool is_token(struct str v)
{
    struct census c = census_of(v);
    if (v.n < TOKEN_MIN || c.spaces || is_date(v) || key_is_name_of_secret(v))
        return false;
    if (c.letters == 0)
        return c.digits >= DIGITS_MIN;
    return c.digits > 0 || value_is_random(v);
}

static bool is_password(struct str v)
{
    struct census c = census_of(v);
    if (v.n < PASSWORD_MIN || is_date(v))
        return false;
    if (c.letters == 0 && c.others == 0)
        return c.digits > PASSWORD_MIN;
    if (c.digits == 0 && key_is_name_of_secret(v))
        return false;
    return !c.spaces || !is_prose(v);
}

/* A name of code: digits stand at its end only, and are few. */
static bool is_identifier(struct str v)
{
    size_t digits = 0;
    for (size_t i = 0; i < v.n; i++) {
        if (!is_word_char(v.p[i]))
            return false;
        if (isdigit((unsigned char)v.p[i]))
            digits++;
        else if (digits)
            return false;
    }
    return digits <= 2;
}

/* Such names with dashes and dots between them, "Base64-encoded". */
static bool is_words(struct str v)
{
    size_t begin = 0;
    for (size_t i = 0; i <= v.n; i++) {
        if (i < v.n && !redact_is_any(v.p[i], "-."))
            continue;
        struct str word = str_sub(v, begin, i - begin);
        if (!word.n || isdigit((unsigned char)word.p[0]) || !is_identifier(word))
            return false;
        begin = i + 1;
    }
    return true;
}

/* What has no quotes around it must look like a secret by itself, for it may be code or prose. */
static bool is_bare_secret(enum secrecy secrecy, struct str v)
{
    struct census c = census_of(v);
    if (is_words(v) || key_is_name_of_secret(v) || is_date(v) || c.spaces)
        return false;
    if (secrecy == SECRECY_PASSWORD)
        return v.n >= TOKEN_MIN && c.digits && c.letters;
    return (v.n >= BARE_MIN && c.digits > 1 && c.letters > 1) || value_is_random(v);
}

bool value_is_secret(enum secrecy secrecy, enum setting setting, struct str value)
{
    struct str v = value_trim(value);
    if (v.n < PASSWORD_MIN || v.n > PASSWORD_MAX || is_placeholder(v) || holds(v, REDACT_MARK) ||
        value_has_expression(v) || is_url(v))
        return false;
    if (setting == SETTING_CERTAIN)
        return true;
    if (is_path(v))
        return false;
    if (setting >= SETTING_PAIR && has_any(v, "(){}[]|\\`"))
        return false;
    switch (secrecy) {
    case SECRECY_RANDOM:
        return value_is_random(v);
    case SECRECY_PIN:
        return setting != SETTING_BARE && is_pin(v);
    case SECRECY_TOKEN:
        return setting == SETTING_BARE ? is_bare_secret(secrecy, v) : is_token(v);
    case SECRECY_PASSWORD:
        return setting == SETTING_BARE ? is_bare_secret(secrecy, v) : is_password(v);
    case SECRECY_NONE:
    case SECRECY_CREDENTIAL:
    case SECRECY_COOKIES:
        break;
    }
    return false;
}
