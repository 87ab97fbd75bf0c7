/* What the library says of itself. */
#ifndef HIL_IDENTITY_H
#define HIL_IDENTITY_H

#include <stddef.h>

/*
 * Version texts for whoever searches the file, as with the vendor's libraries. Its presence among the exported symbols
 * tells a program that there is no NPU. Not constant, so that it can be another release's in a copy of the file.
 */
extern char hil_simulated_npu[160];

/* The release that this file stands for, e.g. "1.7.5", into `name` of `size` bytes, filled up with zeros. */
void identity_sdk(char *name, size_t size);

#endif
