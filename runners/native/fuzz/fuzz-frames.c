/*
 * A libFuzzer program: whatever bytes come, in whatever pieces, the parsers stay inside their memory and keep their word.
 * The sanitizers see the first, the assertions below the second.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "crc32.h"
#include "dump-file.h"
#include "frame-parser.h"
#include "protocol-limits.h"
#include "request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Bytes that come in pieces of a length that changes. */
static enum frame_state feed(struct frame_parser *parser, const uint8_t *data, size_t size, size_t piece) {
  while (size > 0) {
    size_t wanted;
    uint8_t *space = frame_space(parser, &wanted);
    /* A payload may be announced that there is no memory for. */
    if (space == NULL) return FRAME_WRONG;
    assert(wanted > 0);
    size_t count = piece < wanted ? piece : wanted;
    if (count > size) count = size;
    memcpy(space, data, count);
    data += count, size -= count;
    piece = piece % 7 + 1;
    enum frame_state state = frame_received(parser, count);
    if (state == FRAME_WRONG) return state;
    if (state == FRAME_COMPLETE) {
      struct request request;
      struct refusal refusal;
      (void)request_id(parser->head);
      if (request_read(parser->head, &request, &refusal)) {
        assert(request.repeats <= REPEATS_LIMIT && strlen(request.path) < sizeof request.path);
        request_free(&request);
      } else {
        assert(strcmp(refusal.code, "request") == 0 && !refusal.fatal);
      }
      frame_begin(parser);
      assert(frame_at_boundary(parser));
    }
  }
  return FRAME_INCOMPLETE;
}

/* The bytes as the head of a frame whose lengths and checksum are right: otherwise hardly any would come so far. */
static void feed_as_head(struct frame_parser *parser, const uint8_t *data, size_t size, size_t piece) {
  uint8_t header[FRAME_HEADER];
  memcpy(header, frame_magic, sizeof frame_magic);
  write_u32(header + 4, (uint32_t)size);
  write_u32(header + 8, 0);
  write_u32(header + 12, crc32_add(crc32_add(0, header + 4, 8), data, size));
  if (feed(parser, header, sizeof header, piece) == FRAME_INCOMPLETE) feed(parser, data, size, piece);
}

static void parse_as_name(const uint8_t *data, size_t size) {
  char *name = calloc(1, size + 1);
  if (name == NULL) return;
  memcpy(name, data, size);
  struct dump_name parsed;
  if (dump_name_parse(name, &parsed)) assert(parsed.sequence >= -1 && parsed.node >= 0);
  free(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2) return 0;
  struct frame_parser parser;
  memset(&parser, 0, sizeof parser);
  frame_begin(&parser);
  size_t piece = data[1] % 64 + 1u;
  switch (data[0] % 3) {
    case 0:
      feed(&parser, data + 2, size - 2, piece);
      break;
    case 1:
      feed_as_head(&parser, data + 2, size - 2, piece);
      break;
    default:
      parse_as_name(data + 2, size - 2);
  }
  frame_parser_free(&parser);
  return 0;
}
