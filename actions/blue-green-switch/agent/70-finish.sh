# finish CODE TEXT: the last event. Everything that ends a run comes through here; while a run that was ended before is
# being repaired, only the repair ends.
finish() {
  if [ "$repairing" = 1 ]; then repaired "$1" "$2"; fi
  case $1 in
    0) finish_result=${end_result:-deployed} ;;
    10) finish_result=aborted ;;
    20 | 21) finish_result=rolled-back ;;
    *) finish_result=error ;;
  esac
  finish_blamed=0
  if [ -n "$release" ] && [ -e "$home/bad/$release" ]; then finish_blamed=1; fi
  finish_level=error
  if [ "$1" = 0 ]; then finish_level=info; fi
  phase=end
  if [ "$locked" = 1 ]; then rm -f "$home/owner"; fi
  rm -f "$home/log/$deploy.unknown" "$home/log/$deploy.latency" "$home/wishes/$deploy."*
  if [ -n "$incoming" ]; then rm -rf "$incoming"; fi
  audit end code "$1" result "$finish_result" release "$release" text "$2" downtime-ms "$downtime"
  event "$finish_level" "$2" code "$1" result "$finish_result" active "$(get "$home/state" active)" \
    release "$(get "$home/state" release)" digest "$(get "$home/state" digest)" \
    previous "$(get "$home/state" previous)" previous-release "$(get "$home/state" previous-release)" \
    downtime-ms "$downtime" blamed "$finish_blamed"
  exit "$1"
}

# cannot_write: the phase that comes next could not be written down. What was started goes; nothing was switched.
cannot_write() {
  cannot_left=
  if [ "$phase" != prepared ]; then stop_color "$to" || cannot_left=" $to could not be stopped."; fi
  forget_release
  drop "$home/journal"
  finish 10 "The journal cannot be written: $home/journal. Free disk space, or mend its rights.$cannot_left"
}

# abort TEXT: nothing was switched; takes away what was started.
abort() {
  abort_reason=$1
  enter aborting "$1"
  abort_left=
  case $abort_began in
    1)
      color_logs "$to"
      stop_color "$to" || abort_left=" $to could not be stopped."
      ;;
  esac
  abort_code=10
  if [ -n "$from_plan" ] && [ -n "$from" ] && ! with_plan "$from_plan" proved 1 3000; then
    abort_code=40
    abort_reason="$abort_reason Nothing was switched, but $from does not answer through the router: $(sentence "$(with_plan "$from_plan" answer_in_words)")"
  fi
  forget_release
  drop "$home/journal"
  if [ $abort_code = 40 ]; then finish 40 "$abort_reason$abort_left"; fi
  finish 10 "$abort_reason${from:+ $from goes on serving as before.}$abort_left"
}

# forget_release: takes back what begin_deploy did to the folder of the releases.
forget_release() {
  if [ -d "$home/releases/.$release.before" ]; then
    rm -rf "${home:?}/releases/$release" && mv "$home/releases/.$release.before" "$home/releases/$release"
  elif [ "$fresh" = 1 ]; then
    rm -rf "${home:?}/releases/$release"
  fi
}

# return_to_old TEXT: the switch back, proven like the switch.
return_to_old() {
  return_reason=$(sentence "$1")
  set -- "$return_reason"
  [ -n "$from" ] || give_up "$1 Nothing served before, and nothing serves now."
  if [ "$(plan migrate-irreversible 0)" = 1 ] && [ "$force" != 1 ] && [ "$operation" = deploy ]; then
    if [ "$proven" = 1 ]; then stay_bad; fi
    # Who serves is not known, so neither colour is stopped.
    finish 40 "$1 Its migration cannot be undone, so nothing goes back by itself, and both colours are left as they are. Mend the router and run repair; or go back, or on, with force."
  fi
  router_ready "$from"
  enter rolling-back "$1 Returning to $from."
  if [ "$blame" = 1 ]; then blame_release "$1"; fi
  router_set "$from" || event warning "The router did not take the switch back at once."
  { with_plan "$from_plan" color_answers "$from" && with_plan "$from_plan" proved 5 5000; } || revive_old
  color_logs "$to"
  nap "$(plan settle)"
  # It may have answered well all the time, and have people's requests to finish.
  if color_answers "$to"; then drain "$to"; fi
  return_left=
  stop_color "$to" || return_left=" $to still runs: stop it by hand."
  if [ -d "$home/releases/.$release.before" ]; then forget_release; fi
  drop "$home/journal"
  finish 20 "$return_reason The old release serves again on $from.$return_left"
}

# blame_release REASON: it is refused until somebody insists.
blame_release() {
  put "$home/bad/$release" "since=$(now)
reason=$1"
}

# give_up TEXT: a first release that did not prove itself.
give_up() {
  enter aborting "$1"
  color_logs "$to"
  blame_release "$1"
  give_up_left=
  stop_color "$to" || give_up_left=" $to still runs: stop it by hand."
  drop "$home/journal"
  finish 40 "$1$give_up_left"
}

# stay_bad: the old release does not fit the database any more, so the bad one stays until somebody has decided.
stay_bad() {
  enter committed "$return_reason The migration cannot be undone, so $release stays."
  commit_state || lost_state
  color_logs "$to"
  if [ "$blame" = 1 ]; then blame_release "$return_reason"; fi
  nap "$(plan settle)"
  drain "$from"
  stop_color "$from" || event warning "$from still runs: stop it by hand."
  rm -rf "$home/releases/.$release.before"
  drop "$home/journal"
  finish 22 "$return_reason Its migration cannot be undone, so the old release was not brought back: deploy a mended one, or roll back."
}

# revive_old: the old colour does not answer either: starts it anew by the plan it came with.
revive_old() {
  with_plan "$from_plan" ask "$public_url"
  event warning "$from does not answer through the router: $(with_plan "$from_plan" answer_in_words)"
  if [ "$from_plan" != "$home/log/$deploy.unknown" ]; then
    # One that accepts connections may only need time; one that does not is started at once.
    { with_plan "$from_plan" color_answers "$from" && with_plan "$from_plan" gate "$from"; } || revive
  fi
  router_set "$from"
  with_plan "$from_plan" proved 5 10000 && return 0
  # A later repair tries again.
  if with_plan "$from_plan" color_answers "$from"; then
    finish 21 "$return_reason Returned to $from, but through the router its release cannot be proven: $(sentence "$(with_plan "$from_plan" answer_in_words)") Both colours are left as they are; when the router is mended, run repair."
  fi
  finish 40 "$return_reason The old release on $from is dead too and cannot be started: nothing serves. When it can be, run repair."
}

revive() {
  event warning "Starting $from anew."
  if color_answers "$from"; then stop_color "$from"; fi
  with_plan "$from_plan" start_color "$from" && with_plan "$from_plan" gate "$from"
}

# lost_state: the new release serves, but that cannot be written down. A repair takes it from here.
lost_state() {
  finish 50 "$release serves on $to, but $home/state cannot be written: both colours run. Free disk space or mend the rights, and run repair."
}
