# start_color COLOR: starts the release of $plan_file in a colour, after removing what is left of an earlier one.
start_color() {
  put "$home/colors/$1" <<EOF
release=$release
digest=$digest
since=$(now)
EOF
  : >"$home/log/$deploy.start"
  case $(plan start) in
    image) docker_remove "$1" && docker_run "$1" ;;
    compose) docker_remove "$1" && docker_compose "$1" up -d --no-build "$(plan compose-service)" ;;
    command) hook start "$(plan start-command)" 600000 "$1" ;;
  esac
  start_status=$?
  if [ $start_status != 0 ]; then
    show_output "$home/log/$deploy.start" 40
    event error "$1 cannot be started (exit $start_status)."
  fi
  cat "$home/log/$deploy.start" >>"$home/log/$deploy.out"
  rm -f "$home/log/$deploy.start"
  return $start_status
}

# stop_color COLOR: stops whatever runs in a colour, by the plan of the release that was started there.
stop_color() {
  stop_release=$(get "$home/colors/$1" release)
  if [ -n "$stop_release" ] && [ -r "$home/releases/$stop_release/plan" ]; then
    (use_plan "$home/releases/$stop_release/plan" && stop_as_planned "$1")
  else
    stop_as_planned "$1"
  fi
}

stop_as_planned() {
  case $(plan start) in
    command) hook stop "$(plan stop-command)" "$(plan stop-within)" "$1" ;;
    *) docker_stop "$1" "$(plan stop-within)" ;;
  esac && ! color_answers "$1" && return 0
  event error "$1 cannot be stopped, or its port is still served: $(port_of "$1")."
  return 1
}

# color_answers COLOR: somebody accepts connections on its port. Status 7 of curl is "could not connect".
color_answers() {
  curl -q -s -o /dev/null --noproxy '*' --max-time 2 "http://127.0.0.1:$(port_of "$1")/" 9>&- 2>/dev/null
  [ $? != 7 ]
}

# color_restarts COLOR, color_sick COLOR: what the engine knows; nothing for commands.
color_restarts() {
  case $(plan start) in
    command) echo 0 ;;
    *) docker_restarts "$1" ;;
  esac
}

color_sick() {
  case $(plan start) in
    command) ;;
    *) docker_sick "$1" ;;
  esac
}

color_logs() {
  case $(plan start) in
    command) show_output "$home/log/$deploy.out" 60 ;;
    *) docker_logs "$1" ;;
  esac
}

# gate COLOR: waits until the colour has answered well so many times in a row, straight on its port.
gate() {
  gate_url="http://127.0.0.1:$(port_of "$1")$(plan health-path)"
  gate_want=$(plan health-consecutive)
  gate_within=$(plan health-within)
  gate_interval=$(plan health-interval)
  gate_restarts=$(color_restarts "$1")
  gate_row=0
  gate_tries=0
  ticks
  gate_end=$((ticks + gate_within))
  while :; do
    ask "$gate_url" "$(plan public-host)"
    gate_tries=$((gate_tries + 1))
    if answer_is_good; then gate_row=$((gate_row + 1)); else gate_row=0; fi
    if [ $gate_row -ge "$gate_want" ]; then
      gate_sick=$(color_sick "$1")
      if [ -z "$gate_sick" ] && [ "$(color_restarts "$1")" = "$gate_restarts" ]; then return 0; fi
      gate_restarts=$(color_restarts "$1")
      gate_row=0
    fi
    ticks
    if [ "$ticks" -ge "$gate_end" ]; then break; fi
    nap "$gate_interval"
  done
  gate_sick=$(color_sick "$1")
  event error "$1 was not healthy within $gate_within ms ($gate_tries tries): $(answer_in_words)${gate_sick:+; $gate_sick}" \
    url "$gate_url" status "$ask_status"
  return 1
}
