#!/bin/sh
# Unpacks Debian packages and all they depend on into a folder, for any architecture: nothing of them is executed, so it
# takes seconds where an installation under emulation takes minutes. What maintainer scripts would have written is left
# to the caller, and Perl, which serves them, is left out like the manuals.
#
# usage: unpack-packages.sh ARCHITECTURE FOLDER PACKAGE ...
set -eu

architecture=$1
root=$2
shift 2

state=$(mktemp -d)
mkdir -p "$state/lists/partial" "$state/archives/partial" "$root"
: >"$state/status"

apt() {
  apt-get -qq \
    -o APT::Architecture="$architecture" -o APT::Architectures="$architecture" \
    -o APT::Sandbox::User=root -o APT::Install-Recommends=false \
    -o Acquire::Languages=none -o Acquire::Retries=3 \
    -o Dir::State="$state" -o Dir::State::Status="$state/status" -o Dir::Cache="$state" \
    -o Dir::Etc::TrustedParts=/usr/share/keyrings/ \
    "$@"
}

apt update
apt install --download-only "$@"

# As on an installed system, /bin and its like are links into /usr.
for folder in bin sbin lib; do
  mkdir -p "$root/usr/$folder"
  [ -e "$root/$folder" ] || ln -s "usr/$folder" "$root/$folder"
done
for package in "$state"/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar -x -C "$root" --keep-directory-symlink \
    --exclude='./usr/share/doc' --exclude='./usr/share/man' --exclude='./usr/share/locale' \
    --exclude='./usr/share/info' --exclude='./usr/share/lintian' \
    --exclude='./usr/share/perl*' --exclude='./usr/lib/*/perl*' --exclude='./usr/lib/*/gconv'
done
rm -rf "$state"
