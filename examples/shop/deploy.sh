#!/bin/sh
# Puts this checkout into place as release $1 and restarts the service. Runs on the server of the shop, whose systemd
# unit reads release.env beside its own environment and starts `npm start` in /srv/shop/current.
set -eu
release=$1
target=/srv/shop/releases/$release

mkdir -p "$target"
cp -R package.json src migrations node_modules "$target/"
printf 'RELEASE=%s\n' "$release" >/srv/shop/release.env
ln -sfn "$target" /srv/shop/current
sudo systemctl restart shop
