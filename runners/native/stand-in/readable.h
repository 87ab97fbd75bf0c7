/* Memory that may not be there. */
#ifndef HIL_READABLE_H
#define HIL_READABLE_H

#include <stddef.h>

/*
 * Copies `wanted` bytes of which the caller promises `promised`. As the vendor's library does, it reads on behind a
 * buffer that is too short; where there is no memory, which crashes the vendor's, the rest is zeros.
 */
void copy_readable(void *to, const void *from, size_t promised, size_t wanted);

#endif
