#!/bin/sh
# Makes the image that the Dockerfiles start from (they name debian:bookworm-slim) out of Debian's packages, for machines
# that reach a Debian mirror but no image registry. It holds what the Dockerfiles' first stages use, and no more.
#
# usage: make-base-image.sh TAG
set -eu

mmdebstrap --quiet --variant=extract \
  --include=apt,base-files,base-passwd,bash,coreutils,dash,debian-archive-keyring,diffutils,dpkg,findutils,gpgv,grep,gzip,libc-bin,mawk,sed,tar,xz-utils,zstd \
  --extract-hook='ln -s mawk "$1/usr/bin/awk"' \
  bookworm - | docker import --change 'CMD ["/bin/sh"]' - "$1" >/dev/null
