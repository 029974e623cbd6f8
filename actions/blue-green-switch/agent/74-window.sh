# see_router: one request through the router; status 0 when the release of the plan answers well. Time without any good
# answer, be it of the old or the new release, adds up in $downtime.
see_router() {
  ask "$public_url"
  see_good=1
  if answer_is_good; then see_good=0; fi
  # Before a first release nothing served, so nothing was down.
  [ -n "$from" ] || return $see_good
  ticks
  if [ $see_good = 0 ] || answer_fits "$old_status" "$old_contains" || answer_fits "$new_status" "$new_contains"; then
    down_since=
    dark_since=
  else
    dark_since=${dark_since:-$((ticks - ask_us / 1000))}
    downtime=$((downtime + ticks - ${down_since:-$((ticks - ask_us / 1000))}))
    down_since=$ticks
  fi
  return $see_good
}

# proved CONSECUTIVE MILLISECONDS [trip]: the release of the plan answers through the router, so many times in a row.
# While the old release still answers there is time; with `trip` two seconds in which neither does are enough.
proved() {
  proved_row=0
  dark_since=
  ticks
  proved_end=$((ticks + $2))
  while :; do
    if see_router; then proved_row=$((proved_row + 1)); else proved_row=0; fi
    [ "$proved_row" -lt "$1" ] || return 0
    ticks
    [ "$ticks" -lt "$proved_end" ] || return 1
    if [ "${3-}" = trip ] && [ -n "$dark_since" ] && [ $((ticks - dark_since)) -ge 2000 ]; then return 1; fi
    nap 20
  done
}

# latency: the median of five requests through the router, in microseconds.
latency() {
  latency_n=0
  while [ $latency_n -lt 5 ]; do
    ask "$public_url"
    printf '%s\n' "$ask_us"
    latency_n=$((latency_n + 1))
  done | sort -n | sed -n 3p
}

window_nap=250

# window_begin: what `keep_watch` counts from.
window_begin() {
  watch_row=0
  watch_seen=0
  watch_failed=0
  watch_row_command=0
  watch_command=$(plan watch-command)
  watch_restarts=$(color_restarts "$to")
  watch_at=0
  window_requests=$(router_requests "$to")
  window_errors=$(router_errors "$to")
  rm -f "$home/log/$deploy.latency"
}

# watch_beside: runs the command after the switch. People are served by the new release meanwhile, so it is watched.
watch_beside() {
  hook_begin post-switch "$(plan post-switch)" "$(plan hook-within 300000)" "$to"
  # One command at a time: the one that watches waits.
  watch_command=
  while born "$limited_pid" >/dev/null; do
    if ! keep_watch; then
      # It has five seconds to end; the way back does not wait for it.
      kill -s TERM -- "-$limited_pid" 2>/dev/null
      show_output "$hook_out" 40
      return_to_old "$watch_reason"
    fi
    nap 50
  done
  hook_end || return_to_old "The command after the switch failed."
  watch_command=$(plan watch-command)
}

# window: watches through the router for as long as the plan says; any reason to doubt returns at once.
window() {
  ticks
  window_end=$((ticks + $(plan stability)))
  while :; do
    keep_watch || return_to_old "$watch_reason"
    ticks
    window_left=$((window_end - ticks))
    [ $window_left -gt 0 ] || break
    if [ $window_left -lt "$window_nap" ]; then nap $window_left; else nap "$window_nap"; fi
  done
  [ $((watch_failed * 100)) -le $((watch_seen * $(plan watch-errors 0))) ] ||
    return_to_old "$watch_failed of $watch_seen requests failed through the router."
  watch_latency=$(sort -n "$home/log/$deploy.latency" 2>/dev/null | sed -n "$(((watch_seen - watch_failed + 1) / 2))p")
  rm -f "$home/log/$deploy.latency"
  if [ -n "$old_latency" ] && [ "$(plan watch-latency 0)" != 0 ] && [ -n "$watch_latency" ] &&
    [ "$watch_latency" -gt $((old_latency * $(plan watch-latency) + 20000)) ]; then
    return_to_old "$release is slow: $watch_latency us at the median, $from took $old_latency us."
  fi
  # Everybody's requests, where the router counts them.
  if is_number "$window_requests" && is_number "$window_errors"; then
    window_requests=$(($(router_requests "$to") - window_requests))
    window_errors=$(($(router_errors "$to") - window_errors))
    set -- router-requests "$window_requests" router-errors "$window_errors"
  else
    set --
  fi
  event info "$watch_seen requests through the router, $watch_failed failed." seen "$watch_seen" failed "$watch_failed" \
    latency-us "$watch_latency" old-latency-us "$old_latency" "$@"
}

# keep_watch: one look; sets $watch_reason when there is one to return.
keep_watch() {
  watch_seen=$((watch_seen + 1))
  if see_router; then
    watch_row=0
    { printf '%s\n' "$ask_us" >>"$home/log/$deploy.latency"; } 2>/dev/null
  else
    watch_row=$((watch_row + 1))
    watch_failed=$((watch_failed + 1))
    event warning "Through the router: $(answer_in_words)"
  fi
  # Three failures in a row are enough: whoever waits for the whole window loses real requests meanwhile.
  if [ $watch_row -ge 3 ]; then
    watch_reason="Three requests in a row failed through the router: $(answer_in_words)"
    return 1
  fi
  if [ $watch_seen -ge 20 ] && [ $((watch_failed * 100)) -gt $((watch_seen * $(plan watch-errors 0))) ]; then
    watch_reason="$watch_failed of $watch_seen requests failed through the router."
    return 1
  fi
  ticks
  [ "$ticks" -ge "$watch_at" ] || return 0
  watch_at=$((ticks + 1000))
  cut_log "$home/log/$deploy.color"
  watch_reason=$(color_sick "$to")
  [ -z "$watch_reason" ] || return 1
  if [ "$(color_restarts "$to")" != "$watch_restarts" ]; then
    watch_reason="$to was started anew by itself: it crashes."
    return 1
  fi
  if wished return; then
    watch_reason="Told to return."
    blame=0
    return 1
  fi
  [ -n "$watch_command" ] || return 0
  if hook watch "$watch_command" 30000 "$to"; then
    watch_row_command=0
    return 0
  fi
  watch_row_command=$((watch_row_command + 1))
  watch_reason="The command that watches failed three times in a row."
  [ $watch_row_command -lt 3 ]
}
