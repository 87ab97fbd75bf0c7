/*
 * What is under a case on a board: a program that calls the vendor's interface and does nothing else. Each time that so many
 * bytes have come it does one inference, with the calls of hil-npu-run, and answers so many bytes. They begin with the
 * nanoseconds that the inference took, as text.
 *
 * hil-npu-client MODEL INPUT_BYTES RECEIVED ANSWERED
 */
#include <stdbool.h>
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

static bool receive(uint8_t *bytes, size_t count) {
  for (size_t have = 0; have < count;) {
    ssize_t got = read(STDIN_FILENO, bytes + have, count - have);
    if (got <= 0) return false;
    have += (size_t)got;
  }
  return true;
}

static void answer(int descriptor, const uint8_t *bytes, size_t count) {
  for (size_t sent = 0; sent < count;) {
    ssize_t put = write(descriptor, bytes + sent, count - sent);
    if (put <= 0) exit(1);
    sent += (size_t)put;
  }
}

int main(int count, char *words[]) {
  if (count != 5) return 2;
  /* The library prints to standard output. */
  int answers = dup(STDOUT_FILENO);
  dup2(STDERR_FILENO, STDOUT_FILENO);
  long model_bytes;
  void *model = read_model(words[1], &model_bytes);
  rknn_context context;
  require(rknn_init(&context, model, (uint32_t)model_bytes, 0));
  size_t input_bytes = strtoul(words[2], NULL, 10), received = strtoul(words[3], NULL, 10);
  size_t answered = strtoul(words[4], NULL, 10);
  size_t room = received > input_bytes ? received : input_bytes;
  uint8_t *request = malloc(room), *reply = calloc(1, answered);
  if (request == NULL || reply == NULL || answered < 32) return 1;
  /* Memory that nobody has written is all one page. */
  memset(request, 3, room);
  rknn_input input = {.buf = request + room - input_bytes, .size = (uint32_t)input_bytes,
                      .type = RKNN_TENSOR_UINT8, .fmt = RKNN_TENSOR_NHWC};
  while (receive(request, received)) {
    long long started = now_ns();
    infer(context, &input);
    snprintf((char *)reply, 32, "%lld\n", now_ns() - started);
    answer(answers, reply, answered);
  }
  return 0;
}
