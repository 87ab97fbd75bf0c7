/* CRC-32 of IEEE 802.3, as zlib computes it. */
#ifndef HIL_CRC32_H
#define HIL_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Continues a sum over more bytes; a sum begins with 0. */
uint32_t crc32_add(uint32_t sum, const void *bytes, size_t count);

#endif
