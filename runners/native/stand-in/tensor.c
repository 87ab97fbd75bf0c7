#include "tensor.h"

#include <math.h>
#include <string.h>

static float half_to_float(uint16_t half) {
  uint32_t sign = (uint32_t)(half & 0x8000) << 16;
  uint32_t exponent = (half >> 10) & 0x1f;
  uint32_t mantissa = half & 0x3ffu;
  uint32_t bits;
  if (exponent == 0x1f) {
    bits = sign | 0x7f800000u | mantissa << 13;
  } else if (exponent > 0) {
    bits = sign | (exponent + 112) << 23 | mantissa << 13;
  } else {
    /* Subnormal: a multiple of 2^-24, which a float holds exactly. */
    float value = (float)mantissa * 0x1p-24f;
    return sign ? -value : value;
  }
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static int32_t integer_at(uint32_t type, const uint8_t *raw, size_t i) {
  int16_t wide;
  switch (type) {
    case RKNN_TENSOR_INT8:
      return (int8_t)raw[i];
    case RKNN_TENSOR_INT16:
      memcpy(&wide, raw + 2 * i, sizeof wide);
      return wide;
    default:
      return raw[i];
  }
}

void tensor_to_float(const rknn_tensor_attr *attr, const uint8_t *raw, float *values) {
  if (attr->type == RKNN_TENSOR_FLOAT32) {
    memcpy(values, raw, (size_t)attr->n_elems * sizeof *values);
    return;
  }
  for (size_t i = 0; i < attr->n_elems; i++) {
    if (attr->type == RKNN_TENSOR_FLOAT16) {
      uint16_t half;
      memcpy(&half, raw + 2 * i, sizeof half);
      values[i] = half_to_float(half);
      continue;
    }
    int32_t code = integer_at(attr->type, raw, i);
    if (attr->qnt_type == RKNN_TENSOR_QNT_AFFINE_ASYMMETRIC) {
      values[i] = (float)(code - (int32_t)attr->zp) * attr->scale;
    } else if (attr->qnt_type == RKNN_TENSOR_QNT_DFP) {
      values[i] = ldexpf((float)code, -attr->fl);
    } else {
      values[i] = (float)code;
    }
  }
}
