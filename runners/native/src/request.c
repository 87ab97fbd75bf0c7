#include "request.h"

#include <stdlib.h>
#include <string.h>

#include "protocol-limits.h"

static const int64_t largest_integer = 9007199254740992;

/* A request's fields while they are read: the first that is wrong is the one that is told. */
struct reader {
  struct json head;
  const char *type;
  struct refusal *refusal;
  bool failed;
};

static void fail(struct reader *reader, const char *name, const char *expected) {
  if (!reader->failed) refuse(reader->refusal, "request", "%s: %s should be %s", reader->type, name, expected);
  reader->failed = true;
}

static int64_t read_integer(struct reader *reader, struct json object, const char *name, int64_t least, int64_t most) {
  struct json value;
  int64_t number = 0;
  if (!json_member(object, name, &value) || !json_integer(value, &number) || number < least || number > most) {
    fail(reader, name, "an integer in its range");
    return least;
  }
  return number;
}

static uint32_t read_uint32(struct reader *reader, struct json object, const char *name) {
  return (uint32_t)read_integer(reader, object, name, 0, UINT32_MAX);
}

static uint64_t read_size(struct reader *reader, struct json object, const char *name) {
  return (uint64_t)read_integer(reader, object, name, 0, largest_integer);
}

static bool read_boolean(struct reader *reader, struct json object, const char *name) {
  struct json value;
  bool truth = false;
  if (!json_member(object, name, &value) || !json_boolean(value, &truth)) fail(reader, name, "true or false");
  return truth;
}

/* A field that may be missing, which means false. */
static bool read_option(struct reader *reader, const char *name) {
  struct json value;
  return json_member(reader->head, name, &value) && read_boolean(reader, reader->head, name);
}

static struct json read_object(struct reader *reader, const char *name) {
  static const char empty[] = "{}";
  struct json value = {empty, empty + 2};
  if (!json_member(reader->head, name, &value) || !json_is_object(value)) {
    fail(reader, name, "an object");
    return (struct json){empty, empty + 2};
  }
  return value;
}

static void read_hello(struct reader *reader, struct request *request) {
  struct json versions = read_object(reader, "versions");
  request->min_version = read_integer(reader, versions, "min", 0, largest_integer);
  request->max_version = read_integer(reader, versions, "max", 0, largest_integer);
  int64_t silence = read_integer(reader, reader->head, "silenceSeconds", 1, SILENCE_SECONDS_LIMIT);
  request->silence_seconds = (uint32_t)silence;
  struct json limits = read_object(reader, "limits");
  request->head_limit = read_size(reader, limits, "headBytes");
  request->payload_limit = read_size(reader, limits, "payloadBytes");
}

static bool is_sha256(const char *text) {
  return strlen(text) == SHA256_HEX_LENGTH && strspn(text, "0123456789abcdef") == SHA256_HEX_LENGTH;
}

static void read_load(struct reader *reader, struct request *request) {
  struct json value;
  if (!json_member(reader->head, "path", &value) || !json_string(value, request->path, sizeof request->path) ||
      request->path[0] == 0) {
    fail(reader, "path", "the path of a file");
  }
  if (!json_member(reader->head, "sha256", &value) ||
      !json_string(value, request->sha256, sizeof request->sha256) || !is_sha256(request->sha256)) {
    fail(reader, "sha256", "64 lower-case hexadecimal digits");
  }
  request->collect_perf = read_option(reader, "collect_perf");
}

static size_t count_items(struct json array) {
  size_t count = 0;
  for (struct json item = {NULL, NULL}; json_next_item(array, &item);) count++;
  return count;
}

static void read_inputs(struct reader *reader, struct request *request) {
  struct json array;
  if (!json_member(reader->head, "inputs", &array) || !json_is_array(array)) {
    fail(reader, "inputs", "an array");
    return;
  }
  size_t count = count_items(array);
  request->inputs = calloc(count + 1, sizeof *request->inputs);
  if (request->inputs == NULL) {
    fail(reader, "inputs", "fewer: there is no memory for them");
    return;
  }
  struct json item = {NULL, NULL};
  while (json_next_item(array, &item)) {
    struct request_input *input = &request->inputs[request->input_count++];
    input->index = read_uint32(reader, item, "index");
    input->type = read_uint32(reader, item, "type");
    input->fmt = read_uint32(reader, item, "fmt");
    input->pass_through = read_boolean(reader, item, "pass_through");
    input->size = read_uint32(reader, item, "size");
    input->offset = read_size(reader, item, "offset");
    input->length = read_size(reader, item, "length");
  }
}

static void read_infer(struct reader *reader, struct request *request) {
  request->model = read_uint32(reader, reader->head, "model");
  request->repeats = (uint32_t)read_integer(reader, reader->head, "repeats", 1, REPEATS_LIMIT);
  request->want_float = read_option(reader, "want_float");
  read_inputs(reader, request);
}

static void read_layers(struct reader *reader, struct request *request) {
  request->model = read_uint32(reader, reader->head, "model");
  struct json known;
  if (json_member(reader->head, "known", &known)) {
    if (json_is_array(known)) request->known = known;
    else fail(reader, "known", "an array");
  }
  read_inputs(reader, request);
}

static void read_unload(struct reader *reader, struct request *request) {
  request->model = read_uint32(reader, reader->head, "model");
}

static void read_nothing(struct reader *reader, struct request *request) { (void)reader, (void)request; }

static const struct {
  const char *name;
  enum request_type type;
  void (*read)(struct reader *reader, struct request *request);
} readers[] = {
    {"hello", REQUEST_HELLO, read_hello},   {"load", REQUEST_LOAD, read_load},
    {"infer", REQUEST_INFER, read_infer},   {"layers", REQUEST_LAYERS, read_layers},
    {"unload", REQUEST_UNLOAD, read_unload}, {"ping", REQUEST_PING, read_nothing},
    {"bye", REQUEST_BYE, read_nothing},
};

uint32_t request_id(struct json head) {
  struct json value;
  int64_t id;
  bool valid = json_member(head, "id", &value) && json_integer(value, &id) && id >= 0 && id <= UINT32_MAX;
  return valid ? (uint32_t)id : 0;
}

bool request_read(struct json head, struct request *request, struct refusal *refusal) {
  memset(request, 0, sizeof *request);
  char type[32];
  struct json value;
  if (!json_member(head, "type", &value) || !json_string(value, type, sizeof type)) {
    return refuse(refusal, "request", "type should be the name of a request");
  }
  struct reader reader = {head, type, refusal, false};
  for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
    if (strcmp(type, readers[i].name) != 0) continue;
    request->type = readers[i].type;
    request->id = read_uint32(&reader, head, "id");
    readers[i].read(&reader, request);
    if (reader.failed) request_free(request);
    return !reader.failed;
  }
  return refuse(refusal, "request", "type \"%s\" is no request of this protocol", type);
}

void request_free(struct request *request) {
  free(request->inputs);
  request->inputs = NULL;
  request->input_count = 0;
}
