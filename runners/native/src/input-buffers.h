/* What the host declares about its inputs, as the array that rknn_inputs_set takes. */
#ifndef HIL_INPUT_BUFFERS_H
#define HIL_INPUT_BUFFERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model.h"
#include "refusal.h"
#include "request.h"

struct input_buffers {
  rknn_input *inputs;
  uint32_t count;
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

void input_buffers_free(struct input_buffers *buffers);

#endif
