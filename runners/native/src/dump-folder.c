#include "dump-folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NAME_START "hil-npu-run."

/* Room for "/hil-npu-run.<pid>.XXXXXX". */
enum { NAME_ROOM = 40 };

static char base[PATH_MAX - NAME_ROOM];
static char folder[PATH_MAX];
static volatile sig_atomic_t folder_exists;
static int directory_before = -1;

static const int deadly_signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV};
enum { DEADLY_SIGNALS = sizeof deadly_signals / sizeof *deadly_signals };
static struct sigaction actions_before[DEADLY_SIGNALS];

/* As the kernel fills it: opendir allocates memory, which a signal handler must not. */
struct kernel_entry {
  uint64_t inode;
  int64_t next;
  unsigned short bytes;
  unsigned char type;
  char name[];
};

/* Empties a directory, with the given levels of folders in it. */
static void empty_directory(int directory, int levels) {
  _Alignas(struct kernel_entry) char entries[2048];
  bool removed_some = true;
  while (removed_some) {
    removed_some = false;
    lseek(directory, 0, SEEK_SET);
    long count;
    while ((count = syscall(SYS_getdents64, directory, entries, sizeof entries)) > 0) {
      for (long at = 0; at < count;) {
        const struct kernel_entry *entry = (const struct kernel_entry *)(const void *)(entries + at);
        at += entry->bytes;
        if (strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0) continue;
        bool gone = unlinkat(directory, entry->name, 0) == 0;
        if (!gone && levels > 0) {
          int inner = openat(directory, entry->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
          if (inner >= 0) {
            empty_directory(inner, levels - 1);
            close(inner);
            gone = unlinkat(directory, entry->name, AT_REMOVEDIR) == 0;
          }
        }
        removed_some = removed_some || gone;
      }
    }
  }
}

static void remove_tree(const char *path) {
  int directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0) return;
  empty_directory(directory, 1);
  close(directory);
  rmdir(path);
}

void dump_folder_remove(void) {
  if (!folder_exists) return;
  folder_exists = 0;
  remove_tree(folder);
}

static void remove_and_die(int signal_number) {
  dump_folder_remove();
  /* The action was for one time: the same signal now does what it always does. */
  raise(signal_number);
}

static void guard(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = remove_and_die;
  action.sa_flags = (int)SA_RESETHAND;
  for (int i = 0; i < DEADLY_SIGNALS; i++) sigaction(deadly_signals[i], &action, &actions_before[i]);
}

static void unguard(void) {
  for (int i = 0; i < DEADLY_SIGNALS; i++) sigaction(deadly_signals[i], &actions_before[i], NULL);
}

static bool process_is_gone(pid_t pid) { return kill(pid, 0) != 0 && errno == ESRCH; }

static void remove_leftovers(void) {
  DIR *directory = opendir(base);
  if (directory == NULL) return;
  const struct dirent *entry;
  while ((entry = readdir(directory)) != NULL) {
    if (strncmp(entry->d_name, NAME_START, strlen(NAME_START)) != 0) continue;
    char *end;
    long pid = strtol(entry->d_name + strlen(NAME_START), &end, 10);
    if (*end != '.' || pid <= 0 || pid > INT_MAX || !process_is_gone((pid_t)pid)) continue;
    char path[PATH_MAX];
    if ((size_t)snprintf(path, sizeof path, "%s/%s", base, entry->d_name) < sizeof path) remove_tree(path);
  }
  closedir(directory);
}

/* The folder of this program's file. */
static void use_program_folder(void) {
  ssize_t length = readlink("/proc/self/exe", base, sizeof base - 1);
  base[length > 0 ? length : 0] = 0;
  char *slash = strrchr(base, '/');
  if (slash == NULL || slash == base) snprintf(base, sizeof base, "/tmp");
  else *slash = 0;
}

void dump_folder_set_base(const char *wanted) {
  const char *temporary = getenv("TMPDIR");
  const char *path = wanted != NULL ? wanted : temporary;
  if (path == NULL || *path == 0 || strlen(path) >= sizeof base) use_program_folder();
  else snprintf(base, sizeof base, "%s", path);
  remove_leftovers();
}

bool dump_folder_enter(struct refusal *refusal) {
  snprintf(folder, sizeof folder, "%s/" NAME_START "%ld.XXXXXX", base, (long)getpid());
  if (mkdtemp(folder) == NULL) {
    return refuse(refusal, "internal", "no folder for the layer dump can be made in %s: %s", base, strerror(errno));
  }
  folder_exists = 1;
  guard();
  directory_before = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (chdir(folder) == 0) return true;
  refuse(refusal, "internal", "%s: %s", folder, strerror(errno));
  dump_folder_leave();
  return false;
}

void dump_folder_leave(void) {
  if (directory_before < 0 || fchdir(directory_before) != 0) {
    if (chdir("/") != 0) fprintf(stderr, "cannot leave %s: %s\n", folder, strerror(errno));
  }
  if (directory_before >= 0) close(directory_before);
  directory_before = -1;
  dump_folder_remove();
  unguard();
}
