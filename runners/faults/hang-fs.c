// A file system on which every file hangs: whoever looks one up waits in the kernel, in state D once it has been sent
// SIGKILL, until this program ends. For tests: ./hang-fs FOLDER SECONDS mounts itself on the folder (root only), prints
// its pid, and ends by itself when the time is up, which lets everybody go.
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static void answer(int fd, const struct fuse_in_header *request, const void *body, size_t size) {
  char message[512];
  struct fuse_out_header head = {.len = (uint32_t)(sizeof head + size), .error = 0, .unique = request->unique};
  memcpy(message, &head, sizeof head);
  memcpy(message + sizeof head, body, size);
  if (write(fd, message, head.len) != (ssize_t)head.len) exit(1);
}

int main(int argc, char **argv) {
  static _Alignas(8) char buffer[1 << 20];
  if (argc != 3) return 2;
  alarm((unsigned)atoi(argv[2]));
  int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  char options[100];
  snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", fd);
  if (fd < 0 || mount("hang-fs", argv[1], "fuse.hang", MS_NOSUID | MS_NODEV, options) != 0) {
    perror("hang-fs");
    return 1;
  }
  printf("%d\n", getpid());
  fclose(stdout);
  for (;;) {
    ssize_t size = read(fd, buffer, sizeof buffer);
    if (size < 0 && (errno == EINTR || errno == EAGAIN || errno == ENOENT)) continue;
    if (size < (ssize_t)sizeof(struct fuse_in_header)) return 0;
    const struct fuse_in_header *request = (const void *)buffer;
    if (request->opcode == FUSE_INIT) {
      struct fuse_init_out out = {.major = FUSE_KERNEL_VERSION, .minor = 12, .max_write = 4096};
      answer(fd, request, &out, FUSE_COMPAT_22_INIT_OUT_SIZE);
    } else if (request->opcode == FUSE_GETATTR && request->nodeid == FUSE_ROOT_ID) {
      struct fuse_attr_out out = {.attr_valid = 3600, .attr = {.ino = 1, .mode = S_IFDIR | 0755, .nlink = 2}};
      answer(fd, request, &out, sizeof out);
    }
    // Nothing else is ever answered.
  }
}
