#include "http_internal.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/*
 * Link       = #link-value
 * link-value = "<" URI-Reference ">" *( OWS ";" OWS [ link-param ] )
 * link-param = token BWS [ "=" BWS ( token / quoted-string ) ]
 *
 * Read forgivingly: what does not fit is skipped up to the next comma or semicolon outside quotes.
 */

static void skip(struct str *rest, size_t n)
{
    *rest = str_sub(*rest, n, rest->n);
}

static void skip_space(struct str *rest)
{
    while (rest->n && (rest->p[0] == ' ' || rest->p[0] == '\t'))
        skip(rest, 1);
}

static bool skip_char(struct str *rest, char c)
{
    if (!rest->n || rest->p[0] != c)
        return false;
    skip(rest, 1);
    return true;
}

/* Bytes until one of `ends`, without the space behind them. */
static struct str take_until(struct str *rest, const char *ends)
{
    size_t n = 0;
    while (n < rest->n && (!rest->p[n] || !strchr(ends, rest->p[n])))
        n++;
    struct str text = str_sub(*rest, 0, n);
    skip(rest, n);
    while (text.n && (text.p[text.n - 1] == ' ' || text.p[text.n - 1] == '\t'))
        text.n--;
    return text;
}

/* The inside of a quoted string, its escapes as they are; the opening quote is gone already. */
static struct str take_quoted(struct str *rest)
{
    size_t n = 0;
    while (n < rest->n && rest->p[n] != '"')
        n += rest->p[n] == '\\' && n + 1 < rest->n ? 2 : 1;
    struct str text = str_sub(*rest, 0, n);
    skip(rest, n + 1);
    return text;
}

struct param {
    struct str name, value;
};

static struct param take_param(struct str *rest)
{
    struct param param = {0};
    skip_space(rest);
    param.name = take_until(rest, "=;,");
    if (skip_char(rest, '=')) {
        skip_space(rest);
        param.value = skip_char(rest, '"') ? take_quoted(rest) : take_until(rest, ";,");
    }
    take_until(rest, ";,"); /* whatever follows a closing quote */
    return param;
}

static bool equals_ignoring_case(struct str s, const char *lower)
{
    return s.n == strlen(lower) && strncasecmp(s.p, lower, s.n) == 0;
}

/* Whether one of the words of a relation-type list is `relation`. */
static bool lists_relation(struct str words, const char *relation)
{
    size_t matched = 0;
    bool fits = true;
    for (size_t i = 0; i < words.n; i++) {
        if (words.p[i] == '\\' && i + 1 < words.n)
            i++;
        if (words.p[i] == ' ' || words.p[i] == '\t') {
            if (fits && matched && !relation[matched])
                return true;
            matched = 0;
            fits = true;
        } else {
            fits = fits && relation[matched] &&
                   tolower((unsigned char)words.p[i]) == relation[matched];
            matched += fits;
        }
    }
    return fits && matched && !relation[matched];
}

/* Reads one link-value up to its comma; whether it is the page's link of that relation. */
static bool take_link(struct str *rest, const char *relation, struct str *ret_reference)
{
    bool has_relation = false, found = false, elsewhere = false;
    if (!skip_char(rest, '<')) {
        take_until(rest, ",");
        return false;
    }
    size_t end = str_find(*rest, '>');
    if (end == rest->n) {
        *rest = (struct str){0};
        return false;
    }
    struct str reference = str_sub(*rest, 0, end);
    skip(rest, end + 1);
    take_until(rest, ";,");
    while (skip_char(rest, ';')) {
        struct param param = take_param(rest);
        if (equals_ignoring_case(param.name, "rel") && !has_relation) {
            has_relation = true; /* section 3.3: any after the first is ignored */
            found = lists_relation(param.value, relation);
        }
        elsewhere = elsewhere || equals_ignoring_case(param.name, "anchor");
    }
    if (!found || elsewhere)
        return false;
    *ret_reference = reference;
    return true;
}

bool http_link_find(struct str value, const char *relation, struct str *ret_reference)
{
    struct str rest = value;
    do {
        skip_space(&rest);
        if (take_link(&rest, relation, ret_reference))
            return true;
    } while (skip_char(&rest, ','));
    return false;
}
