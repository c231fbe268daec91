/* Where words and values of a text begin and end. */
#include <ctype.h>

#include "redact_internal.h"

/* Blanks between a word and what belongs to it, at most. */
enum { BLANKS_MAX = 16 };

bool text_is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

bool text_is_quote(char c)
{
    return c == '"' || c == '\'' || c == '`';
}

char text_at(struct str text, size_t at)
{
    return at < text.n ? text.p[at] : '\0';
}

size_t text_skip_blanks(struct str text, size_t at)
{
    size_t most = at + BLANKS_MAX;
    while (at < text.n && at < most && (text.p[at] == ' ' || text.p[at] == '\t'))
        at++;
    return at;
}

bool text_quoted(struct str text, size_t at, struct span *ret)
{
    size_t slashes = 0;
    while (text_at(text, at + slashes) == '\\' && slashes < 8)
        slashes++;
    char quote = text_at(text, at + slashes);
    if (!text_is_quote(quote))
        return false;
    size_t from = at + slashes + 1, most = text.n - from < VALUE_MAX ? text.n : from + VALUE_MAX;
    for (size_t i = from, seen = 0; i < most; i++) {
        if (text.p[i] == quote && (slashes ? seen >= slashes : seen % 2 == 0)) {
            *ret = (struct span){from, i - (slashes ? slashes : 0)};
            return true;
        }
        if (text.p[i] == '\n' && quote != '`')
            return false;
        seen = text.p[i] == '\\' ? seen + 1 : 0;
    }
    return false;
}

size_t text_bare_end(struct str text, size_t at, enum secrecy secrecy)
{
    const char *stops = secrecy >= SECRECY_CREDENTIAL ? "\r\n\"'`\\<>" : " \t\r\n\"'`\\<>&,;)}]#";
    size_t most = text.n - at < VALUE_MAX ? text.n : at + VALUE_MAX;
    while (at < most && !redact_is_any(text.p[at], stops)) {
        size_t n = value_expression(text, at);
        at += n ? n : 1;
    }
    return at < text.n ? at : text.n;
}
