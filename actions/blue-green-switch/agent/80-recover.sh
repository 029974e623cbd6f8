# recover: finishes or undoes what an ended run has left, and only then says what is true. What the router serves is
# the truth; the journal says how it came about; `state` is what was committed.
recover() {
  wait_for_orphan
  if [ ! -s "$home/journal" ]; then
    agree
    return
  fi
  recover_phase=$(get "$home/journal" phase)
  recover_deploy=$(get "$home/journal" deploy)
  from=$(get "$home/journal" from)
  to=$(get "$home/journal" to)
  was_running=$(get "$home/journal" was-running)
  recover_release=$(get "$home/journal" release)
  digest=$(get "$home/journal" digest)
  operation=$(get "$home/journal" operation)
  if [ ! -r "$home/releases/$recover_release/plan" ]; then
    end_with 30 "The journal is there, but not the plan of its release $recover_release: look at $home by hand."
  fi
  use_plan "$home/releases/$recover_release/plan"
  old_plan
  event warning "The run $recover_deploy ended in the phase $recover_phase: repairing." phase "$recover_phase"
  recover_active=$(router_active) || recover_active=
  case $recover_phase in
    prepared | pulled | started | healthy | smoked | aborting)
      recover_undo
      ;;
    migrating)
      if [ "$(plan migrate-repeatable 1)" != 1 ]; then
        put "$home/migration" <<EOF
release=$recover_release
since=$(get "$home/journal" since)
EOF
      fi
      recover_undo
      ;;
    switching)
      if [ "$recover_active" = "$from" ] && [ "$from" != "$to" ]; then
        recover_undo
      else
        recover_forward
      fi
      ;;
    switched)
      if [ "$recover_active" = "$from" ] && [ "$from" != "$to" ]; then recover_conflict; fi
      recover_forward
      ;;
    committed | draining | retired)
      if [ -n "$recover_active" ] && [ "$recover_active" != "$to" ]; then recover_conflict; fi
      commit_state_once
      recover_retire
      ;;
    rolling-back)
      (return_to_old "The run $recover_deploy was ended while it returned.")
      recover_status=$?
      [ $recover_status = 20 ] || exit $recover_status
      ;;
    *) end_with 30 "The journal names an unknown phase, $recover_phase: another version of the agent wrote it." ;;
  esac
  audit repaired of "$recover_deploy" phase "$recover_phase"
}

recover_conflict() {
  end_with 30 "The journal says that $to was switched to, but the router serves ${recover_active:-nothing we know}: somebody changed it by hand. Set the router back, or call repair with force."
}

recover_undo() {
  if [ -n "$recover_active" ] && [ -n "$from" ] && [ "$recover_active" != "$from" ]; then recover_conflict; fi
  if [ "$from" != "$to" ]; then stop_color "$to"; fi
  drop "$home/journal"
  event info "Undone: ${from:-nothing} serves as before, $to is stopped."
}

# The switch may have happened. What is proven and healthy goes the whole way through the window again.
recover_forward() {
  (
    if gate "$to" && router_set "$to" && proved 5 10000; then after_switch; fi
    return_to_old "After the repair $release did not prove itself."
  )
  recover_status=$?
  case $recover_status in
    0 | 20) ;;
    *) exit $recover_status ;;
  esac
}

# The phase is written before the act: the state may be the old one still.
commit_state_once() {
  if [ "$(get "$home/state" release)" != "$release" ] || [ "$(get "$home/state" active)" != "$to" ]; then commit_state; fi
}

recover_retire() {
  (retire)
  recover_status=$?
  [ $recover_status = 0 ] || exit $recover_status
}

# agree: without a journal, router and state say the same, and the active colour runs.
agree() {
  [ -s "$home/state" ] || return 0
  agree_active=$(get "$home/state" active)
  agree_release=$(get "$home/state" release)
  [ -r "$home/releases/$agree_release/plan" ] || return 0
  agree_said=$(
    use_plan "$home/releases/$agree_release/plan"
    router_active
  )
  if [ "$agree_said" != "$agree_active" ]; then
    if [ "$force" = 1 ]; then
      event warning "The router serves ${agree_said:-nothing we know} though $agree_active was committed: taking the router's word, as told."
      return 0
    fi
    end_with 30 "The router serves ${agree_said:-nothing we know}, but $agree_active was committed last, and nobody wrote down a change: look which one is right, set the router, or call with force."
  fi
  (
    use_plan "$home/releases/$agree_release/plan"
    digest=$(get "$home/state" digest)
    color_answers "$agree_active" && exit 0
    event warning "$agree_active, which should serve, does not run: starting it."
    start_color "$agree_active" && gate "$agree_active"
  ) || end_with 40 "$agree_active does not run and cannot be started: nothing serves."
}

# old_plan: sets $from_plan, by which the old colour proves itself. A release that we did not start has no plan of its
# own: any answer with the right status is then good enough.
old_plan() {
  old_release=$(get "$home/state" release)
  if [ "$(get "$home/state" active)" = "$from" ] && [ -r "$home/releases/$old_release/plan" ]; then
    from_plan="$home/releases/$old_release/plan"
    [ "$old_release" != "$release" ] || from_plan=$plan_file
    return 0
  fi
  old_release=$(get "$home/colors/$from" release)
  if [ -n "$from" ] && [ -n "$old_release" ] && [ -r "$home/releases/$old_release/plan" ]; then
    from_plan="$home/releases/$old_release/plan"
    return 0
  fi
  from_plan="$home/log/$deploy.unknown"
  sed 's/^health-contains=.*/health-contains=/' "$plan_file" | put "$from_plan"
}
