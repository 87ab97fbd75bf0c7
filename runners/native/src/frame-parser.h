/*
 * Frames of the host, out of a stream that may be cut anywhere. Says how many bytes are wanted next and where they go, so
 * that nothing is read beyond a frame's end and no payload is copied. docs/protocol.md is the specification.
 */
#ifndef HIL_FRAME_PARSER_H
#define HIL_FRAME_PARSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"

enum { FRAME_HEADER = 16 };

extern const uint8_t frame_magic[4];

enum frame_state { FRAME_INCOMPLETE, FRAME_COMPLETE, FRAME_WRONG };

struct frame_parser {
  uint8_t header[FRAME_HEADER];
  /* Bytes so far, of the header and then of head and payload together. */
  size_t received;
  bool in_body;
  uint32_t head_bytes;
  uint32_t payload_bytes;
  uint8_t *body;
  size_t body_capacity;
  /* Once complete: the head, a JSON object. */
  struct json head;
  /* Once wrong: why. */
  char problem[200];
};

/* Begins a frame; the memory of the one before is used again. A parser of zeros may be begun. */
void frame_begin(struct frame_parser *parser);

/* Where the next bytes go, and how many are wanted: never 0. NULL if there is no memory for them. */
uint8_t *frame_space(struct frame_parser *parser, size_t *wanted);

/* Looks at bytes that were put there. */
enum frame_state frame_received(struct frame_parser *parser, size_t count);

/* Whether a stream may end here. */
bool frame_at_boundary(const struct frame_parser *parser);

const uint8_t *frame_payload(const struct frame_parser *parser);

void frame_parser_free(struct frame_parser *parser);

uint32_t read_u32(const uint8_t bytes[4]);
void write_u32(uint8_t bytes[4], uint32_t value);

#endif
