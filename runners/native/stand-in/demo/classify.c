/*
 * A program as a team writes it against the vendor's API: classifies a picture and prints the five best classes.
 *
 *   classify MODEL PICTURE
 *
 * PICTURE holds the pixels as they go into the network: RGB bytes, interleaved, of the network's size.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rknn_api.h"

static uint8_t *read_file(const char *path, uint32_t *size) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) {
    printf("fopen %s fail!\n", path);
    exit(255);
  }
  fseek(file, 0, SEEK_END);
  long length = ftell(file);
  rewind(file);
  uint8_t *bytes = malloc((size_t)length + 1);
  if (bytes == NULL || fread(bytes, 1, (size_t)length, file) != (size_t)length) {
    printf("fread %s fail!\n", path);
    exit(255);
  }
  fclose(file);
  *size = (uint32_t)length;
  return bytes;
}

static void check(const char *call, int status) {
  if (status >= 0) return;
  printf("%s fail! ret=%d\n", call, status);
  exit(255);
}

static void print_top5(const float *scores, uint32_t count) {
  uint32_t best[5];
  float best_scores[5];
  for (int i = 0; i < 5; i++) {
    best[i] = UINT32_MAX;
    best_scores[i] = 0;
    for (uint32_t c = 0; c < count; c++) {
      int taken = 0;
      for (int j = 0; j < i; j++) taken |= best[j] == c;
      if (!taken && scores[c] > best_scores[i]) {
        best[i] = c;
        best_scores[i] = scores[c];
      }
    }
  }
  printf(" --- Top5 ---\n");
  for (int i = 0; i < 5; i++) printf("%3d: %8.6f\n", (int)best[i], (double)best_scores[i]);
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: classify MODEL PICTURE\n");
    return 2;
  }
  uint32_t model_size;
  uint32_t picture_size;
  uint8_t *model = read_file(argv[1], &model_size);
  uint8_t *picture = read_file(argv[2], &picture_size);

  rknn_context context;
  check("rknn_init", rknn_init(&context, model, model_size, 0));
  free(model);
  rknn_input_output_num numbers;
  check("rknn_query", rknn_query(context, RKNN_QUERY_IN_OUT_NUM, &numbers, sizeof numbers));
  printf("model input num: %u, output num: %u\n", numbers.n_input, numbers.n_output);
  rknn_tensor_attr output_attr = {.index = 0};
  check("rknn_query", rknn_query(context, RKNN_QUERY_OUTPUT_ATTR, &output_attr, sizeof output_attr));

  rknn_input input = {
      .index = 0, .buf = picture, .size = picture_size, .type = RKNN_TENSOR_UINT8, .fmt = RKNN_TENSOR_NHWC};
  check("rknn_input_set", rknn_inputs_set(context, 1, &input));
  free(picture);
  printf("rknn_run\n");
  check("rknn_run", rknn_run(context, NULL));
  rknn_output output = {.want_float = 1};
  check("rknn_outputs_get", rknn_outputs_get(context, 1, &output, NULL));
  print_top5(output.buf, output_attr.n_elems);
  rknn_outputs_release(context, 1, &output);
  check("rknn_destroy", rknn_destroy(context));
  return 0;
}
