/* The numbers that the runner tells its host, or is bound to by docs/protocol.md. */
#ifndef HIL_PROTOCOL_LIMITS_H
#define HIL_PROTOCOL_LIMITS_H

enum {
  HEAD_LIMIT = 1024 * 1024,
  PAYLOAD_LIMIT = 256 * 1024 * 1024,
  MODEL_LIMIT = 8,
  NESTING_LIMIT = 64,
  REPEATS_LIMIT = 100000,
  SILENCE_SECONDS_BEFORE_HELLO = 30,
  SILENCE_SECONDS_LIMIT = 3600,
};

enum exit_status {
  EXIT_ENDED = 0,
  EXIT_FAILED = 1,
  EXIT_PROTOCOL = 2,
  EXIT_SILENCE = 3,
};

#endif
