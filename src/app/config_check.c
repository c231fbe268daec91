#include "app/config_check.h"

#include <arpa/inet.h>
#include <fnmatch.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/nearest.h"
#include "model/kind.h"

enum {
    ACCOUNT_MAX = 64,
    BRANCH_MAX = 200, /* a ref is a file name while it is loose, with ".lock" behind it */
    /* A bare word of this length is rather a token than a file: an API key has 32 hex digits. */
    TOKEN_LIKE_MIN = 24,
    /* Tokens with '.' or '/' in them (JWT, base64) are longer than relative paths people write. */
    TOKEN_LIKE_SURELY = 64,
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter_or_digit(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* ---- api.url ---- */

/* Cuts scheme and "://" off *rest. */
static bool take_scheme(struct str *rest, bool *ret_plain)
{
    static const struct str https = {"https://", 8}, http = {"http://", 7};
    bool secure = rest->n >= https.n && strncasecmp(rest->p, https.p, https.n) == 0;
    bool plain = rest->n >= http.n && strncasecmp(rest->p, http.p, http.n) == 0;
    *rest = str_sub(*rest, secure ? https.n : plain ? http.n : 0, rest->n);
    *ret_plain = plain;
    return secure || plain;
}

/* Copies an address for inet_pton, which wants a C string; "" where it is too long to be one. */
static const char *address_text(struct str address, char text[static INET6_ADDRSTRLEN])
{
    size_t n = address.n < INET6_ADDRSTRLEN ? address.n : 0;
    if (n)
        memcpy(text, address.p, n);
    text[n] = '\0';
    return text;
}

static bool is_ipv6(struct str host, struct in6_addr *ret)
{
    char text[INET6_ADDRSTRLEN];
    return host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']' &&
           inet_pton(AF_INET6, address_text(str_sub(host, 1, host.n - 2), text), ret) == 1;
}

static bool host_ok(struct str host)
{
    struct in6_addr address;
    if (host.n == 0 || !is_letter_or_digit(host.p[0]))
        return is_ipv6(host, &address);
    for (size_t i = 0; i < host.n; i++)
        if (!is_letter_or_digit(host.p[i]) && host.p[i] != '.' && host.p[i] != '-' &&
            host.p[i] != '_')
            return false;
    return true;
}

static bool is_loopback(struct str host)
{
    struct in6_addr six;
    if (is_ipv6(host, &six))
        return IN6_IS_ADDR_LOOPBACK(&six);
    char text[INET6_ADDRSTRLEN];
    address_text(host, text);
    struct in_addr four;
    if (inet_pton(AF_INET, text, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    return strcasecmp(text, "localhost") == 0;
}

/* Whether port is a number from 1 to 65535. */
static bool port_ok(struct str port)
{
    unsigned value = 0;
    if (port.n == 0 || port.n > 5)
        return false;
    for (size_t i = 0; i < port.n; i++) {
        if (!is_digit(port.p[i]))
            return false;
        value = value * 10 + (unsigned)(port.p[i] - '0');
    }
    return value >= 1 && value <= UINT16_MAX;
}

/* Takes "host[:port]" apart. */
static const char *split_authority(struct str authority, struct str *ret_host)
{
    size_t host_n = str_find(authority, authority.n && authority.p[0] == '[' ? ']' : ':');
    if (host_n < authority.n && authority.p[host_n] == ']')
        host_n++;
    *ret_host = str_sub(authority, 0, host_n);
    if (!host_ok(*ret_host))
        return "expected an absolute URL with the name or address of a host";
    struct str rest = str_sub(authority, host_n, authority.n);
    if (rest.n > 0 && (rest.p[0] != ':' || !port_ok(str_sub(rest, 1, rest.n))))
        return "expected a port from 1 to 65535 behind the host";
    return NULL;
}

static bool is_visible_ascii(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] <= ' ' || text.p[i] > '~' || strchr("\"<>\\^`{|}", text.p[i]))
            return false;
    return true;
}

const char *api_url_split(struct str text, struct api_url *ret)
{
    struct api_url url = {0};
    struct str rest = text;
    if (!take_scheme(&rest, &url.plain))
        return "expected an absolute URL, such as https://api.integrator.io/v1";
    struct str until_query = rest;
    until_query.n = str_find(until_query, '#');
    until_query.n = str_find(until_query, '?');
    struct str authority = str_sub(until_query, 0, str_find(until_query, '/'));
    if (str_find(authority, '@') < authority.n)
        return "a URL here has no user name or password; the token belongs into the file that "
               "api.token_file names, or into the variable IOKEEPER_TOKEN";
    if (until_query.n < rest.n)
        return "a URL here has no query and no fragment ('?', '#')";
    if (!is_visible_ascii(rest))
        return "the URL holds characters that a URL cannot hold unescaped";
    const char *problem = split_authority(authority, &url.host);
    if (problem)
        return problem;
    while (rest.n > authority.n && rest.p[rest.n - 1] == '/')
        rest.n--;
    size_t scheme_n = (size_t)(rest.p - text.p);
    url.text = str_sub(text, 0, scheme_n + rest.n);
    url.origin = str_sub(text, 0, scheme_n + authority.n);
    url.loopback = is_loopback(url.host);
    *ret = url;
    return NULL;
}

const char *api_url_problem(struct str value)
{
    struct api_url url;
    return api_url_split(value, &url);
}

/* ---- URLs that are called ---- */

const char *hook_url_problem(struct str value)
{
    struct api_url url;
    if (value.n == 0)
        return NULL;
    const char *problem = api_url_split(str_sub(value, 0, str_find(value, '?')), &url);
    if (problem)
        return problem;
    if (url.plain && !url.loopback)
        return "plain http would show it to everyone on the way; use https";
    return is_visible_ascii(value) ? NULL
                                   : "the URL holds characters that a URL cannot hold unescaped";
}

const char *host_key_problem(struct str value)
{
    enum { BASE64_OF_256_BITS = 43 };
    static const char form[] =
        "expected a fingerprint, as \"ssh-keygen -lf\" shows it: SHA256: and 43 characters";
    static const struct str prefix = {"SHA256:", 7};
    if (value.n == 0)
        return NULL;
    if (!str_starts(value, prefix) || value.n != prefix.n + BASE64_OF_256_BITS)
        return form;
    for (size_t i = prefix.n; i < value.n; i++)
        if (!is_letter_or_digit(value.p[i]) && !strchr("+/", value.p[i]))
            return form;
    return NULL;
}

/* ---- mirror.branch ---- */

static bool component_ok(struct str part)
{
    return part.n > 0 && part.p[0] != '.' && !str_ends(part, STR(".lock"));
}

static bool branch_ok(struct str name)
{
    if (name.n == 0 || name.n > BRANCH_MAX || name.p[0] == '-' || str_is(name, "@") ||
        str_is(name, "HEAD"))
        return false;
    for (size_t i = 0; i < name.n; i++) {
        char next = i + 1 < name.n ? name.p[i + 1] : '\0';
        if ((unsigned char)name.p[i] <= ' ' || strchr("\x7f~^:?*[\\", name.p[i]) ||
            (name.p[i] == '.' && next == '.') || (name.p[i] == '@' && next == '{'))
            return false;
    }
    if (name.p[name.n - 1] == '/' || name.p[name.n - 1] == '.')
        return false;
    while (name.n > 0)
        if (!component_ok(str_cut(&name, '/')))
            return false;
    return true;
}

const char *branch_problem(struct str value)
{
    if (!branch_ok(value))
        return "git does not allow this as the name of a branch (see git-check-ref-format(1))";
    /* A branch "rescued" would stand where the folder of the rescued/TIME branches has to be. */
    struct str first = value;
    if (str_is(str_cut(&first, '/'), "rescued"))
        return "\"rescued\" is kept for branches that hold what iokeeper found changed";
    return NULL;
}

/* ---- paths and names ---- */

const char *path_problem(struct str value)
{
    return value.n == 0 ? "expected a path, got nothing" : NULL;
}

static bool looks_like_token(struct str value)
{
    if (value.n < TOKEN_LIKE_MIN || strchr("/.~", value.p[0]))
        return false;
    bool bare = str_find(value, '/') == value.n && str_find(value, '.') == value.n;
    return bare || value.n >= TOKEN_LIKE_SURELY;
}

const char *secret_path_problem(struct str value)
{
    if (!looks_like_token(value))
        return NULL;
    return "expected the path of a file, got what looks like a token; write the token into a file "
           "of mode 0600 and name that file here (if this is a path, begin it with \"./\")";
}

const char *token_path_problem(struct str value)
{
    const char *problem = secret_path_problem(value);
    return problem ? problem : path_problem(value);
}

bool account_name_ok(struct str name)
{
    if (name.n == 0 || name.n > ACCOUNT_MAX || !is_letter_or_digit(name.p[0]))
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (!is_letter_or_digit(name.p[i]) && !strchr("._-", name.p[i]))
            return false;
    return true;
}

/* ---- mirror.include, mirror.exclude ---- */

/* Whether a '[' is not closed, or a '\\' has nothing behind it: fnmatch(3) would take such a glob
 * for something nobody meant. */
static const char *spelling_problem(struct str glob)
{
    for (size_t i = 0; i < glob.n; i++) {
        if (glob.p[i] == '\\' && ++i == glob.n)
            return "there is nothing behind the last '\\'";
        if (glob.p[i] != '[')
            continue;
        /* A ']' that comes first is one of the characters. */
        size_t first = i + 1 + (i + 1 < glob.n && strchr("!^", glob.p[i + 1]));
        struct str rest = str_sub(glob, first + 1, glob.n);
        size_t close = str_find(rest, ']');
        if (close == rest.n)
            return "a '[' is not closed";
        i = first + 1 + close;
    }
    return NULL;
}

static const char *no_kind(struct arena *a, const char *word)
{
    const char *known[2 * KIND_COUNT];
    for (size_t i = 0; i < KIND_COUNT; i++) {
        known[2 * i] = kind_of((enum kind_id)i)->name;
        known[2 * i + 1] = kind_of((enum kind_id)i)->plural;
    }
    const char *meant = nearest(word, known, sizeof known / sizeof *known);
    if (!meant)
        return arena_printf(a, "there is no kind \"%s\"", word).p;
    return arena_printf(a, "there is no kind \"%s\"; did you mean \"%s\"?", word, meant).p;
}

const char *glob_problem(struct arena *a, struct str value)
{
    const char *problem = spelling_problem(value);
    size_t slash = str_find(value, '/');
    if (problem)
        return problem;
    if (slash == 0 || value.n == 0)
        return "expected KIND/NAME, such as \"flow/*\"";
    if (slash + 1 == value.n)
        return "expected a name behind the '/', or \"*\"";
    const char *word = arena_str(a, str_sub(value, 0, slash)).p;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        const struct kind *kind = kind_of((enum kind_id)i);
        if (fnmatch(word, kind->name, 0) == 0 || fnmatch(word, kind->plural, 0) == 0)
            return NULL;
    }
    return no_kind(a, word);
}
