#include "json-text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "protocol-limits.h"
#include "utf8.h"

static void append(struct json_text *text, const char *bytes, size_t count) {
  if (text->length + count > text->capacity) {
    size_t capacity = 2 * (text->length + count) + 256;
    char *grown = realloc(text->bytes, capacity);
    if (grown == NULL) {
      fprintf(stderr, "out of memory while an answer is written\n");
      _exit(EXIT_FAILED);
    }
    text->bytes = grown;
    text->capacity = capacity;
  }
  memcpy(text->bytes + text->length, bytes, count);
  text->length += count;
}

/* A comma, unless the value is the first in its brackets or follows its name. */
static void separate(struct json_text *text) {
  if (text->length == 0) return;
  if (memchr("{[:", text->bytes[text->length - 1], 3) == NULL) append(text, ",", 1);
}

void json_open(struct json_text *text, char bracket) {
  separate(text);
  append(text, &bracket, 1);
}

void json_close(struct json_text *text, char bracket) { append(text, &bracket, 1); }

void json_name(struct json_text *text, const char *name) {
  json_put_text(text, name);
  append(text, ":", 1);
}

void json_put_integer(struct json_text *text, int64_t number) {
  char digits[24];
  int length = snprintf(digits, sizeof digits, "%lld", (long long)number);
  separate(text);
  append(text, digits, (size_t)length);
}

void json_put_boolean(struct json_text *text, bool truth) {
  separate(text);
  append(text, truth ? "true" : "false", truth ? 4 : 5);
}

void json_put_float(struct json_text *text, float number) {
  char digits[32];
  int length = snprintf(digits, sizeof digits, "%.9g", isfinite(number) ? (double)number : 0.0);
  separate(text);
  append(text, digits, (size_t)length);
}

static void append_character(struct json_text *text, const char *at, size_t length) {
  unsigned char byte = (unsigned char)*at;
  if (length == 0) {
    append(text, "?", 1);
  } else if (byte == '"' || byte == '\\') {
    const char escaped[2] = {'\\', (char)byte};
    append(text, escaped, 2);
  } else if (byte == '\n') {
    append(text, "\\n", 2);
  } else if (byte < 0x20 || byte == 0x7f) {
    char escaped[8];
    snprintf(escaped, sizeof escaped, "\\u%04x", byte);
    append(text, escaped, 6);
  } else {
    append(text, at, length);
  }
}

void json_put_string(struct json_text *text, const char *string, size_t length) {
  separate(text);
  append(text, "\"", 1);
  for (size_t at = 0; at < length;) {
    size_t count = utf8_length(string + at, length - at);
    append_character(text, string + at, count);
    at += count == 0 ? 1 : count;
  }
  append(text, "\"", 1);
}

void json_put_text(struct json_text *text, const char *string) { json_put_string(text, string, strlen(string)); }

void json_integer_member(struct json_text *text, const char *name, int64_t number) {
  json_name(text, name);
  json_put_integer(text, number);
}

void json_text_member(struct json_text *text, const char *name, const char *string) {
  json_name(text, name);
  json_put_text(text, string);
}

void json_text_free(struct json_text *text) {
  free(text->bytes);
  memset(text, 0, sizeof *text);
}
