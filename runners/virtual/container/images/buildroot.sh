#!/bin/sh
# Makes a Buildroot-like system of unpacked packages.
#
# usage: buildroot.sh FOLDER BUSYBOX
#   BUSYBOX  a busybox of the same version that runs here; it knows the names of the applets
set -eu

root=$1
busybox=$2

cd "$root"
mkdir -p dev proc sys tmp run root/.ssh etc/init.d etc/dropbear userdata var/log
chmod 700 root root/.ssh
chmod 1777 tmp
"$busybox" --list-full | while read -r applet; do
  [ -e "$applet" ] || [ -L "$applet" ] || {
    mkdir -p "$(dirname "$applet")"
    ln -s /bin/busybox "$applet"
  }
done
ln -sf busybox bin/sh

echo 'root:x:0:0:root:/root:/bin/sh' >etc/passwd
echo 'root:*:19000:0:99999:7:::' >etc/shadow
chmod 600 etc/shadow
printf 'root:x:0:\ntty:x:5:\n' >etc/group
echo /bin/sh >etc/shells
printf 'NAME=Buildroot\nID=buildroot\nPRETTY_NAME="Buildroot-like virtual board"\n' >etc/os-release
# dropbear starts itself anew for a connection when it listens on its own, which user-mode emulation cannot do; behind
# an inetd it serves the one connection that it is given.
cat >etc/inittab <<'END'
::sysinit:/bin/sh /etc/init.d/rcS
::respawn:/usr/bin/env -i PATH=/usr/sbin:/usr/bin /bin/nc -ll -p 22 -e /usr/sbin/dropbear -i
END
