/*
 * hil-npu-run: runs networks on an RK1808 for a host, through the vendor's library. docs/protocol.md is the specification.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dump-folder.h"
#include "process-end.h"
#include "protocol-limits.h"
#include "session.h"
#include "version.h"

static const char usage[] =
    "usage: " RUNNER_NAME " [--library FILE] [--work FOLDER]\n"
    "       " RUNNER_NAME " --version\n"
    "\n"
    "Serves the session protocol (docs/protocol.md) on standard input and output.\n"
    "  --library FILE  the vendor's librknn_api.so, or a release's librknn_runtime.so\n"
    "  --work FOLDER   where layer dumps lie for a moment; by default $TMPDIR, or this program's folder\n";

/* A descriptor that is missing would be given to the next file that is opened. */
static void fill_missing_descriptors(void) {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++) {
    if (fcntl(descriptor, F_GETFD) < 0 && errno == EBADF) open("/dev/null", O_RDWR);
  }
}

/*
 * The vendor's libraries print to descriptor 1, their constructors too: before any of them is opened it becomes standard
 * error. Returns the descriptor that frames go to.
 */
static int move_output_away(void) {
  fill_missing_descriptors();
  int frames = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (frames < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
    fprintf(stderr, RUNNER_NAME ": standard output cannot be moved: %s\n", strerror(errno));
    end_process(EXIT_FAILED);
  }
  /* A crash loses no complete line. */
  setvbuf(stdout, NULL, _IOLBF, 0);
  return frames;
}

/* Takes `--name VALUE` or `--name=VALUE`. False if the argument is another one; exits if the value is missing. */
static bool take_option(char *const arguments[], int *at, const char *name, const char **value) {
  const char *argument = arguments[*at];
  size_t length = strlen(name);
  if (strncmp(argument, name, length) != 0 || (argument[length] != 0 && argument[length] != '=')) return false;
  *value = argument[length] == '=' ? argument + length + 1 : arguments[++*at];
  if (*value == NULL || **value == 0) {
    fprintf(stderr, RUNNER_NAME ": %s needs a value\n%s", name, usage);
    end_process(EXIT_PROTOCOL);
  }
  return true;
}

int main(int count, char *arguments[]) {
  struct session_options options = {.library = NULL, .output = move_output_away()};
  /* Fails harmlessly for the leader of a session, who leads its group already. */
  setpgid(0, 0);
  signal(SIGPIPE, SIG_IGN);

  const char *work = NULL;
  for (int at = 1; at < count; at++) {
    if (strcmp(arguments[at], "--version") == 0) {
      dprintf(options.output, "%s %s build %s\n", RUNNER_NAME, RUNNER_VERSION, RUNNER_BUILD);
      end_process(EXIT_ENDED);
    }
    bool known = take_option(arguments, &at, "--library", &options.library) ||
                 take_option(arguments, &at, "--lib", &options.library) ||
                 take_option(arguments, &at, "--work", &work);
    if (!known) {
      fprintf(stderr, RUNNER_NAME ": unknown argument %s\n%s", arguments[at], usage);
      end_process(EXIT_PROTOCOL);
    }
  }
  dump_folder_set_base(work);
  end_process(session_serve(&options));
}
