#include "connection.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "crc32.h"
#include "process-end.h"
#include "protocol-limits.h"

/* Waits until a descriptor is ready. False after the given time; negative is for ever. */
static bool wait_for(int descriptor, short events, int timeout_ms) {
  struct pollfd pollfd = {.fd = descriptor, .events = events};
  for (;;) {
    int ready = poll(&pollfd, 1, timeout_ms);
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) return true;
  }
}

enum arrival connection_read(struct connection *connection) {
  struct frame_parser *parser = &connection->parser;
  frame_begin(parser);
  for (;;) {
    size_t wanted;
    uint8_t *space = frame_space(parser, &wanted);
    if (space == NULL) return ARRIVED_NO_MEMORY;
    if (!wait_for(connection->input, POLLIN, (int)connection->silence_seconds * 1000)) return ARRIVED_SILENCE;
    ssize_t count = read(connection->input, space, wanted);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count <= 0) return frame_at_boundary(parser) ? ARRIVED_END : ARRIVED_CUT;
    enum frame_state state = frame_received(parser, (size_t)count);
    if (state == FRAME_WRONG) return ARRIVED_GARBAGE;
    if (state == FRAME_COMPLETE) return ARRIVED_FRAME;
  }
}

static void write_all(int descriptor, struct iovec *parts, int count) {
  while (count > 0) {
    if (parts->iov_len == 0) {
      parts++, count--;
      continue;
    }
    ssize_t written = writev(descriptor, parts, count);
    if (written < 0 && errno == EAGAIN) wait_for(descriptor, POLLOUT, -1);
    /* Nobody reads any more; there is nobody left to tell. */
    if (written < 0 && errno != EAGAIN && errno != EINTR) end_process(EXIT_FAILED);
    for (size_t left = written < 0 ? 0 : (size_t)written; left > 0;) {
      size_t part = left < parts->iov_len ? left : parts->iov_len;
      parts->iov_base = (char *)parts->iov_base + part;
      parts->iov_len -= part;
      left -= part;
      if (parts->iov_len == 0 && left > 0) parts++, count--;
    }
  }
}

void connection_write(struct connection *connection, struct json_text *head, const uint8_t *payload, size_t bytes) {
  uint8_t header[FRAME_HEADER];
  memcpy(header, frame_magic, sizeof frame_magic);
  write_u32(header + 4, (uint32_t)head->length);
  write_u32(header + 8, (uint32_t)bytes);
  uint32_t sum = crc32_add(0, header + 4, 8);
  sum = crc32_add(sum, head->bytes, head->length);
  write_u32(header + 12, crc32_add(sum, payload, bytes));
  struct iovec parts[] = {
      {.iov_base = header, .iov_len = sizeof header},
      {.iov_base = head->bytes, .iov_len = head->length},
      {.iov_base = (void *)(uintptr_t)payload, .iov_len = bytes},
  };
  write_all(connection->output, parts, 3);
  json_text_free(head);
}
