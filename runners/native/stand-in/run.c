/* rknn_run. */
#include <stdio.h>
#include <string.h>

#include "context.h"
#include "dump-file.h"
#include "inputs.h"

static bool read_outputs(struct context *context, struct answer *answer, const struct wire_run *head,
                         struct results *results) {
  struct service *service = &context->service;
  if (head->outputs != context->n_outputs) return false;
  if (!service_read(service, answer, results->lengths, head->outputs * sizeof *results->lengths)) return false;
  if (head->outputs % 2 == 1 && !service_skip(service, answer, 4)) return false;
  for (uint32_t i = 0; i < head->outputs; i++) {
    size_t bytes = results->lengths[i];
    if (bytes > context->outputs[i].size) return false;
    if (!service_read(service, answer, results->bytes + context->offsets[i], bytes)) return false;
    if (!service_skip(service, answer, (size_t)(wire_aligned(bytes) - bytes))) return false;
  }
  return true;
}

static bool read_run(struct context *context, struct answer *answer, struct results *results) {
  struct wire_run head;
  if (!service_read(&context->service, answer, &head, sizeof head)) return false;
  context->run_duration = (int64_t)(head.npu_time_us > INT64_MAX ? INT64_MAX : head.npu_time_us);
  return read_outputs(context, answer, &head, results) && dump_files(&context->service, answer, head.files);
}

static void fill_bound_outputs(struct context *context, const struct results *results) {
  for (uint32_t i = 0; i < context->n_outputs; i++) {
    struct memory *memory = context->bound_outputs[i];
    if (memory != NULL) memcpy(memory->shown.logical_addr, results->bytes + context->offsets[i], results->lengths[i]);
  }
}

static int run(struct context *context, rknn_run_extend *extend) {
  if ((context->flags & RKNN_FLAG_ASYNC_MASK) != 0) {
    struct results previous = context->results[1];
    context->results[1] = context->results[0];
    context->results[0] = previous;
  }
  struct results *results = &context->results[0];
  results->valid = false;
  struct answer answer;
  if (!inputs_ask(context, WIRE_RUN, context->waiting, true, &answer)) {
    printf("Run graph fail\n");
    return RKNN_ERR_FAIL;
  }
  context->waiting = 0;
  bool complete = answer.head.status < 0 || read_run(context, &answer, results);
  if (!complete) {
    /* What follows in the stream cannot be told apart any more. */
    printf("virtual board: the answer to a run does not fit the model\nRun graph fail\n");
    answer.head.status = RKNN_ERR_FAIL;
    service_finish(&context->service, &answer);
    service_close(&context->service);
    return RKNN_ERR_FAIL;
  }
  int status = service_finish(&context->service, &answer);
  if (status < 0) return status;
  results->valid = true;
  results->frame_id = ++context->frames;
  if (extend != NULL) extend->frame_id = results->frame_id;
  fill_bound_outputs(context, results);
  return status;
}

int rknn_run(rknn_context handle, rknn_run_extend *extend) {
  struct context *context = context_take(handle);
  if (context == NULL) return RKNN_ERR_CTX_INVALID;
  int status = run(context, extend);
  context_give(context);
  return status;
}
