#!/bin/sh
# Prepares a server with git, Node.js, nginx and the PostgreSQL client. As root, once, beside start.sh, stop.sh
# and shop.conf:
# sh prepare-host.sh 'ssh-ed25519 AAAA… deploy' git@github.com:acme/shop.git
set -eu
key=$1 repository=$2
id deploy >/dev/null 2>&1 || useradd --create-home --shell /bin/sh --password '*' deploy
loginctl enable-linger deploy # its services run without anybody logged in, and after a reboot
install -d -o deploy -g deploy -m 711 /var/lib/bluegreen
install -d -o deploy -g deploy -m 700 /var/backups/shop /home/deploy/.ssh
install -d -o deploy -g deploy -m 755 /srv/shop
install -o root -g root -m 755 start.sh stop.sh /srv/shop
grep -qxF "$key" /home/deploy/.ssh/authorized_keys 2>/dev/null || echo "$key" >>/home/deploy/.ssh/authorized_keys
chown deploy:deploy /home/deploy/.ssh/authorized_keys
chmod 600 /home/deploy/.ssh/authorized_keys
[ -d /srv/shop/source ] || setpriv --reuid=deploy --regid=deploy --init-groups git clone --quiet "$repository" /srv/shop/source
install -m 644 shop.conf /etc/nginx/conf.d
nginx -t -q && nginx -s reload
echo "The variable SSH_KNOWN_HOSTS:"
echo "${3:-shop.example} $(cut -d" " -f1,2 /etc/ssh/ssh_host_ed25519_key.pub)"
