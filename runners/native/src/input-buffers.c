#include "input-buffers.h"

#include <stdlib.h>
#include <string.h>

/* What is kept from one request to the next, at most. */
enum { KEPT_PLACES = 8, KEPT_CAPACITY = 4 * 1024 * 1024 };

static uint64_t buffer_bytes(const struct model *model, const struct request_input *declared) {
  uint64_t bytes = declared->length > declared->size ? declared->length : declared->size;
  uint64_t whole = declared->index < model->input_count ? 4 * (uint64_t)model->inputs[declared->index].n_elems : 0;
  return (bytes > whole ? bytes : whole) + 1;
}

static void free_memory(struct input_memory *memory) {
  free(memory->bytes);
  *memory = (struct input_memory){.bytes = NULL};
}

/* So many bytes, of which those from `used` on are zero. */
static uint8_t *reserve(struct input_memory *memory, uint64_t bytes, uint64_t used) {
  if (bytes > memory->capacity) {
    free_memory(memory);
    memory->bytes = calloc(1, bytes);
    memory->capacity = memory->bytes == NULL ? 0 : bytes;
  } else if (memory->used > used) {
    memset(memory->bytes + used, 0, memory->used - used);
  }
  memory->used = used;
  return memory->bytes;
}

static bool fill(rknn_input *input, struct input_memory *memory, const struct model *model,
                 const struct request_input *declared, struct payload payload, struct refusal *refusal) {
  if (declared->offset + declared->length > payload.length) {
    return refuse(refusal, "request", "input %u is said to be at %llu with %llu bytes, but the payload has %zu",
                  declared->index, (unsigned long long)declared->offset, (unsigned long long)declared->length,
                  payload.length);
  }
  uint64_t bytes = buffer_bytes(model, declared);
  input->buf = reserve(memory, bytes, declared->length);
  if (input->buf == NULL) return refuse_memory(refusal, "an input", bytes);
  if (declared->length > 0) memcpy(input->buf, payload.bytes + declared->offset, declared->length);
  input->index = declared->index;
  input->size = declared->size;
  input->pass_through = declared->pass_through;
  input->type = (rknn_tensor_type)declared->type;
  input->fmt = (rknn_tensor_format)declared->fmt;
  return true;
}

/* Room for so many inputs; new places have no memory yet. */
static bool make_places(struct input_buffers *buffers, size_t count) {
  if (count <= buffers->places && buffers->inputs != NULL) return true;
  size_t places = count + 1;
  rknn_input *inputs = realloc(buffers->inputs, places * sizeof *inputs);
  if (inputs != NULL) buffers->inputs = inputs;
  struct input_memory *memory = realloc(buffers->memory, places * sizeof *memory);
  if (memory != NULL) buffers->memory = memory;
  if (inputs == NULL || memory == NULL) return false;
  memset(memory + buffers->places, 0, (places - buffers->places) * sizeof *memory);
  buffers->places = (uint32_t)places;
  return true;
}

bool input_buffers_fill(struct input_buffers *buffers, const struct model *model, const struct request *request,
                        struct payload payload, struct refusal *refusal) {
  size_t count = request->input_count;
  if (!make_places(buffers, count)) return refuse_memory(refusal, "inputs", count * sizeof *buffers->inputs);
  buffers->count = (uint32_t)count;
  memset(buffers->inputs, 0, count * sizeof *buffers->inputs);
  for (uint32_t i = 0; i < count; i++) {
    if (!fill(&buffers->inputs[i], &buffers->memory[i], model, &request->inputs[i], payload, refusal)) return false;
  }
  return true;
}

void input_buffers_trim(struct input_buffers *buffers) {
  for (uint32_t i = 0; i < buffers->places; i++) {
    struct input_memory *memory = &buffers->memory[i];
    if (i >= KEPT_PLACES || memory->capacity > KEPT_CAPACITY) free_memory(memory);
  }
}

void input_buffers_free(struct input_buffers *buffers) {
  for (uint32_t i = 0; i < buffers->places; i++) free_memory(&buffers->memory[i]);
  free(buffers->inputs);
  free(buffers->memory);
  memset(buffers, 0, sizeof *buffers);
}
