#include "crc32.h"

/* Eight bytes at a time: table[k][b] is what byte b does to a sum that k more bytes follow. */
enum { STEP = 8 };
static uint32_t table[STEP][256];

static void fill_table(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t value = byte;
    for (int bit = 0; bit < 8; bit++) value = (value & 1) ? (value >> 1) ^ 0xedb88320u : value >> 1;
    table[0][byte] = value;
  }
  for (int k = 1; k < STEP; k++) {
    for (int byte = 0; byte < 256; byte++) {
      uint32_t before = table[k - 1][byte];
      table[k][byte] = table[0][before & 0xff] ^ (before >> 8);
    }
  }
}

static uint32_t add_step(uint32_t value, const uint8_t at[STEP]) {
  uint32_t sum = 0;
  for (int i = 0; i < STEP; i++) {
    uint32_t mixed = i < 4 ? value >> (8 * i) : 0;
    sum ^= table[STEP - 1 - i][(at[i] ^ mixed) & 0xff];
  }
  return sum;
}

uint32_t crc32_add(uint32_t sum, const void *bytes, size_t count) {
  if (table[0][1] == 0) fill_table();
  const uint8_t *at = bytes;
  uint32_t value = ~sum;
  for (; count >= STEP; at += STEP, count -= STEP) value = add_step(value, at);
  for (; count > 0; at++, count--) value = table[0][(value ^ *at) & 0xff] ^ (value >> 8);
  return ~value;
}
