#include "dump-file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer than the text of any float. */
enum { LINE_LIMIT = 128 };

/* Takes `<label><number>` off the end of a text. */
static bool take_last(char *text, const char *label, int64_t *number) {
  size_t length = strlen(text), start = length;
  while (start > 0 && text[start - 1] >= '0' && text[start - 1] <= '9') start--;
  size_t label_length = strlen(label);
  if (start == length || length - start > 9 || start < label_length) return false;
  if (memcmp(text + start - label_length, label, label_length) != 0) return false;
  *number = strtoll(text + start, NULL, 10);
  text[start - label_length] = 0;
  return true;
}

/* The last "NodeID_<number>_": a tensor's name in front of it may hold anything. */
static const char *find_node(const char *text, int64_t *node) {
  static const char label[] = "NodeID_";
  const char *found = NULL;
  for (const char *at = text; (at = strstr(at, label)) != NULL; at++) {
    char *end;
    const char *digits = at + strlen(label);
    long long number = strtoll(digits, &end, 10);
    if (end == digits || *digits < '0' || *digits > '9' || *end != '_') continue;
    *node = number;
    found = at;
  }
  return found;
}

/* `tensorName_<name>_<four digits or more>_` in front of the node. */
static int64_t read_sequence(const char *name, const char *node) {
  static const char label[] = "tensorName_";
  if (strncmp(name, label, strlen(label)) != 0 || node == name || node[-1] != '_') return -1;
  const char *end = node - 1, *start = end;
  while (start > name && start[-1] >= '0' && start[-1] <= '9') start--;
  if (end - start < 4 || end - start > 9 || start[-1] != '_') return -1;
  return strtoll(start, NULL, 10);
}

bool dump_name_parse(const char *name, struct dump_name *parsed) {
  static const char extension[] = ".txt";
  char rest[512];
  size_t length = strlen(name);
  if (length >= sizeof rest || length < strlen(extension)) return false;
  memcpy(rest, name, length + 1);
  char *dot = rest + length - strlen(extension);
  if (strcmp(dot, extension) != 0) return false;
  *dot = 0;
  int64_t out, batch, depth, height, width;
  if (!take_last(rest, "_out_", &out) || !take_last(rest, "_batchID_", &batch) || !take_last(rest, "_d_", &depth) ||
      !take_last(rest, "_h_", &height) || !take_last(rest, "_w_", &width)) {
    return false;
  }
  const char *node = find_node(name, &parsed->node);
  if (node == NULL) return false;
  parsed->sequence = read_sequence(name, node);
  parsed->width = (uint32_t)width;
  parsed->height = (uint32_t)height;
  parsed->depth = (uint32_t)depth;
  return true;
}

static bool refuse_dump(struct refusal *refusal, const char *path, const char *problem) {
  return refuse(refusal, "internal", "the layer dump %s %s", path, problem);
}

static bool read_numbers(FILE *file, const char *path, float *values, uint64_t count, struct refusal *refusal) {
  char line[LINE_LIMIT];
  uint64_t filled = 0;
  while (fgets(line, sizeof line, file) != NULL) {
    char *end;
    float value = strtof(line, &end);
    bool is_number = end != line;
    while (*end == ' ' || *end == '\r' || *end == '\n') end++;
    if (is_number && *end == 0 && filled < count) {
      values[filled++] = value;
    } else if (is_number || *end != 0) {
      return refuse_dump(refusal, path, is_number && *end == 0 ? "holds more numbers than its name says"
                                                               : "holds something that is no number");
    }
  }
  if (ferror(file)) return refuse_dump(refusal, path, strerror(errno));
  return filled == count || refuse_dump(refusal, path, "holds fewer numbers than its name says");
}

bool dump_file_read(const char *path, float *values, uint64_t count, struct refusal *refusal) {
  FILE *file = fopen(path, "re");
  if (file == NULL) return refuse_dump(refusal, path, strerror(errno));
  bool done = read_numbers(file, path, values, count, refusal);
  fclose(file);
  return done;
}
