#include "log-drain.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { LONGEST_WAIT_MS = 200 };

/* Bytes that nobody has read: of a pipe by its own count, of a socket by what is still on its way. */
static int unread_bytes(void) {
  int count = 0;
  int is_pipe = fcntl(STDERR_FILENO, F_GETPIPE_SZ) > 0;
  return ioctl(STDERR_FILENO, is_pipe ? FIONREAD : TIOCOUTQ, &count) == 0 ? count : 0;
}

void log_drain(void) {
  fflush(stdout);
  for (int waited = 0; waited < LONGEST_WAIT_MS && unread_bytes() > 0; waited++) poll(NULL, 0, 1);
}
