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

# router_ready COLOR: starts what will tell the router to serve a colour, before the moment in which it is told: on a
# busy machine the start of a program takes longer than all the rest of a switch.
router_ready() {
  case $router_kind in
    nginx | caddy) if [ "$1" = "$first" ]; then ready rm -i "$home/switch/$second"; fi ;;
    haproxy)
      haproxy_address ''
      ready haproxy_curl -K -
      ;;
  esac
}

# ready COMMAND [ARGUMENT]...: starts a command, which waits for its input (file 7). When this process is ended, the
# command finds none.
ready() {
  ready_tell '' || true
  ready_pipe="$home/log/$deploy.ready"
  rm -f "$ready_pipe"
  mkfifo "$ready_pipe" 2>/dev/null || return 0
  # shellcheck disable=SC2094 # both ends, as in kept_begin
  exec 7<>"$ready_pipe" 6<"$ready_pipe"
  rm -f "$ready_pipe"
  (
    exec <&6 6<&- 7>&- 9>&- >"$ready_pipe.said" 2>>"$out"
    "$@"
  ) &
  ready_pid=$!
  exec 6<&-
}

# ready_tell LINE: lets that command have its input; $ready_said is what it printed, the status its own. 1: there is none.
ready_tell() {
  [ -n "$ready_pid" ] || return 1
  printf '%s\n' "$1" >&7
  exec 7>&-
  wait "$ready_pid"
  set -- $?
  ready_pid=
  ready_said=$(cat "$ready_pipe.said")
  rm -f "$ready_pipe.said"
  return "$1"
}

# The flag file: it is there or not, which the router notices with the next request and without a reload.
flag_set() {
  if [ "$1" = "$second" ]; then
    flag_file "$second"
  else
    ready_tell y
    [ ! -e "$home/switch/$second" ] || rm -f "$home/switch/$second"
  fi 2>>"$out" && sync "$home/switch"
}

# flag_file NAME: a file of the switch, which is there at once and for every user. No program is started for it.
flag_file() {
  umask 022
  true >"$home/switch/$1"
  set -- $?
  umask 077
  return "$1"
}

# haproxy_say COMMAND: one command on HAProxy's admin socket. curl asks there as it would ask a Gopher server, whose
# protocol is one line, answered until the end (RFC 1436); as a telnet client it would let pass 100 ms before it sends.
haproxy_say() {
  haproxy_address "$1"
  haproxy_curl "$haproxy_url" && return 0
  # 1: this curl was built without the protocol.
  [ $? = 1 ] || return 1
  printf '%s\n' "$1" | haproxy_curl "telnet://$haproxy_host"
}

haproxy_curl() {
  curl -q -g -sS --noproxy '*' --max-time 5 --path-as-is ${haproxy_socket:+--unix-socket "$haproxy_socket"} "$@" \
    2>>"$out" 9>&-
}

# haproxy_address COMMAND: where the socket is, as curl wants it: $haproxy_host, $haproxy_socket unless it is a port, and
# the address of the command, $haproxy_url.
haproxy_address() {
  haproxy_host=$router_socket haproxy_socket=
  case $router_socket in
    /*) haproxy_host=localhost haproxy_socket=$router_socket ;;
  esac
  haproxy_url=gopher://$haproxy_host/1
  while case $1 in *' '*) ;; *) false ;; esac do
    haproxy_url=$haproxy_url${1%% *}%20
    set -- "${1#* }"
  done
  haproxy_url=$haproxy_url$1
}

# haproxy_tell COMMAND: by the client that was started for it, if there is one; sets $haproxy_answer.
haproxy_tell() {
  haproxy_address "$1"
  if ready_tell "url = \"$haproxy_url\""; then
    haproxy_answer=$ready_said
  else
    haproxy_answer=$(haproxy_say "$1")
  fi
}

# The map has one line, `active <color>`; without it HAProxy serves the first colour.
haproxy_active() {
  haproxy_map=$(haproxy_say "show map $home/switch/backend.map" | awk '$2 == "active" { print $3 }')
  case $haproxy_map in
    "$first" | "$second") printf '%s\n' "$haproxy_map" ;;
    *) return 1 ;;
  esac
}

# The socket is what HAProxy obeys now, and the file what it reads at its next start: a run that is killed between the
# two is repaired by what HAProxy says.
haproxy_set() {
  haproxy_tell "set map $home/switch/backend.map active $1" || return 1
  case $haproxy_answer in
    *[!\ "$newline"]*)
      event error "HAProxy refused: $haproxy_answer"
      return 1
      ;;
  esac
  haproxy_file "$1"
}

haproxy_file() {
  # A key that is not in the map at HAProxy's start could not be set later.
  haproxy_off=off
  if [ -e "$home/switch/maintenance" ]; then haproxy_off=on; fi
  put "$home/switch/backend.map" "active $1
maintenance $haproxy_off" && chmod 644 "$home/switch/backend.map"
}

command_active() {
  command_said=$out
  if [ "$out" != /dev/null ]; then
    kept_begin "$home/log/$deploy.active"
    command_said=$kept_pipe
  fi
  command_answer=$(
    exec 9>&-
    APP=$app timeout -k 5 30 sh -c "$(plan router-active)" </dev/null 2>>"$command_said" 5<&- 6>&- | head -n 1 | head -c 1000
  )
  if [ "$out" != /dev/null ]; then
    exec 5<&- 6>&-
    kept_end
    keep_output "$home/log/$deploy.active"
    rm -f "$home/log/$deploy.active"
  fi
  case $command_answer in
    "$first" | "$second") printf '%s\n' "$command_answer" ;;
    *) return 1 ;;
  esac
}

# router_check: names what keeps the router from seeing the switch.
router_check() {
  router_file=$(plan router-file)
  if [ -n "$router_file" ]; then
    if [ ! -e "$router_file" ]; then
      echo "the router's configuration is not there: $router_file. Put in what is shown above"
    elif [ ! -r "$router_file" ]; then
      echo "the router's configuration cannot be read: $router_file"
    elif ! grep -qF -e "$home/switch" "$router_file"; then
      echo "the router's configuration does not name $home/switch: $router_file. Put in what is shown above"
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
      haproxy_active >/dev/null || echo "HAProxy does not answer at $(plan router-socket), or has not loaded $home/switch/backend.map. Put in what is shown above, and let $(id -un) use the socket (level admin)"
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
  else
    # One that is missing, or too old for -H, tells of no connection either, but with another status.
    in_flight_lines=$(ss -Htn state established "( dport = :$(port_of "$1") )" 2>/dev/null 9>&-) || return 0
    printf '%s' "$in_flight_lines" | grep -c ''
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

# router_maintenance on|off: what the router refuses is not left written down.
router_maintenance() {
  maintenance_was=off
  if [ -e "$home/switch/maintenance" ]; then maintenance_was=on; fi
  maintenance_file "$1" || return 1
  maintenance_color=
  maintenance_tell "$1" && return 0
  maintenance_file "$maintenance_was"
  if [ "$router_kind" = haproxy ] && [ -n "$maintenance_color" ]; then haproxy_file "$maintenance_color"; fi
  return 1
}

maintenance_file() {
  if [ "$1" = on ]; then flag_file maintenance; else rm -f "$home/switch/maintenance"; fi 2>>"$out" && sync "$home/switch"
}

maintenance_tell() {
  case $router_kind in
    nginx | caddy) ;;
    haproxy)
      maintenance_color=$(haproxy_active) && haproxy_file "$maintenance_color" || return 1
      maintenance_answer=$(haproxy_say "set map $home/switch/backend.map maintenance $1") &&
        [ -z "$(printf '%s' "$maintenance_answer" | tr -d ' \n')" ]
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

# maintenance_seen on|off: the public address answers by the release, or not, within two seconds.
maintenance_seen() {
  ticks
  maintenance_end=$((ticks + 2000))
  while :; do
    ask "$public_url"
    if answer_is_good; then maintenance_now=off; else maintenance_now=on; fi
    [ "$maintenance_now" != "$1" ] || return 0
    ticks
    [ "$ticks" -lt "$maintenance_end" ] || return 1
    nap 50
  done
}
