/* rknn_inputs_set. What can wait goes along with the next run, so that an inference is one question. */
#include "inputs.h"

#include <stdlib.h>
#include <string.h>

#include "readable.h"
#include "tensor.h"

bool inputs_ask(struct context *context, enum wire_request kind, uint32_t count, bool with_bound,
                struct answer *answer) {
  static const uint8_t zeros[8];
  struct {
    uint32_t count;
    uint32_t zero;
    struct wire_input entries[WIRE_MAX_INPUTS];
  } list = {.count = 0};
  struct iovec parts[2 + 2 * WIRE_MAX_INPUTS];
  size_t used = 2;
  for (uint32_t i = 0; i < count + (with_bound ? context->n_inputs : 0) && list.count < WIRE_MAX_INPUTS; i++) {
    struct wire_input entry;
    const void *bytes;
    if (i < count) {
      entry = context->copies[i].entry;
      bytes = context->copies[i].bytes;
    } else {
      uint32_t index = i - count;
      const struct memory *memory = context->bound_inputs[index];
      if (memory == NULL) continue;
      const rknn_tensor_attr *attr = &context->inputs[index];
      entry = (struct wire_input){index, attr->type, attr->fmt, 1, attr->size, attr->size};
      bytes = memory->shown.logical_addr;
    }
    list.entries[list.count++] = entry;
    parts[used++] = (struct iovec){.iov_base = (void *)(uintptr_t)bytes, .iov_len = entry.bytes};
    size_t gap = (size_t)(wire_aligned(entry.bytes) - entry.bytes);
    parts[used++] = (struct iovec){.iov_base = (void *)(uintptr_t)zeros, .iov_len = gap};
  }
  parts[1] = (struct iovec){.iov_base = &list, .iov_len = 8 + list.count * sizeof(struct wire_input)};
  return service_ask(&context->service, kind, parts, used, answer);
}

int inputs_send(struct context *context, uint32_t count) {
  struct answer answer;
  if (!inputs_ask(context, WIRE_SET, count, false, &answer)) return RKNN_ERR_FAIL;
  return service_finish(&context->service, &answer);
}

int inputs_flush(struct context *context) {
  uint32_t count = context->waiting;
  context->waiting = 0;
  return count == 0 ? RKNN_SUCC : inputs_send(context, count);
}

int inputs_copy(struct context *context, uint32_t position, const rknn_input *input) {
  const rknn_tensor_attr *attr = &context->inputs[input->index];
  bool pass_through = input->pass_through == 1;
  /* Type and format of what is passed through are ignored, so they may be anything. */
  uint32_t type = pass_through ? attr->type : input->type;
  uint32_t fmt = pass_through ? attr->fmt : input->fmt;
  if (input->buf == NULL || element_bytes(type) == 0 || fmt >= RKNN_TENSOR_FORMAT_MAX) return RKNN_ERR_INPUT_INVALID;
  size_t wanted = attr->n_elems * element_bytes(type);
  struct input_copy *copy = &context->copies[position];
  if (copy->capacity < wanted || copy->bytes == NULL) {
    uint8_t *larger = realloc(copy->bytes, wanted + 1);
    if (larger == NULL) return RKNN_ERR_MALLOC_FAIL;
    copy->bytes = larger;
    copy->capacity = wanted;
  }
  copy_readable(copy->bytes, input->buf, input->size, wanted);
  copy->entry = (struct wire_input){input->index, type, fmt, pass_through, input->size, (uint32_t)wanted};
  return RKNN_SUCC;
}

/* Whether the service would take this list for certain: it took one in the same order before. */
static bool can_wait(const struct context *context, uint32_t count, const rknn_input *inputs) {
  if (!context->order_is_known || count != context->n_inputs) return false;
  for (uint32_t i = 0; i < count; i++) {
    if (inputs[i].index != context->order[i]) return false;
  }
  return true;
}

static int check(const struct context *context, uint32_t count, const rknn_input *inputs) {
  if (inputs == NULL || count > WIRE_MAX_INPUTS) return RKNN_ERR_INPUT_INVALID;
  for (uint32_t i = 0; i < count; i++) {
    if (inputs[i].index >= context->n_inputs) return RKNN_ERR_FAIL;
    if (context->bound_inputs[inputs[i].index] != NULL) return RKNN_ERR_PARAM_INVALID;
  }
  return RKNN_SUCC;
}

static int set(struct context *context, uint32_t count, const rknn_input *inputs) {
  int status = check(context, count, inputs);
  if (status < 0) return status;
  bool waits = can_wait(context, count, inputs);
  if (!waits) status = inputs_flush(context);
  context->waiting = 0;
  for (uint32_t i = 0; i < count && status >= 0; i++) status = inputs_copy(context, i, &inputs[i]);
  if (status < 0) return status;
  if (waits) {
    context->waiting = count;
    return RKNN_SUCC;
  }
  status = inputs_send(context, count);
  if (status >= 0 && count == context->n_inputs) {
    context->order_is_known = true;
    for (uint32_t i = 0; i < count; i++) context->order[i] = inputs[i].index;
  }
  return status;
}

int rknn_inputs_set(rknn_context handle, uint32_t n_inputs, rknn_input inputs[]) {
  int status;
  struct context *context = context_enter(handle, CALL_INPUTS_SET, &status);
  if (context == NULL) return status;
  if (n_inputs > 0) status = set(context, n_inputs, inputs);
  context_give(context);
  return status;
}
