/* What rknn_outputs_get gave, laid out in one payload. */
#ifndef HIL_OUTPUT_COPY_H
#define HIL_OUTPUT_COPY_H

#include <stdbool.h>
#include <stdint.h>

#include "model.h"
#include "refusal.h"

struct output_copy {
  /* All outputs, each at a multiple of 8, with zeros between. */
  uint8_t *payload;
  uint64_t payload_bytes;
  /* Of each output, in the order of their indices. */
  uint64_t *offsets;
  uint64_t *lengths;
};

/* Works out where everything goes; refuses an answer larger than the host takes, before anything runs. */
bool output_copy_plan(struct output_copy *copy, const struct model *model, bool want_float, uint64_t limit,
                      struct refusal *refusal);

/* Whether the runtime gave what the attributes promise. */
bool output_copy_check(const struct output_copy *copy, const struct model *model, const rknn_output *outputs,
                       struct refusal *refusal);

void output_copy_take(struct output_copy *copy, const struct model *model, const rknn_output *outputs);

uint32_t output_copy_crc32(const struct output_copy *copy, const struct model *model, const rknn_output *outputs);

/*
 * Whether every output is exactly 0: its bytes, or the values that they stand for, as the output of an NPU that never
 * wrote.
 */
bool output_copy_is_zero(const struct output_copy *copy, const struct model *model, const rknn_output *outputs);

void output_copy_free(struct output_copy *copy);

#endif
