/*
 * The stand-in's own time: a program on the board that calls the vendor's interface and does nothing else. For each byte of
 * its input it does one inference, with the calls of hil-npu-run, and prints how many nanoseconds that took.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "rknn_api.h"

static long long now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void require(int status) {
  if (status < 0) exit(1);
}

static void *read_model(const char *path, long *bytes) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) exit(1);
  *bytes = ftell(file);
  rewind(file);
  void *model = malloc((size_t)*bytes);
  if (model == NULL || fread(model, 1, (size_t)*bytes, file) != (size_t)*bytes) exit(1);
  fclose(file);
  return model;
}

static void infer(rknn_context context, rknn_input *input) {
  require(rknn_inputs_set(context, 1, input));
  require(rknn_run(context, NULL));
  rknn_perf_run perf;
  require(rknn_query(context, RKNN_QUERY_PERF_RUN, &perf, sizeof perf));
  rknn_output output = {.index = 0};
  require(rknn_outputs_get(context, 1, &output, NULL));
  require(rknn_outputs_release(context, 1, &output));
}

int main(int count, char *words[]) {
  if (count != 3) return 2;
  /* The library prints to standard output. */
  int answers = dup(STDOUT_FILENO);
  dup2(STDERR_FILENO, STDOUT_FILENO);
  long model_bytes;
  void *model = read_model(words[1], &model_bytes);
  rknn_context context;
  require(rknn_init(&context, model, (uint32_t)model_bytes, 0));
  uint32_t input_bytes = (uint32_t)strtoul(words[2], NULL, 10);
  rknn_input input = {.buf = calloc(1, input_bytes), .size = input_bytes, .type = RKNN_TENSOR_UINT8,
                      .fmt = RKNN_TENSOR_NHWC};
  if (input.buf == NULL) return 1;
  /* Memory that nobody has written is all one page. */
  memset(input.buf, 3, input_bytes);
  for (char byte; read(STDIN_FILENO, &byte, 1) == 1;) {
    long long started = now_ns();
    infer(context, &input);
    dprintf(answers, "%lld\n", now_ns() - started);
  }
  return 0;
}
