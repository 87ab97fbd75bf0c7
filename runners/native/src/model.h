/* A model that the vendor's runtime holds. */
#ifndef HIL_MODEL_H
#define HIL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "refusal.h"
#include "vendor.h"

struct model {
  /* The file. Drivers before 1.6.1 read it after rknn_init, so it stays until the model goes. */
  void *bytes;
  uint32_t size;
  uint32_t flags;
  rknn_context context;
  int64_t load_time_us;
  uint32_t input_count;
  uint32_t output_count;
  rknn_tensor_attr *inputs;
  rknn_tensor_attr *outputs;
};

/* Reads a file, checks its hash, gives its bytes to rknn_init and asks for all attributes. */
bool model_load(struct model *model, const struct vendor *vendor, const char *path, const char *sha256, uint32_t flags,
                struct refusal *refusal);

/* Makes another context from the same bytes, which `rknn_destroy` ends. */
bool model_init(const struct model *model, const struct vendor *vendor, rknn_context *context,
                struct refusal *refusal);

/* Ends the context, if there is one, and frees everything. Returns what rknn_destroy returned. */
int model_free(struct model *model, const struct vendor *vendor);

#endif
