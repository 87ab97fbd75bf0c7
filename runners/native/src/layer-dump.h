/* Runs a model once with the vendor's layer dump on, in a context and a folder of its own. */
#ifndef HIL_LAYER_DUMP_H
#define HIL_LAYER_DUMP_H

#include <stdbool.h>
#include <stdint.h>

#include "input-buffers.h"
#include "model.h"
#include "refusal.h"

struct layer {
  const char *name;
  /* Slowest dimension first. */
  uint32_t shape[3];
  const float *values;
  uint64_t bytes;
};

/* Called for each layer in the order of execution; false ends the dump, with the refusal that it leaves. */
typedef bool layer_taker(const struct layer *layer, void *context, struct refusal *refusal);

/* Nothing of the dump stays on the board. `count` is the number of layers that were taken. */
bool layer_dump_run(const struct model *model, const struct vendor *vendor, const struct input_buffers *buffers,
                    uint64_t payload_limit, layer_taker *take, void *context, uint32_t *count,
                    struct refusal *refusal);

#endif
