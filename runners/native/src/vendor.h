/* The vendor's library, opened at run time, so that one runner serves every release. */
#ifndef HIL_VENDOR_H
#define HIL_VENDOR_H

#include <stdbool.h>

#include "refusal.h"
#include "rknn_api.h"

struct vendor {
  __typeof__(&rknn_init) init;
  __typeof__(&rknn_destroy) destroy;
  __typeof__(&rknn_query) query;
  __typeof__(&rknn_inputs_set) inputs_set;
  __typeof__(&rknn_run) run;
  __typeof__(&rknn_outputs_get) outputs_get;
  __typeof__(&rknn_outputs_release) outputs_release;
  /* There is no NPU behind it: it exports `hil_simulated_npu`. */
  bool simulated;
  rknn_sdk_version version;
};

/*
 * Opens a library and asks for its version. A release's own librknn_runtime.so will do as well as librknn_api.so: both
 * export the same functions, and only the seven that every release has are needed.
 *
 * path: NULL for the first that is found in the usual places.
 */
bool vendor_open(struct vendor *vendor, const char *path, struct refusal *refusal);

#endif
