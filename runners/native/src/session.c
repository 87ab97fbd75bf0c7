#include "session.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answers.h"
#include "inference.h"
#include "input-buffers.h"
#include "layer-dump.h"
#include "log-drain.h"
#include "model.h"
#include "protocol-limits.h"
#include "request.h"
#include "vendor.h"
#include "version.h"
#include "watchdog.h"

struct session {
  struct connection connection;
  const char *library;
  bool greeted;
  struct vendor vendor;
  /* The largest frame that the host takes. */
  uint64_t head_limit;
  uint64_t payload_limit;
  int64_t hang_us;
  struct model models[MODEL_LIMIT];
  /* The number that stands for each model; 0 is a free place. */
  uint32_t numbers[MODEL_LIMIT];
  uint32_t last_number;
  struct input_buffers inputs;
};

/* The driver gives a hung NPU up after about 20 s. The variable is for tests, which cannot wait so long. */
static int64_t hang_limit_us(void) {
  const char *text = getenv("HIL_NPU_HANG_MS");
  long milliseconds = text == NULL ? 0 : strtol(text, NULL, 10);
  return (milliseconds > 0 ? milliseconds : 15000) * (int64_t)1000;
}

static bool send(struct session *session, struct json_text *head, const uint8_t *payload, uint64_t bytes,
                 struct refusal *refusal) {
  if (head->length <= session->head_limit && bytes <= session->payload_limit) {
    connection_write(&session->connection, head, payload, (size_t)bytes);
    return true;
  }
  refuse(refusal, "limit", "an answer of %zu and %llu bytes, the host takes %llu and %llu", head->length,
         (unsigned long long)bytes, (unsigned long long)session->head_limit,
         (unsigned long long)session->payload_limit);
  json_text_free(head);
  return false;
}

static void send_refusal(struct session *session, uint32_t id, const struct refusal *refusal) {
  log_drain();
  struct json_text head = answer_error(id, refusal);
  connection_write(&session->connection, &head, NULL, 0);
}

static bool hello(struct session *session, const struct request *request, struct refusal *refusal) {
  if (request->min_version > PROTOCOL_VERSION || request->max_version < PROTOCOL_VERSION) {
    refuse(refusal, "version", "no common version: offered %lld to %lld", (long long)request->min_version,
           (long long)request->max_version);
    refusal->shows_versions = true;
    refusal->fatal = true;
    return false;
  }
  if (!vendor_open(&session->vendor, session->library, refusal)) return false;
  session->greeted = true;
  session->connection.silence_seconds = request->silence_seconds;
  session->head_limit = request->head_limit;
  session->payload_limit = request->payload_limit;
  struct json_text head = answer_hello(request, &session->vendor);
  return send(session, &head, NULL, 0, refusal);
}

static bool load(struct session *session, const struct request *request, struct refusal *refusal) {
  size_t place = 0;
  while (place < MODEL_LIMIT && session->numbers[place] != 0) place++;
  if (place == MODEL_LIMIT) return refuse(refusal, "limit", "%d models are loaded already", MODEL_LIMIT);
  struct model *model = &session->models[place];
  uint32_t flags = request->collect_perf ? RKNN_FLAG_COLLECT_PERF_MASK : 0;
  if (!model_load(model, &session->vendor, request->path, request->sha256, flags, refusal)) return false;
  session->numbers[place] = ++session->last_number;
  struct json_text head = answer_loaded(request->id, session->numbers[place], model);
  if (send(session, &head, NULL, 0, refusal)) return true;
  session->numbers[place] = 0;
  model_free(model, &session->vendor);
  return false;
}

static struct model *find_model(struct session *session, uint32_t number, struct refusal *refusal) {
  for (size_t place = 0; number != 0 && place < MODEL_LIMIT; place++) {
    if (session->numbers[place] == number) return &session->models[place];
  }
  refuse(refusal, "model", "no model has the number %u", number);
  return NULL;
}

static bool infer(struct session *session, const struct request *request, struct payload payload,
                  struct refusal *refusal) {
  const struct model *model = find_model(session, request->model, refusal);
  if (model == NULL || !input_buffers_fill(&session->inputs, model, request, payload, refusal)) return false;
  if (answer_inferred_least(request->repeats) > session->head_limit) {
    return refuse(refusal, "limit", "the answer to %u repeats does not fit into one frame", request->repeats);
  }
  const struct run_options options = {
      .repeats = request->repeats,
      .want_float = request->want_float,
      .payload_limit = session->payload_limit,
      .hang_us = session->hang_us,
  };
  struct inference inference;
  bool done = inference_run(&inference, model, &session->vendor, &session->inputs, &options, refusal);
  if (done) {
    struct json_text head = answer_inferred(request->id, model, &inference);
    done = send(session, &head, inference.outputs.payload, inference.outputs.payload_bytes, refusal);
  }
  inference_free(&inference);
  return done;
}

struct layer_answer {
  struct session *session;
  uint32_t id;
  struct json known;
};

static bool is_known(struct json known, const char *sha256) {
  if (known.at == NULL) return false;
  char text[SHA256_HEX_LENGTH + 1];
  for (struct json item = {NULL, NULL}; json_next_item(known, &item);) {
    if (json_string(item, text, sizeof text) && strcmp(text, sha256) == 0) return true;
  }
  return false;
}

static bool send_layer(const struct layer *layer, void *context, struct refusal *refusal) {
  const struct layer_answer *answer = context;
  char sha256[SHA256_HEX_LENGTH + 1];
  sha256_hex(layer->values, layer->bytes, sha256);
  bool same = is_known(answer->known, sha256);
  struct json_text head = answer_layer(answer->id, layer, sha256, same);
  return send(answer->session, &head, (const uint8_t *)layer->values, same ? 0 : layer->bytes, refusal);
}

static bool layers(struct session *session, const struct request *request, struct payload payload,
                   struct refusal *refusal) {
  const struct model *model = find_model(session, request->model, refusal);
  if (model == NULL || !input_buffers_fill(&session->inputs, model, request, payload, refusal)) return false;
  struct layer_answer answer = {session, request->id, request->known};
  uint32_t count;
  bool done = layer_dump_run(model, &session->vendor, &session->inputs, session->payload_limit, send_layer, &answer,
                             &count, refusal);
  if (!done) return false;
  struct json_text head = answer_layers_end(request->id, count);
  return send(session, &head, NULL, 0, refusal);
}

static bool unload(struct session *session, const struct request *request, struct refusal *refusal) {
  struct model *model = find_model(session, request->model, refusal);
  if (model == NULL) return false;
  session->numbers[model - session->models] = 0;
  int status = model_free(model, &session->vendor);
  if (status < 0) return refuse_vendor(refusal, "rknn_destroy", status);
  struct json_text head = answer_plain("unloaded", request->id);
  return send(session, &head, NULL, 0, refusal);
}

static bool ping(struct session *session, const struct request *request, struct refusal *refusal) {
  struct json_text head = answer_plain("pong", request->id);
  return send(session, &head, NULL, 0, refusal);
}

static void release_models(struct session *session) {
  for (size_t place = 0; place < MODEL_LIMIT; place++) {
    if (session->numbers[place] != 0) model_free(&session->models[place], &session->vendor);
    session->numbers[place] = 0;
  }
}

static bool bye(struct session *session, const struct request *request, struct refusal *refusal) {
  release_models(session);
  struct json_text head = answer_plain("bye", request->id);
  return send(session, &head, NULL, 0, refusal);
}

static bool handle(struct session *session, const struct request *request, struct payload payload,
                   struct refusal *refusal) {
  if (session->greeted == (request->type == REQUEST_HELLO)) {
    return refuse(refusal, "request", session->greeted ? "hello came twice" : "the first request must be hello");
  }
  switch (request->type) {
    case REQUEST_HELLO:
      return hello(session, request, refusal);
    case REQUEST_LOAD:
      return load(session, request, refusal);
    case REQUEST_INFER:
      return infer(session, request, payload, refusal);
    case REQUEST_LAYERS:
      return layers(session, request, payload, refusal);
    case REQUEST_UNLOAD:
      return unload(session, request, refusal);
    case REQUEST_PING:
      return ping(session, request, refusal);
    case REQUEST_BYE:
      return bye(session, request, refusal);
  }
  return refuse(refusal, "internal", "a request without a handler");
}

enum next { GO_ON, ENDED, BROKEN };

static enum next answer_frame(struct session *session) {
  const struct frame_parser *parser = &session->connection.parser;
  uint32_t id = request_id(parser->head);
  struct refusal refusal;
  struct request request;
  bool done = request_read(parser->head, &request, &refusal);
  bool is_bye = done && request.type == REQUEST_BYE;
  if (done) {
    const struct payload payload = {frame_payload(parser), parser->payload_bytes};
    done = handle(session, &request, payload, &refusal);
    request_free(&request);
    input_buffers_trim(&session->inputs);
  }
  if (done) return is_bye ? ENDED : GO_ON;
  send_refusal(session, id, &refusal);
  return refusal.fatal ? BROKEN : GO_ON;
}

static int refuse_frame(struct session *session, const struct refusal *refusal, int status) {
  struct refusal fatal = *refusal;
  fatal.fatal = true;
  send_refusal(session, 0, &fatal);
  return status;
}

static int serve(struct session *session) {
  const struct frame_parser *parser = &session->connection.parser;
  for (;;) {
    enum arrival arrival = connection_read(&session->connection);
    watchdog_begin(&session->connection, WATCH_ALL);
    struct refusal refusal;
    switch (arrival) {
      case ARRIVED_FRAME: {
        enum next next = answer_frame(session);
        if (next != GO_ON) return next == ENDED ? EXIT_ENDED : EXIT_PROTOCOL;
        break;
      }
      case ARRIVED_END:
        return EXIT_ENDED;
      case ARRIVED_CUT:
        return EXIT_PROTOCOL;
      case ARRIVED_SILENCE:
        return EXIT_SILENCE;
      case ARRIVED_GARBAGE:
        refuse(&refusal, "frame", "%s", parser->problem);
        return refuse_frame(session, &refusal, EXIT_PROTOCOL);
      case ARRIVED_NO_MEMORY:
        refuse_memory(&refusal, "a frame", (unsigned long long)parser->head_bytes + parser->payload_bytes);
        return refuse_frame(session, &refusal, EXIT_FAILED);
    }
    watchdog_end();
  }
}

int session_serve(const struct session_options *options) {
  struct session session;
  memset(&session, 0, sizeof session);
  session.library = options->library;
  session.connection.input = STDIN_FILENO;
  session.connection.output = options->output;
  session.connection.silence_seconds = SILENCE_SECONDS_BEFORE_HELLO;
  session.head_limit = HEAD_LIMIT;
  session.payload_limit = PAYLOAD_LIMIT;
  session.hang_us = hang_limit_us();
  int status = serve(&session);
  /* The host is gone by now, in most cases; what may still hang is the vendor's code. */
  watchdog_begin(&session.connection, WATCH_SILENCE);
  release_models(&session);
  watchdog_end();
  input_buffers_free(&session.inputs);
  frame_parser_free(&session.connection.parser);
  return status;
}
