#!/bin/sh
# /srv/shop/stop.sh: ends the colour; systemd sends SIGTERM and waits.
XDG_RUNTIME_DIR="/run/user/$(id -u)" systemctl --user stop "shop-$COLOR"
