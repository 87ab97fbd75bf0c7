/* The floor under a case on a board: answers every so many bytes with so many bytes, and does nothing else. */
#include <stdlib.h>
#include <unistd.h>

int main(int count, char **words) {
  size_t received = count > 1 ? strtoul(words[1], 0, 10) : 1;
  size_t answered = count > 2 ? strtoul(words[2], 0, 10) : 1;
  char *buffer = calloc(1, received > answered ? received : answered);
  if (!buffer) return 1;
  for (size_t have = 0;;) {
    ssize_t got = read(0, buffer, received - have);
    if (got <= 0) return 0;
    have += (size_t)got;
    if (have < received) continue;
    have = 0;
    for (size_t sent = 0; sent < answered;) {
      ssize_t put = write(1, buffer + sent, answered - sent);
      if (put <= 0) return 1;
      sent += (size_t)put;
    }
  }
}
