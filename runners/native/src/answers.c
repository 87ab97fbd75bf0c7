#include "answers.h"

#include <string.h>
#include <unistd.h>

#include "board-facts.h"
#include "protocol-limits.h"
#include "version.h"

static struct json_text begin(const char *type, uint32_t id) {
  struct json_text text = {0};
  json_open(&text, '{');
  json_text_member(&text, "type", type);
  json_integer_member(&text, "id", id);
  return text;
}

static void open_member(struct json_text *text, const char *name, char bracket) {
  json_name(text, name);
  json_open(text, bracket);
}

static void put_limits(struct json_text *text) {
  open_member(text, "limits", '{');
  json_integer_member(text, "headBytes", HEAD_LIMIT);
  json_integer_member(text, "payloadBytes", PAYLOAD_LIMIT);
  json_integer_member(text, "models", MODEL_LIMIT);
  json_close(text, '}');
}

static void put_runner(struct json_text *text) {
  open_member(text, "runner", '{');
  json_text_member(text, "name", RUNNER_NAME);
  json_text_member(text, "version", RUNNER_VERSION);
  json_text_member(text, "build", RUNNER_BUILD);
  json_close(text, '}');
}

static void put_features(struct json_text *text) {
  open_member(text, "features", '[');
  json_put_text(text, "want_float");
  json_put_text(text, "collect_perf");
  json_put_text(text, "suspect");
  json_put_text(text, "layer-hashes");
  json_close(text, ']');
}

static void put_board(struct json_text *text) {
  struct board_facts facts;
  board_facts_read(&facts);
  open_member(text, "board", '{');
  json_text_member(text, "bootId", facts.boot_id);
  json_text_member(text, "kernel", facts.kernel);
  json_text_member(text, "chip", facts.chip);
  json_close(text, '}');
}

struct json_text answer_hello(const struct request *request, const struct vendor *vendor) {
  struct json_text text = begin("hello", request->id);
  json_integer_member(&text, "version", PROTOCOL_VERSION);
  put_runner(&text);
  put_limits(&text);
  put_features(&text);
  json_integer_member(&text, "silenceSeconds", request->silence_seconds);
  json_text_member(&text, "api", vendor->version.api_version);
  json_text_member(&text, "driver", vendor->version.drv_version);
  json_integer_member(&text, "pid", getpid());
  json_integer_member(&text, "pgid", getpgrp());
  json_name(&text, "simulated");
  json_put_boolean(&text, vendor->simulated);
  put_board(&text);
  json_close(&text, '}');
  return text;
}

static void put_attribute(struct json_text *text, const rknn_tensor_attr *attribute) {
  json_open(text, '{');
  json_integer_member(text, "index", attribute->index);
  json_name(text, "name");
  json_put_string(text, attribute->name, strnlen(attribute->name, sizeof attribute->name));
  open_member(text, "dims", '[');
  for (uint32_t i = 0; i < attribute->n_dims && i < RKNN_MAX_DIMS; i++) json_put_integer(text, attribute->dims[i]);
  json_close(text, ']');
  json_integer_member(text, "n_elems", attribute->n_elems);
  json_integer_member(text, "size", attribute->size);
  json_integer_member(text, "fmt", attribute->fmt);
  json_integer_member(text, "type", attribute->type);
  json_integer_member(text, "qnt_type", attribute->qnt_type);
  json_integer_member(text, "fl", attribute->fl);
  json_integer_member(text, "zp", attribute->zp);
  json_name(text, "scale");
  json_put_float(text, attribute->scale);
  json_close(text, '}');
}

static void put_attributes(struct json_text *text, const char *name, const rknn_tensor_attr *attributes,
                           uint32_t count) {
  open_member(text, name, '[');
  for (uint32_t i = 0; i < count; i++) put_attribute(text, &attributes[i]);
  json_close(text, ']');
}

struct json_text answer_loaded(uint32_t id, uint32_t number, const struct model *model) {
  struct json_text text = begin("loaded", id);
  json_integer_member(&text, "model", number);
  json_integer_member(&text, "loadTimeUs", model->load_time_us);
  put_attributes(&text, "inputs", model->inputs, model->input_count);
  put_attributes(&text, "outputs", model->outputs, model->output_count);
  json_close(&text, '}');
  return text;
}

static void put_slice(struct json_text *text, uint64_t offset, uint64_t length) {
  json_integer_member(text, "offset", (int64_t)offset);
  json_integer_member(text, "length", (int64_t)length);
}

static void put_run(struct json_text *text, const struct run_facts *run) {
  json_open(text, '{');
  json_integer_member(text, "npuTimeUs", run->npu_time_us);
  json_integer_member(text, "crc32", run->outputs_crc32);
  if (run->looks_hung) json_text_member(text, "suspect", "hang");
  json_close(text, '}');
}

struct json_text answer_inferred(uint32_t id, const struct model *model, const struct inference *inference) {
  struct json_text text = begin("inferred", id);
  const struct output_copy *outputs = &inference->outputs;
  open_member(&text, "outputs", '[');
  for (uint32_t i = 0; i < model->output_count; i++) {
    json_open(&text, '{');
    json_integer_member(&text, "index", i);
    put_slice(&text, outputs->offsets[i], outputs->lengths[i]);
    json_close(&text, '}');
  }
  json_close(&text, ']');
  open_member(&text, "runs", '[');
  for (uint32_t i = 0; i < inference->run_count; i++) put_run(&text, &inference->runs[i]);
  json_close(&text, ']');
  if (inference->perf_detail != NULL) json_text_member(&text, "perfDetail", inference->perf_detail);
  json_close(&text, '}');
  return text;
}

uint64_t answer_inferred_least(uint32_t repeats) { return repeats * (uint64_t)sizeof "{\"npuTimeUs\":0,\"crc32\":0}"; }

struct json_text answer_layer(uint32_t id, const struct layer *layer, const char *sha256, bool same) {
  struct json_text text = begin("layer", id);
  json_text_member(&text, "name", layer->name);
  json_text_member(&text, "dtype", "float32");
  open_member(&text, "shape", '[');
  for (size_t i = 0; i < sizeof layer->shape / sizeof *layer->shape; i++) json_put_integer(&text, layer->shape[i]);
  json_close(&text, ']');
  put_slice(&text, 0, same ? 0 : layer->bytes);
  json_text_member(&text, "sha256", sha256);
  if (same) {
    json_name(&text, "same");
    json_put_boolean(&text, true);
  }
  json_close(&text, '}');
  return text;
}

struct json_text answer_layers_end(uint32_t id, uint32_t count) {
  struct json_text text = begin("layers-end", id);
  json_integer_member(&text, "count", count);
  json_close(&text, '}');
  return text;
}

struct json_text answer_plain(const char *type, uint32_t id) {
  struct json_text text = begin(type, id);
  json_close(&text, '}');
  return text;
}

struct json_text answer_error(uint32_t id, const struct refusal *refusal) {
  struct json_text text = begin("error", id);
  json_text_member(&text, "code", refusal->code);
  json_text_member(&text, "message", refusal->message);
  if (refusal->call != NULL) {
    open_member(&text, "vendor", '{');
    json_text_member(&text, "call", refusal->call);
    json_integer_member(&text, "status", refusal->status);
    json_close(&text, '}');
  }
  if (refusal->shows_versions) {
    open_member(&text, "versions", '{');
    json_integer_member(&text, "min", PROTOCOL_VERSION);
    json_integer_member(&text, "max", PROTOCOL_VERSION);
    json_close(&text, '}');
  }
  json_name(&text, "usable");
  json_put_boolean(&text, !refusal->fatal);
  json_close(&text, '}');
  return text;
}
