/* The protocol with the service that has the simulated NPU; docs/npu-service.md is the specification. */
#ifndef HIL_WIRE_H
#define HIL_WIRE_H

#include <stdint.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the protocol is little-endian, and so is every board"
#endif

#define WIRE_MAGIC "HNP1"
#define WIRE_MAX_BODY (256u * 1024 * 1024)
#define WIRE_MAX_TEXT (1024u * 1024)
#define WIRE_MAX_INPUTS 128u

enum wire_request { WIRE_VERSION = 1, WIRE_INIT, WIRE_SET, WIRE_RUN, WIRE_CALL, WIRE_DESTROY };
#define WIRE_ANSWER 0x100u
#define WIRE_WATCH 0x200u

/* Numbers of the vendor's functions, and of their bits in a watch. */
enum wire_call {
  CALL_INIT,
  CALL_DESTROY,
  CALL_QUERY,
  CALL_INPUTS_SET,
  CALL_RUN,
  CALL_OUTPUTS_GET,
  CALL_OUTPUTS_RELEASE,
  CALL_INPUTS_MAP,
  CALL_INPUTS_SYNC,
  CALL_INPUTS_UNMAP,
  CALL_OUTPUTS_MAP,
  CALL_OUTPUTS_SYNC,
  CALL_OUTPUTS_UNMAP,
  CALL_CREATE_MEM,
  CALL_DESTROY_MEM,
  CALL_SET_IO_MEM
};

enum wire_action { ACTION_NONE, ACTION_RAISE, ACTION_PRINT, ACTION_ALLOCATE };

struct wire_header {
  char magic[4];
  uint32_t kind;
  uint32_t body_bytes;
  uint32_t zero;
};

struct wire_init {
  char sdk[32];
  uint32_t flags;
  uint32_t log_level;
  uint32_t dump;
  uint32_t zero;
};

struct wire_input {
  uint32_t index;
  uint32_t type;
  uint32_t fmt;
  uint32_t pass_through;
  uint32_t size;
  uint32_t bytes;
};

struct wire_answer {
  int32_t status;
  uint32_t watched;
  uint32_t action;
  uint32_t number;
  uint32_t every_ms;
  uint32_t action_text_bytes;
  uint32_t print_bytes;
  uint32_t zero;
};

struct wire_run {
  uint64_t npu_time_us;
  uint32_t outputs;
  uint32_t files;
};

struct wire_file {
  uint32_t name_bytes;
  uint32_t is_text;
  uint32_t content_bytes;
  uint32_t zero;
};

_Static_assert(sizeof(struct wire_header) == 16, "a header has 16 bytes");
_Static_assert(sizeof(struct wire_init) == 48, "the head of init has 48 bytes");
_Static_assert(sizeof(struct wire_input) == 24, "an input's entry has 24 bytes");
_Static_assert(sizeof(struct wire_answer) == 32, "the head of an answer has 32 bytes");
_Static_assert(sizeof(struct wire_run) == 16, "the head of a run has 16 bytes");
_Static_assert(sizeof(struct wire_file) == 16, "the head of a file has 16 bytes");

/* Tensors and files lie at multiples of 8. */
static inline uint64_t wire_aligned(uint64_t bytes) { return (bytes + 7) & ~(uint64_t)7; }

#endif
