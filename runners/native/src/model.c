#include "model.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "sha256.h"

/* A network has a handful; a count above this is a driver's nonsense. */
enum { TENSOR_LIMIT = 1024 };

static bool refuse_file(struct refusal *refusal, const char *path, const char *problem) {
  return refuse(refusal, "file", "%s: %s", path, problem);
}

static bool read_whole(int file, struct model *model, const char *path, struct refusal *refusal) {
  /* A folder opens like a file, and only reading tells. */
  char byte;
  if (read(file, &byte, 1) < 0) return refuse_file(refusal, path, strerror(errno));
  off_t size = lseek(file, 0, SEEK_END);
  if (size < 0 || lseek(file, 0, SEEK_SET) < 0) return refuse_file(refusal, path, strerror(errno));
  if (size > (off_t)UINT32_MAX) return refuse_file(refusal, path, "larger than rknn_init can be told");
  model->size = (uint32_t)size;
  model->bytes = malloc(model->size + (size_t)1);
  if (model->bytes == NULL) return refuse_memory(refusal, path, model->size);
  for (size_t filled = 0; filled < model->size;) {
    ssize_t count = read(file, (char *)model->bytes + filled, model->size - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return refuse_file(refusal, path, strerror(errno));
    if (count == 0) return refuse_file(refusal, path, "it became shorter while it was read");
    filled += (size_t)count;
  }
  return true;
}

static bool read_file(struct model *model, const char *path, struct refusal *refusal) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return refuse_file(refusal, path, strerror(errno));
  bool done = read_whole(file, model, path, refusal);
  close(file);
  return done;
}

static bool check_hash(const struct model *model, const char *path, const char *expected, struct refusal *refusal) {
  char found[SHA256_HEX_LENGTH + 1];
  sha256_hex(model->bytes, model->size, found);
  if (strcmp(found, expected) == 0) return true;
  return refuse(refusal, "hash", "%s has sha256 %s, expected %s", path, found, expected);
}

static bool query_attributes(const struct model *model, const struct vendor *vendor, rknn_query_cmd cmd, uint32_t count,
                             rknn_tensor_attr **attributes, struct refusal *refusal) {
  *attributes = calloc(count + (size_t)1, sizeof **attributes);
  if (*attributes == NULL) return refuse_memory(refusal, "attributes", count * sizeof **attributes);
  for (uint32_t i = 0; i < count; i++) {
    rknn_tensor_attr *attribute = &(*attributes)[i];
    attribute->index = i;
    int status = vendor->query(model->context, cmd, attribute, sizeof *attribute);
    if (status < 0) return refuse_vendor(refusal, "rknn_query", status);
  }
  return true;
}

static bool query_model(struct model *model, const struct vendor *vendor, struct refusal *refusal) {
  rknn_input_output_num counts = {0};
  int status = vendor->query(model->context, RKNN_QUERY_IN_OUT_NUM, &counts, sizeof counts);
  if (status < 0) return refuse_vendor(refusal, "rknn_query", status);
  if (counts.n_input > TENSOR_LIMIT || counts.n_output > TENSOR_LIMIT) {
    return refuse(refusal, "internal", "the driver says that the model has %u inputs and %u outputs", counts.n_input,
                  counts.n_output);
  }
  model->input_count = counts.n_input;
  model->output_count = counts.n_output;
  return query_attributes(model, vendor, RKNN_QUERY_INPUT_ATTR, counts.n_input, &model->inputs, refusal) &&
         query_attributes(model, vendor, RKNN_QUERY_OUTPUT_ATTR, counts.n_output, &model->outputs, refusal);
}

bool model_init(const struct model *model, const struct vendor *vendor, rknn_context *context,
                struct refusal *refusal) {
  *context = 0;
  int status = vendor->init(context, model->bytes, model->size, model->flags);
  return status < 0 ? refuse_vendor(refusal, "rknn_init", status) : true;
}

static bool load(struct model *model, const struct vendor *vendor, const char *path, const char *sha256,
                 struct refusal *refusal) {
  if (!read_file(model, path, refusal) || !check_hash(model, path, sha256, refusal)) return false;
  int64_t started = now_us();
  bool made = model_init(model, vendor, &model->context, refusal);
  model->load_time_us = now_us() - started;
  if (!made) model->context = 0;
  return made && query_model(model, vendor, refusal);
}

bool model_load(struct model *model, const struct vendor *vendor, const char *path, const char *sha256, uint32_t flags,
                struct refusal *refusal) {
  memset(model, 0, sizeof *model);
  model->flags = flags;
  bool loaded = load(model, vendor, path, sha256, refusal);
  if (!loaded) model_free(model, vendor);
  return loaded;
}

int model_free(struct model *model, const struct vendor *vendor) {
  int status = model->context == 0 ? 0 : vendor->destroy(model->context);
  free(model->bytes);
  free(model->inputs);
  free(model->outputs);
  memset(model, 0, sizeof *model);
  return status;
}
