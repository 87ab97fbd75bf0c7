/* rknn_init and rknn_destroy. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "identity.h"
#include "tensor.h"

/* A number at the start of an environment variable; 0 if there is none. */
static uint32_t number_in(const char *variable) {
  const char *text = getenv(variable);
  uint32_t number = 0;
  for (; text != NULL && *text >= '0' && *text <= '9' && number < 1000; text++) {
    number = number * 10 + (uint32_t)(*text - '0');
  }
  return number;
}

static bool is_sound(const rknn_tensor_attr *attr) {
  size_t element = element_bytes(attr->type);
  return element > 0 && attr->n_dims <= RKNN_MAX_DIMS && attr->fmt < RKNN_TENSOR_FORMAT_MAX &&
         attr->qnt_type < RKNN_TENSOR_QNT_MAX && memchr(attr->name, 0, sizeof attr->name) != NULL &&
         attr->n_elems <= WIRE_MAX_BODY / 4 && attr->size == attr->n_elems * element;
}

static bool read_attributes(struct context *context, struct answer *answer, rknn_tensor_attr *attrs, uint32_t count) {
  if (!service_read(&context->service, answer, attrs, count * sizeof *attrs)) return false;
  for (uint32_t i = 0; i < count; i++) {
    if (attrs[i].index != i || !is_sound(&attrs[i])) {
      printf("virtual board: tensor %u has attributes that do not fit together\n", i);
      return false;
    }
  }
  return true;
}

static bool read_description(struct context *context, struct answer *answer) {
  struct service *service = &context->service;
  uint32_t counts[2];
  if (!service_read(service, answer, &context->versions, sizeof context->versions)) return false;
  if (!service_read(service, answer, counts, sizeof counts)) return false;
  context->n_inputs = counts[0];
  context->n_outputs = counts[1];
  if (counts[0] > CONTEXT_MAX_TENSORS || counts[1] > CONTEXT_MAX_TENSORS) {
    printf("virtual board: a model of %u inputs and %u outputs; at most %u\n", counts[0], counts[1],
           CONTEXT_MAX_TENSORS);
    return false;
  }
  return read_attributes(context, answer, context->inputs, counts[0]) &&
         read_attributes(context, answer, context->outputs, counts[1]);
}

/* Memory for what runs give; as the vendor's, it is there from the beginning. */
static bool allocate_outputs(struct context *context) {
  size_t bytes = 0;
  for (uint32_t i = 0; i < context->n_outputs; i++) {
    context->offsets[i] = bytes;
    bytes += (size_t)wire_aligned(context->outputs[i].size);
    context->handed_out[i] = calloc((size_t)context->outputs[i].n_elems + 1, sizeof(float));
    if (context->handed_out[i] == NULL) return false;
  }
  bool asynchronous = (context->flags & RKNN_FLAG_ASYNC_MASK) != 0;
  for (int i = 0; i < (asynchronous ? 2 : 1); i++) {
    context->results[i].bytes = malloc(bytes + 1);
    if (context->results[i].bytes == NULL) return false;
  }
  return true;
}

static int load(struct context *context, void *model, uint32_t size) {
  struct wire_init head = {
      .flags = context->flags,
      .log_level = number_in("RKNN_LOG_LEVEL"),
      .dump = number_in("NN_LAYER_DUMP") == 0 ? 0 : number_in("NN_LAYER_DUMP_QTENSOR") == 0 ? 1 : 2,
  };
  identity_sdk(head.sdk, sizeof head.sdk);
  struct iovec parts[3] = {
      {0}, {.iov_base = &head, .iov_len = sizeof head}, {.iov_base = model, .iov_len = model == NULL ? 0 : size}};
  struct answer answer;
  if (!service_ask(&context->service, WIRE_INIT, parts, 3, &answer)) return RKNN_ERR_FAIL;
  bool described = answer.head.status < 0 || read_description(context, &answer);
  int status = service_finish(&context->service, &answer);
  if (status < 0) return status;
  if (!described) return RKNN_ERR_FAIL;
  return allocate_outputs(context) ? RKNN_SUCC : RKNN_ERR_MALLOC_FAIL;
}

static int fail(int status) {
  printf("Create RKNN model fail, error=%d\n", status);
  return status;
}

int rknn_init(rknn_context *handle, void *model, uint32_t size, uint32_t flag) {
  if (handle == NULL) return RKNN_ERR_CTX_INVALID;
  *handle = 0;
  if ((flag & RKNN_FLAG_PRECOMPILE_MASK) != 0) {
    printf("virtual board: the simulated NPU compiles nothing ahead\n");
    return fail(RKNN_ERR_INCOMPATILE_PRE_COMPILE_MODEL);
  }
  struct context *context = context_create();
  if (context == NULL) return fail(RKNN_ERR_MALLOC_FAIL);
  context->flags = flag;
  int status = RKNN_ERR_DEVICE_UNAVAILABLE;
  if (!service_open(&context->service)) fail(status);
  else status = load(context, model, size);
  if (status >= 0) *handle = context_publish(context);
  context_give(context);
  return status;
}

int rknn_destroy(rknn_context handle) {
  struct context *context = context_withdraw(handle);
  if (context == NULL) return RKNN_ERR_CTX_INVALID;
  int status = RKNN_SUCC;
  if (context->service.fd >= 0) {
    struct iovec parts[1];
    status = service_tell(&context->service, WIRE_DESTROY, parts, 1);
  }
  service_close(&context->service);
  context_give(context);
  return status;
}
