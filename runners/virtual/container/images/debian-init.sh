#!/bin/sh
# The first process of the board: puts the keys in place that came in the environment, then becomes sshd, which also takes
# up processes whose parents are gone.
set -eu
umask 077

for program in ${HIL_BOARD_WITHOUT-}; do
  rm -f "/usr/bin/$program" "/usr/sbin/$program"
done
mkdir -p /root/.ssh /etc/hil
echo "$HIL_BOARD_AUTHORIZED_KEY" >/root/.ssh/authorized_keys
echo "$HIL_BOARD_HOST_KEY" >/etc/hil/host-key
unset HIL_BOARD_AUTHORIZED_KEY HIL_BOARD_HOST_KEY
mkdir -p /userdata/hil
mkdir -p -m 755 /run/sshd
exec /usr/sbin/sshd -D -e
