/* Sizes of tensors. */
#ifndef HIL_TENSOR_H
#define HIL_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rknn_api.h"

/* Bytes of one element; 0 for a type that the vendor has not. */
static inline size_t element_bytes(uint32_t type) {
  static const uint8_t bytes[RKNN_TENSOR_TYPE_MAX] = {4, 2, 1, 1, 2};
  return type < RKNN_TENSOR_TYPE_MAX ? bytes[type] : 0;
}

/* Real values of raw elements: what the vendor's runtime computes for want_float. */
void tensor_to_float(const rknn_tensor_attr *attr, const uint8_t *raw, float *values);

#endif
