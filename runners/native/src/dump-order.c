#include "dump-order.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

int dump_watch_begin(void) {
  int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (watch >= 0 && inotify_add_watch(watch, ".", IN_CREATE) < 0) {
    close(watch);
    return -1;
  }
  return watch;
}

static bool add_dump(struct dump_list *list, const char *name, const struct dump_name *parsed) {
  struct dump *grown = realloc(list->dumps, (list->count + 1) * sizeof *grown);
  if (grown == NULL) return false;
  list->dumps = grown;
  char *copy = strdup(name);
  if (copy == NULL) return false;
  list->dumps[list->count++] = (struct dump){.name = copy, .parsed = *parsed, .appeared = UINT32_MAX};
  return true;
}

static bool list_files(struct dump_list *list, struct refusal *refusal) {
  DIR *directory = opendir(".");
  if (directory == NULL) return refuse(refusal, "internal", "the layer dump cannot be listed: %s", strerror(errno));
  bool kept = true;
  const struct dirent *entry;
  while (kept && (entry = readdir(directory)) != NULL) {
    struct dump_name parsed;
    if (dump_name_parse(entry->d_name, &parsed)) kept = add_dump(list, entry->d_name, &parsed);
  }
  closedir(directory);
  return kept || refuse_memory(refusal, "the list of layers", list->count * sizeof *list->dumps);
}

static int compare_names(const void *left, const void *right) {
  return strcmp(((const struct dump *)left)->name, ((const struct dump *)right)->name);
}

static void note_appearance(struct dump_list *list, char *name, uint32_t place) {
  const struct dump wanted = {.name = name};
  struct dump *found = bsearch(&wanted, list->dumps, list->count, sizeof *list->dumps, compare_names);
  if (found != NULL) found->appeared = place;
}

/* The list is in the order of names here. */
static void read_watch(struct dump_list *list, int watch) {
  _Alignas(struct inotify_event) char events[4096];
  uint32_t place = 0;
  ssize_t count;
  while ((count = read(watch, events, sizeof events)) > 0) {
    for (ssize_t at = 0; at < count;) {
      struct inotify_event *event = (struct inotify_event *)(void *)(events + at);
      if (event->len > 0) note_appearance(list, event->name, place++);
      at += (ssize_t)(sizeof *event + event->len);
    }
  }
}

static int compare_numbers(int64_t left, int64_t right) { return (left > right) - (left < right); }

static int compare_execution(const void *left, const void *right) {
  const struct dump *a = left, *b = right;
  int order = 0;
  if (a->parsed.sequence >= 0 && b->parsed.sequence >= 0) {
    order = compare_numbers(a->parsed.sequence, b->parsed.sequence);
  }
  if (order == 0) order = compare_numbers(a->appeared, b->appeared);
  if (order == 0) order = compare_numbers(a->parsed.node, b->parsed.node);
  return order != 0 ? order : strcmp(a->name, b->name);
}

bool dump_list_read(struct dump_list *list, int watch, struct refusal *refusal) {
  memset(list, 0, sizeof *list);
  bool listed = list_files(list, refusal);
  if (listed && list->count > 0) {
    qsort(list->dumps, list->count, sizeof *list->dumps, compare_names);
    if (watch >= 0) read_watch(list, watch);
    qsort(list->dumps, list->count, sizeof *list->dumps, compare_execution);
  }
  if (watch >= 0) close(watch);
  return listed;
}

void dump_list_free(struct dump_list *list) {
  for (size_t i = 0; i < list->count; i++) free(list->dumps[i].name);
  free(list->dumps);
  memset(list, 0, sizeof *list);
}
