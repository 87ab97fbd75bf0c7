#!/bin/sh
# Makes the images of virtual boards that are not there yet, and prints their names. A name carries a hash of the recipe:
# whoever changes the recipe gets a new image, and nothing is made twice.
#
# usage: build-images.sh [buildroot | debian-arm64 | debian] ...
set -eu
# The order of the files decides the hash.
export LC_ALL=C

here=$(dirname "$0")
recipe=$(cat "$here"/images/* "$here/make-base-image.sh" | sha256sum | cut -c1-12)
base=debian:bookworm-slim
own_base=hil-board-base:$(sha256sum <"$here/make-base-image.sh" | cut -c1-12)

have() { docker image inspect "$1" >/dev/null 2>&1; }

# One at a time: others would make the same again.
if command -v flock >/dev/null; then
  exec 9>"${TMPDIR:-/tmp}/hil-board-images.lock"
  flock 9
fi

find_base() {
  if have "$base"; then return; fi
  if have "$own_base"; then
    base=$own_base
  elif ! docker pull --quiet "$base" >/dev/null 2>&1; then
    echo "no registry gives $base: making it of Debian's packages" >&2
    base=$own_base
    "$here/make-base-image.sh" "$base" >&2
  fi
}

build() {
  image=$1
  name=hil-board-$image:$recipe
  if ! have "$name"; then
    case $image in
      buildroot) file=buildroot architecture=arm64 ;;
      debian-arm64) file=debian architecture=arm64 ;;
      debian) file=debian architecture=$(docker version --format '{{.Server.Arch}}') ;;
      *)
        echo "build-images.sh: there is no board image $image" >&2
        exit 2
        ;;
    esac
    find_base
    echo "making $name" >&2
    log=$(mktemp)
    docker build --force-rm --tag "$name" --file "$here/images/$file.Dockerfile" \
      --build-arg DEBIAN="$base" --build-arg ARCHITECTURE="$architecture" "$here/images" >"$log" 2>&1 || {
      tail -n 30 "$log" >&2
      rm -f "$log"
      exit 1
    }
    rm -f "$log"
  fi
  echo "$name"
}

[ $# -gt 0 ] || set -- buildroot debian-arm64 debian
for image in "$@"; do build "$image"; done
# What the first stages left behind.
docker image prune --force --filter label=hil.board.stage >/dev/null
