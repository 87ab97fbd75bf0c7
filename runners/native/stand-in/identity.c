#include "identity.h"

#include <string.h>

__attribute__((visibility("default"))) char hil_simulated_npu[160] =
    "librknn_runtime version 1.7.5 (simulated NPU, no hardware)\n"
    "librknn_api version 1.7.5 (simulated NPU, no hardware)\n";

/* For whoever asks which sources a file was made of. */
__attribute__((used)) static const char sources[] = "hil stand-in sources " STAND_IN_BUILD;

void identity_sdk(char *name, size_t size) {
  static const char before[] = "version ";
  memset(name, 0, size);
  const char *start = strstr(hil_simulated_npu, before);
  if (start == NULL) return;
  start += strlen(before);
  size_t length = strcspn(start, " ");
  memcpy(name, start, length < size ? length : size - 1);
}
