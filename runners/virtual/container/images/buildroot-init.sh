#!/bin/sh
# Before the SSH server starts: puts the keys in place that came in the environment. The host key is in OpenSSH's form,
# dropbear has a form of its own.
set -eu
umask 077

for applet in ${HIL_BOARD_WITHOUT-}; do
  rm -f "/usr/bin/$applet" "/usr/sbin/$applet"
  # This busybox's own shell finds applets without their links.
  ln -sf dash /bin/sh
done
mkdir -p /root/.ssh /etc/dropbear
echo "$HIL_BOARD_AUTHORIZED_KEY" >/root/.ssh/authorized_keys
echo "$HIL_BOARD_HOST_KEY" >/tmp/host-key
rm -f /etc/dropbear/dropbear_ed25519_host_key
dropbearconvert openssh dropbear /tmp/host-key /etc/dropbear/dropbear_ed25519_host_key 2>/dev/null
rm /tmp/host-key
mkdir -p /userdata/hil
