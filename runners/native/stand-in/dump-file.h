/* Files that a run leaves in the current folder. */
#ifndef HIL_DUMP_FILE_H
#define HIL_DUMP_FILE_H

#include "service.h"

/* Reads so many files out of an answer and writes them. False if the answer is not what it should be. */
bool dump_files(struct service *service, struct answer *answer, uint32_t count);

#endif
