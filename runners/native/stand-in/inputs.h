/* The inputs of a context on their way to the service. */
#ifndef HIL_INPUTS_H
#define HIL_INPUTS_H

#include "context.h"

/* A message with the first `count` copies and with the bound inputs, if wanted. The status of the vendor call. */
bool inputs_ask(struct context *context, enum wire_request kind, uint32_t count, bool with_bound,
                struct answer *answer);

/* Sends what waits for the next run, since something else is to come after it. */
int inputs_flush(struct context *context);

/* Takes a copy: position `position` of the caller's list. */
int inputs_copy(struct context *context, uint32_t position, const rknn_input *input);

/* Sends the first `count` copies at once. */
int inputs_send(struct context *context, uint32_t count);

#endif
