/* One set of inputs, run through a model once or often. */
#ifndef HIL_INFERENCE_H
#define HIL_INFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "input-buffers.h"
#include "model.h"
#include "output-copy.h"
#include "refusal.h"

struct run_facts {
  int64_t npu_time_us;
  uint32_t outputs_crc32;
  /* It took long, returned 0, and every output is exactly 0: what is seen of an NPU that hung. */
  bool looks_hung;
};

struct inference {
  /* The first run's. */
  struct output_copy outputs;
  struct run_facts *runs;
  uint32_t run_count;
  /* What the runtime says of the last run, layer by layer; only of models loaded with RKNN_FLAG_COLLECT_PERF_MASK. */
  char *perf_detail;
};

struct run_options {
  uint32_t repeats;
  bool want_float;
  /* The largest payload that the host takes. */
  uint64_t payload_limit;
  /* From this time on a run that gives only zeros looks hung. */
  int64_t hang_us;
};

/* Free it, whatever is returned. */
bool inference_run(struct inference *inference, const struct model *model, const struct vendor *vendor,
                   const struct input_buffers *buffers, const struct run_options *options, struct refusal *refusal);

void inference_free(struct inference *inference);

#endif
