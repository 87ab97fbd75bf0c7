/*
 * Looks after the host while this process works and does not read: once a second, from SIGALRM. The first look is a second
 * after the work began, so that short runs see no signal.
 */
#ifndef HIL_WATCHDOG_H
#define HIL_WATCHDOG_H

#include "connection.h"

enum watch {
  /* Ends the process when the host hangs up, or is silent for too long. */
  WATCH_ALL,
  /* Only when it is silent. */
  WATCH_SILENCE,
};

void watchdog_begin(const struct connection *connection, enum watch watch);
void watchdog_end(void);

#endif
