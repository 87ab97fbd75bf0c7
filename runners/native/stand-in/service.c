#include "service.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "rknn_api.h"
#include "socket.h"

bool service_open(struct service *service) {
  *service = (struct service){.fd = socket_connect()};
  return service->fd >= 0;
}

void service_close(struct service *service) {
  if (service->fd >= 0) close(service->fd);
  service->fd = -1;
  free(service->taken);
  service->taken = NULL;
}

static bool lose(struct service *service, const char *reason) {
  if (service->fd >= 0) {
    printf("virtual board: the simulated NPU is lost: %s\n", reason);
    close(service->fd);
    service->fd = -1;
  }
  return false;
}

static bool receive(struct service *service, void *bytes, size_t count) {
  if (service->fd < 0) return false;
  return socket_receive(service->fd, bytes, count) || lose(service, "its connection ended");
}

static bool is_frame(const struct wire_header *header) {
  return memcmp(header->magic, WIRE_MAGIC, sizeof header->magic) == 0 && header->body_bytes <= WIRE_MAX_BODY;
}

struct watch_frame {
  struct wire_header header;
  uint32_t watched;
  uint32_t zero;
};

/* Takes what the service sent unasked. */
static void take_watches(struct service *service) {
  struct watch_frame frame;
  while (service->fd >= 0 && socket_peek(service->fd, &frame, sizeof frame) && is_frame(&frame.header) &&
         frame.header.kind == WIRE_WATCH) {
    if (!receive(service, &frame, sizeof frame)) return;
    service->watched = frame.watched;
  }
}

/* The header of the next answer; what comes unasked before it is taken. */
static bool receive_header(struct service *service, enum wire_request kind, struct wire_header *header) {
  for (;;) {
    if (!receive(service, header, sizeof *header)) return false;
    if (!is_frame(header)) return lose(service, "it sent no frame");
    if (header->kind != WIRE_WATCH) break;
    uint32_t body[2];
    if (header->body_bytes != sizeof body) return lose(service, "it sent a watch of another size");
    if (!receive(service, body, sizeof body)) return false;
    service->watched = body[0];
  }
  return header->kind == (WIRE_ANSWER | kind) || lose(service, "it answered another question");
}

static bool receive_answer(struct service *service, enum wire_request kind, struct answer *answer) {
  struct wire_header header;
  if (!receive_header(service, kind, &header)) return false;
  answer->left = header.body_bytes;
  struct wire_answer *head = &answer->head;
  if (!service_read(service, answer, head, sizeof *head)) return false;
  if (head->print_bytes > WIRE_MAX_TEXT || head->action_text_bytes > WIRE_MAX_TEXT) {
    return lose(service, "its answer has too much text");
  }
  size_t text_bytes = (size_t)head->print_bytes + head->action_text_bytes;
  answer->text = malloc(text_bytes + 1);
  if (answer->text == NULL) return lose(service, "there is no memory for its answer");
  if (!service_read(service, answer, answer->text, text_bytes)) return false;
  if (!service_skip(service, answer, (size_t)(wire_aligned(text_bytes) - text_bytes))) return false;
  service->watched = head->watched;
  fwrite(answer->text, 1, head->print_bytes, stdout);
  return true;
}

bool service_ask(struct service *service, enum wire_request kind, struct iovec *parts, size_t count,
                 struct answer *answer) {
  memset(answer, 0, sizeof *answer);
  if (service->fd < 0) {
    printf("virtual board: the simulated NPU is lost\n");
    return false;
  }
  uint64_t bytes = 0;
  for (size_t i = 1; i < count; i++) bytes += parts[i].iov_len;
  struct wire_header header = {.magic = WIRE_MAGIC, .kind = kind, .body_bytes = (uint32_t)bytes};
  parts[0] = (struct iovec){.iov_base = &header, .iov_len = sizeof header};
  if (bytes > WIRE_MAX_BODY) return lose(service, "it takes no requests of this size");
  if (!socket_send(service->fd, parts, count)) return lose(service, "its connection ended");
  if (receive_answer(service, kind, answer)) return true;
  free(answer->text);
  answer->text = NULL;
  return false;
}

bool service_read(struct service *service, struct answer *answer, void *bytes, size_t count) {
  if (count > answer->left) return lose(service, "its answer ends too early");
  answer->left -= count;
  return receive(service, bytes, count);
}

bool service_skip(struct service *service, struct answer *answer, size_t count) {
  uint8_t ignored[4096];
  while (count > 0) {
    size_t part = count < sizeof ignored ? count : sizeof ignored;
    if (!service_read(service, answer, ignored, part)) return false;
    count -= part;
  }
  return true;
}

static void sleep_ms(uint32_t ms) {
  struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
  while (ms > 0 && nanosleep(&time, &time) != 0) {}
}

/* Without end if `count` is 0. */
static void print_again_and_again(const char *text, size_t bytes, uint32_t count, uint32_t every_ms) {
  for (uint32_t done = 0; count == 0 || done < count; done++) {
    fwrite(text, 1, bytes, stdout);
    if (every_ms > 0) fflush(stdout);
    sleep_ms(every_ms);
  }
}

/* Takes memory and writes into every page, so that it is really taken. */
static int take_memory(struct service *service, uint32_t bytes) {
  free(service->taken);
  service->taken = malloc(bytes);
  if (service->taken == NULL) return RKNN_ERR_MALLOC_FAIL;
  memset(service->taken, 0xa5, bytes);
  return RKNN_SUCC;
}

static int act(struct service *service, const struct answer *answer) {
  const struct wire_answer *head = &answer->head;
  switch (head->action) {
    case ACTION_RAISE:
      if (head->number == SIGABRT) abort();
      raise((int)head->number);
      return RKNN_SUCC;
    case ACTION_PRINT:
      print_again_and_again(answer->text + head->print_bytes, head->action_text_bytes, head->number, head->every_ms);
      return RKNN_SUCC;
    case ACTION_ALLOCATE:
      return take_memory(service, head->number);
    default:
      return RKNN_SUCC;
  }
}

int service_finish(struct service *service, struct answer *answer) {
  int status = answer->head.status;
  if (service->fd < 0) status = RKNN_ERR_FAIL;
  else if (answer->left > 0) {
    lose(service, "its answer is too long");
    status = RKNN_ERR_FAIL;
  } else if (answer->head.action != ACTION_NONE) {
    int acted = act(service, answer);
    if (acted < 0) status = acted;
  }
  free(answer->text);
  answer->text = NULL;
  return status;
}

int service_tell(struct service *service, enum wire_request kind, struct iovec *parts, size_t count) {
  struct answer answer;
  if (!service_ask(service, kind, parts, count, &answer)) return RKNN_ERR_FAIL;
  return service_finish(service, &answer);
}

int service_announce(struct service *service, enum wire_call call) {
  take_watches(service);
  if ((service->watched & (1u << call)) == 0) return RKNN_SUCC;
  uint32_t body[2] = {call, 0};
  struct iovec parts[2] = {{0}, {.iov_base = body, .iov_len = sizeof body}};
  return service_tell(service, WIRE_CALL, parts, 2);
}
