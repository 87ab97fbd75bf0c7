#include "watchdog.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>

#include "process-end.h"
#include "protocol-limits.h"

/* With so much waiting the input may be full, and silence cannot be told from a host that waits to write. */
enum { MAY_BE_FULL = 32 * 1024 };

static volatile sig_atomic_t input, output, silence_seconds;
static volatile sig_atomic_t hang_up_counts, waiting_bytes, quiet_seconds;

static int bytes_waiting(void) {
  int count = 0;
  return ioctl(input, FIONREAD, &count) == 0 ? count : 0;
}

static int hung_up(void) {
  struct pollfd ends[] = {{.fd = input, .events = POLLRDHUP}, {.fd = output, .events = 0}};
  if (poll(ends, 2, 0) <= 0) return 0;
  return (ends[0].revents & (POLLHUP | POLLRDHUP | POLLERR)) != 0 || (ends[1].revents & (POLLHUP | POLLERR)) != 0;
}

static void look(int signal_number) {
  (void)signal_number;
  int saved = errno;
  if (hang_up_counts && hung_up()) end_process_from_signal(EXIT_SILENCE);
  int waiting = bytes_waiting();
  quiet_seconds = waiting > waiting_bytes || waiting >= MAY_BE_FULL ? 0 : quiet_seconds + 1;
  waiting_bytes = waiting;
  if (quiet_seconds >= silence_seconds) end_process_from_signal(EXIT_SILENCE);
  errno = saved;
}

static void set_timer(time_t seconds) {
  struct itimerval timer = {.it_interval = {.tv_sec = seconds}, .it_value = {.tv_sec = seconds}};
  setitimer(ITIMER_REAL, &timer, NULL);
}

void watchdog_begin(const struct connection *connection, enum watch watch) {
  input = connection->input;
  output = connection->output;
  silence_seconds = (sig_atomic_t)connection->silence_seconds;
  hang_up_counts = watch == WATCH_ALL;
  waiting_bytes = bytes_waiting();
  quiet_seconds = 0;
  /* Again each time: the vendor's code may have taken the signal for itself. */
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = look;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, NULL);
  set_timer(1);
}

void watchdog_end(void) { set_timer(0); }
