#include "readable.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel looks whether it may read: a write into a pipe fails where a copy would crash. */
static size_t copy_through(const int pipe_ends[2], uint8_t *to, const uint8_t *from, size_t count) {
  const size_t page = 4096;
  size_t done = 0;
  while (done < count) {
    size_t to_page_end = page - (size_t)((uintptr_t)(from + done) % page);
    size_t part = count - done < to_page_end ? count - done : to_page_end;
    /* Not write(): sanitizers look at its arguments, and the bytes behind a buffer are meant. */
    if (syscall(SYS_write, pipe_ends[1], from + done, part) != (long)part) break;
    if (read(pipe_ends[0], to + done, part) != (ssize_t)part) break;
    done += part;
  }
  return done;
}

void copy_readable(void *to, const void *from, size_t promised, size_t wanted) {
  size_t done = promised < wanted ? promised : wanted;
  memcpy(to, from, done);
  if (done == wanted) return;
  uint8_t *rest = (uint8_t *)to + done;
  memset(rest, 0, wanted - done);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return;
  copy_through(ends, rest, (const uint8_t *)from + done, wanted - done);
  close(ends[0]);
  close(ends[1]);
}
