#include "refusal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool refuse(struct refusal *refusal, const char *code, const char *format, ...) {
  memset(refusal, 0, sizeof *refusal);
  refusal->code = code;
  va_list values;
  va_start(values, format);
  vsnprintf(refusal->message, sizeof refusal->message, format, values);
  va_end(values);
  return false;
}

bool refuse_vendor(struct refusal *refusal, const char *call, int status) {
  refuse(refusal, "vendor", "%s returned %d", call, status);
  refusal->call = call;
  refusal->status = status;
  return false;
}

bool refuse_memory(struct refusal *refusal, const char *what, unsigned long long bytes) {
  return refuse(refusal, "internal", "out of memory: %llu bytes for %s", bytes, what);
}
