#include "process-end.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dump-folder.h"

void end_process(int status) {
  dump_folder_remove();
  fflush(NULL);
#ifdef RUNNER_CHECKS_LEAKS
  /* Lets the leak checker have its say. */
  exit(status);
#else
  _exit(status);
#endif
}

void end_process_from_signal(int status) {
  dump_folder_remove();
  _exit(status);
}
