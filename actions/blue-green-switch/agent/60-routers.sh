# A router driver answers `active` (which colour it is told to serve), takes `set`, and `check`s that it was installed.
# Whether it really does it is never believed: the proof goes through the router.

router_active() {
  case $router_kind in
    nginx | caddy) if [ -e "$home/switch/$second" ]; then echo "$second"; else echo "$first"; fi ;;
    haproxy) haproxy_active ;;
    command) command_active ;;
  esac
}

router_set() {
  case $router_kind in
    nginx | caddy) flag_set "$1" ;;
    haproxy) haproxy_set "$1" ;;
    command) hook router "$(plan router-set)" 30000 "$1" ;;
  esac
}

# The flag file: one rename or one unlink, which the router notices with the next request and without a reload.
flag_set() {
  if [ "$1" = "$second" ]; then
    : >"$home/switch/.flag" && chmod 644 "$home/switch/.flag" && mv -f "$home/switch/.flag" "$home/switch/$second"
  else
    rm -f "$home/switch/$second"
  fi && sync "$home/switch"
}

# haproxy_say COMMAND: one command on HAProxy's admin socket. curl speaks to it as to a telnet server.
haproxy_say() {
  case $(plan router-socket) in
    /*) set -- "$1" --unix-socket "$(plan router-socket)" telnet://localhost ;;
    *) set -- "$1" "telnet://$(plan router-socket)" ;;
  esac
  haproxy_command=$1
  shift
  printf '%s\n' "$haproxy_command" | curl -q -sS --max-time 5 "$@" 2>>"$out" 9>&-
}

# The map has one line, `active <color>`; without it HAProxy serves the first colour.
haproxy_active() {
  haproxy_map=$(haproxy_say "show map $home/switch/backend.map" | awk '$2 == "active" { print $3 }')
  case $haproxy_map in
    "$first" | "$second") printf '%s\n' "$haproxy_map" ;;
    *) return 1 ;;
  esac
}

# The file is what HAProxy reads at its next start, and the socket is what it obeys now.
haproxy_set() {
  haproxy_file "$1" || return 1
  haproxy_answer=$(haproxy_say "set map $home/switch/backend.map active $1") || return 1
  [ -z "$(printf '%s' "$haproxy_answer" | tr -d ' \n')" ] && return 0
  event error "HAProxy refused: $haproxy_answer"
  return 1
}

haproxy_file() {
  # A key that is not in the map at HAProxy's start could not be set later.
  haproxy_off=off
  if [ -e "$home/switch/maintenance" ]; then haproxy_off=on; fi
  put "$home/switch/backend.map" "active $1
maintenance $haproxy_off" && chmod 644 "$home/switch/backend.map"
}

command_active() {
  command_answer=$(
    exec 9>&-
    APP=$app timeout -k 5 30 sh -c "$(plan router-active)" </dev/null 2>>"$out" | head -n 1
  )
  case $command_answer in
    "$first" | "$second") printf '%s\n' "$command_answer" ;;
    *) return 1 ;;
  esac
}

# router_check: names what keeps the router from seeing the switch.
router_check() {
  router_file=$(plan router-file)
  if [ -n "$router_file" ]; then
    if [ ! -r "$router_file" ]; then
      echo "the router's configuration cannot be read: $router_file. Put in what \`bluegreen snippet $app $release\` prints"
    elif ! grep -qF -e "$home/switch" "$router_file"; then
      echo "the router's configuration does not name $home/switch: $router_file. Put in what \`bluegreen snippet $app $release\` prints"
    fi
  fi
  case $router_kind in
    nginx | caddy)
      # A worker that may not enter the folder serves the first colour without a word (nginx: stat() failed (13)).
      router_path=$home/switch
      while [ "$router_path" != / ]; do
        case $(stat -c %A "$router_path" 2>/dev/null) in
          *[xt]) ;;
          *) echo "the router's workers may not enter $router_path. Run: chmod o+x $router_path" ;;
        esac
        router_path=$(dirname "$router_path")
      done
      ;;
    haproxy)
      haproxy_active >/dev/null || echo "HAProxy does not answer at $(plan router-socket), or has not loaded $home/switch/backend.map. Put in what \`bluegreen snippet $app $release\` prints, and let $(id -un) use the socket (level admin)"
      ;;
    command)
      command_active >/dev/null || echo "router-active prints neither $first nor $second: $(plan router-active)"
      ;;
  esac
}

# in_flight COLOR: connections that are open to the port of a colour; nothing when it cannot be known.
in_flight() {
  if [ "$router_kind" = haproxy ]; then
    haproxy_stat "${app}_$1" scur
  elif command -v ss >/dev/null 2>&1; then
    ss -Htn state established "( dport = :$(port_of "$1") )" 2>/dev/null 9>&- | wc -l
  fi
}

# haproxy_stat BACKEND FIELD: a number of its statistics; the first line names the fields.
haproxy_stat() {
  haproxy_say 'show stat' | awk -F, -v name="$1" -v field="$2" '
    /^# / { sub(/^# /, ""); for (i = 1; i <= NF; i++) if ($i == field) at = i }
    $1 == name && $2 == "BACKEND" && at { print $at }'
}

# router_requests COLOR, router_errors COLOR: what the router has counted; nothing where it does not tell.
router_requests() {
  if [ "$router_kind" = haproxy ]; then haproxy_stat "${app}_$1" req_tot; fi
}

router_errors() {
  if [ "$router_kind" = haproxy ]; then haproxy_stat "${app}_$1" hrsp_5xx; fi
}

# router_maintenance on|off
router_maintenance() {
  if [ "$1" = on ]; then
    : >"$home/switch/.flag" && chmod 644 "$home/switch/.flag" && mv -f "$home/switch/.flag" "$home/switch/maintenance"
  else
    rm -f "$home/switch/maintenance"
  fi && sync "$home/switch" || return 1
  case $router_kind in
    nginx | caddy) ;;
    haproxy)
      maintenance_color=$(haproxy_active) && haproxy_file "$maintenance_color" &&
        [ -z "$(haproxy_say "set map $home/switch/backend.map maintenance $1" | tr -d ' \n')" ]
      ;;
    command)
      if [ -z "$(plan router-maintenance)" ]; then
        event error "The config names no command for maintenance (router-maintenance)."
        return 1
      fi
      hook maintenance "$(plan router-maintenance) $1" 30000 "$(router_active)"
      ;;
  esac
}
