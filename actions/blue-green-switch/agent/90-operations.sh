# make_home: the folders of an application. `switch` is for the router's workers to read, everything else for us alone.
make_home() {
  mkdir -p "$root/$app" && cd "$root/$app" || { echo "bluegreen: $root/$app cannot be made: give $(id -un) the folder $root" >&2 && exit 64; }
  mkdir -p switch log incoming releases colors bad wishes &&
    chmod 711 "$home" && chmod 755 switch && : >>audit.jsonl ||
    { echo "bluegreen: $home is not writable for $(id -un)" >&2 && exit 64; }
  [ -e switch/backend.map ] || return 0
}

# take_lock: one run at a time. The kernel frees the lock when this process dies, however it does.
take_lock() {
  ticks
  lock_end=$((ticks + $1))
  exec 9>>"$home/lock"
  until flock -n 9; do
    ticks
    if [ "$ticks" -ge "$lock_end" ]; then
      phase=end
      event error "Another run holds the lock: $(tr '\n' ' ' <"$home/owner" 2>/dev/null)" code 75 result busy \
        holder "$(get "$home/owner" deploy)" active "$(get "$home/state" active)" release "$(get "$home/state" release)"
      exit 75
    fi
    nap 200
  done
  put "$home/owner" <<EOF
deploy=$deploy
operation=$operation
actor=$actor
run=$run_url
pid=$$
since=$(now)
EOF
}

# run_plan: does what a plan in incoming/ says.
run_plan() {
  incoming="$home/incoming/$deploy"
  run_wrong=$(check_plan "$incoming/plan")
  if [ -z "$run_wrong" ] && { [ "$(get "$incoming/plan" app)" != "$app" ] || [ "$(get "$incoming/plan" deploy)" != "$deploy" ]; }; then
    run_wrong="the plan is for another application or deploy"
  fi
  if [ -n "$run_wrong" ]; then end_with 64 "The plan is not valid: $(printf '%s' "$run_wrong" | tr '\n' ';')"; fi
  operation=$(get "$incoming/plan" operation)
  actor=$(get "$incoming/plan" actor)
  run_url=$(get "$incoming/plan" run)
  force=$(get "$incoming/plan" force)
  take_lock "$(get "$incoming/plan" lock-wait)"
  recover_first
  operation=$(get "$incoming/plan" operation)
  use_plan "$incoming/plan"
  to=
  begin_deploy
}

# A repair is told as part of this run, and ends it only when it cannot come to a good end.
recover_first() {
  recover_mine="$deploy|$operation"
  recover
  deploy=${recover_mine%%|*}
  operation=${recover_mine#*|}
  digest=
  from=
  to=
}

begin_deploy() {
  begin_checks
  from=$(router_active) || from=
  if [ ! -s "$home/state" ] && ! color_answers "$first" && ! color_answers "$second"; then
    to=${from:-$first} # Nothing serves yet: the colour that the router points at needs no switch.
    from=
  else
    from=${from:-$(get "$home/state" active)}
    to=$(other "$from")
  fi
  was_running=0
  unchanged && { end_result=unchanged && end_with 0 "$release is live on $from already."; }
  if [ "$(plan dry-run 0)" = 1 ]; then
    rm -rf "${incoming:?}"
    end_result=planned
    end_with 0 "Would start $release as $to on port $(port_of "$to")${from:+, switch from $from, and stop $from after $(plan stability) ms}."
  fi
  enter prepared "Deploying $release as $to${from:+, while $from serves}."
  if [ -n "$incoming" ]; then
    rm -rf "$home/releases/$release.old"
    if [ -d "$home/releases/$release" ]; then mv "$home/releases/$release" "$home/releases/$release.old"; fi
    mv "$incoming" "$home/releases/$release" && sync "$home/releases" || abort "The release cannot be written to $home/releases."
    rm -rf "$home/releases/$release.old"
    use_plan "$home/releases/$release/plan"
  fi
  touch "$home/releases/$release"
  old_plan
  advance
}

begin_checks() {
  begin_wrong=$(router_check)
  if [ -e "$home/bad/$release" ] && [ "$force" != 1 ]; then
    begin_wrong="$begin_wrong
$release was rolled back on $(get "$home/bad/$release" since) ($(get "$home/bad/$release" reason)). Deploy a mended release, or use force"
  fi
  if [ -s "$home/migration" ] && [ "$force" != 1 ]; then
    begin_wrong="$begin_wrong
the migration of $(get "$home/migration" release) was interrupted, and is not said to be repeatable: look at the database, then use force"
  fi
  if [ -e "$home/switch/maintenance" ]; then
    begin_wrong="$begin_wrong
maintenance is on: nothing could be proven through the router. Run: bluegreen maintenance $app off"
  fi
  if [ "$(plan start)" != command ] && ! docker info >/dev/null 2>&1 9>&-; then
    begin_wrong="$begin_wrong
$(id -un) cannot use Docker on this host: is it running, and is $(id -un) in the group docker?"
  fi
  begin_wrong=$(printf '%s\n' "$begin_wrong" | sed '/^$/d')
  [ -n "$begin_wrong" ] || { rm -f "$home/migration" && return 0; }
  printf '%s\n' "$begin_wrong" >"$home/log/$deploy.wrong"
  while IFS= read -r begin_line; do event error "$begin_line."; done <"$home/log/$deploy.wrong"
  rm -f "$home/log/$deploy.wrong"
  end_with 10 "Not begun: $(printf '%s' "$begin_wrong" | tr '\n' ';')."
}

# unchanged: this very release is committed, serves, and proves it.
unchanged() {
  [ "$force" != 1 ] && [ "$(get "$home/state" release)" = "$release" ] && [ "$(get "$home/state" active)" = "$from" ] || return 1
  [ "$(get "$home/releases/$release/plan" image)" = "$(plan image)" ] || return 1
  (from='' && proved 5 3000)
}

# again RELEASE: deploys a release whose plan and files are still here.
again() {
  if [ ! -r "$home/releases/$1/plan" ]; then
    # shellcheck disable=SC2012
    end_with 10 "There is no release $1 here. These are: $(ls -1t "$home/releases" | tr '\n' ' ')"
  fi
  use_plan "$home/releases/$1/plan"
  begin_deploy
}

# by_hand: a command of a person, or of a runner that says so in the environment and follows the events.
by_hand() {
  deploy=${BLUEGREEN_DEPLOY:-"hand-$(date -u +%Y%m%dT%H%M%SZ)-$$"}
  is_name "$deploy" || usage
  actor=${BLUEGREEN_ACTOR:-$(id -un)}
  run_url=${BLUEGREEN_RUN:-}
  if [ "${BLUEGREEN_FORCE:-0}" = 1 ]; then force=1; fi
  [ -n "${BLUEGREEN_DEPLOY:-}" ] || for_person=1
  begin_log
}

begin_log() {
  events="$home/log/$deploy.events"
  event_number=0
  [ ! -s "$events" ] || event_number=$(wc -l <"$events")
  ticks
  began=$ticks
}

# status: what is true, as one object. Reads only.
status() {
  status_release=$(get "$home/state" release)
  status_active=$(get "$home/state" active)
  status_router=
  status_running=
  if [ -r "$home/releases/$status_release/plan" ]; then
    use_plan "$home/releases/$status_release/plan"
    events=/dev/null
    status_router=$(router_active)
    for status_color in "$first" "$second"; do
      if color_answers "$status_color"; then status_running="$status_running $status_color"; fi
    done
  fi
  status_under_way=$(get "$home/journal" phase)
  status_holder= status_pid=
  if [ -e "$home/lock" ] && ! (exec 9>>"$home/lock" && flock -n 9); then
    status_holder=$(get "$home/owner" deploy)
    status_pid=$(get "$home/owner" pid)
  fi
  json_object app "$app" active "$status_active" release "$status_release" digest "$(get "$home/state" digest)" \
    since "$(get "$home/state" since)" previous "$(get "$home/state" previous)" \
    previous-release "$(get "$home/state" previous-release)" previous-digest "$(get "$home/state" previous-digest)" \
    router "$status_router" running "${status_running# }" phase "$status_under_way" \
    left-by "$(get "$home/journal" deploy)" under-way "$(get "$home/journal" release)" \
    holder "$status_holder" pid "$status_pid" \
    maintenance "$([ -e "$home/switch/maintenance" ] && echo on || echo off)" \
    releases "$(printf '%s' "$(ls -1t "$home/releases" 2>/dev/null)" | tr '\n' ' ')" \
    bad "$(printf '%s' "$(ls -1 "$home/bad" 2>/dev/null)" | tr '\n' ' ')"
  printf '\n'
}
