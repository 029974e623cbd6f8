# recover THEN: finishes or undoes what an ended run has left, and goes on with THEN. What the router serves is the
# truth; the journal says how it came about; `state` is what was committed.
recover() {
  after_repair=$1
  wait_for_orphan
  # A login that a killed run left behind, and what was handed over for runs that never came to it.
  rm -rf "$home/log/login."* "$home/releases/"*/registry-password
  find "$home/incoming" "$home/wishes" -mindepth 1 -maxdepth 1 -mtime +1 -exec rm -rf {} +
  if [ ! -s "$home/journal" ]; then
    agree
    "$after_repair"
  fi
  if [ -e "$home/switch/maintenance" ]; then
    finish 10 "A run was left half-done, and maintenance is on: nothing could be proven through the router. End it first, by the operation maintenance-off, or here: bluegreen maintenance $app off"
  fi
  repairing=1
  own_operation=$operation
  left_phase=$(get "$home/journal" phase)
  left_deploy=$(get "$home/journal" deploy)
  from=$(get "$home/journal" from)
  to=$(get "$home/journal" to)
  release=$(get "$home/journal" release)
  fresh=$(get "$home/journal" fresh)
  barrier=$(get "$home/journal" barrier)
  operation=$(get "$home/journal" operation)
  blame=$(get "$home/journal" blame) || blame=1
  if ! is_name "$release" || ! is_name "$to" || ! is_name "$left_deploy"; then
    finish 30 "The journal cannot be read: look at $home/journal. With force it is put aside."
  fi
  event warning "The run $left_deploy ended in the phase $left_phase: repairing." phase "$left_phase"
  # It may have ended while the folder of an earlier deploy came back.
  if [ ! -d "$home/releases/$release" ] && [ -d "$home/releases/.$release.before" ]; then forget_release; fi
  if [ ! -r "$home/releases/$release/plan" ]; then
    # It ended while it moved the folder of its release to its place, or away again.
    case $left_phase in
      prepared | aborting)
        fresh=0
        forget_release
        drop "$home/journal"
        finish 10 "Undone: nothing was started yet."
        ;;
      *) finish 30 "The journal is there, but not the plan of its release $release: look at $home. With force it is put aside." ;;
    esac
  fi
  use_plan "$home/releases/$release/plan" ||
    finish 30 "The journal is there, but the plan of its release is not whole: $plan_file. With force it is put aside."
  old_plan
  recover_active=$(router_active) || recover_active=
  recover_phase
}

recover_phase() {
  case $left_phase in
    prepared | pulled | started | healthy | smoked | aborting) recover_undo ;;
    migrating)
      if [ "$(plan migrate-repeatable 1)" != 1 ]; then
        put "$home/migration" "release=$release
since=$(get "$home/journal" since)"
      fi
      recover_undo
      ;;
    switching)
      if [ -n "$from" ] && [ "$recover_active" = "$from" ]; then recover_undo; fi
      recover_forward
      ;;
    switched)
      proven=1
      # It may have returned without being able to write it down.
      if [ -n "$from" ] && [ "$recover_active" = "$from" ]; then return_to_old "The router serves $from again."; fi
      recover_forward
      ;;
    committed | draining | retired)
      if [ -n "$recover_active" ] && [ "$recover_active" != "$to" ]; then recover_conflict "$to"; fi
      recover_committed
      ;;
    rolling-back)
      return_to_old "The run $left_deploy was ended while it returned."
      ;;
    *) finish 30 "The journal names an unknown phase, $left_phase: another version of the agent wrote it." ;;
  esac
}

recover_conflict() {
  finish 30 "The run $left_deploy was ended when $1 should have served, but the router serves $recover_active: somebody changed it by hand. Set the router back, or use force to take its word."
}

recover_undo() {
  if [ -n "$recover_active" ] && [ -n "$from" ] && [ "$recover_active" != "$from" ]; then recover_conflict "$from"; fi
  # Where the router reads a file at its next start, that may name the other colour already.
  if [ "$left_phase" = switching ]; then router_set "$from"; fi
  # From here on its folder may be gone.
  enter aborting "Undoing the run $left_deploy."
  undo_left=
  stop_color "$to" || undo_left=" $to still runs: stop it by hand."
  forget_release
  drop "$home/journal"
  finish 10 "Undone: ${from:-nothing} serves as before, $to is stopped.$undo_left"
}

# It was proven, and may have died since, with the host: the old colour is not stopped before it serves again.
recover_committed() {
  if ! color_answers "$to"; then
    { recover_start && gate "$to"; } || finish 40 "$release was committed, and $to does not run and cannot be started: nothing serves."
  fi
  if [ -n "$from" ] && color_answers "$from" && ! proved 3 5000; then
    finish 40 "$release was committed, but does not answer through the router: $(sentence "$(answer_in_words)") Both colours are left as they are; when the router is mended, run repair."
  fi
  commit_state || lost_state
  retire
}

# The host may have been started anew.
recover_start() {
  event warning "$to does not run: starting it."
  start_color "$to"
}

# The switch may have happened. What is proven and healthy goes the whole way through the window again.
recover_forward() {
  if [ "$barrier" = 1 ] && [ -n "$from" ]; then
    blame=0
    return_to_old "It is not known how the other hosts went."
  fi
  barrier=0
  color_answers "$to" || recover_start
  if gate "$to" && router_set "$to" && proved 5 10000 trip; then
    proven=1
    after_switch
  fi
  return_to_old "After the repair $release did not prove itself: $(answer_in_words)"
}

# repaired CODE TEXT: the end of a repair, told as part of the run that did it.
repaired() {
  repairing=0
  phase=repaired
  operation=$own_operation
  case $1 in
    0) repaired_result=deployed ;;
    10) repaired_result=aborted ;;
    20) repaired_result=rolled-back ;;
    22) repaired_result=deployed ;;
    *)
      [ "$force" = 1 ] || finish "$1" "$2"
      event warning "$2"
      event warning "Going on nevertheless, as told: the router's word is taken."
      if [ -e "$home/journal" ]; then mv -f "$home/journal" "$home/journal.aside"; fi
      repaired_result=
      ;;
  esac
  event info "Repaired: $2"
  audit repaired of "$left_deploy" phase "$left_phase" release "$release" text "$2"
  if is_name "$left_deploy" && [ "$left_deploy" != "$deploy" ]; then rm -rf "$home/incoming/$left_deploy"; fi
  from='' to='' release='' from_plan='' fresh=0 barrier=0 blame=1 proven=0 down_since=''
  agree
  "$after_repair"
}

# agree: router and state say the same, the active colour runs, and the other one does not.
agree() {
  agree_active=$(get "$home/state" active)
  agree_release=$(get "$home/state" release)
  if ! is_name "$agree_release" || ! use_plan "$home/releases/$agree_release/plan"; then
    mend_state
    return
  fi
  agree_said=$(router_active) || agree_said=
  if [ "$agree_said" != "$agree_active" ]; then
    agree_text="The router serves ${agree_said:-nothing we know}, but $agree_active was committed last, and nobody wrote down a change"
    if [ "$force" = 1 ]; then
      event warning "$agree_text: taking the router's word, as told."
      mend_state
      return
    fi
    finish 30 "$agree_text: look which one is right, set the router, or use force to take its word."
  fi
  if ! color_answers "$agree_active"; then
    event warning "$agree_active, which should serve, does not run: starting it."
    if ! start_color "$agree_active" || ! gate "$agree_active"; then
      [ "$force" = 1 ] || finish 40 "$agree_active does not run and cannot be started: nothing serves. Deploy a mended release with force."
      event warning "$agree_active cannot be started: going on nevertheless, as told."
    fi
  fi
  agree_idle "$(other "$agree_active")"
}

# agree_idle COLOR: stops what runs there besides, unless it is what people get: the router may have been told, and not
# do it.
agree_idle() {
  if color_answers "$1" && [ -e "$home/colors/$1" ] && [ ! -e "$home/switch/maintenance" ] && ! proved 3 3000; then
    agree_text="Both colours run, and through the router $agree_release, which was committed last, does not answer: $(answer_in_words)"
    [ "$force" = 1 ] || finish 30 "$agree_text. Nothing was stopped: mend the router, or use force."
    event warning "$agree_text: going on nevertheless, as told."
    return 0
  fi
  stop_color "$1" || event warning "The idle colour still runs."
}

# mend_state: writes a lost state anew from what the router serves, where a release that we started proves itself.
mend_state() {
  # shellcheck disable=SC2012 # names are [A-Za-z0-9._-] only
  mend_release=$(ls -1t "$home/releases" | head -n 1)
  [ -n "$mend_release" ] || return 0
  use_plan "$home/releases/$mend_release/plan" || return 0
  mend_active=$(router_active) || return 0
  mend_release=$(get "$home/colors/$mend_active" release) || return 0
  color_answers "$mend_active" && use_plan "$home/releases/$mend_release/plan" || return 0
  from=
  proved 3 3000 || return 0
  # What a forced run finds otherwise than it was committed is the previous one now.
  mend_previous=$(get "$home/state" release) || mend_previous=
  [ "$mend_previous" != "$release" ] || mend_previous=
  put "$home/state" "active=$mend_active
release=$release
digest=$(image_of_release)
since=$(get "$home/colors/$mend_active" since)
previous=${mend_previous:+$(other "$mend_active")}
previous-release=$mend_previous
previous-digest=${mend_previous:+$(get "$home/state" digest)}" || return 0
  event warning "What was committed was lost: written anew, $release serves on $mend_active."
  audit mended release "$release" active "$mend_active"
}

# old_plan: sets $from_plan, by which the old colour proves itself. A release that we did not start has no plan of its
# own: any answer with the right status is then good enough.
old_plan() {
  old_release=
  if [ -n "$from" ]; then old_release=$(get "$home/colors/$from" release); fi
  from_plan="$home/releases/$old_release/plan"
  if [ "$old_release" = "$release" ] && [ -r "$home/releases/.$release.before/plan" ]; then
    from_plan="$home/releases/.$release.before/plan"
  fi
  if [ -z "$old_release" ] || [ ! -r "$from_plan" ]; then
    from_plan="$home/log/$deploy.unknown"
    sed 's/^health-contains=.*/health-contains=/' "$plan_file" >"$from_plan"
  fi
  old_status=$(get "$from_plan" health-status)
  old_contains=$(get "$from_plan" health-contains)
  new_status=$want_status
  new_contains=$want_contains
}
