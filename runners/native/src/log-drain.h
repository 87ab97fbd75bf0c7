#ifndef HIL_LOG_DRAIN_H
#define HIL_LOG_DRAIN_H

/*
 * Waits a little, until whoever reads standard error has taken what was printed: then an error that is sent next comes
 * after the words that explain it.
 */
void log_drain(void);

#endif
