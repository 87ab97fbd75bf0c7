/* Writes JSON into memory that grows. Running out of memory for a head ends the program: nothing could be said any more. */
#ifndef HIL_JSON_TEXT_H
#define HIL_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_text {
  char *bytes;
  size_t length;
  size_t capacity;
};

/* Objects and arrays; commas come by themselves. */
void json_open(struct json_text *text, char bracket);
void json_close(struct json_text *text, char bracket);

/* The name of the next value. */
void json_name(struct json_text *text, const char *name);

void json_put_integer(struct json_text *text, int64_t number);
void json_put_boolean(struct json_text *text, bool truth);

/* Nine significant digits; 0 if it is not finite. */
void json_put_float(struct json_text *text, float number);

/* Escapes what must be; bytes that are no UTF-8 become '?'. */
void json_put_string(struct json_text *text, const char *string, size_t length);

/* The same up to a terminating zero. */
void json_put_text(struct json_text *text, const char *string);

/* A member in one go. */
void json_integer_member(struct json_text *text, const char *name, int64_t number);
void json_text_member(struct json_text *text, const char *name, const char *string);

void json_text_free(struct json_text *text);

#endif
