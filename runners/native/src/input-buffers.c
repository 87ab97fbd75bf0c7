#include "input-buffers.h"

#include <stdlib.h>
#include <string.h>

static uint64_t buffer_bytes(const struct model *model, const struct request_input *declared) {
  uint64_t bytes = declared->length > declared->size ? declared->length : declared->size;
  uint64_t whole = declared->index < model->input_count ? 4 * (uint64_t)model->inputs[declared->index].n_elems : 0;
  return (bytes > whole ? bytes : whole) + 1;
}

static bool fill(rknn_input *input, const struct model *model, const struct request_input *declared,
                 struct payload payload, struct refusal *refusal) {
  if (declared->offset + declared->length > payload.length) {
    return refuse(refusal, "request", "input %u is said to be at %llu with %llu bytes, but the payload has %zu",
                  declared->index, (unsigned long long)declared->offset, (unsigned long long)declared->length,
                  payload.length);
  }
  uint64_t bytes = buffer_bytes(model, declared);
  input->buf = calloc(1, bytes);
  if (input->buf == NULL) return refuse_memory(refusal, "an input", bytes);
  if (declared->length > 0) memcpy(input->buf, payload.bytes + declared->offset, declared->length);
  input->index = declared->index;
  input->size = declared->size;
  input->pass_through = declared->pass_through;
  input->type = (rknn_tensor_type)declared->type;
  input->fmt = (rknn_tensor_format)declared->fmt;
  return true;
}

bool input_buffers_fill(struct input_buffers *buffers, const struct model *model, const struct request *request,
                        struct payload payload, struct refusal *refusal) {
  buffers->count = (uint32_t)request->input_count;
  buffers->inputs = calloc(request->input_count + 1, sizeof *buffers->inputs);
  if (buffers->inputs == NULL) return refuse_memory(refusal, "inputs", request->input_count * sizeof *buffers->inputs);
  for (uint32_t i = 0; i < buffers->count; i++) {
    if (fill(&buffers->inputs[i], model, &request->inputs[i], payload, refusal)) continue;
    input_buffers_free(buffers);
    return false;
  }
  return true;
}

void input_buffers_free(struct input_buffers *buffers) {
  for (uint32_t i = 0; i < buffers->count; i++) free(buffers->inputs[i].buf);
  free(buffers->inputs);
  buffers->inputs = NULL;
  buffers->count = 0;
}
