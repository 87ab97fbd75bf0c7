/* The two ends of the stream to the host: frames in on standard input, frames out on a descriptor of our own. */
#ifndef HIL_CONNECTION_H
#define HIL_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame-parser.h"
#include "json-text.h"
#include "refusal.h"

struct connection {
  int input;
  int output;
  unsigned silence_seconds;
  struct frame_parser parser;
};

enum arrival { ARRIVED_FRAME, ARRIVED_END, ARRIVED_CUT, ARRIVED_GARBAGE, ARRIVED_SILENCE, ARRIVED_NO_MEMORY };

/* Waits for the next frame, as long as bytes keep coming; it stays in the parser until the next call. */
enum arrival connection_read(struct connection *connection);

/* Writes one frame; the process ends if the host no longer reads. Frees the head. */
void connection_write(struct connection *connection, struct json_text *head, const uint8_t *payload, size_t bytes);

#endif
