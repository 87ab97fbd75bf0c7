/* rknn_query. */
#include <stdio.h>
#include <string.h>

#include "context.h"
#include "identity.h"

static const uint32_t sizes[RKNN_QUERY_CMD_MAX] = {
    [RKNN_QUERY_IN_OUT_NUM] = sizeof(rknn_input_output_num), [RKNN_QUERY_INPUT_ATTR] = sizeof(rknn_tensor_attr),
    [RKNN_QUERY_OUTPUT_ATTR] = sizeof(rknn_tensor_attr),     [RKNN_QUERY_PERF_DETAIL] = sizeof(rknn_perf_detail),
    [RKNN_QUERY_PERF_RUN] = sizeof(rknn_perf_run),           [RKNN_QUERY_SDK_VERSION] = sizeof(rknn_sdk_version),
    [RKNN_QUERY_PRE_COMPILE] = sizeof(rknn_precompile),
};

/* The versions without a context: what a program asks before it loads a model. */
static int ask_versions(rknn_sdk_version *versions) {
  struct service service;
  if (!service_open(&service)) return RKNN_ERR_DEVICE_UNAVAILABLE;
  char sdk[32];
  identity_sdk(sdk, sizeof sdk);
  struct iovec parts[2] = {{0}, {.iov_base = sdk, .iov_len = sizeof sdk}};
  struct answer answer;
  int status = RKNN_ERR_FAIL;
  if (service_ask(&service, WIRE_VERSION, parts, 2, &answer)) {
    rknn_sdk_version found = {0};
    if (answer.head.status >= 0) service_read(&service, &answer, &found, sizeof found);
    status = service_finish(&service, &answer);
    if (status >= 0) *versions = found;
  }
  service_close(&service);
  return status;
}

static int copy_attribute(const rknn_tensor_attr *attrs, uint32_t count, rknn_tensor_attr *info) {
  if (info->index >= count) return RKNN_ERR_PARAM_INVALID;
  *info = attrs[info->index];
  return RKNN_SUCC;
}

static int perf_detail(struct context *context, rknn_perf_detail *info) {
  if ((context->flags & RKNN_FLAG_COLLECT_PERF_MASK) == 0) {
    printf("virtual board: RKNN_QUERY_PERF_DETAIL needs RKNN_FLAG_COLLECT_PERF_MASK\n");
    return RKNN_ERR_FAIL;
  }
  snprintf(context->perf_detail, sizeof context->perf_detail,
           "simulated NPU: there are no times of layers, and these are not a chip's\n"
           "Total Time(us): %lld\n",
           (long long)context->run_duration);
  *info = (rknn_perf_detail){.perf_data = context->perf_detail, .data_len = strlen(context->perf_detail)};
  return RKNN_SUCC;
}

static int answer_query(struct context *context, rknn_query_cmd cmd, void *info) {
  switch (cmd) {
    case RKNN_QUERY_IN_OUT_NUM:
      *(rknn_input_output_num *)info = (rknn_input_output_num){context->n_inputs, context->n_outputs};
      return RKNN_SUCC;
    case RKNN_QUERY_INPUT_ATTR:
      return copy_attribute(context->inputs, context->n_inputs, info);
    case RKNN_QUERY_OUTPUT_ATTR:
      return copy_attribute(context->outputs, context->n_outputs, info);
    case RKNN_QUERY_PERF_DETAIL:
      return perf_detail(context, info);
    case RKNN_QUERY_PERF_RUN:
      ((rknn_perf_run *)info)->run_duration = context->run_duration;
      return RKNN_SUCC;
    case RKNN_QUERY_SDK_VERSION:
      *(rknn_sdk_version *)info = context->versions;
      return RKNN_SUCC;
    default:
      printf("virtual board: the simulated NPU compiles nothing ahead\n");
      return RKNN_ERR_FAIL;
  }
}

int rknn_query(rknn_context handle, rknn_query_cmd cmd, void *info, uint32_t size) {
  if (handle == 0 && cmd != RKNN_QUERY_SDK_VERSION) return RKNN_ERR_CTX_INVALID;
  if (info == NULL || cmd >= RKNN_QUERY_CMD_MAX || size != sizes[cmd]) return RKNN_ERR_PARAM_INVALID;
  if (handle == 0) return ask_versions(info);
  int status;
  struct context *context = context_enter(handle, CALL_QUERY, &status);
  if (context == NULL) return status;
  status = answer_query(context, cmd, info);
  context_give(context);
  return status;
}
