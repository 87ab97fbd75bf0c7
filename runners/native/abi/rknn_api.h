/*
 * The binary interface of Rockchip's runtime for RK1808 (RKNN 1.x, up to release 1.7.5), for 64-bit Linux.
 *
 * Written by us from the sizes, offsets and numbers of that interface; the names are the vendor's, so that a program
 * compiles against this file as it does against the vendor's own. Every size and offset is asserted below.
 * RKNPU2 (RK3566, RK3588) has structures of other sizes under the same names: this file is not for it.
 */
#ifndef RKNN_API_H
#define RKNN_API_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#define RKNN_ASSERT(condition) static_assert(condition, #condition)
#else
#define RKNN_ASSERT(condition) _Static_assert(condition, #condition)
#endif

RKNN_ASSERT(sizeof(void *) == 8);

/* Opaque; 0 is none. */
typedef uint64_t rknn_context;

/* Flags of rknn_init. */
#define RKNN_FLAG_PRIOR_HIGH 0x00000000
#define RKNN_FLAG_PRIOR_MEDIUM 0x00000001
#define RKNN_FLAG_PRIOR_LOW 0x00000002
/* rknn_outputs_get returns the result of the run before. */
#define RKNN_FLAG_ASYNC_MASK 0x00000004
/* Makes RKNN_QUERY_PERF_DETAIL work, and every run slower. */
#define RKNN_FLAG_COLLECT_PERF_MASK 0x00000008
/* Since 1.7.3: only compiles; the result comes from RKNN_QUERY_PRE_COMPILE. */
#define RKNN_FLAG_PRECOMPILE_MASK 0x00000020

#define RKNN_MAX_DIMS 16
#define RKNN_MAX_NAME_LEN 256

/* Statuses that every function returns; two names are misspelt by the vendor. */
#define RKNN_SUCC 0
#define RKNN_ERR_FAIL (-1)
#define RKNN_ERR_TIMEOUT (-2)
#define RKNN_ERR_DEVICE_UNAVAILABLE (-3)
#define RKNN_ERR_MALLOC_FAIL (-4)
#define RKNN_ERR_PARAM_INVALID (-5)
#define RKNN_ERR_MODEL_INVALID (-6)
#define RKNN_ERR_CTX_INVALID (-7)
#define RKNN_ERR_INPUT_INVALID (-8)
#define RKNN_ERR_OUTPUT_INVALID (-9)
#define RKNN_ERR_DEVICE_UNMATCH (-10)
#define RKNN_ERR_INCOMPATILE_PRE_COMPILE_MODEL (-11)
#define RKNN_ERR_INCOMPATILE_OPTIMIZATION_LEVEL_VERSION (-12)
#define RKNN_ERR_TARGET_PLATFORM_UNMATCH (-13)
#define RKNN_ERR_NON_PRE_COMPILED_MODEL_ON_MINI_DRIVER (-14)

typedef enum {
  RKNN_QUERY_IN_OUT_NUM = 0,
  RKNN_QUERY_INPUT_ATTR = 1,
  RKNN_QUERY_OUTPUT_ATTR = 2,
  RKNN_QUERY_PERF_DETAIL = 3,
  RKNN_QUERY_PERF_RUN = 4,
  RKNN_QUERY_SDK_VERSION = 5,
  RKNN_QUERY_PRE_COMPILE = 6, /* since 1.7.3 */
  RKNN_QUERY_CMD_MAX = 7
} rknn_query_cmd;

typedef enum {
  RKNN_TENSOR_FLOAT32 = 0,
  RKNN_TENSOR_FLOAT16 = 1,
  RKNN_TENSOR_INT8 = 2,
  RKNN_TENSOR_UINT8 = 3,
  RKNN_TENSOR_INT16 = 4,
  RKNN_TENSOR_TYPE_MAX = 5
} rknn_tensor_type;

typedef enum {
  RKNN_TENSOR_QNT_NONE = 0,
  RKNN_TENSOR_QNT_DFP = 1,
  RKNN_TENSOR_QNT_AFFINE_ASYMMETRIC = 2,
  RKNN_TENSOR_QNT_MAX = 3
} rknn_tensor_qnt_type;

typedef enum {
  RKNN_TENSOR_NCHW = 0,
  RKNN_TENSOR_NHWC = 1,
  RKNN_TENSOR_FORMAT_MAX = 2
} rknn_tensor_format;

typedef enum {
  RKNN_TENSOR_MEMORY_FLAGS_UNKNOWN = 0,
  RKNN_TENSOR_MEMORY_FLAGS_ALLOC_INSIDE = 1
} rknn_mem_flag;

typedef struct {
  uint32_t n_input;
  uint32_t n_output;
} rknn_input_output_num;

typedef struct {
  uint32_t index; /* set by the caller: which tensor */
  uint32_t n_dims;
  uint32_t dims[RKNN_MAX_DIMS]; /* fastest-varying first */
  char name[RKNN_MAX_NAME_LEN];
  uint32_t n_elems;
  uint32_t size; /* bytes, as the model holds the tensor */
  rknn_tensor_format fmt;
  rknn_tensor_type type;
  rknn_tensor_qnt_type qnt_type;
  int8_t fl;   /* for RKNN_TENSOR_QNT_DFP */
  uint32_t zp; /* for RKNN_TENSOR_QNT_AFFINE_ASYMMETRIC */
  float scale; /* for RKNN_TENSOR_QNT_AFFINE_ASYMMETRIC */
} rknn_tensor_attr;

typedef struct {
  char *perf_data; /* belongs to the runtime */
  uint64_t data_len;
} rknn_perf_detail;

typedef struct {
  int64_t run_duration; /* microseconds inside rknn_run */
} rknn_perf_run;

typedef struct {
  char api_version[256];
  char drv_version[256];
} rknn_sdk_version;

typedef struct {
  void *logical_addr;
  uint64_t physical_addr; /* all ones: invalid */
  int32_t fd;
  uint32_t size;
  uint32_t handle;
  void *priv_data;
  uint64_t reserved_flag;
} rknn_tensor_mem;

typedef struct {
  uint32_t index;
  void *buf;
  uint32_t size; /* bytes */
  uint8_t pass_through;
  rknn_tensor_type type;  /* of the caller's buffer */
  rknn_tensor_format fmt; /* of the caller's buffer */
} rknn_input;

typedef struct {
  uint8_t want_float;
  uint8_t is_prealloc;
  uint32_t index; /* set by the runtime */
  void *buf;
  uint32_t size; /* bytes */
} rknn_output;

typedef struct {
  uint64_t frame_id;
} rknn_run_extend;

typedef struct {
  uint64_t frame_id;
} rknn_output_extend;

typedef struct {
  void *model_data;
  uint32_t data_len;
} rknn_precompile;

#pragma GCC visibility push(default)

/* All drivers have these seven. */
int rknn_init(rknn_context *context, void *model, uint32_t size, uint32_t flag);
int rknn_destroy(rknn_context context);
int rknn_query(rknn_context context, rknn_query_cmd cmd, void *info, uint32_t size);
int rknn_inputs_set(rknn_context context, uint32_t n_inputs, rknn_input inputs[]);
int rknn_run(rknn_context context, rknn_run_extend *extend);
int rknn_outputs_get(rknn_context context, uint32_t n_outputs, rknn_output outputs[], rknn_output_extend *extend);
int rknn_outputs_release(rknn_context context, uint32_t n_outputs, rknn_output outputs[]);

/* Since 1.6.0. */
int rknn_inputs_map(rknn_context context, uint32_t n_inputs, rknn_tensor_mem mem[]);
int rknn_inputs_sync(rknn_context context, uint32_t n_inputs, rknn_tensor_mem mem[]);
int rknn_inputs_unmap(rknn_context context, uint32_t n_inputs, rknn_tensor_mem mem[]);
int rknn_outputs_map(rknn_context context, uint32_t n_outputs, rknn_tensor_mem mem[]);
int rknn_outputs_sync(rknn_context context, uint32_t n_outputs, rknn_tensor_mem mem[]);
int rknn_outputs_unmap(rknn_context context, uint32_t n_outputs, rknn_tensor_mem mem[]);

/* Since 1.7.3. */
rknn_tensor_mem *rknn_create_mem(rknn_context context, uint64_t size);
int rknn_destroy_mem(rknn_context context, rknn_tensor_mem *mem);
int rknn_set_io_mem(rknn_context context, rknn_tensor_mem *mem, rknn_tensor_attr *attr);

#pragma GCC visibility pop

#define RKNN_ASSERT_OFFSET(type, member, offset) RKNN_ASSERT(offsetof(type, member) == (offset))

RKNN_ASSERT(sizeof(rknn_query_cmd) == 4);
RKNN_ASSERT(sizeof(rknn_tensor_type) == 4);
RKNN_ASSERT(sizeof(rknn_tensor_qnt_type) == 4);
RKNN_ASSERT(sizeof(rknn_tensor_format) == 4);
RKNN_ASSERT(sizeof(rknn_mem_flag) == 4);

RKNN_ASSERT(sizeof(rknn_input_output_num) == 8);
RKNN_ASSERT_OFFSET(rknn_input_output_num, n_input, 0);
RKNN_ASSERT_OFFSET(rknn_input_output_num, n_output, 4);

RKNN_ASSERT(sizeof(rknn_tensor_attr) == 360);
RKNN_ASSERT_OFFSET(rknn_tensor_attr, index, 0);
RKNN_ASSERT_OFFSET(rknn_tensor_attr, n_dims, 4);
RKNN_ASSERT_OFFSET(rknn_tensor_attr, dims, 8);
RKNN_ASSERT_OFFSET(rknn_tensor_attr, name, 72);
RKNN_ASSERT_OFFSET(rknn_tensor_attr, n_elems, 328);
RKNN_ASSERT_OFFSET(rknn_tensor_attr, size, 332);
RKNN_ASSERT_OFFSET(rknn_tensor_attr, fmt, 336);
RKNN_ASSERT_OFFSET(rknn_tensor_attr, type, 340);
RKNN_ASSERT_OFFSET(rknn_tensor_attr, qnt_type, 344);
RKNN_ASSERT_OFFSET(rknn_tensor_attr, fl, 348);
RKNN_ASSERT_OFFSET(rknn_tensor_attr, zp, 352);
RKNN_ASSERT_OFFSET(rknn_tensor_attr, scale, 356);

RKNN_ASSERT(sizeof(rknn_perf_detail) == 16);
RKNN_ASSERT_OFFSET(rknn_perf_detail, perf_data, 0);
RKNN_ASSERT_OFFSET(rknn_perf_detail, data_len, 8);

RKNN_ASSERT(sizeof(rknn_perf_run) == 8);
RKNN_ASSERT_OFFSET(rknn_perf_run, run_duration, 0);

RKNN_ASSERT(sizeof(rknn_sdk_version) == 512);
RKNN_ASSERT_OFFSET(rknn_sdk_version, api_version, 0);
RKNN_ASSERT_OFFSET(rknn_sdk_version, drv_version, 256);

RKNN_ASSERT(sizeof(rknn_tensor_mem) == 48);
RKNN_ASSERT_OFFSET(rknn_tensor_mem, logical_addr, 0);
RKNN_ASSERT_OFFSET(rknn_tensor_mem, physical_addr, 8);
RKNN_ASSERT_OFFSET(rknn_tensor_mem, fd, 16);
RKNN_ASSERT_OFFSET(rknn_tensor_mem, size, 20);
RKNN_ASSERT_OFFSET(rknn_tensor_mem, handle, 24);
RKNN_ASSERT_OFFSET(rknn_tensor_mem, priv_data, 32);
RKNN_ASSERT_OFFSET(rknn_tensor_mem, reserved_flag, 40);

RKNN_ASSERT(sizeof(rknn_input) == 32);
RKNN_ASSERT_OFFSET(rknn_input, index, 0);
RKNN_ASSERT_OFFSET(rknn_input, buf, 8);
RKNN_ASSERT_OFFSET(rknn_input, size, 16);
RKNN_ASSERT_OFFSET(rknn_input, pass_through, 20);
RKNN_ASSERT_OFFSET(rknn_input, type, 24);
RKNN_ASSERT_OFFSET(rknn_input, fmt, 28);

RKNN_ASSERT(sizeof(rknn_output) == 24);
RKNN_ASSERT_OFFSET(rknn_output, want_float, 0);
RKNN_ASSERT_OFFSET(rknn_output, is_prealloc, 1);
RKNN_ASSERT_OFFSET(rknn_output, index, 4);
RKNN_ASSERT_OFFSET(rknn_output, buf, 8);
RKNN_ASSERT_OFFSET(rknn_output, size, 16);

RKNN_ASSERT(sizeof(rknn_run_extend) == 8);
RKNN_ASSERT_OFFSET(rknn_run_extend, frame_id, 0);
RKNN_ASSERT(sizeof(rknn_output_extend) == 8);
RKNN_ASSERT_OFFSET(rknn_output_extend, frame_id, 0);

RKNN_ASSERT(sizeof(rknn_precompile) == 16);
RKNN_ASSERT_OFFSET(rknn_precompile, model_data, 0);
RKNN_ASSERT_OFFSET(rknn_precompile, data_len, 8);

#ifdef __cplusplus
}
#endif

#endif
