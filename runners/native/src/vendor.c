#include "vendor.h"

#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

static const char *const usual_places[] = {
    "/usr/lib/librknn_api.so",         "/usr/lib64/librknn_api.so",     "/usr/lib/aarch64-linux-gnu/librknn_api.so",
    "/usr/lib64/librknn_runtime.so",   "/usr/lib/librknn_runtime.so",   "/usr/lib/aarch64-linux-gnu/librknn_runtime.so",
};

static bool refuse_library(struct refusal *refusal, const char *text) {
  refuse(refusal, "library", "%s", text == NULL ? "it does not open" : text);
  refusal->fatal = true;
  return false;
}

static const char *find_library(void) {
  for (size_t i = 0; i < sizeof usual_places / sizeof *usual_places; i++) {
    if (access(usual_places[i], F_OK) == 0) return usual_places[i];
  }
  return NULL;
}

static bool find_functions(struct vendor *vendor, void *library, struct refusal *refusal) {
  const struct {
    const char *name;
    void *target;
  } functions[] = {
      {"rknn_init", &vendor->init},
      {"rknn_destroy", &vendor->destroy},
      {"rknn_query", &vendor->query},
      {"rknn_inputs_set", &vendor->inputs_set},
      {"rknn_run", &vendor->run},
      {"rknn_outputs_get", &vendor->outputs_get},
      {"rknn_outputs_release", &vendor->outputs_release},
  };
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    void *address = dlsym(library, functions[i].name);
    if (address == NULL) return refuse_library(refusal, dlerror());
    /* POSIX lets an object pointer hold a function's address, ISO C has no cast for it. */
    memcpy(functions[i].target, &address, sizeof address);
  }
  return true;
}

/* Before a context exists. Drivers that answer only with one leave the texts empty. */
static bool ask_version(struct vendor *vendor, struct refusal *refusal) {
  int status = vendor->query(0, RKNN_QUERY_SDK_VERSION, &vendor->version, sizeof vendor->version);
  if (status == RKNN_ERR_CTX_INVALID) memset(&vendor->version, 0, sizeof vendor->version);
  else if (status < 0) return refuse_vendor(refusal, "rknn_query", status);
  vendor->version.api_version[sizeof vendor->version.api_version - 1] = 0;
  vendor->version.drv_version[sizeof vendor->version.drv_version - 1] = 0;
  return true;
}

bool vendor_open(struct vendor *vendor, const char *path, struct refusal *refusal) {
  memset(vendor, 0, sizeof *vendor);
  const char *file = path == NULL ? find_library() : path;
  if (file == NULL) {
    return refuse_library(refusal, "there is no librknn_api.so or librknn_runtime.so in /usr/lib, /usr/lib64 or "
                                   "/usr/lib/aarch64-linux-gnu");
  }
  /* Lazy and global, as if the program were linked with it: the vendor's libraries open others that rely on it. */
  void *library = dlopen(file, RTLD_LAZY | RTLD_GLOBAL);
  if (library == NULL) return refuse_library(refusal, dlerror());
  if (!find_functions(vendor, library, refusal)) return false;
  vendor->simulated = dlsym(library, "hil_simulated_npu") != NULL;
  return ask_version(vendor, refusal);
}
