#include "inference.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

static bool run_npu(const struct model *model, const struct vendor *vendor, int64_t *wall_us, int64_t *npu_time_us,
                    struct refusal *refusal) {
  int64_t started = now_us();
  int status = vendor->run(model->context, NULL);
  *wall_us = now_us() - started;
  if (status < 0) return refuse_vendor(refusal, "rknn_run", status);
  rknn_perf_run perf = {0};
  status = vendor->query(model->context, RKNN_QUERY_PERF_RUN, &perf, sizeof perf);
  if (status < 0) return refuse_vendor(refusal, "rknn_query", status);
  *npu_time_us = perf.run_duration < 0 ? 0 : perf.run_duration;
  return true;
}

/* The outputs belong to the runtime and hold until they are released, so everything that is wanted of them is taken here. */
static bool take_outputs(struct inference *inference, const struct model *model, const rknn_output *outputs,
                         struct run_facts *facts, struct refusal *refusal) {
  if (!output_copy_check(&inference->outputs, model, outputs, refusal)) return false;
  facts->outputs_crc32 = output_copy_crc32(&inference->outputs, model, outputs);
  facts->looks_hung = facts->looks_hung && output_copy_is_zero(&inference->outputs, model, outputs);
  if (inference->run_count == 0) output_copy_take(&inference->outputs, model, outputs);
  return true;
}

static bool run_once(struct inference *inference, const struct model *model, const struct vendor *vendor,
                     const struct run_options *options, rknn_output *outputs, struct refusal *refusal) {
  struct run_facts *facts = &inference->runs[inference->run_count];
  int64_t wall_us;
  if (!run_npu(model, vendor, &wall_us, &facts->npu_time_us, refusal)) return false;
  facts->looks_hung = wall_us >= options->hang_us || facts->npu_time_us >= options->hang_us;

  memset(outputs, 0, model->output_count * sizeof *outputs);
  for (uint32_t i = 0; i < model->output_count; i++) {
    outputs[i].index = i;
    outputs[i].want_float = options->want_float;
  }
  int status = vendor->outputs_get(model->context, model->output_count, outputs, NULL);
  if (status < 0) return refuse_vendor(refusal, "rknn_outputs_get", status);
  bool taken = take_outputs(inference, model, outputs, facts, refusal);
  status = vendor->outputs_release(model->context, model->output_count, outputs);
  if (!taken) return false;
  if (status < 0) return refuse_vendor(refusal, "rknn_outputs_release", status);
  inference->run_count++;
  return true;
}

static bool query_perf_detail(struct inference *inference, const struct model *model, const struct vendor *vendor,
                              struct refusal *refusal) {
  if (!(model->flags & RKNN_FLAG_COLLECT_PERF_MASK)) return true;
  rknn_perf_detail detail = {0};
  int status = vendor->query(model->context, RKNN_QUERY_PERF_DETAIL, &detail, sizeof detail);
  if (status < 0) return refuse_vendor(refusal, "rknn_query", status);
  size_t length = detail.perf_data == NULL ? 0 : strnlen(detail.perf_data, detail.data_len);
  inference->perf_detail = calloc(1, length + 1);
  if (inference->perf_detail == NULL) return refuse_memory(refusal, "performance detail", length);
  if (length > 0) memcpy(inference->perf_detail, detail.perf_data, length);
  return true;
}

bool inference_run(struct inference *inference, const struct model *model, const struct vendor *vendor,
                   const struct input_buffers *buffers, const struct run_options *options, struct refusal *refusal) {
  memset(inference, 0, sizeof *inference);
  uint64_t limit = options->payload_limit;
  if (!output_copy_plan(&inference->outputs, model, options->want_float, limit, refusal)) return false;
  inference->runs = calloc(options->repeats, sizeof *inference->runs);
  if (inference->runs == NULL) return refuse_memory(refusal, "runs", options->repeats * sizeof *inference->runs);

  int status = vendor->inputs_set(model->context, buffers->count, buffers->inputs);
  if (status < 0) return refuse_vendor(refusal, "rknn_inputs_set", status);
  rknn_output *outputs = calloc(model->output_count + (size_t)1, sizeof *outputs);
  if (outputs == NULL) return refuse_memory(refusal, "outputs", model->output_count * sizeof *outputs);
  bool done = true;
  for (uint32_t run = 0; done && run < options->repeats; run++) {
    done = run_once(inference, model, vendor, options, outputs, refusal);
  }
  free(outputs);
  return done && query_perf_detail(inference, model, vendor, refusal);
}

void inference_free(struct inference *inference) {
  output_copy_free(&inference->outputs);
  free(inference->runs);
  free(inference->perf_detail);
  memset(inference, 0, sizeof *inference);
}
