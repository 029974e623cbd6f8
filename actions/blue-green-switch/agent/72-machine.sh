# wished WORD: the runner asks this of us.
wished() {
  [ -e "$home/wishes/$deploy.$1" ]
}

# advance: everything from a plan in releases/ to the end. The colours are in $from and $to.
advance() {
  abort_began=0
  enter pulled "Bringing the image here." image "$(plan image)"
  docker_pull || abort "The image could not be brought to the host."
  obey
  if [ "$operation" = deploy ] && [ -n "$(plan migrate)" ]; then migrate; fi
  obey
  enter started "Starting $release as $to on port $(port_of "$to")."
  abort_began=1
  start_color "$to" || abort "$release could not be started."
  enter healthy "Waiting until $to is healthy."
  gate "$to" || gate_failed
  event info "$to is healthy." consecutive "$(plan health-consecutive)"
  enter smoked "Trying $to before the switch."
  if [ -n "$(plan pre-switch)" ]; then
    hook pre-switch "$(plan pre-switch)" "$(plan hook-within 300000)" "$to" || abort "The command before the switch failed."
  fi
  hold_before_switch
  switch_over
}

# obey: a cancelled run is undone as long as nothing is switched.
obey() {
  if wished abort || wished return; then abort "The run was cancelled before the switch."; fi
}

gate_failed() {
  obey
  abort "$release never became healthy."
}

migrate() {
  enter migrating "Running the migration."
  if hook migrate "$(plan migrate)" "$(plan migrate-within 300000)" "$to"; then
    event info "The migration is done."
    return 0
  fi
  # The client of a container may have ended before the container, or even before that has started.
  if [ $limited_late = 1 ] && [ "$start_kind" != command ]; then nap 2000; fi
  if color_contains "$to"; then docker_stop "$to" 10000; fi
  abort "The migration failed; look at the database before the next deploy."
}

# hold_before_switch: several hosts switch only when all of them are healthy; a person or a smoke test may look first.
hold_before_switch() {
  obey
  [ "$hold$barrier" != 00 ] || return 0
  event info "Ready to switch: waiting for the word to go." waiting go color "$to" port "$(port_of "$to")"
  ticks
  hold_end=$((ticks + $(plan wait-within)))
  until wished go; do
    obey
    ticks
    [ "$ticks" -lt "$hold_end" ] || abort "Nobody said go within $(plan wait-within) ms."
    nap 100
  done
  # Time has passed since it was healthy.
  gate "$to" || gate_failed
}

switch_over() {
  router_ready "$to"
  if [ -n "$from" ]; then old_latency=$(with_plan "$from_plan" latency); fi
  enter switching "Switching from ${from:-nothing} to $to."
  router_set "$to" || return_to_old "The router did not take the switch."
  proved 5 "$(plan health-within)" trip || return_to_old "Through the router $release does not answer: $(answer_in_words)"
  proven=1
  event info "Proven through the router: $release answers at $public_url."
  after_switch
}

after_switch() {
  enter switched "Watching $release for $(plan stability) ms."
  window_begin
  if [ -n "$(plan post-switch)" ]; then watch_beside; fi
  window
  if [ "$barrier" = 1 ]; then hold_before_commit; fi
  commit
}

# Several hosts keep both colours warm until the last of them has gone well. One that hears nothing any more returns: a
# host that was not told to go has stayed with the old release, and all of them are to serve the same one.
hold_before_commit() {
  event info "This host is good: waiting for the others." waiting commit
  ticks
  hold_end=$((ticks + $(plan wait-within)))
  until wished commit; do
    if wished return; then
      blame=0
      return_to_old "Another host went wrong."
    fi
    ticks
    if [ "$ticks" -ge "$hold_end" ]; then
      blame=0
      return_to_old "Nobody said within $(plan wait-within) ms how the other hosts went."
    fi
    keep_watch || return_to_old "$watch_reason"
    nap "$window_nap"
  done
}

# commit: from here on the new release is the one that a later run brings back.
commit() {
  enter committed "$release stays."
  commit_state || lost_state
  retire
}

# commit_state: what was committed before becomes the previous one. Done again after a crash, it changes nothing. The
# same release again, with other settings, keeps its previous one: going back to itself would be of no use.
commit_state() {
  commit_release=$(get "$home/state" release)
  commit_digest=$(get "$home/state" digest)
  commit_previous=$(get "$home/state" active)
  if [ "$commit_release" = "$release" ]; then
    [ "$commit_previous" != "$to" ] || return 0 # This very step again.
    commit_release=$(get "$home/state" previous-release)
    commit_digest=$(get "$home/state" previous-digest)
  fi
  put "$home/state" "active=$to
release=$release
digest=$(image_of_release)
since=$(now)
previous=$commit_previous
previous-release=$commit_release
previous-digest=$commit_digest" && rm -f "$home/bad/$release"
}

retire() {
  if [ -n "$from" ]; then
    enter draining "Letting $from finish what it has begun."
    nap "$(plan settle)"
    drain "$from"
    enter retired "Stopping $from."
    stop_color "$from" || event warning "$from still runs: stop it by hand."
    if [ ! -e "$home/colors/$from" ] && color_answers "$from"; then
      event warning "$from was not started by a deploy, and still runs: stop it by hand before the next one."
    fi
  fi
  rm -rf "$home/releases/.$release.before"
  prune
  drop "$home/journal"
  finish 0 "$release is live on $to."
}

# drain COLOR: waits until nobody is connected to it any more, or for as long as the plan says.
drain() {
  ticks
  drain_end=$((ticks + $(plan drain)))
  while :; do
    drain_left=$(in_flight "$1")
    [ "$drain_left" != 0 ] || break
    ticks
    if [ "$ticks" -ge "$drain_end" ]; then
      event info "After $(plan drain) ms ${drain_left:-an unknown number of} connections to $1 are still open."
      return 0
    fi
    nap 200
  done
  event info "Nothing is connected to $1 any more."
}

# prune: keeps the newest releases besides the active and the previous one, and of our images only theirs.
prune() {
  prune_kept=0
  prune_active=$(get "$home/state" release)
  prune_previous=$(get "$home/state" previous-release)
  # shellcheck disable=SC2012,SC2045 # names are [A-Za-z0-9._-] only
  for prune_name in $(ls -1t "$home/releases"); do
    case $prune_name in
      "$prune_active" | "$prune_previous") continue ;;
    esac
    prune_kept=$((prune_kept + 1))
    [ $prune_kept -gt "$(plan keep-releases)" ] || continue
    prune_image=$(get "$home/releases/$prune_name/image" digest)
    rm -rf "${home:?}/releases/$prune_name"
    # An image may be the one of several releases, and of several applications.
    if [ -n "$prune_image" ] && ! grep -sqxF -e "digest=$prune_image" "$root"/*/releases/*/image; then
      # Fails, as it should, while any container uses the image.
      docker image rm "$prune_image" >>"$out" 2>&1 9>&-
    fi
    event info "Removed the release $prune_name: $(plan keep-releases) are kept besides the active and the previous one."
  done
  # shellcheck disable=SC2012
  for prune_name in $(ls -1t "$home/log" | sed -n 's/\.events$//p' | tail -n +51); do
    rm -f "$home/log/$prune_name.events" "$home/log/$prune_name.out" "$home/log/$prune_name.agent"
    # A colour may still be writing there.
    [ "$(get "$home/colors/$to" deploy)" = "$prune_name" ] || rm -f "$home/log/$prune_name.color"
  done
  # What runs that were killed have left there.
  find "$home/log" ! -type d -mtime +1 ! -name '*.events' ! -name '*.out' ! -name '*.agent' ! -name '*.color' -exec rm -f {} +
  # The live colour goes on writing there.
  cut_log "$home/log/$(get "$home/colors/$to" deploy).color"
}
