#!/bin/sh
# Prepares a server with Docker, nginx and the PostgreSQL client. As root, once, beside shop.conf and shop-staging.conf:
# sh prepare-host.sh 'ssh-ed25519 AAAA… deploy'
set -eu
key=$1
id deploy >/dev/null 2>&1 || useradd --create-home --shell /bin/sh --password '*' deploy
usermod -aG docker deploy
install -d -o deploy -g deploy -m 711 /var/lib/bluegreen
install -d -o deploy -g deploy -m 700 /var/backups/production /var/backups/staging /home/deploy/.ssh
grep -qxF "$key" /home/deploy/.ssh/authorized_keys 2>/dev/null || echo "$key" >>/home/deploy/.ssh/authorized_keys
chown deploy:deploy /home/deploy/.ssh/authorized_keys
chmod 600 /home/deploy/.ssh/authorized_keys
install -m 644 shop.conf shop-staging.conf /etc/nginx/conf.d
nginx -t -q && nginx -s reload
echo "The variable SSH_KNOWN_HOSTS:"
echo "${2:-shop.example} $(cut -d" " -f1,2 /etc/ssh/ssh_host_ed25519_key.pub)"
