/* The files that the vendor's driver writes under NN_LAYER_DUMP: one number per line, and everything else in the name. */
#ifndef HIL_DUMP_FILE_H
#define HIL_DUMP_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "refusal.h"

struct dump_name {
  /* Place in the order of execution, where the driver gives it; else -1. */
  int64_t sequence;
  /* Number in the driver's graph, which is not the order of execution. */
  int64_t node;
  uint32_t width;
  uint32_t height;
  uint32_t depth;
};

/* Reads any of the forms that releases have used. False if the file is something else. */
bool dump_name_parse(const char *name, struct dump_name *parsed);

/*
 * Reads `count` numbers, as text. False with a refusal if the file holds more, fewer, or something else: a dump that is cut
 * short, as on a full disk, is no layer.
 */
bool dump_file_read(const char *path, float *values, uint64_t count, struct refusal *refusal);

#endif
