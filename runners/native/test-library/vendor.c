/*
 * Plays the vendor for the runner's tests: a library with the vendor's interface that does what environment variables say,
 * and is as strict about its arguments as release 1.7.5 is. Not a simulation of anything.
 *
 *   VENDOR_INPUTS, VENDOR_OUTPUTS  tensors, "elements:type:qnt_type:fl:zp:scale" with commas between; default "4:3:0:0:0:0"
 *   VENDOR_TRACE=FILE              a line for each call
 *   VENDOR_PRINTS=1                prints to standard output, in a constructor too
 *   VENDOR_RETURNS=CALL:STATUS     a call returns this, e.g. rknn_run:-2
 *   VENDOR_CRASHES=CALL            a call ends with a segmentation fault
 *   VENDOR_HANGS=CALL              a call does not come back
 *   VENDOR_RUN_MS=N                rknn_run takes this long
 *   VENDOR_ZEROS=1                 the outputs' memory is never written
 *   VENDOR_OUTPUT_BYTES=N          what the runtime says each output has; VENDOR_NO_BUFFER=1: and no memory
 *   VENDOR_TENSORS=N               as many inputs as this are said to exist
 *   VENDOR_DUMPS=NAME;NAME...      files that a run with NN_LAYER_DUMP writes, with as many numbers as the names say, in
 *                                  this order; NAME=N writes N numbers, NAME=word writes the word
 *
 * Output byte i is the sum of the bytes i of all inputs, plus the index of the output.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "rknn_api.h"

enum { MOST_TENSORS = 8 };

struct tensor {
  rknn_tensor_attr attribute;
  unsigned char *bytes;
  float *floats;
};

struct network {
  const unsigned char *model;
  uint32_t model_bytes;
  unsigned sum;
  uint32_t flags;
  int dumps;
  uint32_t input_count, output_count;
  struct tensor inputs[MOST_TENSORS], outputs[MOST_TENSORS];
};

static int is_set(const char *variable) { return getenv(variable) != NULL; }

static void trace(const char *format, ...) __attribute__((format(printf, 1, 2)));


static void trace(const char *format, ...) {
  const char *path = getenv("VENDOR_TRACE");
  FILE *file = path == NULL ? NULL : fopen(path, "ae");
  if (file == NULL) return;
  va_list values;
  va_start(values, format);
  vfprintf(file, format, values);
  va_end(values);
  fputc('\n', file);
  fclose(file);
}

static void say(const char *text) {
  if (is_set("VENDOR_PRINTS")) printf("%s\n", text);
}

__attribute__((constructor)) static void on_load(void) { say("the library's constructor prints"); }

static int is_named(const char *variable, const char *call) {
  const char *text = getenv(variable);
  size_t length = strlen(call);
  return text != NULL && strncmp(text, call, length) == 0 && (text[length] == 0 || text[length] == ':');
}

/* What the environment wants of a call: 0 to go on, else its status. */
static int play(const char *call) {
  say(call);
  if (is_named("VENDOR_CRASHES", call)) raise(SIGSEGV);
  while (is_named("VENDOR_HANGS", call)) pause();
  return is_named("VENDOR_RETURNS", call) ? atoi(getenv("VENDOR_RETURNS") + strlen(call) + 1) : 0;
}

static size_t element_bytes(uint32_t type) {
  static const size_t sizes[] = {4, 2, 1, 1, 2};
  return type < RKNN_TENSOR_TYPE_MAX ? sizes[type] : 1;
}

static uint32_t read_tensors(const char *variable, const char *prefix, struct tensor *tensors) {
  const char *text = is_set(variable) ? getenv(variable) : "4:3:0:0:0:0";
  uint32_t count = 0;
  for (const char *at = text; at != NULL && *at != 0 && count < MOST_TENSORS; count++) {
    unsigned elements = 0, type = 0, qnt_type = 0, zp = 0;
    int fl = 0;
    float scale = 0;
    sscanf(at, "%u:%u:%u:%d:%u:%f", &elements, &type, &qnt_type, &fl, &zp, &scale);
    rknn_tensor_attr *attribute = &tensors[count].attribute;
    attribute->index = count;
    attribute->n_dims = 2;
    attribute->dims[0] = elements;
    attribute->dims[1] = 1;
    snprintf(attribute->name, sizeof attribute->name, "%s%u", prefix, count);
    attribute->n_elems = elements;
    attribute->size = (uint32_t)(elements * element_bytes(type));
    attribute->fmt = RKNN_TENSOR_NHWC;
    attribute->type = (rknn_tensor_type)type;
    attribute->qnt_type = (rknn_tensor_qnt_type)qnt_type;
    attribute->fl = (int8_t)fl;
    attribute->zp = zp;
    attribute->scale = scale;
    /* Absurd sizes are only told. */
    if (elements < 1u << 28) {
      tensors[count].bytes = calloc(1, attribute->size + (size_t)1);
      tensors[count].floats = calloc(elements + (size_t)1, sizeof(float));
    }
    at = strchr(at, ',');
    if (at != NULL) at++;
  }
  return count;
}

static unsigned sum_of(const unsigned char *bytes, uint32_t count) {
  unsigned sum = 0;
  for (uint32_t i = 0; i < count; i++) sum = sum * 31 + bytes[i];
  return sum;
}

int rknn_init(rknn_context *context, void *model, uint32_t size, uint32_t flag) {
  trace("rknn_init size=%u flag=%u dump=%s", size, flag, is_set("NN_LAYER_DUMP") ? getenv("NN_LAYER_DUMP") : "-");
  int status = play("rknn_init");
  if (status != 0) return status;
  struct network *network = calloc(1, sizeof *network);
  network->model = model;
  network->model_bytes = size;
  network->sum = sum_of(model, size);
  network->flags = flag;
  network->dumps = is_set("NN_LAYER_DUMP") && atoi(getenv("NN_LAYER_DUMP")) != 0;
  network->input_count = read_tensors("VENDOR_INPUTS", "in", network->inputs);
  network->output_count = read_tensors("VENDOR_OUTPUTS", "out", network->outputs);
  *context = (uint64_t)(uintptr_t)network;
  return RKNN_SUCC;
}

static struct network *network_of(rknn_context context) { return (struct network *)(uintptr_t)context; }

int rknn_destroy(rknn_context context) {
  struct network *network = network_of(context);
  int intact = sum_of(network->model, network->model_bytes) == network->sum;
  trace("rknn_destroy model=%s", intact ? "intact" : "gone");
  int status = play("rknn_destroy");
  for (int i = 0; i < MOST_TENSORS; i++) {
    free(network->inputs[i].bytes), free(network->inputs[i].floats);
    free(network->outputs[i].bytes), free(network->outputs[i].floats);
  }
  free(network);
  return status;
}

static int give(void *info, uint32_t size, const void *value, size_t value_bytes) {
  if (size != value_bytes) return RKNN_ERR_PARAM_INVALID;
  memcpy(info, value, value_bytes);
  return RKNN_SUCC;
}

static int give_attribute(void *info, uint32_t size, const struct tensor *tensors, uint32_t count) {
  rknn_tensor_attr asked = {0};
  if (size != sizeof asked) return RKNN_ERR_PARAM_INVALID;
  asked.index = ((const rknn_tensor_attr *)info)->index;
  if (memcmp(info, &asked, sizeof asked) != 0 || asked.index >= count) return RKNN_ERR_PARAM_INVALID;
  memcpy(info, &tensors[asked.index].attribute, sizeof asked);
  return RKNN_SUCC;
}

int rknn_query(rknn_context context, rknn_query_cmd cmd, void *info, uint32_t size) {
  char call[32];
  snprintf(call, sizeof call, "rknn_query_%u", (unsigned)cmd);
  int status = play(call);
  if (status != 0) return status;
  if (cmd == RKNN_QUERY_SDK_VERSION) {
    rknn_sdk_version version = {"librknn_runtime version 9.8.7 (test \"library\" \x01\xff)", "6.4.0.test"};
    return give(info, size, &version, sizeof version);
  }
  struct network *network = network_of(context);
  if (network == NULL) return RKNN_ERR_CTX_INVALID;
  static char detail[] = "Layer  Time(us)\n0      12\n";
  rknn_input_output_num counts = {network->input_count, network->output_count};
  if (is_set("VENDOR_TENSORS")) counts.n_input = (uint32_t)atoi(getenv("VENDOR_TENSORS"));
  rknn_perf_run run = {4321};
  rknn_perf_detail perf = {detail, sizeof detail};
  switch (cmd) {
    case RKNN_QUERY_IN_OUT_NUM:
      return give(info, size, &counts, sizeof counts);
    case RKNN_QUERY_INPUT_ATTR:
      return give_attribute(info, size, network->inputs, network->input_count);
    case RKNN_QUERY_OUTPUT_ATTR:
      return give_attribute(info, size, network->outputs, network->output_count);
    case RKNN_QUERY_PERF_RUN:
      return give(info, size, &run, sizeof run);
    case RKNN_QUERY_PERF_DETAIL:
      if (!(network->flags & RKNN_FLAG_COLLECT_PERF_MASK)) return RKNN_ERR_FAIL;
      return give(info, size, &perf, sizeof perf);
    default:
      return RKNN_ERR_PARAM_INVALID;
  }
}

int rknn_inputs_set(rknn_context context, uint32_t count, rknn_input inputs[]) {
  struct network *network = network_of(context);
  int status = play("rknn_inputs_set");
  if (status != 0) return status;
  for (uint32_t i = 0; i < count; i++) {
    const rknn_input *input = &inputs[i];
    trace("input index=%u size=%u type=%u fmt=%u pass_through=%u", input->index, input->size, (unsigned)input->type,
          (unsigned)input->fmt, input->pass_through);
    if (input->index >= network->input_count) return RKNN_ERR_FAIL;
    struct tensor *tensor = &network->inputs[input->index];
    /* As the vendor's: the model says how much is read, and not `size`. */
    size_t bytes = tensor->attribute.n_elems * element_bytes(input->type);
    size_t kept = bytes < tensor->attribute.size ? bytes : tensor->attribute.size;
    unsigned char *copy = malloc(bytes + 1);
    memcpy(copy, input->buf, bytes);
    memcpy(tensor->bytes, copy, kept);
    free(copy);
  }
  return RKNN_SUCC;
}

static void write_dump(char *entry) {
  char *text = strchr(entry, '=');
  if (text != NULL) *text++ = 0;
  unsigned w = 0, h = 0, d = 0;
  const char *sizes = strstr(entry, "_w_");
  if (sizes != NULL) sscanf(sizes, "_w_%u_h_%u_d_%u", &w, &h, &d);
  FILE *file = fopen(entry, "we");
  if (file == NULL) return;
  char *end = NULL;
  unsigned long count = text == NULL ? w * h * d : strtoul(text, &end, 10);
  if (text != NULL && *end != 0) fprintf(file, "%s\n", text);
  else for (unsigned long i = 0; i < count; i++) fprintf(file, "%f\n", (double)i * 0.5 - 1);
  fclose(file);
}

static void write_dumps(void) {
  char names[4096];
  snprintf(names, sizeof names, "%s", is_set("VENDOR_DUMPS") ? getenv("VENDOR_DUMPS") : "");
  char *rest = names;
  for (char *entry; (entry = strtok_r(rest, ";", &rest)) != NULL;) write_dump(entry);
}

static void compute(struct network *network) {
  for (uint32_t o = 0; o < network->output_count; o++) {
    struct tensor *output = &network->outputs[o];
    for (uint32_t i = 0; i < output->attribute.size; i++) {
      unsigned sum = o;
      for (uint32_t n = 0; n < network->input_count; n++) {
        const struct tensor *input = &network->inputs[n];
        if (i < input->attribute.size) sum += input->bytes[i];
      }
      output->bytes[i] = (unsigned char)sum;
    }
  }
}

int rknn_run(rknn_context context, rknn_run_extend *extend) {
  struct network *network = network_of(context);
  trace("rknn_run extend=%s", extend == NULL ? "null" : "set");
  if (network->dumps) {
    char folder[512];
    trace("dump in %s", getcwd(folder, sizeof folder));
    write_dumps();
  }
  if (is_set("VENDOR_RUN_MS")) {
    long ms = atol(getenv("VENDOR_RUN_MS"));
    struct timespec left = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0) continue;
  }
  int status = play("rknn_run");
  if (status != 0) return status;
  if (!is_set("VENDOR_ZEROS")) compute(network);
  return RKNN_SUCC;
}

static float value_of(const struct tensor *tensor, uint32_t i) {
  const rknn_tensor_attr *attribute = &tensor->attribute;
  float code = attribute->type == RKNN_TENSOR_INT8 ? (float)(signed char)tensor->bytes[i] : (float)tensor->bytes[i];
  if (attribute->qnt_type == RKNN_TENSOR_QNT_AFFINE_ASYMMETRIC) {
    return (code - (float)attribute->zp) * attribute->scale;
  }
  if (attribute->qnt_type == RKNN_TENSOR_QNT_DFP) return code / (float)(1 << attribute->fl);
  return code;
}

int rknn_outputs_get(rknn_context context, uint32_t count, rknn_output outputs[], rknn_output_extend *extend) {
  (void)extend;
  struct network *network = network_of(context);
  int status = play("rknn_outputs_get");
  if (status != 0) return status;
  for (uint32_t o = 0; o < count; o++) {
    rknn_output *output = &outputs[o];
    if (output->is_prealloc || output->buf != NULL || output->size != 0) return RKNN_ERR_OUTPUT_INVALID;
    struct tensor *tensor = &network->outputs[o];
    const rknn_tensor_attr *attribute = &tensor->attribute;
    for (uint32_t i = 0; output->want_float && i < attribute->n_elems; i++) tensor->floats[i] = value_of(tensor, i);
    output->index = o;
    output->size = output->want_float ? 4 * attribute->n_elems : attribute->size;
    output->buf = output->want_float ? (void *)tensor->floats : (void *)tensor->bytes;
    if (is_set("VENDOR_OUTPUT_BYTES")) output->size = (uint32_t)atoi(getenv("VENDOR_OUTPUT_BYTES"));
    if (is_set("VENDOR_NO_BUFFER")) output->buf = NULL;
  }
  return RKNN_SUCC;
}

/* The memory is the runtime's again, and it may be used for something else at once. */
int rknn_outputs_release(rknn_context context, uint32_t count, rknn_output outputs[]) {
  struct network *network = network_of(context);
  trace("rknn_outputs_release n=%u", count);
  for (uint32_t o = 0; o < count; o++) {
    const rknn_tensor_attr *attribute = &network->outputs[o].attribute;
    if (outputs[o].want_float) memset(network->outputs[o].floats, 0xee, 4 * (size_t)attribute->n_elems);
    else if (!is_set("VENDOR_ZEROS")) memset(network->outputs[o].bytes, 0xee, attribute->size);
  }
  return play("rknn_outputs_release");
}
