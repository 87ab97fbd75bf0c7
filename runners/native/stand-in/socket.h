/* The connection to the service, as a stream of bytes. */
#ifndef HIL_SOCKET_H
#define HIL_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

/*
 * Connects to the service that the environment variable HIL_NPU names: unix:/path or tcp:host:port; unix:/run/hil-npu.sock
 * without it. -1 if there is none; a line on standard output says why.
 */
int socket_connect(void);

/* Sends all parts, which it changes. False if the service is gone. */
bool socket_send(int fd, struct iovec *parts, size_t count);

/* Receives exactly so many bytes. False if the service is gone. */
bool socket_receive(int fd, void *bytes, size_t count);

/* Whether so many bytes are there already, and what they are; does not take them and does not wait. */
bool socket_peek(int fd, void *bytes, size_t count);

#endif
