/* Answers requests, one after the other, in their order. */
#ifndef HIL_SESSION_H
#define HIL_SESSION_H

#include "connection.h"

struct session_options {
  /* NULL for the usual places. */
  const char *library;
  int output;
};

/* Serves the host on standard input until it ends, in whatever way. Returns the exit status. */
int session_serve(const struct session_options *options);

#endif
