/* A context as the vendor's library has it: one model, with a connection of its own to the service. */
#ifndef HIL_CONTEXT_H
#define HIL_CONTEXT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rknn_api.h"
#include "service.h"

/* The most inputs and outputs that a model may have; the service takes no more inputs in one call than twice this. */
#define CONTEXT_MAX_TENSORS 64u

/* One input as the caller gave it; the bytes are a copy. */
struct input_copy {
  struct wire_input entry;
  uint8_t *bytes;
  size_t capacity;
};

/* What a run gave: the raw bytes of all outputs. */
struct results {
  bool valid;
  uint64_t frame_id;
  uint8_t *bytes;                        /* every output at its offset */
  uint32_t lengths[CONTEXT_MAX_TENSORS]; /* of each, what the NPU gave */
};

/* Memory of rknn_create_mem and of the map functions. `shown` is first: its address stands for the whole. */
struct memory {
  rknn_tensor_mem shown;
  struct memory *next;
  bool is_map;
};

struct context {
  rknn_context handle;
  struct context *next;
  unsigned references;  /* guarded by the lock of the list */
  pthread_mutex_t lock; /* guards all below, and serialises the calls */
  struct service service;
  uint32_t flags;
  rknn_sdk_version versions;
  uint32_t n_inputs;
  uint32_t n_outputs;
  rknn_tensor_attr inputs[CONTEXT_MAX_TENSORS];
  rknn_tensor_attr outputs[CONTEXT_MAX_TENSORS];

  struct input_copy copies[WIRE_MAX_INPUTS];
  uint32_t waiting; /* of `copies`, how many go along with the next run */
  /* Indices in the order in which the service has taken a full set. */
  bool order_is_known;
  uint32_t order[CONTEXT_MAX_TENSORS];

  struct results results[2]; /* the last run's, and the one before for RKNN_FLAG_ASYNC_MASK */
  size_t offsets[CONTEXT_MAX_TENSORS];
  uint64_t frames;
  int64_t run_duration;
  char perf_detail[256];
  /* What outputs_get hands out where the caller has no buffer: n_elems * 4 bytes for each output. */
  uint8_t *handed_out[CONTEXT_MAX_TENSORS];

  struct memory *memories;
  struct memory *bound_inputs[CONTEXT_MAX_TENSORS];
  struct memory *bound_outputs[CONTEXT_MAX_TENSORS];
};

/* A context with nothing in it, locked and not yet known to others. NULL without memory. */
struct context *context_create(void);

/* Makes it known; the handle is never 0 and never used again. */
rknn_context context_publish(struct context *context);

/* The context of a handle, locked; NULL if there is none. */
struct context *context_take(rknn_context handle);

/* Unlocks it; frees it if it was destroyed meanwhile. */
void context_give(struct context *context);

/* As context_take, but nobody finds it any more. */
struct context *context_withdraw(rknn_context handle);

/*
 * Begins a vendor call: takes the context, and lets the service know where it wants to know.
 *
 * status: what to return where there is no context to go on with.
 */
struct context *context_enter(rknn_context handle, enum wire_call call, int *status);

#endif
