#include "utf8.h"

#include <stdbool.h>

static bool continues(const unsigned char *bytes, size_t count) {
  for (size_t i = 1; i < count; i++) {
    if ((bytes[i] & 0xc0) != 0x80) return false;
  }
  return true;
}

size_t utf8_length(const char *text, size_t available) {
  const unsigned char *bytes = (const unsigned char *)text;
  if (available == 0) return 0;
  unsigned char first = bytes[0];
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (available < length || !continues(bytes, length)) return 0;
  /* Too long for their value, surrogates, and beyond the last code point. */
  if (first == 0xe0 && bytes[1] < 0xa0) return 0;
  if (first == 0xed && bytes[1] > 0x9f) return 0;
  if (first == 0xf0 && bytes[1] < 0x90) return 0;
  if (first == 0xf4 && bytes[1] > 0x8f) return 0;
  return length;
}

size_t utf8_encode(uint32_t point, char bytes[4]) {
  if (point < 0x80) {
    bytes[0] = (char)point;
    return 1;
  }
  if (point < 0x800) {
    bytes[0] = (char)(0xc0 | point >> 6);
    bytes[1] = (char)(0x80 | (point & 0x3f));
    return 2;
  }
  if (point < 0x10000) {
    bytes[0] = (char)(0xe0 | point >> 12);
    bytes[1] = (char)(0x80 | (point >> 6 & 0x3f));
    bytes[2] = (char)(0x80 | (point & 0x3f));
    return 3;
  }
  bytes[0] = (char)(0xf0 | point >> 18);
  bytes[1] = (char)(0x80 | (point >> 12 & 0x3f));
  bytes[2] = (char)(0x80 | (point >> 6 & 0x3f));
  bytes[3] = (char)(0x80 | (point & 0x3f));
  return 4;
}
