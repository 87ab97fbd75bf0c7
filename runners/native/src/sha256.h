/* SHA-256 as FIPS 180-4 defines it. */
#ifndef HIL_SHA256_H
#define HIL_SHA256_H

#include <stddef.h>

enum { SHA256_HEX_LENGTH = 64 };

/* The hash in lower-case hexadecimal, with a terminating zero. */
void sha256_hex(const void *bytes, size_t count, char hex[SHA256_HEX_LENGTH + 1]);

#endif
