/* Finds secrets inside of text: JSON, XML, forms, HTTP, code and prose alike are words, and what
 * stands behind a word's ':' or '='. One pass, never looking far: the time is that of the length.
 */
#include <ctype.h>
#include <string.h>

#include "redact_internal.h"

enum {
    WORD_MAX = 128,
    TAG_MAX = 256,  /* bytes of an XML tag's attributes */
    PAIR_MAX = 512, /* bytes around {name: ..., value: ...} */
    LIST_MAX = 64,  /* values in brackets */
};

/* A word of the text and what stands behind it. */
struct word {
    struct str key;  /* with the word before it, where a dot or a blank joins them */
    struct str name; /* the word alone */
    size_t at, end;
    bool closed;   /* it stands in quotes by itself */
    size_t behind; /* behind its quote and bracket */
    size_t value;  /* where its value begins */
    bool pair;     /* key=value of a query or the like */
};

/* Behind the mark that begins at text[at]; at itself where none does. */
static size_t skip_mark(struct str text, size_t at)
{
    static const struct str mark = {REDACT_MARK, sizeof REDACT_MARK - 1};
    struct str rest = str_sub(text, at, sizeof REDACT_MARK + WORD_MAX);
    size_t end = str_starts(rest, mark) ? str_find(rest, '>') : rest.n;
    return end < rest.n ? at + end + 1 : at;
}

/* ---- words ---- */

/* The end of the word that begins at text[at]: letters, digits, '_', and '-' between those. */
static size_t word_end(struct str text, size_t at)
{
    while (at < text.n &&
           (text_is_word(text.p[at]) || (text.p[at] == '-' && text_is_word(text_at(text, at + 1)))))
        at++;
    return at;
}

/* The word at text[at, end) with the one before it, as in "API key" or "paging.token". */
static struct str with_word_before(struct str text, size_t at, size_t end)
{
    size_t from = at;
    if (at > 1 && (text.p[at - 1] == ' ' || text.p[at - 1] == '.'))
        for (from = at - 1; from > 0 && at - from < WORD_MAX && text_is_word(text.p[from - 1]);)
            from--;
    return str_sub(text, from, end - from);
}

static struct word word_at(struct str text, size_t at)
{
    struct word w = {.at = at, .end = word_end(text, at)};
    w.name = str_sub(text, at, w.end - at);
    w.key = with_word_before(text, at, w.end);
    w.behind = w.end;
    char before = at > 0 ? text.p[at - 1] : '\0';
    if (before == ' ') /* "API Key" in quotes */
        before = text_at(text, (size_t)(w.key.p - text.p) - 1);
    size_t quote = w.end;
    while (text_at(text, quote) == '\\' && quote - w.end < 4)
        quote++;
    if (text_is_quote(before) && text_at(text, quote) == before) {
        w.closed = true;
        w.behind = quote + 1;
        if (text_at(text, w.behind) == ']')
            w.behind++;
    }
    return w;
}

/* Whether the character before the word's quote is a '(': set("password", "..."). */
static bool is_argument(struct str text, const struct word *w)
{
    if (!w->closed)
        return false;
    size_t at = w->at - 1;
    while (at > 0 && text.p[at - 1] == '\\')
        at--;
    return at > 0 && text.p[at - 1] == '(';
}

/* Whether a word with '=' directly behind it is one of "a=b&c=d", "a=b;c=d", or of an environment:
 * then its value has no quotes and yet is literal. */
static bool begins_pair(struct str text, const struct word *w)
{
    size_t at = w->at;
    if (at == 0 || redact_is_any(text.p[at - 1], "?&;"))
        return true;
    if (at > 1 && text.p[at - 1] == ' ' && text.p[at - 2] == ';')
        return true;
    for (size_t i = 0; i < w->name.n; i++)
        if (islower((unsigned char)w->name.p[i]))
            return false;
    return text.p[at - 1] == '\n' || str_ends(str_sub(text, 0, at), STR("export "));
}

/* Finds the separator behind a word and where the value begins; false where none stands there. */
static bool find_value(struct str text, struct word *w)
{
    size_t at = text_skip_blanks(text, w->behind);
    char c = text_at(text, at), next = text_at(text, at + 1);
    if (c == ':' && next != ':' && !(next == '/' && text_at(text, at + 2) == '/'))
        at += next == '=' ? 2 : 1;
    else if (c == '=' && next != '=')
        at += next == '>' ? 2 : 1;
    else if (c == ',' && is_argument(text, w))
        at++;
    else
        return false;
    w->pair = c == '=' && at == w->end + 1 && begins_pair(text, w);
    w->value = text_skip_blanks(text, at);
    return true;
}

/* ---- values ---- */

/* A number in JSON, under a key in quotes: hidden as a string, so that the JSON stays JSON. */
static bool hide_number(struct redaction *red, const struct word *w, enum secrecy secrecy)
{
    size_t end = w->value;
    while (isdigit((unsigned char)text_at(red->text, end)))
        end++;
    struct str number = str_sub(red->text, w->value, end - w->value);
    bool plain = w->closed && red->text.p[w->behind - 1] == '"' && w->behind == w->end + 1;
    char next = text_at(red->text, text_skip_blanks(red->text, end));
    if (!plain || !number.n || !redact_is_any(next, ",}\r\n") ||
        (secrecy != SECRECY_PIN && secrecy != SECRECY_PASSWORD) ||
        !value_is_secret(secrecy, SETTING_WHOLE, number))
        return false;
    redaction_hide(red, w->value, end, "number under a key of a secret");
    red->parts[red->n - 1].quoted = true;
    return true;
}

/* ["...", "..."]: each is a value. Returns where it ends. */
static size_t take_list(struct redaction *red, size_t at, enum secrecy secrecy)
{
    struct span inner;
    size_t begin = at;
    for (int i = 0; i < LIST_MAX; i++) {
        at = text_skip_blanks(red->text, at + 1);
        if (!text_quoted(red->text, at, &inner))
            return begin;
        bool hidden = redaction_value(red, inner.from, inner.to, secrecy, SETTING_WHOLE);
        begin = hidden ? inner.to : begin;
        at = inner.to;
        while (text_at(red->text, at) == '\\')
            at++;
        at = text_skip_blanks(red->text, at + 1);
        if (text_at(red->text, at) != ',')
            return begin;
    }
    return begin;
}

/* Takes a quoted value; at `begin` its quote, at `inner` what is inside. */
static size_t take_quoted(struct redaction *red, size_t begin, struct span inner,
                          enum secrecy secrecy)
{
    struct str text = red->text, value = str_sub(text, inner.from, inner.to - inner.from);
    struct span next;
    if (redaction_value(red, inner.from, inner.to, secrecy, SETTING_WHOLE))
        return inner.to;
    value = value_trim(value);
    enum secrecy joined = secrecy == SECRECY_CREDENTIAL ? SECRECY_TOKEN : secrecy;
    /* '&token=' + 'abc...': what looked like the value is what joins two texts. */
    size_t at = str_is(value, "+") ? inner.to : text_skip_blanks(text, inner.to + 1);
    if (text_at(text, at) == '+' && (!value.n || redact_is_one_of(value, "bearer basic token")))
        at = text_skip_blanks(text, at + 1); /* 'Bearer ' + 'abc...' */
    else if (!str_is(value, "+"))
        return begin;
    bool hidden = text_quoted(text, at, &next) &&
                  redaction_value(red, next.from, next.to, joined, SETTING_WHOLE);
    return hidden ? next.to : begin;
}

/* "token = settings.token || 'abc...'": what is taken where there is nothing else. */
static size_t take_fallback(struct redaction *red, size_t begin, size_t end, enum secrecy secrecy)
{
    struct str text = red->text;
    struct span inner;
    size_t at = text_skip_blanks(text, end);
    struct str either = str_sub(text, at, 2);
    if (!str_is(either, "||") && !str_is(either, "??"))
        return begin;
    at = text_skip_blanks(text, at + 2);
    bool hidden = text_quoted(text, at, &inner) &&
                  redaction_value(red, inner.from, inner.to, secrecy, SETTING_WHOLE);
    return hidden ? inner.to : begin;
}

/* Looks at the value of a word; returns where to go on. */
static size_t take_value(struct redaction *red, const struct word *w, enum secrecy secrecy)
{
    struct span inner;
    if (text_quoted(red->text, w->value, &inner))
        return take_quoted(red, w->value, inner, secrecy);
    if (text_at(red->text, w->value) == '[')
        return take_list(red, w->value, secrecy);
    if (hide_number(red, w, secrecy))
        return red->parts[red->n - 1].span.to;
    bool line = secrecy >= SECRECY_CREDENTIAL;
    if (line && w->value < red->judged)
        return w->value;
    size_t end = text_bare_end(red->text, w->value, secrecy);
    if (line)
        red->judged = end;
    enum setting setting = w->pair ? SETTING_PAIR : SETTING_BARE;
    if (end < red->text.n && redact_is_any(red->text.p[end], "(["))
        return w->value;
    if (redaction_value(red, w->value, end, secrecy, setting))
        return end;
    return take_fallback(red, w->value, end, secrecy);
}

/* ---- names beside values ---- */

/* The secrecy that a name promises for the "value" beside it, in the innermost braces, or the XML
 * tag, around. */
static enum secrecy secrecy_beside(struct str text, const struct word *value)
{
    size_t from = value->at, to = value->end;
    while (from > 0 && value->at - from < PAIR_MAX && !redact_is_any(text.p[from - 1], "{}<>"))
        from--;
    while (to < text.n && to - value->end < PAIR_MAX && !redact_is_any(text.p[to], "{}<>"))
        to++;
    for (size_t at = from; at < to;) {
        struct span name;
        if (!text_is_word(text.p[at])) {
            at++;
            continue;
        }
        struct word w = word_at(text, at);
        if (key_tells_name(w.name) && find_value(text, &w) && text_quoted(text, w.value, &name) &&
            name.to <= to)
            return key_secrecy(str_sub(text, name.from, name.to - name.from), STR(""));
        at = w.end;
    }
    return SECRECY_NONE;
}

/* ---- XML ---- */

/* Whether the word is the name of an XML element's begin tag; *ret is what stands behind the tag,
 * up to the next one. */
static bool element_at(struct str text, const struct word *w, struct span *ret)
{
    size_t at = w->at;
    if (at > 1 && text.p[at - 1] == ':')
        for (at--; at > 0 && w->at - at < WORD_MAX && text_is_word(text.p[at - 1]);)
            at--;
    if (at == 0 || text.p[at - 1] != '<')
        return false;
    struct str tag = str_sub(text, w->end, TAG_MAX);
    size_t close = str_find(tag, '>');
    if (close == tag.n || str_find(tag, '<') < close)
        return false;
    size_t from = w->end + close + 1;
    struct str content = str_sub(text, from, VALUE_MAX);
    *ret = (struct span){from, from + str_find(content, '<')};
    return true;
}

/* Looks at the word that begins at text[at]; returns where to go on, behind it. */
static size_t take_word(struct redaction *red, size_t at)
{
    struct word w = word_at(red->text, at);
    struct span inner;
    if (w.end - w.at > WORD_MAX)
        return w.end;
    if (find_value(red->text, &w)) {
        enum secrecy secrecy = key_secrecy(w.key, STR(""));
        if (secrecy == SECRECY_NONE && key_holds_value(w.name))
            secrecy = secrecy_beside(red->text, &w);
        return secrecy == SECRECY_NONE ? w.end : take_value(red, &w, secrecy);
    }
    if (element_at(red->text, &w, &inner)) {
        enum secrecy secrecy = key_secrecy(w.name, STR(""));
        if (redaction_value(red, inner.from, inner.to, secrecy, SETTING_WHOLE))
            return inner.to;
    }
    return redaction_phrase(red, w.at, w.end);
}

/* ---- the whole ---- */

/* Whether a secret known by its look begins at text[at]: hides it, and moves *at behind it. */
static bool take_shape(struct redaction *red, size_t *at)
{
    struct span span;
    bool begins = *at == 0 || !text_is_word(red->text.p[*at - 1]);
    char c = red->text.p[*at];
    bool token = begins && shape_of_token(red->text, *at, &span);
    if (!token && !((c == '-' || c == 'P') && shape_of_block(red->text, *at, &span)))
        return false;
    redaction_hide(red, span.from, span.to, token ? "token of a known service" : "private key");
    *at = span.to;
    return true;
}

static void scan(struct redaction *red)
{
    struct str text = red->text;
    size_t expression = 0; /* where the one we are in ends: it is no secret in itself */
    for (size_t at = 0; at < text.n;) {
        char c = text.p[at];
        size_t behind = c == '<' ? skip_mark(text, at) : at;
        if (behind > at) {
            at = behind;
            continue;
        }
        if (at >= expression && (c == '{' || c == '$'))
            expression = at + value_expression(text, at);
        if (take_shape(red, &at))
            continue;
        if (c == ':')
            redaction_login(red, at);
        bool begins = text_is_word(c) && (at == 0 || !text_is_word(text.p[at - 1]));
        at = begins && at >= expression ? take_word(red, at) : at + 1;
    }
}

void redaction_find(struct redaction *red, enum secrecy secrecy)
{
    if (!redaction_value(red, 0, red->text.n, secrecy, SETTING_WHOLE) ||
        red->parts[0].span.to - red->parts[0].span.from < red->text.n)
        scan(red);
}
