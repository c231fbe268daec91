/*
 * digest: one document of the API, from its JSON text to what git stores.
 *
 * parse → check the id → normalise → canonical YAML → blob id → (where the blob is new) read back
 * by another implementation and compared → deflated pack entry. Pure, so that a pool may do it;
 * each thread has a digester of its own.
 */
#ifndef MODEL_DIGEST_H
#define MODEL_DIGEST_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "format/gitobj.h"
#include "format/node.h"
#include "model/index.h"
#include "model/kind.h"
#include "model/redact.h"

/* The largest document taken, in bytes of YAML. Real ones stay below 2 MB (long scripts, sample
 * data); the bound keeps a hostile one from filling memory. */
enum { DIGEST_MAX = 32 << 20 };

/* What one thread reuses from document to document. */
struct digester;
struct digester *digester_new(void);
void digester_free(struct digester *d); /* takes NULL */

/* What is left of a document. Texts live in the arena that was passed. */
struct digest {
    struct str id, slug, title;
    struct str home;  /* _integrationId */
    struct refs refs; /* kinds whose references decide who owns what: flows; else empty */
    struct oid blob;
    struct str yaml; /* what the blob holds, and its pack entry; empty where it is HEAD's */
    struct str entry;
    struct oid beside;       /* of the text beside the document (kind.body); zero: there is none */
    struct str beside_entry; /* its pack entry; empty where it is HEAD's */
    bool unchanged;          /* all is HEAD's */
};

/*
 * Parses the JSON text of a document of a kind that has documents (kind_is_document) into *ret_doc
 * and fills id, slug, title and home of *ret. Fails with ERR_BAD for what is no such document; *ret
 * then holds the id where it is known and safe, and the error names the document as far as it can.
 */
int digest_parse(struct arena *a, const struct kind *kind, struct str json, struct node *ret_doc,
                 struct digest *ret, struct err *err);

/* Redacts a document that digest_parse made, its name too. */
void digest_redact(const struct redactor *redactor, struct arena *a, const struct kind *kind,
                   struct node *doc, struct digest *ret);

/* Goes on from digest_parse: normalises doc in place, takes the text out of it that lies beside,
 * and fills the rest of *ret. `head` is HEAD's index, or NULL. Fails with ERR_BAD, naming the
 * document.
 */
int digest_node(struct digester *d, struct arena *a, const struct kind *kind, struct node *doc,
                const struct index *head, struct digest *ret, struct err *err);

/* Emits any map or list, reads it back, compares, and makes its blob; also for files that are no
 * documents. Fills blob, yaml, entry, unchanged.
 * `head_blob` is HEAD's, or NULL. */
int digest_file(struct digester *d, struct arena *a, const struct node *content,
                const struct oid *head_blob, struct digest *ret, struct err *err);

#endif
