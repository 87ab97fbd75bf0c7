/* The heads of the runner's messages. docs/protocol.md is the specification. */
#ifndef HIL_ANSWERS_H
#define HIL_ANSWERS_H

#include <stdint.h>

#include "inference.h"
#include "json-text.h"
#include "layer-dump.h"
#include "model.h"
#include "refusal.h"
#include "request.h"
#include "vendor.h"

struct json_text answer_hello(const struct request *request, const struct vendor *vendor);
struct json_text answer_loaded(uint32_t id, uint32_t number, const struct model *model);
struct json_text answer_inferred(uint32_t id, const struct model *model, const struct inference *inference);
/* `same`: the host holds these values, so that none follow. */
struct json_text answer_layer(uint32_t id, const struct layer *layer, const char *sha256, bool same);
struct json_text answer_layers_end(uint32_t id, uint32_t count);
struct json_text answer_error(uint32_t id, const struct refusal *refusal);

/* An answer that says nothing but its type. */
struct json_text answer_plain(const char *type, uint32_t id);

/* Bytes that the head of `inferred` has at least. */
uint64_t answer_inferred_least(uint32_t repeats);

#endif
