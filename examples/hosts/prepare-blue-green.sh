#!/bin/sh
# Prepares a host for blue-green-switch. Run it there as root, with the public key of the deploys on its input:
#   sh prepare-blue-green.sh deploy < deploy.pub
# It may be run again; what is there already stays.
set -eu
user=${1:?"usage: sh prepare-blue-green.sh <user> [<folder>] < public-key"}
folder=${2:-/var/lib/bluegreen}

# What the agent needs beside coreutils: curl, and of util-linux flock and setsid.
for tool in curl flock setsid; do
  command -v "$tool" >/dev/null || { echo "Install first: curl util-linux" >&2 && exit 1; }
done

# A user without a password, who logs in by key. (A locked one, as useradd makes it, sshd refuses where PAM is off.)
id "$user" >/dev/null 2>&1 || useradd --create-home --shell /bin/sh --password '*' "$user"

# The folder of the deploys. The router's workers have to come through to its switch, and see nothing else.
mkdir -p "$folder"
chown "$user" "$folder"
chmod 711 "$folder"

# The key, once.
home=$(getent passwd "$user" | cut -d : -f 6)
mkdir -p "$home/.ssh"
touch "$home/.ssh/authorized_keys"
while read -r key; do
  grep -qxF -e "$key" "$home/.ssh/authorized_keys" || printf '%s\n' "$key" >>"$home/.ssh/authorized_keys"
done
chown -R "$user" "$home/.ssh"
chmod 700 "$home/.ssh"
chmod 600 "$home/.ssh/authorized_keys"

# Where colours are containers: who may use Docker is as good as root on this host.
if getent group docker >/dev/null; then usermod --append --groups docker "$user"; fi
