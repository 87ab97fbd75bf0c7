/* The map family, which came before rknn_create_mem: buffers of the raw tensors, brought over by the sync functions. */
#include <string.h>

#include "context.h"
#include "inputs.h"
#include "memory.h"

static int map(struct context *context, const rknn_tensor_attr *attrs, uint32_t n_tensors, uint32_t count,
               rknn_tensor_mem *mem) {
  if (mem == NULL || count > n_tensors) return RKNN_ERR_PARAM_INVALID;
  for (uint32_t i = 0; i < count; i++) {
    struct memory *memory = memory_create(context, attrs[i].size, true);
    if (memory == NULL) return RKNN_ERR_MALLOC_FAIL;
    mem[i] = memory->shown;
  }
  return RKNN_SUCC;
}

/* Whether all of these are maps of tensors of these sizes. */
static bool are_mapped(const struct context *context, const rknn_tensor_attr *attrs, uint32_t n_tensors,
                       uint32_t count, const rknn_tensor_mem *mem) {
  if (mem == NULL || count > n_tensors) return false;
  for (uint32_t i = 0; i < count; i++) {
    const struct memory *memory = memory_at(context, mem[i].logical_addr);
    if (memory == NULL || !memory->is_map || memory->shown.size != attrs[i].size) return false;
  }
  return true;
}

static int unmap(struct context *context, const rknn_tensor_attr *attrs, uint32_t n_tensors, uint32_t count,
                 rknn_tensor_mem *mem) {
  if (!are_mapped(context, attrs, n_tensors, count, mem)) return RKNN_ERR_PARAM_INVALID;
  for (uint32_t i = 0; i < count; i++) {
    struct memory *memory = memory_at(context, mem[i].logical_addr);
    if (memory != NULL) memory_destroy(context, memory);
    mem[i].logical_addr = NULL;
  }
  return RKNN_SUCC;
}

static int sync_inputs(struct context *context, uint32_t count, const rknn_tensor_mem *mem) {
  if (!are_mapped(context, context->inputs, context->n_inputs, count, mem)) return RKNN_ERR_PARAM_INVALID;
  int status = inputs_flush(context);
  for (uint32_t i = 0; i < count && status >= 0; i++) {
    rknn_input input = {.index = i, .buf = mem[i].logical_addr, .size = context->inputs[i].size, .pass_through = 1};
    status = inputs_copy(context, i, &input);
  }
  return status < 0 ? status : inputs_send(context, count);
}

static int sync_outputs(struct context *context, uint32_t count, const rknn_tensor_mem *mem) {
  if (!are_mapped(context, context->outputs, context->n_outputs, count, mem)) return RKNN_ERR_PARAM_INVALID;
  const struct results *results = &context->results[0];
  if (!results->valid) return RKNN_ERR_FAIL;
  for (uint32_t i = 0; i < count; i++) {
    memcpy(mem[i].logical_addr, results->bytes + context->offsets[i], results->lengths[i]);
  }
  return RKNN_SUCC;
}

int rknn_inputs_map(rknn_context handle, uint32_t n_inputs, rknn_tensor_mem mem[]) {
  int status;
  struct context *context = context_enter(handle, CALL_INPUTS_MAP, &status);
  if (context == NULL) return status;
  status = map(context, context->inputs, context->n_inputs, n_inputs, mem);
  context_give(context);
  return status;
}

int rknn_inputs_sync(rknn_context handle, uint32_t n_inputs, rknn_tensor_mem mem[]) {
  int status;
  struct context *context = context_enter(handle, CALL_INPUTS_SYNC, &status);
  if (context == NULL) return status;
  status = sync_inputs(context, n_inputs, mem);
  context_give(context);
  return status;
}

int rknn_inputs_unmap(rknn_context handle, uint32_t n_inputs, rknn_tensor_mem mem[]) {
  int status;
  struct context *context = context_enter(handle, CALL_INPUTS_UNMAP, &status);
  if (context == NULL) return status;
  status = unmap(context, context->inputs, context->n_inputs, n_inputs, mem);
  context_give(context);
  return status;
}

int rknn_outputs_map(rknn_context handle, uint32_t n_outputs, rknn_tensor_mem mem[]) {
  int status;
  struct context *context = context_enter(handle, CALL_OUTPUTS_MAP, &status);
  if (context == NULL) return status;
  status = map(context, context->outputs, context->n_outputs, n_outputs, mem);
  context_give(context);
  return status;
}

int rknn_outputs_sync(rknn_context handle, uint32_t n_outputs, rknn_tensor_mem mem[]) {
  int status;
  struct context *context = context_enter(handle, CALL_OUTPUTS_SYNC, &status);
  if (context == NULL) return status;
  status = sync_outputs(context, n_outputs, mem);
  context_give(context);
  return status;
}

int rknn_outputs_unmap(rknn_context handle, uint32_t n_outputs, rknn_tensor_mem mem[]) {
  int status;
  struct context *context = context_enter(handle, CALL_OUTPUTS_UNMAP, &status);
  if (context == NULL) return status;
  status = unmap(context, context->outputs, context->n_outputs, n_outputs, mem);
  context_give(context);
  return status;
}
