/* rknn_create_mem, rknn_destroy_mem, rknn_set_io_mem: tensors in memory that both sides share; here, of this process. */
#include "memory.h"

#include <stdlib.h>
#include <string.h>

struct memory *memory_create(struct context *context, size_t bytes, bool is_map) {
  struct memory *memory = calloc(1, sizeof *memory);
  if (memory == NULL) return NULL;
  memory->shown = (rknn_tensor_mem){
      .logical_addr = calloc(bytes, 1),
      /* All ones: there is none. */
      .physical_addr = UINT64_MAX,
      .fd = -1,
      .size = (uint32_t)bytes,
      .reserved_flag = RKNN_TENSOR_MEMORY_FLAGS_ALLOC_INSIDE,
  };
  if (memory->shown.logical_addr == NULL) {
    free(memory);
    return NULL;
  }
  memory->is_map = is_map;
  memory->next = context->memories;
  context->memories = memory;
  return memory;
}

struct memory *memory_at(const struct context *context, const void *logical_addr) {
  struct memory *memory = context->memories;
  while (memory != NULL && memory->shown.logical_addr != logical_addr) memory = memory->next;
  return memory;
}

void memory_destroy(struct context *context, struct memory *memory) {
  struct memory **place = &context->memories;
  while (*place != memory) place = &(*place)->next;
  *place = memory->next;
  for (size_t i = 0; i < CONTEXT_MAX_TENSORS; i++) {
    if (context->bound_inputs[i] == memory) context->bound_inputs[i] = NULL;
    if (context->bound_outputs[i] == memory) context->bound_outputs[i] = NULL;
  }
  free(memory->shown.logical_addr);
  free(memory);
}

rknn_tensor_mem *rknn_create_mem(rknn_context handle, uint64_t size) {
  int status;
  struct context *context = context_enter(handle, CALL_CREATE_MEM, &status);
  if (context == NULL) return NULL;
  struct memory *memory = size == 0 || size > WIRE_MAX_BODY ? NULL : memory_create(context, (size_t)size, false);
  context_give(context);
  return memory == NULL ? NULL : &memory->shown;
}

/* By its own address, which need not stand for anything. */
static struct memory *memory_of(const struct context *context, const rknn_tensor_mem *shown) {
  struct memory *memory = context->memories;
  while (memory != NULL && (&memory->shown != shown || memory->is_map)) memory = memory->next;
  return memory;
}

int rknn_destroy_mem(rknn_context handle, rknn_tensor_mem *mem) {
  int status;
  struct context *context = context_enter(handle, CALL_DESTROY_MEM, &status);
  if (context == NULL) return status;
  struct memory *memory = memory_of(context, mem);
  if (memory == NULL) status = RKNN_ERR_PARAM_INVALID;
  else memory_destroy(context, memory);
  context_give(context);
  return status;
}

static bool is_tensor(const rknn_tensor_attr *attrs, uint32_t count, const rknn_tensor_attr *wanted) {
  if (wanted->index >= count) return false;
  const rknn_tensor_attr *attr = &attrs[wanted->index];
  return strncmp(attr->name, wanted->name, sizeof attr->name) == 0 && attr->n_elems == wanted->n_elems &&
         attr->size == wanted->size;
}

/* The attribute is a copy of an input's or an output's; nothing but its content says which. */
static int bind(struct context *context, struct memory *memory, const rknn_tensor_attr *attr) {
  if (memory == NULL || attr == NULL || memory->shown.size < attr->size) return RKNN_ERR_PARAM_INVALID;
  if (is_tensor(context->inputs, context->n_inputs, attr)) context->bound_inputs[attr->index] = memory;
  else if (is_tensor(context->outputs, context->n_outputs, attr)) context->bound_outputs[attr->index] = memory;
  else return RKNN_ERR_PARAM_INVALID;
  return RKNN_SUCC;
}

int rknn_set_io_mem(rknn_context handle, rknn_tensor_mem *mem, rknn_tensor_attr *attr) {
  int status;
  struct context *context = context_enter(handle, CALL_SET_IO_MEM, &status);
  if (context == NULL) return status;
  status = bind(context, memory_of(context, mem), attr);
  context_give(context);
  return status;
}
