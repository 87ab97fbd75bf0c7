#include "socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static const char usual_address[] = "unix:/run/hil-npu.sock";
static const time_t connect_seconds = 10;

static int no_service(const char *address, const char *reason) {
  printf("virtual board: no simulated NPU at %s: %s\n", address, reason);
  return -1;
}

static int try_connect(int family, const struct sockaddr *address, socklen_t bytes) {
  int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  /* On Linux the limit for sending is the one for connecting, too. */
  struct timeval limit = {.tv_sec = connect_seconds};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  int status;
  do status = connect(fd, address, bytes);
  while (status < 0 && errno == EINTR && family == AF_UNIX);
  if (status < 0) {
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
  }
  struct timeval none = {0};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &none, sizeof none);
  return fd;
}

static int connect_unix(const char *address, const char *path) {
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof name.sun_path) return no_service(address, "the path is too long for a socket");
  strcpy(name.sun_path, path);
  int fd = try_connect(AF_UNIX, (struct sockaddr *)&name, sizeof name);
  return fd < 0 ? no_service(address, strerror(errno)) : fd;
}

static int connect_tcp(const char *address, const char *host_and_port) {
  char host[256];
  const char *colon = strrchr(host_and_port, ':');
  size_t length = colon == NULL ? sizeof host : (size_t)(colon - host_and_port);
  if (length >= sizeof host) return no_service(address, "it is no tcp:host:port");
  memcpy(host, host_and_port, length);
  host[length] = 0;
  char *name = host;
  if (length >= 2 && host[0] == '[' && host[length - 1] == ']') {
    host[length - 1] = 0;
    name++;
  }
  struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  struct addrinfo *found;
  int problem = getaddrinfo(name, colon + 1, &hints, &found);
  if (problem != 0) return no_service(address, gai_strerror(problem));
  int fd = -1;
  for (const struct addrinfo *one = found; one != NULL && fd < 0; one = one->ai_next) {
    fd = try_connect(one->ai_family, one->ai_addr, one->ai_addrlen);
  }
  int reason = errno;
  freeaddrinfo(found);
  if (fd < 0) return no_service(address, strerror(reason));
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
  return fd;
}

int socket_connect(void) {
  const char *address = getenv("HIL_NPU");
  if (address == NULL || *address == 0) address = usual_address;
  if (strncmp(address, "unix:", 5) == 0) return connect_unix(address, address + 5);
  if (strncmp(address, "tcp:", 4) == 0) return connect_tcp(address, address + 4);
  return no_service(address, "HIL_NPU is unix:/path or tcp:host:port");
}

bool socket_send(int fd, struct iovec *parts, size_t count) {
  while (count > 0) {
    if (parts->iov_len == 0) {
      parts++;
      count--;
      continue;
    }
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
    ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    for (size_t left = (size_t)sent; left > 0;) {
      size_t taken = left < parts->iov_len ? left : parts->iov_len;
      parts->iov_base = (char *)parts->iov_base + taken;
      parts->iov_len -= taken;
      left -= taken;
      if (parts->iov_len == 0) {
        parts++;
        count--;
      }
    }
  }
  return true;
}

bool socket_receive(int fd, void *bytes, size_t count) {
  for (size_t filled = 0; filled < count;) {
    ssize_t received = recv(fd, (char *)bytes + filled, count - filled, 0);
    if (received < 0 && errno == EINTR) continue;
    if (received <= 0) return false;
    filled += (size_t)received;
  }
  return true;
}

bool socket_peek(int fd, void *bytes, size_t count) {
  return recv(fd, bytes, count, MSG_PEEK | MSG_DONTWAIT) == (ssize_t)count;
}
