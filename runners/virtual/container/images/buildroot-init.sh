#!/bin/sh
# Before the SSH server starts: the host key arrives in OpenSSH's form, dropbear has a form of its own.
set -eu

for applet in ${HIL_BOARD_WITHOUT-}; do
  rm -f "/bin/$applet" "/sbin/$applet" "/usr/sbin/$applet" "/usr/bin/$applet"
done
dropbearconvert openssh dropbear /etc/hil/host-key /etc/dropbear/dropbear_ed25519_host_key 2>/dev/null
mkdir -p /userdata/hil
