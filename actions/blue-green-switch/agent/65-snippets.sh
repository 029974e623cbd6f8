# The router's configuration, for a person to put in once. It is never changed by a deploy.
snippet() {
  case $router_kind in
    nginx) snippet_nginx ;;
    haproxy) snippet_haproxy ;;
    caddy) snippet_caddy ;;
    command) echo "# The router is driven by the commands router-set and router-active of the config." ;;
  esac
}

snippet_nginx() {
  # Names of variables have no dots and dashes.
  snippet_name=bluegreen_$(printf '%s' "$app" | tr '.-' '__')
  cat <<EOF
# $app: which colour serves is decided by a file, anew for each request; nothing is ever reloaded.
# Idle connections to a colour are kept for 1 s only: those that are left after a switch are at work. An application
# that closes them sooner than that could close one in the moment in which it is used.
upstream ${app}_$first { server 127.0.0.1:$first_port; keepalive 32; keepalive_timeout 1s; }
upstream ${app}_$second { server 127.0.0.1:$second_port; keepalive 32; keepalive_timeout 1s; }
map \$http_upgrade \$${snippet_name}_connection { default upgrade; '' ''; }
server {
  listen 80;
  server_name $(plan public-host _);
  open_file_cache off;  # A cache would go on serving the old colour.
  set \$${snippet_name}_active ${app}_$first;
  if (-f $home/switch/$second) { set \$${snippet_name}_active ${app}_$second; }
  if (-f $home/switch/maintenance) { return 503; }
  location / {
    proxy_pass http://\$${snippet_name}_active;
    proxy_http_version 1.1;
    proxy_set_header Host \$host;
    proxy_set_header X-Forwarded-For \$proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto \$scheme;
    proxy_set_header Upgrade \$http_upgrade;
    proxy_set_header Connection \$${snippet_name}_connection;  # Empty: connections to the colour are kept and used again.
  }
}
# Do not set worker_shutdown_timeout below the drain time: a reload would cut requests that are under way.
EOF
}

snippet_haproxy() {
  # HAProxy does not start without the map.
  [ -e "$home/switch/backend.map" ] || haproxy_file "$first"
  cat <<EOF
# $app: which colour serves stands in a map, which is changed over the socket and read from the file at the next start.
global
  stats socket $(plan router-socket) mode 660 level admin  # For the user who deploys.
frontend $app
  bind :80
  mode http
  http-request return status 503 content-type text/plain string "Back soon." if { str(maintenance),map($home/switch/backend.map,off) -m str on }
  use_backend ${app}_%[str(active),map($home/switch/backend.map,$first)]
backend ${app}_$first
  mode http
  retry-on conn-failure empty-response
  server $first 127.0.0.1:$first_port
backend ${app}_$second
  mode http
  retry-on conn-failure empty-response
  server $second 127.0.0.1:$second_port
EOF
}

snippet_caddy() {
  cat <<EOF
# $app: which colour serves is decided by a file, anew for each request; nothing is ever reloaded.
$(plan public-host :80) {
  @maintenance file {
    root $home/switch
    try_files maintenance
  }
  @$second file {
    root $home/switch
    try_files $second
  }
  handle @maintenance {
    respond "Back soon." 503
  }
  # Idle connections to a colour are kept for 1 s only, so that those that are left after a switch are at work.
  handle @$second {
    reverse_proxy 127.0.0.1:$second_port {
      transport http {
        keepalive 1s
      }
    }
  }
  handle {
    reverse_proxy 127.0.0.1:$first_port {
      transport http {
        keepalive 1s
      }
    }
  }
}
EOF
}
