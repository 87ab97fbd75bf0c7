#include "frame-parser.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crc32.h"
#include "protocol-limits.h"

const uint8_t frame_magic[4] = {'H', 'I', 'L', 'F'};

/* Memory above this is given back when a frame needs much less. */
enum { KEPT_CAPACITY = 4 * 1024 * 1024 };

uint32_t read_u32(const uint8_t bytes[4]) {
  return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

void write_u32(uint8_t bytes[4], uint32_t value) {
  for (int i = 0; i < 4; i++) bytes[i] = (uint8_t)(value >> (8 * i));
}

void frame_begin(struct frame_parser *parser) {
  parser->received = 0;
  parser->in_body = false;
}

static size_t body_bytes(const struct frame_parser *parser) {
  return (size_t)parser->head_bytes + parser->payload_bytes;
}

static bool reserve_body(struct frame_parser *parser) {
  size_t needed = body_bytes(parser);
  bool wasteful = parser->body_capacity > KEPT_CAPACITY && parser->body_capacity / 4 > needed;
  if (needed <= parser->body_capacity && !wasteful) return true;
  free(parser->body);
  parser->body = malloc(needed);
  parser->body_capacity = parser->body == NULL ? 0 : needed;
  return parser->body != NULL;
}

uint8_t *frame_space(struct frame_parser *parser, size_t *wanted) {
  if (!parser->in_body) {
    *wanted = FRAME_HEADER - parser->received;
    return parser->header + parser->received;
  }
  if (parser->received == 0 && !reserve_body(parser)) return NULL;
  *wanted = body_bytes(parser) - parser->received;
  return parser->body + parser->received;
}

static enum frame_state wrong(struct frame_parser *parser, const char *format, uint32_t found, uint32_t expected) {
  snprintf(parser->problem, sizeof parser->problem, format, found, expected);
  return FRAME_WRONG;
}

static enum frame_state check_magic(struct frame_parser *parser) {
  for (size_t i = 0; i < parser->received && i < sizeof frame_magic; i++) {
    if (parser->header[i] == frame_magic[i]) continue;
    return wrong(parser, "a frame was expected, found the byte 0x%02x where 0x%02x should be", parser->header[i],
                 frame_magic[i]);
  }
  return FRAME_INCOMPLETE;
}

static enum frame_state check_lengths(struct frame_parser *parser) {
  parser->head_bytes = read_u32(parser->header + 4);
  parser->payload_bytes = read_u32(parser->header + 8);
  if (parser->head_bytes > HEAD_LIMIT) {
    return wrong(parser, "a frame announces a head of %u bytes, the limit is %u", parser->head_bytes, HEAD_LIMIT);
  }
  if (parser->payload_bytes > PAYLOAD_LIMIT) {
    return wrong(parser, "a frame announces a payload of %u bytes, the limit is %u", parser->payload_bytes,
                 PAYLOAD_LIMIT);
  }
  if (parser->head_bytes == 0) return wrong(parser, "the head of a frame has %u bytes, it is no JSON object", 0, 0);
  return FRAME_INCOMPLETE;
}

static enum frame_state check_body(struct frame_parser *parser) {
  uint32_t expected = read_u32(parser->header + 12);
  uint32_t found = crc32_add(crc32_add(0, parser->header + 4, 8), parser->body, parser->head_bytes);
  if (found != expected) {
    return wrong(parser, "a frame arrived damaged: CRC-32 0x%08x, its header says 0x%08x", found, expected);
  }
  if (!json_parse((const char *)parser->body, parser->head_bytes, &parser->head) || !json_is_object(parser->head)) {
    return wrong(parser, "the head of a frame, of %u bytes, is no JSON object", parser->head_bytes, 0);
  }
  return FRAME_COMPLETE;
}

enum frame_state frame_received(struct frame_parser *parser, size_t count) {
  parser->received += count;
  if (parser->in_body) return parser->received < body_bytes(parser) ? FRAME_INCOMPLETE : check_body(parser);
  enum frame_state state = check_magic(parser);
  if (state == FRAME_WRONG || parser->received < FRAME_HEADER) return state;
  state = check_lengths(parser);
  parser->in_body = true;
  parser->received = 0;
  return state;
}

bool frame_at_boundary(const struct frame_parser *parser) { return !parser->in_body && parser->received == 0; }

const uint8_t *frame_payload(const struct frame_parser *parser) { return parser->body + parser->head_bytes; }

void frame_parser_free(struct frame_parser *parser) {
  free(parser->body);
  memset(parser, 0, sizeof *parser);
}
