/*
 * store_remote: how a remote is reached: what it is offered, which host is believed, how long it is
 * waited for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/pulse.h"
#include "store_internal.h"

enum {
    CREDENTIAL_TRIES = 6, /* libgit2 asks for credentials again and again while they are refused */
    KNOWN_HOSTS_MAX = 4 << 20,
};

/* ---- a URL's secrets ---- */

/* What stands between "://" and "@": a user, often with a password, or a token. Empty where there
 * is none, and for ssh without a password, whose user is no secret. */
static struct str secret_of(const char *url)
{
    const char *scheme_end = strstr(url, "://");
    if (!scheme_end)
        return (struct str){0};
    const char *from = scheme_end + 3;
    const char *at = NULL;
    for (const char *c = from; *c && *c != '/'; c++)
        if (*c == '@')
            at = c;
    if (!at)
        return (struct str){0};
    struct str secret = {.p = from, .n = (size_t)(at - from)};
    bool is_ssh = !strncmp(url, "ssh:", 4) || !strncmp(url, "git+ssh:", 8);
    return is_ssh && str_find(secret, ':') == secret.n ? (struct str){0} : secret;
}

/* Takes every copy of the secret out of err's text, whoever put it there. */
static void mask_one(struct err *err, struct str secret)
{
    if (!secret.n)
        return;
    char *at = err->text;
    while ((at = memmem(at, strlen(at), secret.p, secret.n))) {
        memset(at, '*', secret.n < 3 ? secret.n : 3);
        if (secret.n > 3)
            memmove(at + 3, at + secret.n, strlen(at + secret.n) + 1);
        at++;
    }
}

int remote_mask(const struct store_remote *remote, struct err *err)
{
    mask_one(err, secret_of(remote->url));
    mask_one(err, str_of(remote->token));
    return -1;
}

/* ---- credentials ---- */

static bool is_given(const char *text)
{
    return text && *text;
}

static int user_key(git_credential **ret_credential, const char *user, const char *home,
                    const char *name)
{
    AUTO(freep) char *path = NULL;
    AUTO(freep) char *public_key = NULL;
    if (!home)
        return GIT_PASSTHROUGH;
    if (asprintf(&path, "%s/.ssh/%s", home, name) < 0 || asprintf(&public_key, "%s.pub", path) < 0)
        abort();
    if (access(path, R_OK) < 0)
        return GIT_PASSTHROUGH;
    const char *public_or_none = access(public_key, R_OK) == 0 ? public_key : NULL;
    return git_credential_ssh_key_new(ret_credential, user, public_or_none, path, NULL);
}

/* The configured key and no other; without one those that ssh itself would offer, one a call. */
static int next_ssh_key(struct remote_talk *talk, git_credential **ret_credential, const char *user)
{
    static const char *const names[] = {"id_ed25519", "id_ecdsa", "id_rsa"};
    int status = GIT_PASSTHROUGH;
    if (is_given(talk->remote->key))
        return talk->credentials_tried++ ? GIT_PASSTHROUGH
                                         : git_credential_ssh_key_memory_new(
                                               ret_credential, user, NULL, talk->remote->key, NULL);
    while (status == GIT_PASSTHROUGH && talk->credentials_tried < CREDENTIAL_TRIES) {
        int i = talk->credentials_tried++;
        if (i == 0 && getenv("SSH_AUTH_SOCK"))
            status = git_credential_ssh_key_from_agent(ret_credential, user);
        else if (i >= 1 && (size_t)i <= sizeof names / sizeof *names)
            status = user_key(ret_credential, user, talk->home, names[i - 1]);
    }
    return status;
}

/* The token, for the user of the URL, if it has one. Without a token: user and password of the URL
 * libgit2 has presented already; what is left is a token that stands there alone. */
static int password(struct remote_talk *talk, git_credential **ret_credential, const char *user)
{
    const char *token = talk->remote->token;
    if (talk->credentials_tried++ || (!user && !is_given(token)))
        return GIT_PASSTHROUGH;
    return git_credential_userpass_plaintext_new(ret_credential, user ? user : "git",
                                                 is_given(token) ? token : "");
}

static int give_credentials(git_credential **ret_credential, const char *url, const char *user,
                            unsigned allowed, void *payload)
{
    (void)url; /* redirects to others are not followed: it is always the remote's own */
    struct remote_talk *talk = payload;
    int status = GIT_PASSTHROUGH;
    pulse();
    if (allowed & GIT_CREDENTIAL_USERNAME)
        status = git_credential_username_new(ret_credential, user ? user : "git");
    else if (allowed & GIT_CREDENTIAL_SSH_KEY)
        status = next_ssh_key(talk, ret_credential, user ? user : "git");
    else if (allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT)
        status = password(talk, ret_credential, user);
    if (status != GIT_PASSTHROUGH)
        return status;
    talk->is_unknown_there = true;
    return GIT_EAUTH;
}

/* ---- who it is ---- */

/* Writes a fingerprint as ssh-keygen shows it: base64 without its padding. */
static void say_fingerprint(const unsigned char hash[static 32], char to[static HOST_KEY_TEXT])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *out = stpcpy(to, "SHA256:");
    for (size_t i = 0; i < 32; i += 3) {
        unsigned bits = (unsigned)hash[i] << 16 | (i + 1 < 32 ? (unsigned)hash[i + 1] << 8 : 0) |
                        (i + 2 < 32 ? hash[i + 2] : 0);
        for (unsigned shift = 18, n = 0; n < (i + 2 < 32 ? 4 : 3); shift -= 6, n++)
            *out++ = digits[bits >> shift & 63];
    }
    *out = '\0';
}

/* Only the pinned key, if one is; else what known hosts say, which libgit2 has asked. */
static int check_host(git_cert *cert, int valid, const char *host, void *payload)
{
    struct remote_talk *talk = payload;
    const char *pinned = talk->remote->host_key;
    pulse();
    snprintf(talk->host, sizeof talk->host, "%s", host);
    if (cert->cert_type != GIT_CERT_HOSTKEY_LIBSSH2) {
        talk->is_no_certificate = !valid;
        return GIT_PASSTHROUGH;
    }
    const git_cert_hostkey *key = (const git_cert_hostkey *)cert;
    if (key->type & GIT_CERT_SSH_SHA256)
        say_fingerprint(key->hash_sha256, talk->host_key);
    talk->is_stranger = is_given(pinned) ? strcmp(pinned, talk->host_key) != 0 : !valid;
    return talk->is_stranger ? GIT_ECERTIFICATE : 0;
}

static int refuse_stranger(const struct remote_talk *talk, struct err *err)
{
    const struct store_remote *remote = talk->remote;
    const char *key = *talk->host_key ? talk->host_key : "a key without a fingerprint";
    if (is_given(remote->host_key))
        return err_set(err, ERR_USAGE,
                       "push to %s: the host shows the key %s, not the one that "
                       "mirror.remote_host_key has: it was changed, or somebody stands between",
                       remote->url, key);
    return err_set(
        err, ERR_USAGE,
        "push to %s: the host shows the key %s, which %s does not have for it. If it was "
        "known there, it was changed, or somebody stands between; if it is new, compare "
        "it with what the host's owner says, then add what \"ssh-keyscan %s\" prints to "
        "the file, or set mirror.remote_host_key",
        remote->url, key,
        is_given(remote->known_hosts) ? remote->known_hosts : "~/.ssh/known_hosts", talk->host);
}

/* ---- what moves ---- */

/* The last of what the remote says of itself: why a hook refuses, for instance. */
static int hear(const char *text, int n, void *payload)
{
    struct remote_talk *talk = payload;
    size_t used = strlen(talk->said);
    pulse();
    for (int i = 0; i < n && used + 1 < sizeof talk->said; i++)
        talk->said[used++] = text[i] == '\n' || text[i] == '\r' ? ' ' : text[i];
    talk->said[used] = '\0';
    return 0;
}

static int note_packing(int stage, uint32_t current, uint32_t total, void *payload)
{
    (void)stage;
    (void)current;
    (void)total;
    (void)payload;
    pulse();
    return 0;
}

static int note_sending(unsigned current, unsigned total, size_t bytes, void *payload)
{
    (void)current;
    (void)total;
    (void)bytes;
    (void)payload;
    pulse();
    return 0;
}

void remote_listen(struct remote_talk *talk, git_remote_callbacks *callbacks)
{
    callbacks->credentials = give_credentials;
    callbacks->certificate_check = check_host;
    callbacks->sideband_progress = hear;
    callbacks->pack_progress = note_packing;
    callbacks->push_transfer_progress = note_sending;
    callbacks->payload = talk;
}

/* ---- settings that libgit2 has for the whole process ---- */

/* Makes a home of nothing but the known hosts that are configured. */
static int make_home(struct store *store, const char *known_hosts, char **ret_home, struct err *err)
{
    AUTO(buf_release) struct buf text = BUF_MAX(KNOWN_HOSTS_MAX);
    AUTO(freep) char *folder = NULL;
    AUTO(freep) char *file = NULL;
    const char *home = store_private_path(store, "ssh");
    if (fs_read(known_hosts, KNOWN_HOSTS_MAX, &text, err) < 0) {
        err->cls = ERR_USAGE;
        return err_wrap(err, "push: mirror.remote_known_hosts");
    }
    if (asprintf(&folder, "%s/.ssh", home) < 0 || asprintf(&file, "%s/known_hosts", folder) < 0)
        abort();
    if (fs_make_folders(folder, 0700, err) < 0 || fs_replace(file, 0600, buf_view(&text), err) < 0)
        return -1;
    *ret_home = strdup(home);
    return 0;
}

/* Where libgit2 looks for known hosts: 1.5 asks the environment each time. */
static void set_home(const char *home)
{
#if LIBGIT2_VER_MAJOR > 1 || LIBGIT2_VER_MINOR >= 6
    git_libgit2_opts(GIT_OPT_SET_HOMEDIR, home);
#else
    if (home)
        setenv("HOME", home, 1);
    else
        unsetenv("HOME");
#endif
}

/* Without these a server that falls silent would hold us forever; libgit2 has them since 1.7. */
static void limit_waiting(void)
{
#if LIBGIT2_VER_MAJOR > 1 || LIBGIT2_VER_MINOR >= 7
    git_libgit2_opts(GIT_OPT_SET_SERVER_CONNECT_TIMEOUT, 10000);
    git_libgit2_opts(GIT_OPT_SET_SERVER_TIMEOUT, 60000);
#endif
}

/* Certificates of one's own, named as git and OpenSSL have them named. */
static int trust_authorities(struct err *err)
{
    const char *file = getenv("GIT_SSL_CAINFO");
    if (!is_given(file))
        file = getenv("SSL_CERT_FILE");
    if (is_given(file) && git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, file, NULL) < 0)
        return store_fail(err, ERR_USAGE, "%s", file);
    return 0;
}

/* Whether a URL would send a token over the network for all to read. */
static bool is_plain(const char *url)
{
    static const char *const loopback[] = {"127.0.0.1", "localhost", "[::1]"};
    if (strncasecmp(url, "http://", 7) != 0)
        return false;
    const char *host = strchr(url, '@') ? strchr(url, '@') + 1 : url + 7;
    for (size_t i = 0; i < sizeof loopback / sizeof *loopback; i++) {
        size_t n = strlen(loopback[i]);
        if (strncmp(host, loopback[i], n) == 0 && strchr(":/", host[n]))
            return false;
    }
    return true;
}

static int check(const struct store_remote *remote, struct err *err)
{
    if (is_given(remote->token) && is_plain(remote->url))
        return err_set(err, ERR_USAGE,
                       "push to %s: plain http would show the token to everyone on the way; use "
                       "https or ssh",
                       remote->url);
    return 0;
}

int remote_begin(struct remote_talk *talk, struct store *store, struct err *err)
{
    const struct store_remote *remote = talk->remote;
    AUTO(freep) char *home = NULL;
    talk->home = getenv("HOME") ? strdup(getenv("HOME")) : NULL;
    if (check(remote, err) < 0)
        return -1;
    if (is_given(remote->known_hosts) && make_home(store, remote->known_hosts, &home, err) < 0)
        return -1;
    if (home)
        set_home(home);
    limit_waiting();
    return strncmp(remote->url, "https:", 6) == 0 ? trust_authorities(err) : 0;
}

void remote_end(struct remote_talk *talk)
{
    set_home(talk->home);
    free(talk->home);
    talk->home = NULL;
}

/* ---- what went wrong ---- */

int remote_explain(const struct remote_talk *talk, struct err *err)
{
    const char *url = talk->remote->url;
    if (talk->is_stranger)
        return refuse_stranger(talk, err);
    if (talk->is_no_certificate) {
        store_fail(err, ERR_USAGE, "push to %s: the certificate of %s is not to be trusted", url,
                   talk->host);
        return -1;
    }
    if (talk->is_unknown_there)
        return err_set(err, ERR_RETRY,
                       "push to %s: the remote takes none of the credentials there are (%s)", url,
                       is_given(talk->remote->key) ? "mirror.remote_key_file"
                       : is_given(talk->remote->token)
                           ? "mirror.remote_token_file"
                           : "ssh agent, keys in ~/.ssh, or those in the URL");
    store_fail(err, ERR_RETRY, "push to %s", url);
    return -1;
}
