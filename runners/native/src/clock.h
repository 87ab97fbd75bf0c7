#ifndef HIL_CLOCK_H
#define HIL_CLOCK_H

#include <stdint.h>

/* Microseconds of a clock that nobody sets. */
int64_t now_us(void);

#endif
