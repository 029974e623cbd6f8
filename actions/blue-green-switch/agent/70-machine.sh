# end_with CODE TEXT: the last event. Everything that ends a run comes through here.
end_with() {
  case $1 in
    0) end_result=${end_result:-deployed} ;;
    10) end_result=aborted ;;
    20 | 21) end_result=rolled-back ;;
    *) end_result=error ;;
  esac
  end_level=error
  if [ "$1" = 0 ]; then end_level=info; fi
  phase=end
  event "$end_level" "$2" code "$1" result "$end_result" active "$(get "$home/state" active)" \
    release "$(get "$home/state" release)" digest "$(get "$home/state" digest)" \
    previous "$(get "$home/state" previous)" previous-release "$(get "$home/state" previous-release)" \
    downtime-ms "$downtime"
  audit end code "$1" result "$end_result" release "$release" text "$2" downtime-ms "$downtime"
  rm -f "$home/owner" "$home/log/$deploy.body" "$home/log/$deploy.body.error" "$home/wishes/$deploy."*
  exit "$1"
}

# wished WORD: the runner asks this of us.
wished() {
  [ -e "$home/wishes/$deploy.$1" ]
}

# see_router PLAN: one request through the router; status 0 when the release of the plan answers well. Time without
# any good answer, be it of the old or the new release, adds up in $downtime.
see_router() {
  see_good=1
  ask "$(plan public-url)" "$(plan public-host)"
  if answer_is_good; then
    see_good=0
    see_any=0
  else
    see_any=1
    if [ -n "$from" ]; then (plan_file=$from_plan && answer_is_good) && see_any=0; fi
  fi
  ticks
  if [ $see_any = 0 ]; then
    down_since=
  else
    if [ -n "$down_since" ]; then downtime=$((downtime + ticks - down_since)); else downtime=$((downtime + ask_ms)); fi
    down_since=$ticks
  fi
  return $see_good
}

# proved CONSECUTIVE MILLISECONDS: the release of the plan answers through the router, so many times in a row.
proved() {
  proved_row=0
  ticks
  proved_end=$((ticks + $2))
  while [ "$proved_row" -lt "$1" ]; do
    if see_router; then proved_row=$((proved_row + 1)); else proved_row=0; fi
    [ "$proved_row" -lt "$1" ] || return 0
    ticks
    [ "$ticks" -lt "$proved_end" ] || return 1
    nap 20
  done
}

# advance: everything from a plan in releases/ to the end. The colours are in $from and $to.
advance() {
  enter pulled "Bringing the image here." image "$(plan image)"
  docker_pull || abort "The image could not be brought to the host."
  if [ "$operation" = deploy ] && [ -n "$(plan migrate)" ]; then migrate; fi
  enter started "Starting $release as $to on port $(port_of "$to")."
  start_color "$to" || abort "$release could not be started."
  enter healthy "Waiting until $to is healthy."
  gate "$to" || abort "$release never became healthy."
  event info "$to is healthy." consecutive "$(plan health-consecutive)"
  enter smoked "Trying $to before the switch."
  if [ -n "$(plan pre-switch)" ]; then
    hook pre-switch "$(plan pre-switch)" "$(plan hook-within 300000)" "$to" || abort "The command before the switch failed."
  fi
  hold_before_switch
  switch_over
}

# hold_before_switch: several hosts switch only when all of them are healthy; a person or a smoke test may look first.
hold_before_switch() {
  if wished abort; then abort "The run was cancelled before the switch."; fi
  [ "$(plan hold)$(plan barrier)" = 00 ] && return 0
  event info "Ready to switch: waiting for the word to go." waiting go color "$to" port "$(port_of "$to")"
  ticks
  hold_end=$((ticks + $(plan wait-within)))
  until wished go; do
    if wished abort || wished return; then abort "Told not to switch."; fi
    ticks
    [ "$ticks" -lt "$hold_end" ] || abort "Nobody said go within $(plan wait-within) ms."
    nap 100
  done
  # Time has passed since it was healthy.
  gate "$to" || abort "$to is not healthy any more."
}

migrate() {
  enter migrating "Running the migration."
  if hook migrate "$(plan migrate)" "$(plan migrate-within 300000)" "$to"; then
    event info "The migration is done."
    return 0
  fi
  abort "The migration failed. $from still serves the old release; look at the database before the next deploy."
}

switch_over() {
  old_latency=
  if [ "$from" != "$to" ] && [ -n "$from" ]; then old_latency=$(latency "$from"); fi
  enter switching "Switching from ${from:-nothing} to $to."
  if [ "$from" != "$to" ]; then
    router_set "$to" || return_to_old "The router did not take the switch."
  fi
  proved 5 "$(plan health-within)" || return_to_old "Through the router $release does not answer: $(answer_in_words)"
  event info "Proven through the router: $release answers at $(plan public-url)."
  after_switch
}

after_switch() {
  enter switched "Watching $release for $(plan stability) ms."
  if [ -n "$(plan post-switch)" ]; then
    hook post-switch "$(plan post-switch)" "$(plan hook-within 300000)" "$to" ||
      return_to_old "The command after the switch failed."
  fi
  window
  if [ "$(plan barrier)" = 1 ]; then hold_before_commit; fi
  commit
}

# Several hosts keep both colours warm until the last of them has gone well. Alone, a host that went well stays.
hold_before_commit() {
  event info "This host is good: waiting for the others." waiting commit
  ticks
  hold_end=$((ticks + $(plan wait-within)))
  until wished commit; do
    if wished return; then return_to_old "Another host went wrong."; fi
    ticks
    if [ "$ticks" -ge "$hold_end" ]; then
      event warning "Nobody said how the other hosts went within $(plan wait-within) ms: what was proven here stays."
      return 0
    fi
    keep_watch || return_to_old "$watch_reason"
    nap 250
  done
}

# latency COLOR: the median of five requests straight to it, in milliseconds.
latency() {
  latency_n=0
  while [ $latency_n -lt 5 ]; do
    ask "http://127.0.0.1:$(port_of "$1")$(plan health-path)" "$(plan public-host)"
    printf '%s\n' "$ask_ms"
    latency_n=$((latency_n + 1))
  done | sort -n | sed -n 3p
}

# window: watches through the router for as long as the plan says; any reason to doubt returns at once.
window() {
  watch_row=0
  watch_seen=0
  watch_failed=0
  watch_row_command=0
  watch_restarts=$(color_restarts "$to")
  watch_at=0
  ticks
  window_end=$((ticks + $(plan stability)))
  : >"$home/log/$deploy.latency"
  while :; do
    keep_watch || return_to_old "$watch_reason"
    ticks
    [ "$ticks" -lt "$window_end" ] || break
    nap "$window_nap"
  done
  watch_latency=$(sort -n "$home/log/$deploy.latency" | sed -n "$(((watch_seen - watch_failed + 1) / 2))p")
  rm -f "$home/log/$deploy.latency"
  if [ -n "$old_latency" ] && [ "$(plan watch-latency 0)" != 0 ] && [ -n "$watch_latency" ] &&
    [ "$watch_latency" -gt $((old_latency * $(plan watch-latency) + 20)) ]; then
    return_to_old "$release is slow: $watch_latency ms at the median, $from took $old_latency ms."
  fi
  event info "$watch_seen requests through the router, $watch_failed failed." seen "$watch_seen" failed "$watch_failed" \
    latency-ms "$watch_latency" old-latency-ms "$old_latency"
}

window_nap=250

# keep_watch: one look; sets $watch_reason when there is one to return.
keep_watch() {
  watch_seen=$((watch_seen + 1))
  if see_router; then
    watch_row=0
    printf '%s\n' "$ask_ms" >>"$home/log/$deploy.latency"
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
  watch_reason=$(color_sick "$to")
  [ -z "$watch_reason" ] || return 1
  if [ "$(color_restarts "$to")" != "$watch_restarts" ]; then
    watch_reason="$to was started anew by itself: it crashes."
    return 1
  fi
  if wished return; then watch_reason="Told to return." && return 1; fi
  [ -n "$(plan watch-command)" ] || return 0
  if hook watch "$(plan watch-command)" 30000 "$to"; then
    watch_row_command=0
    return 0
  fi
  watch_row_command=$((watch_row_command + 1))
  watch_reason="The command that watches failed three times in a row."
  [ $watch_row_command -lt 3 ]
}

# commit: from here on the new release is the one that a later run brings back.
commit() {
  enter committed "$release stays."
  commit_state
  retire
}

commit_state() {
  commit_previous=$from
  commit_release=$(get "$home/state" release)
  commit_digest=$(get "$home/state" digest)
  if [ "$commit_release" = "$release" ]; then # The same again, or this very step again after a crash.
    commit_release=$(get "$home/state" previous-release)
    commit_digest=$(get "$home/state" previous-digest)
  fi
  put "$home/state" <<EOF
active=$to
release=$release
digest=$digest
since=$(now)
previous=$commit_previous
previous-release=$commit_release
previous-digest=$commit_digest
EOF
  rm -f "$home/bad/$release"
}

retire() {
  if [ -n "$from" ] && [ "$from" != "$to" ]; then
    enter draining "Letting $from finish what it has begun."
    nap "$(plan settle)"
    drain
    enter retired "Stopping $from."
    stop_color "$from" || event warning "$from still runs: stop it by hand."
  fi
  prune
  drop "$home/journal"
  end_with 0 "$release is live on $to."
}

# drain: waits until nobody is connected to the old colour any more, or for as long as the plan says.
drain() {
  ticks
  drain_end=$((ticks + $(plan drain)))
  while :; do
    drain_left=$(in_flight "$from")
    [ "$drain_left" != 0 ] || break
    ticks
    if [ "$ticks" -ge "$drain_end" ]; then
      event info "After $(plan drain) ms ${drain_left:-an unknown number of} connections to $from are still open."
      return 0
    fi
    nap 200
  done
  event info "Nothing is connected to $from any more."
}

# prune: keeps the newest releases besides the active and the previous one, and of our containers and images only those.
prune() {
  prune_kept=0
  prune_active=$(get "$home/state" release)
  prune_previous=$(get "$home/state" previous-release)
  # shellcheck disable=SC2012 # names are [A-Za-z0-9._-] only
  for prune_name in $(ls -1t "$home/releases"); do
    case $prune_name in
      "$prune_active" | "$prune_previous") continue ;;
    esac
    prune_kept=$((prune_kept + 1))
    [ $prune_kept -gt "$(plan keep-releases)" ] || continue
    prune_image=$(get "$home/releases/$prune_name/plan" image)
    rm -rf "${home:?}/releases/$prune_name"
    if [ -n "$prune_image" ] && ! grep -rqF -e "image=$prune_image" "$home/releases"; then
      # Fails, as it should, while any container uses the image.
      docker image rm "$prune_image" >>"$home/log/$deploy.out" 2>&1 9>&-
    fi
    event info "Removed the release $prune_name: $(plan keep-releases) are kept besides the active and the previous one."
  done
  # shellcheck disable=SC2012
  for prune_name in $(ls -1t "$home/log" | grep '\.events$' | tail -n +51); do
    rm -f "$home/log/$prune_name" "$home/log/${prune_name%.events}.out"
  done
}

# abort TEXT: nothing was switched; takes away what was started.
abort() {
  enter aborting "$1"
  color_logs "$to"
  abort_left=
  if [ "$from" != "$to" ]; then stop_color "$to" || abort_left=" $to could not be stopped."; fi
  if [ -z "$from" ]; then stop_color "$to" || abort_left=" $to could not be stopped."; fi
  drop "$home/journal"
  end_with 10 "$1${from:+ $from goes on serving as before.}$abort_left"
}

# return_to_old TEXT: the switch back, proven like the switch.
return_to_old() {
  return_reason=$1
  if [ "$(plan migrate-irreversible 0)" = 1 ] && [ "$(plan force)" != 1 ] && [ "$operation" = deploy ]; then
    drop "$home/journal"
    end_with 40 "$1 The migration cannot be undone, so the old release is not brought back: mend and deploy again, or roll back with force."
  fi
  if [ -z "$from" ] || [ "$from" = "$to" ]; then
    color_logs "$to"
    drop "$home/journal"
    end_with 40 "$1 There is no earlier release to return to."
  fi
  enter rolling-back "$1 Returning to $from."
  put "$home/bad/$release" <<EOF
since=$(now)
reason=$1
EOF
  router_set "$from"
  (plan_file=$from_plan && from='' && proved 5 5000) || revive_old
  color_logs "$to"
  nap "$(plan settle)"
  return_left=
  stop_color "$to" || return_left=" $to still runs: stop it by hand."
  drop "$home/journal"
  end_with 20 "$return_reason The old release serves again on $from.$return_left"
}

# revive_old: the old colour does not answer either: starts it anew by the plan it came with.
revive_old() {
  event warning "$from does not answer through the router: starting it anew."
  if [ "$from_plan" != "$home/log/$deploy.unknown" ]; then
    (use_plan "$from_plan" && digest=$(get "$home/state" digest) && start_color "$from" && gate "$from")
    router_set "$from"
    (plan_file=$from_plan && from='' && proved 5 10000) && return 0
  fi
  # The new colour may still serve something; an old one that is dead serves nothing.
  drop "$home/journal"
  if color_answers "$from"; then
    end_with 21 "$return_reason Returned to $from, but through the router its release cannot be proven: $(answer_in_words)"
  fi
  end_with 40 "$return_reason The old release on $from is dead too and cannot be started: nothing serves."
}
