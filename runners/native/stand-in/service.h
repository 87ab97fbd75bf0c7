/* Requests to the service and their answers. */
#ifndef HIL_SERVICE_H
#define HIL_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "wire.h"

struct service {
  int fd; /* -1: gone */
  /* Calls that have to be announced to the service, a bit for each. */
  uint32_t watched;
  /* Memory that a fault has taken. */
  void *taken;
};

/* An answer that is being read. */
struct answer {
  struct wire_answer head;
  char *text;    /* what the call prints, then what its action prints */
  uint64_t left; /* bytes of the payload that were not read yet */
};

/* False if there is no service; a line on standard output says so. */
bool service_open(struct service *service);
void service_close(struct service *service);

/*
 * Sends a request and reads its answer up to the payload; prints what the call prints.
 *
 * body: parts behind a first one that is left for the header; changed.
 */
bool service_ask(struct service *service, enum wire_request kind, struct iovec *parts, size_t count,
                 struct answer *answer);

/* The next bytes of the payload; false if it has not so many. */
bool service_read(struct service *service, struct answer *answer, void *bytes, size_t count);
bool service_skip(struct service *service, struct answer *answer, size_t count);

/* Ends the answer and does what it says is to happen inside the call. The status that the call returns. */
int service_finish(struct service *service, struct answer *answer);

/* A request without a payload in its answer. The status; RKNN_ERR_FAIL if the service is gone. */
int service_tell(struct service *service, enum wire_request kind, struct iovec *parts, size_t count);

/* Lets the service know of a call that needs nothing of it, where it wants to know. 0, or the status to return. */
int service_announce(struct service *service, enum wire_call call);

#endif
