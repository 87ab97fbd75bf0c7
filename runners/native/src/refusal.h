/* Why a request is not answered with what it asks for: what becomes an `error` message. */
#ifndef HIL_REFUSAL_H
#define HIL_REFUSAL_H

#include <stdbool.h>

struct refusal {
  /* One of the codes of docs/protocol.md. */
  const char *code;
  char message[768];
  /* For code "vendor": the function and what it returned. */
  const char *call;
  int status;
  /* The session cannot go on. */
  bool fatal;
  /* The answer gives the runner's own range of versions. */
  bool shows_versions;
};

/* Fills in the refusal. Always false, so that a function that fails can return it. */
bool refuse(struct refusal *refusal, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

bool refuse_vendor(struct refusal *refusal, const char *call, int status);

bool refuse_memory(struct refusal *refusal, const char *what, unsigned long long bytes);

#endif
