/* The ways in which this process ends, none of which leaves a folder behind. */
#ifndef HIL_PROCESS_END_H
#define HIL_PROCESS_END_H

#include <stdnoreturn.h>

/*
 * Ends the process without the vendor's exit handlers and destructors: they print, hang and crash, and the kernel frees
 * everything anyway.
 */
noreturn void end_process(int status);

/* The same from a signal handler. */
noreturn void end_process_from_signal(int status);

#endif
