/* Phrases: words that say by themselves that a secret follows, without a ':' or '=' between. */
#include <string.h>

#include "redact_internal.h"

/* Bytes of "user:password", at most. */
enum { LOGIN_MAX = 512 };

/* "Bearer abc...", "Basic abc..." without a header's name, "password abc1" or "password is abc1" in
 * prose. */
static size_t hide_following(struct redaction *red, struct str name, size_t at, size_t behind)
{
    struct str text = red->text;
    bool password = redact_is_one_of(name, "password passwd pwd passphrase");
    if (password && str_starts(str_sub(text, at, 3), STR("is ")))
        at += 3;
    size_t end = text_bare_end(text, at, SECRECY_TOKEN);
    struct str next = str_sub(text, at, end - at);
    while (next.n && redact_is_any(next.p[next.n - 1], ".?"))
        next.n--;
    bool secret = false;
    if (redact_is_one_of(name, "bearer token"))
        secret = value_is_random(next);
    else if (redact_is_one_of(name, "basic"))
        secret = shape_of_basic(next);
    else if (password)
        secret = value_is_secret(SECRECY_TOKEN, SETTING_PAIR, next) &&
                 value_is_secret(SECRECY_PASSWORD, SETTING_PAIR, next);
    if (secret)
        redaction_hide(red, at, at + next.n, "password or credential in a text");
    return secret ? at + next.n : behind;
}

/* Hides the password of text[from, to), "user:password". */
static bool hide_login(struct redaction *red, size_t from, size_t to)
{
    struct str password = str_sub(red->text, from, to - from);
    if (password.n > LOGIN_MAX)
        return false;
    if (str_find(password, ' ') < password.n || str_find(password, '\n') < password.n)
        return false;
    struct str user = str_cut(&password, ':');
    if (!user.n || str_find(user, '@') < user.n ||
        !value_is_secret(SECRECY_PASSWORD, SETTING_CERTAIN, password) ||
        str_starts(password, STR("//")))
        return false;
    redaction_hide(red, to - password.n, to, "password of a user");
    return true;
}

/* btoa('user:password'), and what else encodes for basic authentication. */
static size_t hide_encoded(struct redaction *red, size_t behind)
{
    struct span inner;
    size_t at = behind + (text_at(red->text, behind) == '(');
    if (!text_quoted(red->text, text_skip_blanks(red->text, at), &inner))
        return behind;
    return hide_login(red, inner.from, inner.to) ? inner.to : behind;
}

/* curl's -u user:password and --user user:password. */
static size_t hide_argument(struct redaction *red, size_t behind)
{
    struct span inner;
    size_t at = text_skip_blanks(red->text, behind);
    if (!text_quoted(red->text, at, &inner))
        inner = (struct span){at, text_bare_end(red->text, at, SECRECY_TOKEN)};
    return hide_login(red, inner.from, inner.to) ? inner.to : behind;
}

size_t redaction_phrase(struct redaction *red, size_t at, size_t end)
{
    struct str name = str_sub(red->text, at, end - at);
    char next = text_at(red->text, end);
    if ((next != ' ' && next != '(') || !redact_is_any(name.p[0], "bBtTpPuUeEfF"))
        return end;
    if (redact_is_one_of(name, "btoa base64encode base64_encode b64encode base64") ||
        (next == '(' && redact_is_one_of(name, "encode from")))
        return hide_encoded(red, end);
    if (next == ' ' && at > 0 && red->text.p[at - 1] == '-' && redact_is_one_of(name, "u user"))
        return hide_argument(red, end);
    return next == ' ' ? hide_following(red, name, end + 1, end) : end;
}
