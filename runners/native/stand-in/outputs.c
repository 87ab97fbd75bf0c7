/* rknn_outputs_get and rknn_outputs_release. */
#include <stdio.h>
#include <string.h>

#include "context.h"
#include "tensor.h"

/* As the vendor's driver, in asynchronous use the result of the run before; of the first run, its own. */
static const struct results *due_results(const struct context *context) {
  const struct results *before = &context->results[1];
  bool asynchronous = (context->flags & RKNN_FLAG_ASYNC_MASK) != 0;
  return asynchronous && before->valid ? before : &context->results[0];
}

/* Converts or copies one output; a result that was cut short leaves the rest of `to` as it is. */
static uint32_t fill(const struct context *context, const struct results *results, uint32_t i, bool want_float,
                     void *to) {
  rknn_tensor_attr attr = context->outputs[i];
  const uint8_t *raw = results->bytes + context->offsets[i];
  uint32_t length = results->lengths[i];
  if (!want_float) {
    memcpy(to, raw, length);
    return length;
  }
  attr.n_elems = (uint32_t)(length / element_bytes(attr.type));
  tensor_to_float(&attr, raw, to);
  return attr.n_elems * (uint32_t)sizeof(float);
}

static int get_output(struct context *context, const struct results *results, uint32_t i, rknn_output *output) {
  bool want_float = output->want_float != 0;
  const rknn_tensor_attr *attr = &context->outputs[i];
  size_t wanted = want_float ? attr->n_elems * sizeof(float) : attr->size;
  output->index = i;
  if (output->is_prealloc == 0) {
    output->buf = context->handed_out[i];
    output->size = fill(context, results, i, want_float, output->buf);
    return RKNN_SUCC;
  }
  if (output->buf == NULL) return RKNN_ERR_OUTPUT_INVALID;
  /* The vendor's runtime logs this and returns 0, with whatever was in the buffer. */
  if (want_float ? output->size != wanted : output->size < wanted) {
    printf("output %u expects a buffer of %zu bytes, but it has %u\n", i, wanted, output->size);
    return RKNN_SUCC;
  }
  fill(context, results, i, want_float, output->buf);
  return RKNN_SUCC;
}

static int get_outputs(struct context *context, uint32_t count, rknn_output *outputs, rknn_output_extend *extend) {
  if (outputs == NULL || count > context->n_outputs) return RKNN_ERR_OUTPUT_INVALID;
  const struct results *results = due_results(context);
  if (!results->valid) {
    printf("virtual board: rknn_outputs_get without a run before it\n");
    return RKNN_ERR_FAIL;
  }
  for (uint32_t i = 0; i < count; i++) {
    int status = get_output(context, results, i, &outputs[i]);
    if (status < 0) return status;
  }
  if (extend != NULL) extend->frame_id = results->frame_id;
  return RKNN_SUCC;
}

int rknn_outputs_get(rknn_context handle, uint32_t n_outputs, rknn_output outputs[], rknn_output_extend *extend) {
  int status;
  struct context *context = context_enter(handle, CALL_OUTPUTS_GET, &status);
  if (context == NULL) return status;
  if (n_outputs > 0) status = get_outputs(context, n_outputs, outputs, extend);
  context_give(context);
  return status;
}

int rknn_outputs_release(rknn_context handle, uint32_t n_outputs, rknn_output outputs[]) {
  (void)n_outputs;
  (void)outputs;
  int status;
  struct context *context = context_enter(handle, CALL_OUTPUTS_RELEASE, &status);
  if (context != NULL) context_give(context);
  return status;
}
