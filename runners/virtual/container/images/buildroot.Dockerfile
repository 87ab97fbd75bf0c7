# A board as RK1808 firmware comes: Buildroot's layout, busybox, dropbear without sftp-server, root login.
# Its programs are of another architecture; none of them is executed while it is made.
#
# docker build -f buildroot.Dockerfile --build-arg ARCHITECTURE=arm64 .
ARG DEBIAN=debian:bookworm-slim

FROM ${DEBIAN} AS packages
# By which the builder removes this stage afterwards.
LABEL hil.board.stage=packages
ARG ARCHITECTURE=arm64
COPY unpack-packages.sh buildroot.sh /recipe/
RUN sh /recipe/unpack-packages.sh "${ARCHITECTURE}" /board busybox-static dash dropbear-bin libstdc++6 \
 && sh /recipe/unpack-packages.sh "$(dpkg --print-architecture)" /here busybox-static \
 && sh /recipe/buildroot.sh /board /here/bin/busybox

FROM scratch
COPY --from=packages /board /
COPY buildroot-init.sh /etc/init.d/rcS
EXPOSE 22
CMD ["/sbin/init"]
