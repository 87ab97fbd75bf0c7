/*
 * The one temporary folder of this process: the vendor's layer dump goes to the current directory, so a dump run gets an
 * empty one of its own.
 */
#ifndef HIL_DUMP_FOLDER_H
#define HIL_DUMP_FOLDER_H

#include <stdbool.h>

#include "refusal.h"

/*
 * Says under which folder dump folders are made, and removes what processes that are gone have left there: a SIGKILL
 * leaves no time to tidy up.
 *
 * base: NULL for $TMPDIR, or else the folder in which this program lies.
 */
void dump_folder_set_base(const char *base);

/* Makes the folder and enters it. It goes when this process ends, whatever ends it but SIGKILL. */
bool dump_folder_enter(struct refusal *refusal);

/* Goes back to the directory of before and removes the folder with everything in it. */
void dump_folder_leave(void);

/* Removes the folder, if there is one. Safe in a signal handler. */
void dump_folder_remove(void);

#endif
