#include "layer-dump.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dump-folder.h"
#include "dump-order.h"
#include "version.h"

static const char dump_variable[] = "NN_LAYER_DUMP";

/* Each of these would make the driver write something else than decimal numbers. */
static const char *const other_forms[] = {"NN_LAYER_DUMP_QTENSOR", "VIV_VX_ENABLE_SAVE_NETWORK_BINARY"};

/* The outputs are fetched as well: the driver may work only when somebody asks for them. */
static bool run_context(rknn_context context, const struct model *model, const struct vendor *vendor,
                        const struct input_buffers *buffers, struct refusal *refusal) {
  int status = vendor->inputs_set(context, buffers->count, buffers->inputs);
  if (status < 0) return refuse_vendor(refusal, "rknn_inputs_set", status);
  status = vendor->run(context, NULL);
  if (status < 0) return refuse_vendor(refusal, "rknn_run", status);
  rknn_output *outputs = calloc(model->output_count + (size_t)1, sizeof *outputs);
  if (outputs == NULL) return refuse_memory(refusal, "outputs", model->output_count * sizeof *outputs);
  status = vendor->outputs_get(context, model->output_count, outputs, NULL);
  if (status >= 0) vendor->outputs_release(context, model->output_count, outputs);
  free(outputs);
  return status >= 0 || refuse_vendor(refusal, "rknn_outputs_get", status);
}

/* The driver reads the variable when a context is created. */
static bool run_with_dump(const struct model *model, const struct vendor *vendor, const struct input_buffers *buffers,
                          struct refusal *refusal) {
  for (size_t i = 0; i < sizeof other_forms / sizeof *other_forms; i++) unsetenv(other_forms[i]);
  setenv(dump_variable, "1", 1);
  rknn_context context;
  bool done = model_init(model, vendor, &context, refusal);
  if (done) {
    done = run_context(context, model, vendor, buffers, refusal);
    vendor->destroy(context);
  }
  unsetenv(dump_variable);
  return done;
}

static bool hand_over(const struct dump *dump, uint64_t payload_limit, layer_taker *take, void *context,
                      struct refusal *refusal) {
  const struct dump_name *name = &dump->parsed;
  /* Each has at most nine digits, so that two multiplied fit into 64 bits, but not three. */
  uint64_t plane = (uint64_t)name->width * name->height;
  uint64_t most = payload_limit / sizeof(float);
  if (name->depth > 0 && plane > most / name->depth) {
    return refuse(refusal, "limit", "layer %s has more than the %llu bytes that the host takes", dump->name,
                  (unsigned long long)payload_limit);
  }
  uint64_t count = plane * name->depth;
  float *values = malloc((count + 1) * sizeof *values);
  if (values == NULL) return refuse_memory(refusal, dump->name, count * sizeof *values);
  bool done = dump_file_read(dump->name, values, count, refusal);
  unlink(dump->name);
  if (done) {
    const struct layer layer = {
        dump->name, {name->depth, name->height, name->width}, values, count * sizeof *values};
    done = take(&layer, context, refusal);
  }
  free(values);
  return done;
}

/* The runtime's own table from nodes to layers, which names of files lack, goes to the log. */
static void print_layer_names(void) {
  static const char name[] = "NodeID_To_LayerName.txt";
  FILE *file = fopen(name, "re");
  if (file == NULL) return;
  fprintf(stderr, RUNNER_NAME ": %s follows\n", name);
  char line[512];
  while (fgets(line, sizeof line, file) != NULL) fputs(line, stderr);
  fclose(file);
}

bool layer_dump_run(const struct model *model, const struct vendor *vendor, const struct input_buffers *buffers,
                    uint64_t payload_limit, layer_taker *take, void *context, uint32_t *count,
                    struct refusal *refusal) {
  *count = 0;
  if (!dump_folder_enter(refusal)) return false;
  int watch = dump_watch_begin();
  struct dump_list list = {0};
  bool done = run_with_dump(model, vendor, buffers, refusal);
  print_layer_names();
  struct refusal ignored;
  if (!dump_list_read(&list, watch, done ? refusal : &ignored)) done = false;
  for (size_t i = 0; done && i < list.count; i++) {
    done = hand_over(&list.dumps[i], payload_limit, take, context, refusal);
    if (done) ++*count;
  }
  dump_list_free(&list);
  dump_folder_leave();
  return done;
}
