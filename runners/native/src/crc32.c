#include "crc32.h"

static uint32_t table[256];

static void fill_table(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t value = byte;
    for (int bit = 0; bit < 8; bit++) value = (value & 1) ? (value >> 1) ^ 0xedb88320u : value >> 1;
    table[byte] = value;
  }
}

uint32_t crc32_add(uint32_t sum, const void *bytes, size_t count) {
  if (table[1] == 0) fill_table();
  const uint8_t *at = bytes;
  uint32_t value = ~sum;
  for (size_t i = 0; i < count; i++) value = table[(value ^ at[i]) & 0xff] ^ (value >> 8);
  return ~value;
}
