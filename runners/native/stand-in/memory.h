/* Memory that a context owns and its user fills or reads. */
#ifndef HIL_MEMORY_H
#define HIL_MEMORY_H

#include "context.h"

/* Zeroed; NULL if there is none. It lives until it is destroyed, or its context. */
struct memory *memory_create(struct context *context, size_t bytes, bool is_map);

/* The one whose bytes begin there, or NULL. */
struct memory *memory_at(const struct context *context, const void *logical_addr);

void memory_destroy(struct context *context, struct memory *memory);

#endif
