#include "dump-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One number per line, six decimals, as the vendor's driver writes. */
static void write_values(FILE *file, const uint8_t *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float value;
    memcpy(&value, bytes + i * sizeof value, sizeof value);
    fprintf(file, "%f\n", (double)value);
  }
}

static void write_file(const char *name, bool is_text, const uint8_t *content, size_t bytes) {
  int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
  FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
  if (file == NULL) {
    printf("virtual board: cannot write %s: %s\n", name, strerror(errno));
    if (fd >= 0) close(fd);
    return;
  }
  if (is_text) fwrite(content, 1, bytes, file);
  else write_values(file, content, bytes / sizeof(float));
  if (fclose(file) != 0) printf("virtual board: cannot write %s: %s\n", name, strerror(errno));
}

/* Nothing but a name in the current folder. */
static bool is_plain(const char *name, size_t length) {
  return length > 0 && name[0] != '.' && memchr(name, '/', length) == NULL && memchr(name, 0, length) == NULL;
}

static bool read_padded(struct service *service, struct answer *answer, void *bytes, size_t count) {
  return service_read(service, answer, bytes, count) &&
         service_skip(service, answer, (size_t)(wire_aligned(count) - count));
}

static bool dump_file(struct service *service, struct answer *answer) {
  struct wire_file head;
  char name[256];
  if (!service_read(service, answer, &head, sizeof head)) return false;
  if (head.name_bytes >= sizeof name || head.content_bytes > answer->left) return false;
  if (!read_padded(service, answer, name, head.name_bytes)) return false;
  name[head.name_bytes] = 0;
  if (!is_plain(name, head.name_bytes)) return false;
  uint8_t *content = malloc((size_t)head.content_bytes + 1);
  if (content == NULL) return false;
  bool complete = read_padded(service, answer, content, head.content_bytes);
  if (complete) write_file(name, head.is_text != 0, content, head.content_bytes);
  free(content);
  return complete;
}

bool dump_files(struct service *service, struct answer *answer, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    if (!dump_file(service, answer)) return false;
  }
  return true;
}
