#include "context.h"

#include <stdlib.h>
#include <string.h>

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static struct context *list;
static rknn_context last_handle = 0x1808000;

struct context *context_create(void) {
  struct context *context = calloc(1, sizeof *context);
  if (context == NULL) return NULL;
  pthread_mutex_init(&context->lock, NULL);
  pthread_mutex_lock(&context->lock);
  context->service.fd = -1;
  context->references = 1;
  return context;
}

rknn_context context_publish(struct context *context) {
  pthread_mutex_lock(&list_lock);
  context->handle = ++last_handle;
  context->next = list;
  context->references++; /* the list's own */
  list = context;
  pthread_mutex_unlock(&list_lock);
  return context->handle;
}

static struct context **find(rknn_context handle) {
  struct context **place = &list;
  while (*place != NULL && (*place)->handle != handle) place = &(*place)->next;
  return place;
}

struct context *context_take(rknn_context handle) {
  pthread_mutex_lock(&list_lock);
  struct context *context = *find(handle);
  if (context != NULL) context->references++;
  pthread_mutex_unlock(&list_lock);
  if (context != NULL) pthread_mutex_lock(&context->lock);
  return context;
}

struct context *context_withdraw(rknn_context handle) {
  pthread_mutex_lock(&list_lock);
  struct context **place = find(handle);
  struct context *context = *place;
  /* The list's reference goes over to the caller. */
  if (context != NULL) *place = context->next;
  pthread_mutex_unlock(&list_lock);
  if (context != NULL) pthread_mutex_lock(&context->lock);
  return context;
}

static void context_free(struct context *context) {
  service_close(&context->service);
  for (size_t i = 0; i < WIRE_MAX_INPUTS; i++) free(context->copies[i].bytes);
  for (size_t i = 0; i < CONTEXT_MAX_TENSORS; i++) free(context->handed_out[i]);
  for (size_t i = 0; i < 2; i++) free(context->results[i].bytes);
  while (context->memories != NULL) {
    struct memory *memory = context->memories;
    context->memories = memory->next;
    free(memory->shown.logical_addr);
    free(memory);
  }
  pthread_mutex_destroy(&context->lock);
  free(context);
}

void context_give(struct context *context) {
  pthread_mutex_unlock(&context->lock);
  pthread_mutex_lock(&list_lock);
  bool last = --context->references == 0;
  pthread_mutex_unlock(&list_lock);
  if (last) context_free(context);
}

struct context *context_enter(rknn_context handle, enum wire_call call, int *status) {
  struct context *context = context_take(handle);
  if (context == NULL) {
    *status = RKNN_ERR_CTX_INVALID;
    return NULL;
  }
  *status = service_announce(&context->service, call);
  if (*status == RKNN_SUCC) return context;
  context_give(context);
  return NULL;
}
