#!/bin/sh
# Writes into unpacked packages what their maintainer scripts would have written, as far as a board needs it.
#
# usage: debian.sh FOLDER
set -eu

cd "$1"
mkdir -p dev proc sys tmp run/sshd root/.ssh userdata var/log
chmod 700 root root/.ssh
chmod 1777 tmp
cp usr/share/base-passwd/passwd.master etc/passwd
cp usr/share/base-passwd/group.master etc/group
sed -i 's/:\*:/:x:/' etc/passwd
echo 'sshd:x:100:65534::/run/sshd:/usr/sbin/nologin' >>etc/passwd
printf 'root:*:19000:0:99999:7:::\nsshd:!:19000::::::\n' >etc/shadow
chmod 640 etc/shadow
echo /bin/sh >etc/shells
echo /bin/bash >>etc/shells
printf 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n' >etc/nsswitch.conf
ln -sf mawk usr/bin/awk
ln -sf which.debianutils usr/bin/which
cat >etc/ssh/sshd_config <<'END'
HostKey /etc/hil/host-key
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
PrintMotd no
Subsystem sftp /usr/lib/openssh/sftp-server
END
