#include "board-facts.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The start of a small file, with a terminating zero. Returns its bytes; 0 if there is no such file. */
static size_t read_start(const char *path, char *buffer, size_t capacity) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t count = file < 0 ? 0 : read(file, buffer, capacity - 1);
  if (file >= 0) close(file);
  size_t length = count > 0 ? (size_t)count : 0;
  buffer[length] = 0;
  return length;
}

static char upper(char letter) { return letter >= 'a' && letter <= 'z' ? (char)(letter - 'a' + 'A') : letter; }

/* Strings with a zero after each, the board's own name first and the chip's last: "rockchip,rk1808". */
static void read_chip(char *chip, size_t capacity) {
  static const char maker[] = "rockchip,";
  char names[512];
  size_t length = read_start("/proc/device-tree/compatible", names, sizeof names);
  *chip = 0;
  for (size_t at = 0; at < length; at += strlen(names + at) + 1) {
    if (strncmp(names + at, maker, strlen(maker)) != 0) continue;
    const char *name = names + at + strlen(maker);
    size_t count = strcspn(name, "-");
    if (count >= capacity) continue;
    for (size_t i = 0; i < count; i++) chip[i] = upper(name[i]);
    chip[count] = 0;
  }
  if (strcmp(chip, "RK3399PRO") == 0) strcpy(chip, "RK3399Pro");
}

void board_facts_read(struct board_facts *facts) {
  memset(facts, 0, sizeof *facts);
  read_start("/proc/sys/kernel/random/boot_id", facts->boot_id, sizeof facts->boot_id);
  facts->boot_id[strcspn(facts->boot_id, "\n")] = 0;
  struct utsname name;
  if (uname(&name) == 0) {
    snprintf(facts->kernel, sizeof facts->kernel, "%.64s %.64s %.64s", name.sysname, name.release, name.machine);
  }
  read_chip(facts->chip, sizeof facts->chip);
}
