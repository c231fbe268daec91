/* document_connection.c - made-up connections, of the types there are. */
#include "documents.h"
#include "parts.h"
#include "phrases.h"

static void put_http_connection(struct maker *maker, struct json_object *document)
{
    struct random *random = &maker->random;
    struct json_object *http = json_put_object(document, "http");
    struct json_object *auth;
    struct json_object *token;
    struct json_object *unencrypted;

    json_put_text(http, "formType", "http");
    json_put_text(http, "mediaType", "json");
    json_put_text(http, "baseURI", "https://api.example.com/{{connection.settings.version}}");
    json_put_int(http, "concurrencyLevel", (int64_t)random_below(random, 25) + 1);
    if (maker->rules->masks)
        part_put_secret(maker, json_put_object(http, "encrypted"), "apiSecret");
    else
        json_put_text(http, "encrypted", "******");
    unencrypted = json_put_object(http, "unencrypted");
    json_put_text(unencrypted, "tenant", phrase_lookalike(random));
    json_put_array(unencrypted, "scopes");
    auth = json_put_object(http, "auth");
    json_put_text(auth, "type", "token");
    token = json_put_object(auth, "token");
    part_put_secret(maker, token, "token");
    part_put_secret(maker, token, "refreshToken");
    json_put_text(token, "location", "header");
    json_put_text(token, "headerName", "Authorization");
    json_put_text(token, "scheme", "Bearer");
    part_push_pair(json_put_array(http, "headers"), "content-type", "application/json");
}

static void put_database_connection(struct maker *maker, struct json_object *document)
{
    struct json_object *rdbms = json_put_object(document, "rdbms");

    json_put_text(rdbms, "type", random_chance(&maker->random, 0.5) ? "postgresql" : "mssql");
    json_put_text(rdbms, "host", "db.example.com");
    json_put_int(rdbms, "port", 5432);
    json_put_text(rdbms, "database", "erp");
    json_put_text(rdbms, "user", "celigo");
    part_put_secret(maker, rdbms, "password");
    json_put_object(rdbms, "options");
}

static void put_netsuite_connection(struct maker *maker, struct json_object *document)
{
    struct json_object *netsuite = json_put_object(document, "netsuite");

    json_put_text(netsuite, "authType", "token");
    json_put_text(netsuite, "account",
                  random_chance(&maker->random, 0.5) ? "TSTDRV1934805" : "0123456");
    part_put_secret(maker, netsuite, "tokenId");
    part_put_secret(maker, netsuite, "tokenSecret");
    json_put_text(netsuite, "environment", "production");
    json_put(netsuite, "roleId", NULL);
}

static void put_ftp_connection(struct maker *maker, struct json_object *document)
{
    struct json_object *ftp = json_put_object(document, "ftp");

    json_put_text(ftp, "type", "sftp");
    json_put_text(ftp, "hostURI", "sftp.example.com");
    json_put_int(ftp, "port", 22);
    json_put_text(ftp, "username", "celigo");
    part_put_secret(maker, ftp, "password");
    part_put_secret(maker, ftp, "authKey");
}

static void put_s3_connection(struct maker *maker, struct json_object *document)
{
    struct json_object *s3 = json_put_object(document, "s3");

    json_put_text(s3, "accessKeyId", "AKIAEXAMPLE0123");
    part_put_secret(maker, s3, "secretAccessKey");
    json_put_text(s3, "pingBucket", "exports");
}

static void put_salesforce_connection(struct maker *maker, struct json_object *document)
{
    struct json_object *salesforce = json_put_object(document, "salesforce");

    json_put_bool(salesforce, "sandbox", maker->sandbox);
    json_put_text(salesforce, "baseURI", "https://example.my.salesforce.com");
    json_put_text(salesforce, "oauth2FlowType", "refreshToken");
    part_put_secret(maker, salesforce, "bearerToken");
    part_put_secret(maker, salesforce, "refreshToken");
    json_put_array(salesforce, "packagedOAuth");
}

static void put_mongodb_connection(struct maker *maker, struct json_object *document)
{
    struct json_object *mongodb = json_put_object(document, "mongodb");

    json_push_text(json_put_array(mongodb, "host"), "mongo.example.com:27017");
    json_put_text(mongodb, "database", "events");
    json_put_text(mongodb, "username", "celigo");
    part_put_secret(maker, mongodb, "password");
}

static void put_rest_connection(struct maker *maker, struct json_object *document)
{
    struct json_object *rest = json_put_object(document, "rest");
    struct json_object *basic = json_put_object(rest, "basicAuth");

    json_put_text(rest, "baseURI", "https://legacy.example.com/rest");
    json_put_text(rest, "mediaType", "json");
    json_put_text(rest, "authType", "token");
    part_put_secret(maker, rest, "bearerToken");
    part_put_secret(maker, rest, "refreshToken");
    part_put_secret(maker, json_put_object(rest, "encrypted"), "field");
    json_put_text(basic, "username", "celigo");
    part_put_secret(maker, basic, "password");
}

static void put_jdbc_connection(struct maker *maker, struct json_object *document)
{
    struct json_object *jdbc = json_put_object(document, "jdbc");

    json_put_text(jdbc, "type", "oracle");
    json_put_text(jdbc, "host", "oracle.example.com");
    json_put_text(jdbc, "user", "celigo");
    part_put_secret(maker, jdbc, "password");
    part_put_secret(maker, jdbc, "wallet");
}

static void put_dynamodb_connection(struct maker *maker, struct json_object *document)
{
    struct json_object *aws = json_put_object(json_put_object(document, "dynamodb"), "aws");

    json_put_text(aws, "accessKeyId", "AKIAEXAMPLE0456");
    part_put_secret(maker, aws, "secretAccessKey");
}

static void put_as2_connection(struct maker *maker, struct json_object *document)
{
    struct json_object *as2 = json_put_object(document, "as2");

    json_put_text(as2, "as2Id", "EXAMPLE-AS2");
    json_put_text(as2, "partnerId", "PARTNER-01");
    part_put_secret(maker, as2, "userPrivateKey");
    part_put_secret(maker, as2, "partnerPassword");
}

static void put_oauth_connection(struct maker *maker, struct json_object *document)
{
    struct json_object *http = json_put_object(document, "http");
    struct json_object *auth = json_put_object(http, "auth");
    struct json_object *oauth = json_put_object(auth, "oauth");
    struct json_object *basic = json_put_object(auth, "basic");
    struct json_object *certificates = json_put_object(http, "clientCertificates");

    json_put_text(http, "formType", "http");
    json_put_text(http, "baseURI", "https://oauth.example.com/v1");
    part_put_id(maker, http, "_iClientId", maker->known[KIND_ICLIENTS]);
    json_put_text(auth, "type", "oauth");
    json_put_text(oauth, "tokenURI", "https://oauth.example.com/token");
    json_put_text(oauth, "grantType", "password");
    part_put_secret(maker, oauth, "clientSecret");
    part_put_secret(maker, oauth, "password");
    json_put_text(basic, "username", "celigo");
    part_put_secret(maker, basic, "password");
    part_put_secret(maker, certificates, "key");
    part_put_secret(maker, certificates, "passphrase");
    part_put_secret(maker, certificates, "pfx");
}

static void put_agent_database_connection(struct maker *maker, struct json_object *document)
{
    put_database_connection(maker, document);
    part_put_secret(maker, json_get(document, "rdbms"), "key");
    part_put_secret(maker, json_get(document, "rdbms"), "passphrase");
    part_put_id(maker, document, "_agentId", maker->known[KIND_AGENTS]);
}

/* The reference's four come first. */
enum { PLAIN_TYPES = 4 };

static const struct {
    const char *name;
    void (*put)(struct maker *maker, struct json_object *document);
} types[] = {
    {"http", put_http_connection},
    {"rdbms", put_database_connection},
    {"netsuite", put_netsuite_connection},
    {"ftp", put_ftp_connection},
    {"http", put_oauth_connection},
    {"rdbms", put_agent_database_connection},
    {"salesforce", put_salesforce_connection},
    {"s3", put_s3_connection},
    {"mongodb", put_mongodb_connection},
    {"rest", put_rest_connection},
    {"jdbc", put_jdbc_connection},
    {"dynamodb", put_dynamodb_connection},
    {"as2", put_as2_connection},
};

/* Any of the plain types, or, with every kind, one after the other. */
static size_t choose_type(struct maker *maker)
{
    if (!maker->rules->every_kind)
        return random_below(&maker->random, PLAIN_TYPES);
    return maker->connections_made++ % (sizeof types / sizeof *types);
}

struct json_object *document_connection(struct maker *maker, const char *id)
{
    size_t type = choose_type(maker);
    struct json_object *document = part_begin(id);

    json_put_text(document, "type", types[type].name);
    part_put_name(maker, document, "Connect");
    json_put_bool(document, "sandbox", maker->sandbox);
    json_put_bool(document, "offline", random_chance(&maker->random, 0.1));
    part_put_settings(maker, document);
    types[type].put(maker, document);
    part_put_stamps(maker, document);
    return document;
}
