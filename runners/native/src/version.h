#ifndef HIL_VERSION_H
#define HIL_VERSION_H

#define RUNNER_NAME "hil-npu-run"
#define RUNNER_VERSION "0.1.0"

/* The sources' hash, from build.mjs; a build by hand has none. */
#ifndef RUNNER_BUILD
#define RUNNER_BUILD "unknown"
#endif

#define PROTOCOL_VERSION 1

#endif
