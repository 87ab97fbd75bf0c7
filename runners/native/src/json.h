/* Reads JSON in place: nothing is copied or allocated, a value is the part of the text that it takes. */
#ifndef HIL_JSON_H
#define HIL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One value, without white space around it. Lives as long as the text. */
struct json {
  const char *at;
  const char *end;
};

/*
 * Whether a text is one JSON value, by RFC 8259 to the letter: UTF-8, no comments, no trailing commas. More than 64
 * levels of nesting are refused.
 */
bool json_parse(const char *text, size_t length, struct json *value);

/* The functions below take values that json_parse has checked. */

bool json_is_object(struct json value);
bool json_is_array(struct json value);

/* An object's member; of several with the same name the last. False if there is none. */
bool json_member(struct json object, const char *name, struct json *value);

/* The next item of an array; begins with an item whose `at` is NULL. False after the last. */
bool json_next_item(struct json array, struct json *item);

/* A number without a fraction, between -2^53 and 2^53. */
bool json_integer(struct json value, int64_t *number);

bool json_boolean(struct json value, bool *truth);

/*
 * Decodes a string into UTF-8 with a terminating zero; surrogates without a partner become '?'. False if it is no string,
 * does not fit, or has a zero inside.
 */
bool json_string(struct json value, char *buffer, size_t capacity);

#endif
