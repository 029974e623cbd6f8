#!/bin/sh
# /srv/shop/start.sh: pull, install, start. In the folder of its colour, so that what serves is never touched.
set -eu
# What `env` in blue-green.yml names, in a file that this user alone can read.
set -a
# shellcheck source=/dev/null
. "$RELEASE_DIR/env.bluegreen"
set +a
cd /srv/shop
git -C source fetch --quiet --tags origin
rm -rf "${COLOR:?}"
git clone --quiet --no-checkout source "$COLOR"
cd "$COLOR"
git checkout --quiet --detach "$RELEASE"
npm ci --omit=dev
npm run migrate --if-present
XDG_RUNTIME_DIR=/run/user/$(id -u) # where the user's systemd listens, which a login without a terminal does not say
export XDG_RUNTIME_DIR
systemctl --user stop "shop-$COLOR" 2>/dev/null || true
# The variables by their names alone: a value would stand in the command line for everybody to read.
systemd-run --user --quiet --collect --unit="shop-$COLOR" --property=Restart=always --working-directory="$PWD" \
  --setenv=PATH --setenv=PORT --setenv=RELEASE --setenv=DATABASE_URL npm start
