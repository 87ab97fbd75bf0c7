/* The order in which a layer dump's files appear, which is the order of execution, and which their names may not tell. */
#ifndef HIL_DUMP_ORDER_H
#define HIL_DUMP_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dump-file.h"

struct dump {
  char *name;
  struct dump_name parsed;
  /* Place among the files as they appeared; the largest number if that was not seen. */
  uint32_t appeared;
};

struct dump_list {
  struct dump *dumps;
  size_t count;
};

/* Begins to watch the current directory. Returns a descriptor for dump_list_read, or -1 if the kernel cannot. */
int dump_watch_begin(void);

/*
 * Lists the dumps in the current directory, by the driver's own sequence where names have one, else as they appeared, else
 * by node. Ends the watch.
 */
bool dump_list_read(struct dump_list *list, int watch, struct refusal *refusal);

void dump_list_free(struct dump_list *list);

#endif
