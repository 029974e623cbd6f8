# The router's configuration, for a person to put in once. It is never changed by a deploy.
snippet() {
  case $(plan router) in
    nginx) snippet_nginx ;;
    haproxy) snippet_haproxy ;;
    caddy) snippet_caddy ;;
    command) echo "# The router is driven by the commands router-set and router-active of the config." ;;
  esac
}

snippet_nginx() {
  cat <<EOF
# $app: which colour serves is decided by a file, anew for each request; nothing is ever reloaded.
upstream ${app}_$first { server 127.0.0.1:$(plan first-port); keepalive 32; }
upstream ${app}_$second { server 127.0.0.1:$(plan second-port); keepalive 32; }
map \$http_upgrade \$${app}_connection { default upgrade; '' ''; }
server {
  listen 80;
  server_name $(plan public-host _);
  open_file_cache off;  # A cache would go on serving the old colour.
  set \$${app}_active ${app}_$first;
  if (-f $home/switch/$second) { set \$${app}_active ${app}_$second; }
  if (-f $home/switch/maintenance) { return 503; }
  location / {
    proxy_pass http://\$${app}_active;
    proxy_http_version 1.1;
    proxy_set_header Host \$host;
    proxy_set_header X-Forwarded-For \$proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto \$scheme;
    proxy_set_header Upgrade \$http_upgrade;
    proxy_set_header Connection \$${app}_connection;  # Empty: connections to the colour are kept and used again.
  }
}
# Do not set worker_shutdown_timeout below the drain time: a reload would cut requests that are under way.
EOF
}

snippet_haproxy() {
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
  server $first 127.0.0.1:$(plan first-port)
backend ${app}_$second
  mode http
  retry-on conn-failure empty-response
  server $second 127.0.0.1:$(plan second-port)
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
  handle @$second {
    reverse_proxy 127.0.0.1:$(plan second-port)
  }
  handle {
    reverse_proxy 127.0.0.1:$(plan first-port)
  }
}
EOF
}
