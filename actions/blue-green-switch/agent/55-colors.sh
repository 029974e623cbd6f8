# start_color COLOR: starts the release of the plan in a colour, after removing what is left of an earlier one.
start_color() {
  put "$home/colors/$1" "release=$release
deploy=$deploy
since=$(now)" || return 1
  rm -f "$home/log/$deploy.start"
  case $start_kind in
    image) start_free "$1" && docker_remove "$1" && docker_run "$1" ;;
    compose) start_free "$1" && docker_remove "$1" && docker_compose "$1" up -d --no-build --no-deps "$(plan compose-service)" ;;
    # What a daemon prints goes on into this file, which is kept.
    command) hook_limited limited "$home/log/$deploy.color" "$(plan start-command)" 600000 "$1" ;;
  esac
  start_status=$?
  if [ $start_status != 0 ]; then
    show_output "$home/log/$deploy.start" 40
    event error "$1 cannot be started (exit $start_status)."
  fi
  keep_output "$home/log/$deploy.start"
  rm -f "$home/log/$deploy.start"
  return $start_status
}

# start_free COLOR: nobody else has containers where ours would go.
start_free() {
  start_strangers=$(docker_strangers "$1")
  [ -n "$start_strangers" ] || return 0
  event error "There are containers of the same name or compose project that no deploy has started from $home: ${start_strangers% }. Remove them, or give the application another name."
  return 1
}

# stop_color COLOR: stops what was started in a colour, by the plan of the release that it is. A colour in which
# nothing was ever started, or that was stopped, is left alone.
stop_color() {
  [ -e "$home/colors/$1" ] || return 0
  if get "$home/colors/$1" stopped >/dev/null && ! color_answers "$1" && ! color_contains "$1"; then return 0; fi
  stop_release=$(get "$home/colors/$1" release)
  stop_plan="$home/releases/$stop_release/plan"
  # The same release in both colours: the plan in its folder is the new one's.
  if [ "$1" = "$from" ] && [ "$from_plan" = "$home/releases/.$stop_release.before/plan" ]; then stop_plan=$from_plan; fi
  [ -r "$stop_plan" ] || stop_plan=$plan_file
  if with_plan "$stop_plan" stop_as_planned "$1"; then
    put "$home/colors/$1" "release=$stop_release
deploy=$(get "$home/colors/$1" deploy)
since=$(get "$home/colors/$1" since)
stopped=$(now)"
    return 0
  fi
  event error "$1 cannot be stopped: its port $(port_of "$1") is still served."
  return 1
}

stop_as_planned() {
  case $start_kind in
    command)
      hook stop "$(plan stop-command)" "$(plan stop-within)" "$1" ||
        event warning "The command that stops $1 failed (exit $hook_status)."
      ! color_answers "$1"
      ;;
    *) docker_stop "$1" "$(plan stop-within)" && ! color_answers "$1" ;;
  esac
}

# color_answers COLOR: somebody accepts connections on its port. Status 7 of curl is "could not connect".
color_answers() {
  curl -q -s -o /dev/null --noproxy '*' --max-time 2 "http://127.0.0.1:$(port_of "$1")/" 9>&- 2>/dev/null
  [ $? != 7 ]
}

# color_contains COLOR: containers run in it, be it that they do not listen, such as a migration whose caller was ended.
color_contains() {
  case $start_kind in
    command) return 1 ;;
    *) [ -n "$(docker_running "$1")" ] ;;
  esac
}

# color_restarts COLOR, color_sick COLOR: what the engine knows; nothing for commands.
color_restarts() {
  case $start_kind in
    command) echo 0 ;;
    *) docker_restarts "$1" ;;
  esac
}

color_sick() {
  case $start_kind in
    command) ;;
    *) docker_sick "$1" ;;
  esac
}

# color_logs COLOR: what it said last.
color_logs() {
  case $start_kind in
    command) show_output "$home/log/$(get "$home/colors/$1" deploy).color" 60 ;;
    *) docker_logs "$1" ;;
  esac
}

# gate COLOR: waits until the colour has answered well so many times in a row, straight on its port.
gate() {
  gate_url="http://127.0.0.1:$(port_of "$1")$health_path"
  gate_want=$(plan health-consecutive)
  gate_within=$(plan health-within)
  gate_interval=$(plan health-interval)
  gate_restarts=$(color_restarts "$1")
  gate_row=0
  gate_tries=0
  ticks
  gate_end=$((ticks + gate_within))
  while :; do
    ask "$gate_url"
    gate_tries=$((gate_tries + 1))
    if answer_is_good; then gate_row=$((gate_row + 1)); else gate_row=0; fi
    if [ $gate_row -ge "$gate_want" ]; then
      gate_sick=$(color_sick "$1")
      gate_seen=$(color_restarts "$1")
      if [ -z "$gate_sick" ] && [ "$gate_seen" = "$gate_restarts" ]; then return 0; fi
      # A crash loop answers well between two crashes.
      if [ "$gate_seen" != "$gate_restarts" ]; then gate_row=0; fi
      gate_restarts=$gate_seen
    fi
    ticks
    [ "$ticks" -lt "$gate_end" ] || break
    # Before the switch a run that is called off need not wait any longer.
    case $phase in
      healthy | smoked) if wished abort || wished return; then return 1; fi ;;
    esac
    nap "$gate_interval"
  done
  gate_sick=$(color_sick "$1")
  event error "$1 was not healthy within $gate_within ms ($gate_tries tries): $(answer_in_words)${gate_sick:+; $gate_sick}" \
    url "$gate_url" status "$ask_status"
  return 1
}
