/* enrichment.h - what documents of the live service have and those of the reference lack. */
#ifndef SIMULATOR_ENRICHMENT_H
#define SIMULATOR_ENRICHMENT_H

#include "documents.h"

/* Adds the references and fields that only documents of every kind have, where the rules know every
 * kind. */
void document_enrich(struct maker *maker, enum kind_id kind, struct json_object *document);

#endif
