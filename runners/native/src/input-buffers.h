/* What the host declares about its inputs, as the array that rknn_inputs_set takes. */
#ifndef HIL_INPUT_BUFFERS_H
#define HIL_INPUT_BUFFERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model.h"
#include "refusal.h"
#include "request.h"

/* Memory of one input that is kept for the next request. */
struct input_memory {
  uint8_t *bytes;
  size_t capacity;
  /* All behind so many bytes is zero. */
  size_t used;
};

/* Zeroed before its first use. */
struct input_buffers {
  rknn_input *inputs;
  uint32_t count;
  struct input_memory *memory;
  uint32_t places;
};

/* The bytes of a frame that came with a request. */
struct payload {
  const uint8_t *bytes;
  size_t length;
};

/*
 * Copies every input into a buffer of its own. The runtime copies as much as its model says and not as much as it is told,
 * so each buffer has at least four bytes for every element of the model's input; what the host did not send is zero.
 */
bool input_buffers_fill(struct input_buffers *buffers, const struct model *model, const struct request *request,
                        struct payload payload, struct refusal *refusal);

/* After each request: gives back what is too large to be kept. What is kept need not be zeroed again as a whole. */
void input_buffers_trim(struct input_buffers *buffers);

void input_buffers_free(struct input_buffers *buffers);

#endif
