# A board with Debian and OpenSSH, for any architecture; nothing of it is executed while it is made.
#
# docker build -f debian.Dockerfile --build-arg ARCHITECTURE=arm64 .
ARG DEBIAN=debian:bookworm-slim

FROM ${DEBIAN} AS packages
# By which the builder removes this stage afterwards.
LABEL hil.board.stage=packages
ARG ARCHITECTURE=arm64
COPY unpack-packages.sh debian.sh /recipe/
RUN sh /recipe/unpack-packages.sh "${ARCHITECTURE}" /board \
      base-files base-passwd bash coreutils dash debianutils diffutils findutils grep gzip hostname login mawk \
      openssh-server openssh-sftp-server procps sed tar util-linux libstdc++6 \
 && sh /recipe/debian.sh /board

FROM scratch
COPY --from=packages /board /
COPY debian-init.sh /usr/sbin/hil-board-init
EXPOSE 22
CMD ["/bin/sh", "/usr/sbin/hil-board-init"]
