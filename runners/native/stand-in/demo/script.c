/*
 * Calls the vendor's API as a script on standard input says, one call per line, for tests. Each call's name and status
 * go to standard error, so that standard output is the library's own.
 *
 *   init SLOT FILE FLAGS                     set SLOT COUNT {INDEX TYPE FMT PASS_THROUGH SIZE FILE}...
 *   run SLOT                                 get SLOT WANT_FLOAT PREALLOCATED PREFIX [SIZE]  (PREFIX.0, PREFIX.1, ...)
 *   release SLOT                             destroy SLOT
 *   attributes SLOT                          versions SLOT (-1: without a context)
 *   perf SLOT                                detail SLOT
 *   zerocopy SLOT FILE PREFIX                map SLOT FILE PREFIX
 *   threads SLOT SLOT RUNS                   arguments SLOT
 *   wait                                     (for a byte on descriptor 3)
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rknn_api.h"

#define SLOTS 8
#define TENSORS 8

static rknn_context contexts[SLOTS];
static rknn_input_output_num numbers[SLOTS];

static void die(const char *what) {
  fprintf(stderr, "script: %s\n", what);
  exit(2);
}

static char *word(void) {
  char *text = strtok(NULL, " \n");
  if (text == NULL) die("a word is missing");
  return text;
}

static int number(void) { return atoi(word()); }

static int slot(void) {
  int slot = number();
  if (slot < 0 || slot >= SLOTS) die("no such slot");
  return slot;
}

static uint8_t *read_file(const char *path, uint32_t *size) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) die(path);
  fseek(file, 0, SEEK_END);
  *size = (uint32_t)ftell(file);
  rewind(file);
  /* Exactly so large, so that a sanitizer sees every byte that is read behind it. */
  uint8_t *bytes = malloc(*size);
  if (bytes == NULL || fread(bytes, 1, *size, file) != *size) die(path);
  fclose(file);
  return bytes;
}

static void write_file(const char *prefix, uint32_t index, const void *bytes, uint32_t size) {
  char path[512];
  snprintf(path, sizeof path, "%s.%u", prefix, index);
  FILE *file = fopen(path, "wb");
  if (file == NULL || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) die(path);
}

static void say(const char *call, int status) { fprintf(stderr, "%s %d\n", call, status); }

static rknn_tensor_attr attribute(int at, rknn_query_cmd cmd, uint32_t index) {
  rknn_tensor_attr attr = {.index = index};
  int status = rknn_query(contexts[at], cmd, &attr, sizeof attr);
  if (status < 0) say("rknn_query", status);
  return attr;
}

static void do_init(void) {
  int at = slot();
  uint32_t size;
  uint8_t *model = read_file(word(), &size);
  say("rknn_init", rknn_init(&contexts[at], model, size, (uint32_t)number()));
  free(model);
  if (contexts[at] != 0) rknn_query(contexts[at], RKNN_QUERY_IN_OUT_NUM, &numbers[at], sizeof *numbers);
  if (numbers[at].n_input > TENSORS || numbers[at].n_output > TENSORS) die("too many tensors");
}

static void do_set(void) {
  int at = slot();
  int count = number();
  rknn_input inputs[TENSORS];
  if (count < 0 || count > TENSORS) die("too many inputs");
  for (int i = 0; i < count; i++) {
    memset(&inputs[i], 0, sizeof inputs[i]);
    inputs[i].index = (uint32_t)number();
    inputs[i].type = (rknn_tensor_type)number();
    inputs[i].fmt = (rknn_tensor_format)number();
    inputs[i].pass_through = (uint8_t)number();
    uint32_t size = (uint32_t)number();
    uint32_t file_size;
    inputs[i].buf = read_file(word(), &file_size);
    inputs[i].size = size == 0 ? file_size : size;
  }
  say("rknn_inputs_set", rknn_inputs_set(contexts[at], (uint32_t)count, inputs));
  for (int i = 0; i < count; i++) free(inputs[i].buf);
}

static void do_run(void) {
  int at = slot();
  rknn_run_extend extend = {0};
  say("rknn_run", rknn_run(contexts[at], &extend));
  fprintf(stderr, "frame %llu\n", (unsigned long long)extend.frame_id);
}

static void do_get(void) {
  int at = slot();
  int want_float = number();
  int preallocated = number();
  const char *prefix = word();
  const char *size = strtok(NULL, " \n");
  rknn_output outputs[TENSORS] = {{0}};
  for (uint32_t i = 0; i < numbers[at].n_output; i++) {
    rknn_tensor_attr attr = attribute(at, RKNN_QUERY_OUTPUT_ATTR, i);
    outputs[i].want_float = (uint8_t)want_float;
    outputs[i].is_prealloc = (uint8_t)preallocated;
    if (!preallocated) continue;
    outputs[i].size = size != NULL ? (uint32_t)atoi(size) : want_float ? attr.n_elems * 4 : attr.size;
    outputs[i].buf = malloc(outputs[i].size);
    memset(outputs[i].buf, 0xee, outputs[i].size);
  }
  rknn_output_extend extend = {0};
  int status = rknn_outputs_get(contexts[at], numbers[at].n_output, outputs, &extend);
  say("rknn_outputs_get", status);
  for (uint32_t i = 0; i < numbers[at].n_output; i++) {
    if (status >= 0) write_file(prefix, outputs[i].index, outputs[i].buf, outputs[i].size);
    if (preallocated) free(outputs[i].buf);
  }
  say("rknn_outputs_release", rknn_outputs_release(contexts[at], numbers[at].n_output, outputs));
  fprintf(stderr, "frame %llu\n", (unsigned long long)extend.frame_id);
}

static void print_attribute(const char *kind, const rknn_tensor_attr *attr) {
  fprintf(stderr, "%s index=%u name=%s n_dims=%u dims=", kind, attr->index, attr->name, attr->n_dims);
  for (uint32_t i = 0; i < attr->n_dims; i++) fprintf(stderr, "%s%u", i == 0 ? "" : ",", attr->dims[i]);
  fprintf(stderr, " n_elems=%u size=%u fmt=%u type=%u qnt_type=%u fl=%d zp=%u scale=%.9g\n", attr->n_elems, attr->size,
          attr->fmt, attr->type, attr->qnt_type, attr->fl, attr->zp, (double)attr->scale);
}

static void do_attributes(void) {
  int at = slot();
  for (uint32_t i = 0; i < numbers[at].n_input; i++) {
    rknn_tensor_attr attr = attribute(at, RKNN_QUERY_INPUT_ATTR, i);
    print_attribute("input", &attr);
  }
  for (uint32_t i = 0; i < numbers[at].n_output; i++) {
    rknn_tensor_attr attr = attribute(at, RKNN_QUERY_OUTPUT_ATTR, i);
    print_attribute("output", &attr);
  }
}

static void do_versions(void) {
  int at = number();
  rknn_sdk_version versions = {{0}, {0}};
  say("rknn_query", rknn_query(at < 0 ? 0 : contexts[at], RKNN_QUERY_SDK_VERSION, &versions, sizeof versions));
  fprintf(stderr, "api %s\ndriver %s\n", versions.api_version, versions.drv_version);
}

static void do_perf(void) {
  rknn_perf_run perf = {-1};
  say("rknn_query", rknn_query(contexts[slot()], RKNN_QUERY_PERF_RUN, &perf, sizeof perf));
  fprintf(stderr, "run_duration %lld\n", (long long)perf.run_duration);
}

static void do_detail(void) {
  rknn_perf_detail detail = {0};
  say("rknn_query", rknn_query(contexts[slot()], RKNN_QUERY_PERF_DETAIL, &detail, sizeof detail));
  if (detail.perf_data != NULL) fprintf(stderr, "detail %.*s", (int)detail.data_len, detail.perf_data);
}

static void do_zerocopy(void) {
  int at = slot();
  uint32_t size;
  uint8_t *bytes = read_file(word(), &size);
  const char *prefix = word();
  rknn_tensor_attr input = attribute(at, RKNN_QUERY_INPUT_ATTR, 0);
  rknn_tensor_attr output = attribute(at, RKNN_QUERY_OUTPUT_ATTR, 0);
  rknn_tensor_mem *in = rknn_create_mem(contexts[at], input.size);
  rknn_tensor_mem *out = rknn_create_mem(contexts[at], output.size);
  if (in == NULL || out == NULL || size != input.size) die("zerocopy");
  memcpy(in->logical_addr, bytes, size);
  say("rknn_set_io_mem", rknn_set_io_mem(contexts[at], in, &input));
  say("rknn_set_io_mem", rknn_set_io_mem(contexts[at], out, &output));
  rknn_input refused = {.buf = bytes, .size = size, .type = input.type, .fmt = input.fmt};
  say("rknn_inputs_set", rknn_inputs_set(contexts[at], 1, &refused));
  say("rknn_run", rknn_run(contexts[at], NULL));
  write_file(prefix, 0, out->logical_addr, out->size);
  say("rknn_destroy_mem", rknn_destroy_mem(contexts[at], in));
  say("rknn_destroy_mem", rknn_destroy_mem(contexts[at], out));
  free(bytes);
}

static void do_map(void) {
  int at = slot();
  uint32_t size;
  uint8_t *bytes = read_file(word(), &size);
  const char *prefix = word();
  rknn_tensor_mem in;
  rknn_tensor_mem out;
  say("rknn_inputs_map", rknn_inputs_map(contexts[at], 1, &in));
  if (size != in.size) die("map");
  memcpy(in.logical_addr, bytes, size);
  say("rknn_inputs_sync", rknn_inputs_sync(contexts[at], 1, &in));
  say("rknn_outputs_map", rknn_outputs_map(contexts[at], 1, &out));
  say("rknn_run", rknn_run(contexts[at], NULL));
  say("rknn_outputs_sync", rknn_outputs_sync(contexts[at], 1, &out));
  write_file(prefix, 0, out.logical_addr, out.size);
  say("rknn_inputs_unmap", rknn_inputs_unmap(contexts[at], 1, &in));
  say("rknn_outputs_unmap", rknn_outputs_unmap(contexts[at], 1, &out));
  free(bytes);
}

struct job {
  rknn_context context;
  uint32_t outputs;
  int runs;
  int differing;
};

/* Runs again and again; every result must be the first one. */
static void *run_job(void *given) {
  struct job *job = given;
  uint8_t *first[TENSORS] = {0};
  for (int run = 0; run < job->runs; run++) {
    rknn_output outputs[TENSORS] = {{0}};
    /* Into buffers of its own: what the runtime hands out belongs to the context, which may be another thread's too. */
    for (uint32_t i = 0; i < job->outputs; i++) {
      rknn_tensor_attr attr = {.index = i};
      if (rknn_query(job->context, RKNN_QUERY_OUTPUT_ATTR, &attr, sizeof attr) < 0) job->differing++;
      outputs[i] = (rknn_output){.is_prealloc = 1, .buf = malloc(attr.size), .size = attr.size};
    }
    if (rknn_run(job->context, NULL) < 0) job->differing++;
    if (rknn_outputs_get(job->context, job->outputs, outputs, NULL) < 0) job->differing++;
    for (uint32_t i = 0; i < job->outputs; i++) {
      if (first[i] == NULL) {
        first[i] = outputs[i].buf;
        continue;
      }
      if (memcmp(first[i], outputs[i].buf, outputs[i].size) != 0) job->differing++;
      free(outputs[i].buf);
    }
    rknn_outputs_release(job->context, job->outputs, outputs);
  }
  for (uint32_t i = 0; i < job->outputs; i++) free(first[i]);
  return NULL;
}

static void do_threads(void) {
  struct job jobs[2];
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) {
    int at = slot();
    jobs[i] = (struct job){.context = contexts[at], .outputs = numbers[at].n_output};
  }
  jobs[0].runs = jobs[1].runs = number();
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, run_job, &jobs[i]);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  fprintf(stderr, "differing %d\n", jobs[0].differing + jobs[1].differing);
}

/* Every argument that is wrong, one after the other. */
static void do_arguments(void) {
  rknn_context context = contexts[slot()];
  rknn_context none;
  char info[512] = {0};
  rknn_tensor_attr attr = {.index = 99};
  uint8_t byte = 0;
  rknn_input beyond = {.index = 99, .buf = &byte, .size = 1, .type = RKNN_TENSOR_UINT8};
  rknn_input no_type = {.index = 0, .buf = &byte, .size = 1, .type = RKNN_TENSOR_TYPE_MAX};
  rknn_input no_buffer = {.index = 0, .size = 1, .type = RKNN_TENSOR_UINT8};
  rknn_tensor_mem mem = {0};
  say("init-null-context", rknn_init(NULL, info, 1, 0));
  say("init-null-model", rknn_init(&none, NULL, 0, 0));
  say("init-precompile", rknn_init(&none, info, 8, RKNN_FLAG_PRECOMPILE_MASK));
  say("query-no-context", rknn_query(0, RKNN_QUERY_IN_OUT_NUM, info, 8));
  say("query-foreign-context", rknn_query(12345, RKNN_QUERY_IN_OUT_NUM, info, 8));
  say("query-null", rknn_query(context, RKNN_QUERY_IN_OUT_NUM, NULL, 8));
  say("query-size", rknn_query(context, RKNN_QUERY_IN_OUT_NUM, info, 12));
  say("query-unknown", rknn_query(context, RKNN_QUERY_CMD_MAX, info, 8));
  say("query-index", rknn_query(context, RKNN_QUERY_INPUT_ATTR, &attr, sizeof attr));
  say("query-detail-without-flag", rknn_query(context, RKNN_QUERY_PERF_DETAIL, info, 16));
  say("query-precompile", rknn_query(context, RKNN_QUERY_PRE_COMPILE, info, 16));
  say("set-no-context", rknn_inputs_set(0, 1, &beyond));
  say("set-nothing", rknn_inputs_set(context, 0, NULL));
  say("set-index", rknn_inputs_set(context, 1, &beyond));
  say("set-type", rknn_inputs_set(context, 1, &no_type));
  say("set-null", rknn_inputs_set(context, 1, &no_buffer));
  say("get-before-run", rknn_outputs_get(context, 1, &(rknn_output){0}, NULL));
  say("get-nothing", rknn_outputs_get(context, 0, NULL, NULL));
  say("run-no-context", rknn_run(0, NULL));
  say("get-no-context", rknn_outputs_get(0, 1, &(rknn_output){0}, NULL));
  say("release-no-context", rknn_outputs_release(0, 1, &(rknn_output){0}));
  say("destroy-no-context", rknn_destroy(0));
  say("create-mem-nothing", rknn_create_mem(context, 0) == NULL);
  say("create-mem-huge", rknn_create_mem(context, UINT64_MAX) == NULL);
  say("destroy-mem-foreign", rknn_destroy_mem(context, &mem));
  say("set-io-mem-foreign", rknn_set_io_mem(context, &mem, &attr));
  say("sync-foreign", rknn_inputs_sync(context, 1, &mem));
}

static void do_wait(void) {
  char byte;
  if (read(3, &byte, 1) != 1) die("descriptor 3 ended");
}

int main(void) {
  static const struct {
    const char *name;
    void (*run)(void);
  } commands[] = {
      {"init", do_init},         {"set", do_set},         {"run", do_run},
      {"get", do_get},           {"threads", do_threads}, {"attributes", do_attributes},
      {"versions", do_versions}, {"perf", do_perf},       {"detail", do_detail},
      {"zerocopy", do_zerocopy}, {"map", do_map},         {"arguments", do_arguments},
      {"wait", do_wait},
  };
  char line[4096];
  while (fgets(line, sizeof line, stdin) != NULL) {
    char *name = strtok(line, " \n");
    if (name == NULL) continue;
    if (strcmp(name, "destroy") == 0) {
      int at = slot();
      say("rknn_destroy", rknn_destroy(contexts[at]));
      contexts[at] = 0;
      continue;
    }
    size_t i = 0;
    while (i < sizeof commands / sizeof *commands && strcmp(commands[i].name, name) != 0) i++;
    if (i == sizeof commands / sizeof *commands) die(name);
    commands[i].run();
  }
  return 0;
}
