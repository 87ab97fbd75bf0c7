/* The host's requests, out of JSON heads. Nothing here touches the board. */
#ifndef HIL_REQUEST_H
#define HIL_REQUEST_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"
#include "refusal.h"
#include "sha256.h"

enum request_type {
  REQUEST_HELLO,
  REQUEST_LOAD,
  REQUEST_INFER,
  REQUEST_LAYERS,
  REQUEST_UNLOAD,
  REQUEST_PING,
  REQUEST_BYE,
};

/* `rknn_input` as the host declares it, and the place of its bytes in the payload. */
struct request_input {
  uint32_t index;
  uint32_t type;
  uint32_t fmt;
  uint32_t size;
  bool pass_through;
  uint64_t offset;
  uint64_t length;
};

struct request {
  enum request_type type;
  uint32_t id;
  /* hello */
  int64_t min_version;
  int64_t max_version;
  uint32_t silence_seconds;
  uint64_t head_limit;
  uint64_t payload_limit;
  /* load */
  char path[PATH_MAX];
  char sha256[SHA256_HEX_LENGTH + 1];
  bool collect_perf;
  /* infer, layers, unload */
  uint32_t model;
  uint32_t repeats;
  bool want_float;
  struct request_input *inputs;
  size_t input_count;
  /* layers: an array, or `at` is NULL. Lives as long as the head. */
  struct json known;
};

/* The id of a head, valid or not; 0 if it has none. */
uint32_t request_id(struct json head);

/* Reads and checks every field. False with a refusal if one is missing or wrong; there is nothing to free then. */
bool request_read(struct json head, struct request *request, struct refusal *refusal);

void request_free(struct request *request);

#endif
