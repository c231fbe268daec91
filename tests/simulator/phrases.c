#include "phrases.h"

static const struct person people[] = {
    {"alice@example.com", "Alice Meier"},         {"bob@example.com", "Bob"},
    {"chiara.rossi@example.org", "Chiara Rossi"}, {"d.o'neill@example.com", "Dónal O'Neill"},
    {"zoë@example.net", "Zoë <Ops> 李"},
};

#define PICK(random, list) (list)[random_below((random), sizeof(list) / sizeof *(list))]

const struct person *phrase_person(size_t number)
{
    return number < sizeof people / sizeof *people ? &people[number] : NULL;
}

const char *phrase_user(struct random *random)
{
    return PICK(random, people).email;
}

const char *phrase_system(struct random *random)
{
    static const char *const list[] = {"Salesforce", "NetSuite", "Shopify", "Amazon",  "HubSpot",
                                       "SAP",        "Magento",  "Jira",    "Zendesk", "Stripe",
                                       "Snowflake",  "Workday",  "3PL",     "EDI 850"};

    return PICK(random, list);
}

const char *phrase_object(struct random *random)
{
    static const char *const list[] = {"customers",        "orders",  "invoices",    "items",
                                       "payments",         "refunds", "contacts",    "shipments",
                                       "inventory levels", "tickets", "price lists", "payouts"};

    return PICK(random, list);
}

const char *phrase_verb(struct random *random)
{
    static const char *const list[] = {"Get",    "Sync",    "Upsert",  "Post",
                                       "Update", "Look up", "Archive", "Reconcile"};

    return PICK(random, list);
}

const char *phrase_field(struct random *random)
{
    static const char *const list[] = {"entityid",
                                       "companyname",
                                       "email",
                                       "phone",
                                       "subsidiary",
                                       "terms",
                                       "tranid",
                                       "trandate",
                                       "memo",
                                       "currency",
                                       "exchangerate",
                                       "item",
                                       "quantity",
                                       "rate",
                                       "amount",
                                       "location",
                                       "department",
                                       "class",
                                       "externalid",
                                       "shipaddress",
                                       "billaddress",
                                       "custbody_celigo_etail_order_id",
                                       "custentity_größe",
                                       "custcol_备注",
                                       "isinactive"};

    return PICK(random, list);
}

const char *phrase_schedule(struct random *random)
{
    static const char *const list[] = {"? 5 0 ? * *", "? */15 * ? * *", "? 0 6,12,18 ? * MON-FRI",
                                       "? 30 23 ? * 1", "? 5,20,35,50 * ? * *"};

    return PICK(random, list);
}

const char *phrase_lookalike(struct random *random)
{
    static const char *const list[] = {
        "yes",  "No",   "on",   "0123", "1_000", "2024-01-01", "~",        "0x1F",
        "null", "true", "1e3",  ".5",   "-",     "",           " padded ", "12:30:45",
        "!tag", "&a",   "*ref", "- x",  "# x",   "a: b",       "key #1",   "%TAG",
        "@at",  "`q`",  "{x}",  "[1]",  "\"q\"", "it's",       "=",        "<<",
        "0o17", "+1",   "1.",   ".inf", "NaN",   "y",          "\ttab",    "end\n"};

    return PICK(random, list);
}

const char *phrase_number(struct random *random)
{
    static const char *const list[] = {"1.10", "1e3",  "-0.5",          "0.0",
                                       "2.50", "1E-7", "123456.789000", "6.02e+23"};

    return PICK(random, list);
}

const char *phrase_foreign_name(struct random *random)
{
    static const char *const list[] = {
        "Café Zürich – Aufträge",
        "注文の同期",
        "订单 → NetSuite",
        "طلبات العملاء",
        "הזמנות \xe2\x80\x8f(RTL)",
        "Заказы и счета",
        "Orders 🚀 → ERP",
        "👩‍👩‍👧 households",
        "e\xcc\x81t\xc3\xa9 vs été",
        "İstanbul ışık",
        "A/B \\ test: \"quoted\" & <b>",
        "100% {{record.id}} #1",
    };

    return PICK(random, list);
}

const char *phrase_sql(struct random *random)
{
    static const char *const list[] = {
        "SELECT o.id,\n       o.number,\n       c.email AS \"customer email\"\nFROM orders o\n"
        "  JOIN customers c ON c.id = o.customer_id\nWHERE o.updated_at > {{lastExportDateTime}}\n"
        "  AND o.status IN ('open', 'it''s held') -- not 'void'\nORDER BY o.id\nLIMIT 1000",
        "INSERT INTO dbo.invoice (id, amount, note)\nVALUES\n\t({{record.id}}, {{record.amount}}, "
        "N'{{record.note}}');\n",
        ("MERGE INTO stock AS t\r\nUSING (SELECT {{record.sku}} AS sku) AS s\r\n\tON t.sku = "
         "s.sku\r\n"
         "WHEN MATCHED THEN UPDATE SET qty = {{record.qty}};\r\n"),
    };

    return PICK(random, list);
}

const char *phrase_javascript(struct random *random)
{
    static const char *const list[] = {
        "/*\n * preSavePage stub:\n *\n * The name of the function can be changed to anything you "
        "like.\n */\n"
        "function preSavePage (options) {\n\tconst seen = new Set()\n\treturn {\n"
        "\t\tdata: options.data.filter((r) => {\n\t\t\tif (seen.has(r.id)) return false // 👀 seen "
        "before\n"
        "\t\t\tseen.add(r.id)\n\t\t\treturn true\n\t\t}),\n\t\terrors: options.errors,\n\t\tabort: "
        "false,\n"
        "\t\tnewErrorsAndRetryData: []\n\t}\n}\n",
        "function postMap (options) {\n  return options.postMapData.map((r, i) => {\n"
        "    if (!r.email) {\n      return { errors: [{ code: 'NO_EMAIL', message: `Row ${i}: no "
        "e-mail ✉️` }] }\n    }\n"
        "    r.email = r.email.trim().toLowerCase();   \n    r.total = Number((r.total || "
        "0).toFixed(2))\n"
        "    return { data: r }\n  })\n}",
        "import { request } from 'integrator-api'\n\nfunction branching (options) {\n\t// 日本 "
        "goes first\n"
        "\tif (options.record.country === 'JP' || /^東京/.test(options.record.city)) {\n\t\treturn "
        "[0]\n\t}\n"
        "\tconst re = /\\d{3}-\\d{4}\\u0020?/\n\treturn re.test(options.record.zip) ? [1] : [0, "
        "1]\n}\n\n\n",
    };

    return PICK(random, list);
}

void phrase_description(struct random *random, struct buffer *out)
{
    static const char *const list[] = {
        "Runs after the nightly close; do not disable without asking finance.",
        "Created from the template, then changed: see the wiki for the field list.",
        "Keeps the two systems in step. Errors go to the operations queue.",
        "Owner: integration team.\nReviewed every quarter.",
        "Legacy – kept for the 2019 orders only.",
        "Uses {{settings.region}} to choose the endpoint; the default is \"eu\".",
    };

    buffer_text(out, PICK(random, list));
    if (random_chance(random, 0.3)) {
        buffer_text(out, " ");
        buffer_text(out, PICK(random, list));
    }
}
