#ifndef HIL_UTF8_H
#define HIL_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the character at the start of a text; 0 if what stands there is no UTF-8. */
size_t utf8_length(const char *text, size_t available);

/* Writes a code point, which is at most 0x10ffff. Returns the number of bytes. */
size_t utf8_encode(uint32_t point, char bytes[4]);

#endif
