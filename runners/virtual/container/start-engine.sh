#!/usr/bin/env bash
# Brings up all that virtual boards in containers need, on a bare Debian machine: a container engine that answers,
# programs for aarch64 that start directly, and what images are made with. What is there already is left as it is.
#
# usage: start-engine.sh [--started-pid FILE] [PACKAGE ...]
#   --started-pid FILE   receives the pid of dockerd if this script had to start it; without that nothing is written
#   PACKAGE ...          Debian packages to install besides
#
# Only what is missing needs root. Containers publish their ports on the loopback address only.
set -euo pipefail

started_pid=
if [ "${1-}" = --started-pid ]; then
  started_pid=$2
  shift 2
fi

engine_answers() { docker info >/dev/null 2>&1; }
aarch64_starts() {
  [ "$(uname -m)" = aarch64 ] || grep -qs enabled /proc/sys/fs/binfmt_misc/qemu-aarch64
}
installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
as_root() {
  if [ "$(id -u)" = 0 ]; then
    return
  fi
  echo "start-engine.sh: $1 needs root; run this script as root once" >&2
  exit 1
}

wanted=("$@")
engine_answers || wanted+=(docker.io iptables)
aarch64_starts || wanted+=(qemu-user-static binfmt-support)
missing=()
for package in "${wanted[@]}"; do
  installed "$package" || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  as_root "installing ${missing[*]}"
  command -v apt-get >/dev/null || {
    echo "start-engine.sh: no apt-get here; install the equivalents of: ${missing[*]}" >&2
    exit 1
  }
  echo "installing ${missing[*]}"
  # No package is to start its services: an SSH server for the whole network is not what was asked for.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

if ! engine_answers; then
  as_root 'starting dockerd'
  log=/var/log/dockerd-hil.log
  echo "starting dockerd, log in $log"
  setsid dockerd --ip 127.0.0.1 </dev/null >"$log" 2>&1 &
  pid=$!
  for _ in $(seq 120); do
    engine_answers && break
    if ! kill -0 "$pid" 2>/dev/null; then
      echo 'start-engine.sh: dockerd ended:' >&2
      tail -n 20 "$log" >&2
      exit 1
    fi
    sleep 0.5
  done
  engine_answers || {
    echo 'start-engine.sh: dockerd does not answer within 60 s:' >&2
    tail -n 20 "$log" >&2
    exit 1
  }
  [ -z "$started_pid" ] || echo "$pid" >"$started_pid"
fi

if ! aarch64_starts; then
  as_root 'registering qemu for aarch64 programs'
  mountpoint -q /proc/sys/fs/binfmt_misc || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
  update-binfmts --enable qemu-aarch64 >/dev/null
  aarch64_starts || {
    echo 'start-engine.sh: this kernel does not take qemu for aarch64 programs (binfmt_misc)' >&2
    exit 1
  }
fi

echo "engine: docker $(docker version --format '{{.Server.Version}}'); aarch64 programs start"
