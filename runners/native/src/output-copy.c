#include "output-copy.h"

#include <stdlib.h>
#include <string.h>

#include "crc32.h"

enum { ALIGNMENT = 8 };

bool output_copy_plan(struct output_copy *copy, const struct model *model, bool want_float, uint64_t limit,
                      struct refusal *refusal) {
  size_t count = model->output_count;
  copy->offsets = calloc(count + 1, sizeof *copy->offsets);
  copy->lengths = calloc(count + 1, sizeof *copy->lengths);
  if (copy->offsets == NULL || copy->lengths == NULL) return refuse_memory(refusal, "outputs", count * 16);
  uint64_t end = 0;
  for (size_t i = 0; i < count; i++) {
    const rknn_tensor_attr *attribute = &model->outputs[i];
    copy->offsets[i] = (end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    copy->lengths[i] = want_float ? 4 * (uint64_t)attribute->n_elems : attribute->size;
    end = copy->offsets[i] + copy->lengths[i];
  }
  if (end > limit) {
    return refuse(refusal, "limit", "an answer of %llu bytes, the host takes %llu", (unsigned long long)end,
                  (unsigned long long)limit);
  }
  copy->payload_bytes = end;
  copy->payload = calloc(1, end + 1);
  return copy->payload != NULL || refuse_memory(refusal, "outputs", end);
}

bool output_copy_check(const struct output_copy *copy, const struct model *model, const rknn_output *outputs,
                       struct refusal *refusal) {
  for (uint32_t i = 0; i < model->output_count; i++) {
    unsigned long long promised = copy->lengths[i];
    if (promised > 0 && outputs[i].buf == NULL) {
      return refuse(refusal, "internal", "rknn_outputs_get gave no buffer for output %u", i);
    }
    /* Old releases leave the size as it was: 0. */
    if (outputs[i].size != 0 && outputs[i].size < promised) {
      return refuse(refusal, "internal", "rknn_outputs_get gave %u bytes for output %u, its attributes promise %llu",
                    outputs[i].size, i, promised);
    }
  }
  return true;
}

void output_copy_take(struct output_copy *copy, const struct model *model, const rknn_output *outputs) {
  for (uint32_t i = 0; i < model->output_count; i++) {
    if (copy->lengths[i] > 0) memcpy(copy->payload + copy->offsets[i], outputs[i].buf, copy->lengths[i]);
  }
}

uint32_t output_copy_crc32(const struct output_copy *copy, const struct model *model, const rknn_output *outputs) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < model->output_count; i++) sum = crc32_add(sum, outputs[i].buf, copy->lengths[i]);
  return sum;
}

static bool all_bytes_are(const uint8_t *bytes, uint64_t count, uint8_t value) {
  return count == 0 || (bytes[0] == value && memcmp(bytes, bytes + 1, count - 1) == 0);
}

static bool all_floats_are_zero(const uint8_t *bytes, uint64_t count) {
  for (uint64_t at = 0; at + sizeof(float) <= count; at += sizeof(float)) {
    float value;
    memcpy(&value, bytes + at, sizeof value);
    if (!(value == 0)) return false;
  }
  return true;
}

/* Memory that is all zero stands for this value in an affine tensor that the runtime has made floats of. */
static bool all_floats_are_zero_code(const uint8_t *bytes, uint64_t count, const rknn_tensor_attr *attribute) {
  float expected = (0.0f - (float)attribute->zp) * attribute->scale;
  for (uint64_t at = 0; at + sizeof(float) <= count; at += sizeof(float)) {
    if (memcmp(bytes + at, &expected, sizeof expected) != 0) return false;
  }
  return true;
}

static bool is_zero(const rknn_tensor_attr *attribute, const rknn_output *output, uint64_t bytes) {
  bool affine = attribute->qnt_type == RKNN_TENSOR_QNT_AFFINE_ASYMMETRIC;
  if (output->want_float) {
    return all_floats_are_zero(output->buf, bytes) ||
           (affine && all_floats_are_zero_code(output->buf, bytes, attribute));
  }
  return all_bytes_are(output->buf, bytes, 0) ||
         (affine && attribute->type == RKNN_TENSOR_UINT8 && all_bytes_are(output->buf, bytes, (uint8_t)attribute->zp));
}

bool output_copy_is_zero(const struct output_copy *copy, const struct model *model, const rknn_output *outputs) {
  for (uint32_t i = 0; i < model->output_count; i++) {
    if (!is_zero(&model->outputs[i], &outputs[i], copy->lengths[i])) return false;
  }
  return model->output_count > 0;
}

void output_copy_free(struct output_copy *copy) {
  free(copy->payload);
  free(copy->offsets);
  free(copy->lengths);
  memset(copy, 0, sizeof *copy);
}
