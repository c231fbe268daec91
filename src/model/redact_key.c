/* What a key promises of its value, told by the words it is made of: the last is what it is. */
#include <string.h>

#include "redact_internal.h"

enum {
    KEY_MAX = 160, /* bytes looked at, the last ones */
    WORDS_MAX = 24,
};

/* The words of a key, in lower case: "Access-Token2" is access, token. */
struct words {
    char text[KEY_MAX];
    struct str word[WORDS_MAX];
    size_t n;
    bool digits; /* digits stood behind one of them */
};

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

/* Whether a word ends before key[i]: at a hump (accessToken), at the last of capitals (APIKey). */
static bool is_hump(struct str key, size_t i)
{
    if (i == 0 || !is_upper(key.p[i]))
        return false;
    if (is_lower(key.p[i - 1]))
        return true;
    return is_upper(key.p[i - 1]) && i + 1 < key.n && is_lower(key.p[i + 1]) &&
           !(key.p[i + 1] == 's' && i + 2 == key.n);
}

static void split(struct str key, struct words *w)
{
    *w = (struct words){0};
    if (key.n > KEY_MAX)
        key = str_sub(key, key.n - KEY_MAX, KEY_MAX);
    size_t begin = 0;
    for (size_t i = 0; i <= key.n; i++) {
        char c = i < key.n ? key.p[i] : ' ';
        bool letter = is_upper(c) || is_lower(c);
        if (i < key.n)
            w->text[i] = is_upper(c) ? (char)(c - 'A' + 'a') : c;
        if (letter && !is_hump(key, i))
            continue;
        if (i > begin && w->n < WORDS_MAX)
            w->word[w->n++] = (struct str){.p = w->text + begin, .n = i - begin};
        begin = letter ? i : i + 1;
        w->digits |= c >= '0' && c <= '9';
    }
}

/* Whether word is one of the words in list, which a blank stands around. */
static bool is_one_of(struct str word, const char *list)
{
    while (word.n && *list) {
        size_t n = 0;
        while (n < word.n && list[n] && list[n] == word.p[n])
            n++;
        if (n == word.n && (list[n] == ' ' || !list[n]))
            return true;
        list = strchrnul(list + n, ' ');
        list += *list == ' ';
    }
    return false;
}

/* The word without the s of a plural. */
static struct str singular(struct str word)
{
    bool plural = word.n > 3 && word.p[word.n - 1] == 's' && word.p[word.n - 2] != 's';
    return str_sub(word, 0, word.n - plural);
}

static struct str word_before(const struct words *w, size_t back)
{
    return w->n > back ? w->word[w->n - 1 - back] : STR("");
}

/* Keys that are secret, and keys of tables and records, which are none. */
static const char secret_keys[] =
    "api access auth authentication authorization account app application shared subscription "
    "signing signature encryption decryption crypto security license service storage functions "
    "function host master hmac aes webhook integration connection integrator ssh rsa developer dev "
    "partner user client session token bearer consumer";
static const char password_keys[] = "private secret";
static const char plain_keys[] =
    "primary public sort lookup idempotency foreign unique external partition cache object record "
    "natural business map row group join merge order item index dedupe message routing issue "
    "project value field column customer product parent child search name sync sorting ordering "
    "grouping composite surrogate hash range registry translation label locale i18n data line";
static const char plain_tokens[] =
    "page paging pagination next prev previous continuation cursor sync delta resume skip start "
    "end first last scroll cancel cancellation max min num total completion prompt input output";

static enum secrecy of_key_word(struct str before)
{
    if (is_one_of(before, password_keys))
        return SECRECY_PASSWORD;
    if (is_one_of(before, secret_keys))
        return SECRECY_TOKEN;
    return is_one_of(before, plain_keys) ? SECRECY_NONE : SECRECY_RANDOM;
}

/* What the words promise: `head` is the last one. */
static enum secrecy of_words(struct str head, struct str before)
{
    if (is_one_of(head, "password passwd pwd passphrase passcode pass pw passwrd secret"))
        return SECRECY_PASSWORD;
    if (is_one_of(head, "phrase word") && str_is(before, "pass"))
        return SECRECY_PASSWORD;
    if (is_one_of(head, "token"))
        return is_one_of(before, plain_tokens) ? SECRECY_NONE : SECRECY_TOKEN;
    if (is_one_of(head, "key"))
        return of_key_word(before);
    if (is_one_of(head, "jwt bearer credential apikey authkey accesskey csrf xsrf"))
        return SECRECY_TOKEN;
    if (is_one_of(head, "authorization"))
        return SECRECY_CREDENTIAL;
    if (str_is(head, "auth"))
        return before.n ? SECRECY_RANDOM : SECRECY_CREDENTIAL;
    if (is_one_of(head, "cookie"))
        return SECRECY_COOKIES;
    if (is_one_of(head, "pin otp cvv cvc"))
        return SECRECY_PIN;
    if (is_one_of(head, "code sig signature session sid sessionid hmac pfx wallet encrypted sas "
                        "assertion jsessionid phpsessid"))
        return SECRECY_RANDOM;
    if (str_is(head, "id") && is_one_of(before, "token session"))
        return SECRECY_RANDOM;
    return SECRECY_NONE;
}

/* What a word written together promises: dbpassword, hapikey, authtoken. */
static enum secrecy of_compound(struct str head)
{
    static const struct str passwords[] = {{"password", 8}, {"passwd", 6}, {"passphrase", 10},
                                           {"secret", 6},   {"pwd", 3},    {"privatekey", 10},
                                           {"secretkey", 9}};
    static const struct str tokens[] = {
        {"token", 5}, {"apikey", 6}, {"accesskey", 9}, {"authkey", 7}};
    for (size_t i = 0; i < sizeof passwords / sizeof *passwords; i++)
        if (str_ends(head, passwords[i]))
            return SECRECY_PASSWORD;
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++)
        if (str_ends(head, tokens[i]))
            return SECRECY_TOKEN;
    struct str key = STR("key");
    if (str_ends(head, key) && is_one_of(str_sub(head, 0, head.n - key.n), secret_keys))
        return SECRECY_TOKEN;
    return SECRECY_NONE;
}

/* A key that is one of ours to know: a token in paging is a position, a webhook's key is a secret.
 */
static enum secrecy of_parent(enum secrecy secrecy, const struct words *w, struct str parent)
{
    if (w->n != 1)
        return secrecy;
    struct words above;
    split(parent, &above);
    struct str owner = word_before(&above, 0);
    if (secrecy == SECRECY_TOKEN && is_one_of(owner, plain_tokens))
        return SECRECY_NONE;
    if (str_is(w->word[0], "key") && is_one_of(owner, "webhook certificates certificate rdbms"))
        return SECRECY_TOKEN;
    return secrecy;
}

/* Whether a key ends as one of the words above does: most do not, and need not be taken apart. */
static bool may_be_secret(struct str key)
{
    static const char ends[] = " rd wd se de ss pw et en ey wt er al on th ie rf in tp vv vc ig re "
                               "id ac fx ed as ";
    while (key.n && !is_upper(key.p[key.n - 1]) && !is_lower(key.p[key.n - 1]))
        key.n--;
    if (key.n < 2)
        return false;
    char end[] = {' ', (char)(key.p[key.n - 2] | 0x20), (char)(key.p[key.n - 1] | 0x20), ' ', '\0'};
    if (strstr(ends, end))
        return true;
    if (end[2] != 's' || key.n < 3)
        return false;
    end[2] = end[1];
    end[1] = (char)(key.p[key.n - 3] | 0x20);
    return strstr(ends, end);
}

enum secrecy key_secrecy(struct str key, struct str parent)
{
    if (!may_be_secret(key))
        return SECRECY_NONE;
    struct words w;
    split(key, &w);
    if (w.n == 0)
        return SECRECY_NONE;
    struct str head = singular(word_before(&w, 0));
    enum secrecy secrecy = of_words(head, word_before(&w, 1));
    if (secrecy == SECRECY_NONE && !is_one_of(head, "token key"))
        secrecy = of_compound(head);
    return of_parent(secrecy, &w, parent);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Whether the digit text[i] may belong to a name: of one or two behind a letter, as in token2. */
static bool is_number_of_name(struct str text, size_t i)
{
    size_t n = 0;
    while (is_digit(text.p[i - n]) && n < i)
        n++;
    return n > 0 && n <= 2 && (is_lower(text.p[i - n]) || is_upper(text.p[i - n]));
}

bool key_is_name_of_secret(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!is_upper(text.p[i]) && !is_lower(text.p[i]) && !is_number_of_name(text, i) &&
            !(redact_is_any(text.p[i], "_-. ") && i + 1 < text.n))
            return false;
    struct words w;
    split(text, &w);
    if (w.n == 0 || w.n == WORDS_MAX || text.n > KEY_MAX)
        return false;
    struct str head = singular(word_before(&w, 0)), before = word_before(&w, 1);
    return of_words(head, before) != SECRECY_NONE && (w.n > 1 || !is_one_of(head, "pw pass"));
}

bool key_tells_name(struct str key)
{
    return is_one_of(key, "name key id header headerName field fieldId fieldPath generate");
}

bool key_holds_value(struct str key)
{
    return is_one_of(key, "value defaultValue default hardCodedValue val old new oldValue newValue "
                          "_ $t #text text content current");
}
