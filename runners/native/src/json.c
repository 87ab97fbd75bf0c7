#include "json.h"

#include <stdlib.h>
#include <string.h>

#include "protocol-limits.h"
#include "utf8.h"

struct cursor {
  const char *at;
  const char *end;
};

static void skip_space(struct cursor *cursor) {
  while (cursor->at < cursor->end && memchr(" \t\n\r", *cursor->at, 4) != NULL) cursor->at++;
}

static bool take(struct cursor *cursor, char expected) {
  if (cursor->at == cursor->end || *cursor->at != expected) return false;
  cursor->at++;
  return true;
}

static bool take_word(struct cursor *cursor, const char *word) {
  size_t length = strlen(word);
  if ((size_t)(cursor->end - cursor->at) < length || memcmp(cursor->at, word, length) != 0) return false;
  cursor->at += length;
  return true;
}

static bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

static bool take_digits(struct cursor *cursor) {
  const char *start = cursor->at;
  while (cursor->at < cursor->end && is_digit(*cursor->at)) cursor->at++;
  return cursor->at > start;
}

static bool take_number(struct cursor *cursor) {
  take(cursor, '-');
  if (!take(cursor, '0') && !take_digits(cursor)) return false;
  if (take(cursor, '.') && !take_digits(cursor)) return false;
  if (take(cursor, 'e') || take(cursor, 'E')) {
    if (!take(cursor, '+')) take(cursor, '-');
    return take_digits(cursor);
  }
  return true;
}

static int hex_digit(char byte) {
  if (is_digit(byte)) return byte - '0';
  if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
  if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
  return -1;
}

/* Four hexadecimal digits, or -1. */
static int take_code_unit(struct cursor *cursor) {
  if (cursor->end - cursor->at < 4) return -1;
  int unit = 0;
  for (int i = 0; i < 4; i++) {
    int digit = hex_digit(*cursor->at++);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

static bool take_string(struct cursor *cursor) {
  if (!take(cursor, '"')) return false;
  while (cursor->at < cursor->end) {
    size_t length = utf8_length(cursor->at, (size_t)(cursor->end - cursor->at));
    unsigned char byte = (unsigned char)*cursor->at;
    if (length == 0 || byte < 0x20) return false;
    cursor->at += length;
    if (byte == '"') return true;
    if (byte != '\\') continue;
    if (cursor->at == cursor->end) return false;
    char escape = *cursor->at++;
    if (escape == 'u') {
      if (take_code_unit(cursor) < 0) return false;
    } else if (memchr("\"\\/bfnrt", escape, 8) == NULL) {
      return false;
    }
  }
  return false;
}

static bool take_value(struct cursor *cursor, int depth);

static bool take_members(struct cursor *cursor, int depth) {
  skip_space(cursor);
  if (take(cursor, '}')) return true;
  do {
    skip_space(cursor);
    if (!take_string(cursor)) return false;
    skip_space(cursor);
    if (!take(cursor, ':')) return false;
    skip_space(cursor);
    if (!take_value(cursor, depth)) return false;
    skip_space(cursor);
  } while (take(cursor, ','));
  return take(cursor, '}');
}

static bool take_items(struct cursor *cursor, int depth) {
  skip_space(cursor);
  if (take(cursor, ']')) return true;
  do {
    skip_space(cursor);
    if (!take_value(cursor, depth)) return false;
    skip_space(cursor);
  } while (take(cursor, ','));
  return take(cursor, ']');
}

static bool take_value(struct cursor *cursor, int depth) {
  if (cursor->at == cursor->end) return false;
  if ((*cursor->at == '{' || *cursor->at == '[') && depth == NESTING_LIMIT) return false;
  switch (*cursor->at) {
    case '{':
      cursor->at++;
      return take_members(cursor, depth + 1);
    case '[':
      cursor->at++;
      return take_items(cursor, depth + 1);
    case '"':
      return take_string(cursor);
    case 't':
      return take_word(cursor, "true");
    case 'f':
      return take_word(cursor, "false");
    case 'n':
      return take_word(cursor, "null");
    default:
      return take_number(cursor);
  }
}

bool json_parse(const char *text, size_t length, struct json *value) {
  struct cursor cursor = {text, text + length};
  skip_space(&cursor);
  value->at = cursor.at;
  if (!take_value(&cursor, 0)) return false;
  value->end = cursor.at;
  skip_space(&cursor);
  return cursor.at == cursor.end;
}

bool json_is_object(struct json value) { return *value.at == '{'; }

bool json_is_array(struct json value) { return *value.at == '['; }

bool json_member(struct json object, const char *name, struct json *value) {
  if (!json_is_object(object)) return false;
  bool found = false;
  struct cursor cursor = {object.at + 1, object.end};
  for (;;) {
    skip_space(&cursor);
    struct json key = {cursor.at, NULL};
    if (!take_string(&cursor)) return found;
    key.end = cursor.at;
    skip_space(&cursor);
    take(&cursor, ':');
    skip_space(&cursor);
    struct json member = {cursor.at, NULL};
    take_value(&cursor, 0);
    member.end = cursor.at;

    char decoded[32];
    if (json_string(key, decoded, sizeof decoded) && strcmp(decoded, name) == 0) {
      *value = member;
      found = true;
    }
    skip_space(&cursor);
    take(&cursor, ',');
  }
}

bool json_next_item(struct json array, struct json *item) {
  if (!json_is_array(array)) return false;
  struct cursor cursor = {item->at == NULL ? array.at + 1 : item->end, array.end};
  skip_space(&cursor);
  if (item->at != NULL && !take(&cursor, ',')) return false;
  skip_space(&cursor);
  struct json next = {cursor.at, NULL};
  if (!take_value(&cursor, 0)) return false;
  next.end = cursor.at;
  *item = next;
  return true;
}

bool json_integer(struct json value, int64_t *number) {
  char text[64];
  size_t length = (size_t)(value.end - value.at);
  if (length >= sizeof text || !(is_digit(*value.at) || *value.at == '-')) return false;
  memcpy(text, value.at, length);
  text[length] = 0;
  double parsed = strtod(text, NULL);
  if (!(parsed >= -9007199254740992.0 && parsed <= 9007199254740992.0)) return false;
  *number = (int64_t)parsed;
  return (double)*number == parsed;
}

bool json_boolean(struct json value, bool *truth) {
  *truth = *value.at == 't';
  return *value.at == 't' || *value.at == 'f';
}

/* The code point of an escape whose 'u' has been read; a pair of surrogates is one. */
static uint32_t decode_unicode_escape(struct cursor *cursor) {
  uint32_t unit = (uint32_t)take_code_unit(cursor);
  if (unit < 0xd800 || unit > 0xdfff) return unit;
  struct cursor ahead = *cursor;
  if (unit < 0xdc00 && take(&ahead, '\\') && take(&ahead, 'u')) {
    uint32_t low = (uint32_t)take_code_unit(&ahead);
    if (low >= 0xdc00 && low <= 0xdfff) {
      *cursor = ahead;
      return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    }
  }
  return '?';
}

static uint32_t decode_escape(struct cursor *cursor) {
  char escape = *cursor->at++;
  switch (escape) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'u':
      return decode_unicode_escape(cursor);
    default:
      return (uint32_t)(unsigned char)escape;
  }
}

bool json_string(struct json value, char *buffer, size_t capacity) {
  if (*value.at != '"') return false;
  struct cursor cursor = {value.at + 1, value.end - 1};
  size_t length = 0;
  while (cursor.at < cursor.end) {
    char encoded[4];
    size_t count = 1;
    encoded[0] = *cursor.at++;
    if (encoded[0] == '\\') {
      uint32_t point = decode_escape(&cursor);
      if (point == 0) return false;
      count = utf8_encode(point, encoded);
    }
    if (length + count >= capacity) return false;
    memcpy(buffer + length, encoded, count);
    length += count;
  }
  buffer[length] = 0;
  return true;
}
