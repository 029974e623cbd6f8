# make_home: the folders of an application. `switch` is for the router's workers to read, everything else for us alone.
make_home() {
  if ! { mkdir -p "$home" && cd "$home" && mkdir -p switch log incoming releases colors bad wishes &&
    chmod 711 "$home" && chmod 755 switch && true >>audit.jsonl && true >>lock && true >>busy; } 2>/dev/null; then
    echo "bluegreen: $home cannot be made or written. Give $(id -un) the folder $root, and look at the disk space" >&2
    exit 64
  fi
}

# take_lock: one run at a time. The kernel frees the lock when this process dies, however it does.
take_lock() {
  ticks
  lock_end=$((ticks + $1))
  lock_said=0
  exec 9>>"$home/lock"
  until flock -n 9; do
    ticks
    if wished abort; then finish 10 "Cancelled while it waited for another run."; fi
    if [ "$(holder)" = "$deploy" ]; then exit 75; fi
    if [ "$ticks" -ge "$lock_end" ]; then
      phase=end
      if [ -n "$incoming" ]; then rm -rf "$incoming"; fi
      event error "Another run holds the lock: $(tr '\n' ' ' <"$home/owner" 2>/dev/null)" code 75 result busy \
        holder "$(get "$home/owner" deploy)" active "$(get "$home/state" active)" release "$(get "$home/state" release)"
      exit 75
    fi
    if [ $lock_said = 0 ]; then event info "Waiting for another run: $(tr '\n' ' ' <"$home/owner" 2>/dev/null)"; fi
    lock_said=1
    nap 200
  done
  locked=1
  put "$home/owner" "deploy=$deploy
operation=$operation
actor=$actor
run=$run_url
pid=$$
born=$(born $$)
since=$(now)" || event warning "It cannot be written down who holds the lock: $home/owner."
}

# born PID: when a process started, in the kernel's ticks; nothing for one that has ended. A number that comes again
# belongs to another process.
born() {
  { read -r born_line <"/proc/$1/stat"; } 2>/dev/null || return 1
  # The name of the program, in parentheses, may hold spaces.
  # shellcheck disable=SC2086 # the fields
  set -- ${born_line##*) }
  [ "$1" != Z ] && printf '%s\n' "${20}"
}

# holder: the run that holds the lock; nothing when the one that wrote it down has ended.
holder() {
  holder_born=$(get "$home/owner" born) || return 0
  [ "$(born "$(get "$home/owner" pid)")" != "$holder_born" ] || get "$home/owner" deploy
}

# run_plan: does what a plan in incoming/ says.
run_plan() {
  # Called a second time, by somebody who lost the connection while it began: this run goes on, and tells its end.
  if [ "$(holder)" = "$deploy" ]; then exit 75; fi
  incoming="$home/incoming/$deploy"
  run_wrong=$(check_plan "$incoming/plan")
  if [ -z "$run_wrong" ] && { [ "$(get "$incoming/plan" app)" != "$app" ] || [ "$(get "$incoming/plan" deploy)" != "$deploy" ]; }; then
    run_wrong="the plan is for another application or deploy"
  fi
  if [ -n "$run_wrong" ]; then finish 64 "The plan is not valid: $(printf '%s' "$run_wrong" | tr '\n' ';')"; fi
  operation=$(get "$incoming/plan" operation)
  actor=$(get "$incoming/plan" actor)
  run_url=$(get "$incoming/plan" run)
  force=$(get "$incoming/plan" force)
  dry=$(get "$incoming/plan" dry-run) || dry=0
  take_lock "$(get "$incoming/plan" lock-wait)"
  [ -r "$incoming/plan" ] || finish 64 "The files of this run are gone: somebody has carried it out, or removed them, while it waited."
  if [ "$dry" = 1 ]; then
    [ ! -s "$home/journal" ] ||
      event warning "A run was left half-done in the phase $(get "$home/journal" phase): a deploy would repair it first."
    run_incoming
  fi
  recover run_incoming
}

run_incoming() {
  use_plan "$incoming/plan"
  hold=$(plan hold)
  barrier=$(plan barrier)
  begin_deploy
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
  if unchanged; then
    end_result=unchanged
    finish 0 "$release is live on $from already."
  fi
  if [ "$dry" = 1 ]; then
    end_result=planned
    finish 0 "Would start $release as $to on port $(port_of "$to")${from:+, switch from $from, and stop $from after $(plan stability) ms}."
  fi
  # What an earlier deploy has left there goes; anything else is left alone.
  if ! stop_color "$to" || color_answers "$to"; then
    finish 10 "Not begun: port $(port_of "$to"), which $to needs, is served by something that no deploy has started here, or that cannot be stopped. Stop it, or give $to another port."
  fi
  begin_release
  old_plan
  if [ -n "$from" ] && [ "$old_contains" = "$want_contains" ]; then
    event warning "Both colours answer alike: the proof through the router cannot tell them apart."
  fi
  advance
}

# begin_release: the uploaded files move to their place; those of an earlier deploy of the same release step aside.
begin_release() {
  fresh=0
  if [ -n "$incoming" ] && [ ! -d "$home/releases/$release" ]; then fresh=1; fi
  enter prepared "Deploying $release as $to${from:+, while $from serves}."
  abort_began=0
  if [ -n "$incoming" ]; then
    # Somebody's force may have put the run aside that it belonged to.
    if [ $fresh = 0 ]; then rm -rf "$home/releases/.$release.before"; fi
    if [ $fresh = 0 ] && ! mv "$home/releases/$release" "$home/releases/.$release.before"; then
      abort "The release cannot be written to $home/releases."
    fi
    if ! mv "$incoming" "$home/releases/$release" || ! sync "$home/releases"; then
      abort "The release cannot be written to $home/releases."
    fi
    incoming=
    use_plan "$home/releases/$release/plan"
  fi
  touch "$home/releases/$release"
}

begin_checks() {
  begin_wrong=$(router_check)
  case $begin_wrong in
    *'Put in what is shown above'*)
      snippet >"$home/log/$deploy.snippet"
      show_output "$home/log/$deploy.snippet" 100
      rm -f "$home/log/$deploy.snippet"
      ;;
  esac
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
maintenance is on: nothing could be proven through the router. End it first, by the operation maintenance-off, or here: bluegreen maintenance $app off"
  fi
  begin_active=$(get "$home/state" active) || begin_active=$first
  if [ -n "$begin_active" ] && [ "$begin_active" != "$first" ] && [ "$begin_active" != "$second" ]; then
    begin_wrong="$begin_wrong
the colour $begin_active serves, which is neither $first nor $second: colours keep their names"
  fi
  if [ "$start_kind" != command ] && ! docker info >/dev/null 2>&1 9>&-; then
    begin_wrong="$begin_wrong
$(id -un) cannot use Docker on this host: is it running, and is $(id -un) in the group docker?"
  fi
  if [ ! -s "$home/ballast" ] && ! head -c 1048576 /dev/urandom >"$home/ballast"; then
    rm -f "$home/ballast"
    begin_wrong="$begin_wrong
the disk of $home is full"
  fi 2>/dev/null
  begin_wrong=$(printf '%s\n' "$begin_wrong" | sed '/^$/d')
  if [ -z "$begin_wrong" ]; then
    if [ "$dry" != 1 ]; then rm -f "$home/migration"; fi
    return 0
  fi
  printf '%s\n' "$begin_wrong" >"$home/log/$deploy.wrong"
  while IFS= read -r begin_line; do event error "$begin_line."; done <"$home/log/$deploy.wrong"
  rm -f "$home/log/$deploy.wrong"
  # The release goes, and `bluegreen snippet` is still to print what the router lacks.
  cp "$plan_file" "$home/refused" || true
  finish 10 "Not begun: $(printf '%s' "$begin_wrong" | tr '\n' ';')."
}

# unchanged: this very release, with the same files, is committed, serves, and proves it.
unchanged() {
  [ "$force" != 1 ] && [ "$(get "$home/state" release)" = "$release" ] && [ "$(get "$home/state" active)" = "$from" ] || return 1
  case $(plan image) in
    '' | *@sha256:*) ;;
    *) return 1 ;; # A tag may name another image by now.
  esac
  [ "$(fingerprint "$home/releases/$release")" = "$(fingerprint "$release_dir")" ] || return 1
  unchanged_from=$from
  from=
  proved 5 3000
  set -- $?
  from=$unchanged_from
  return "$1"
}

# fingerprint FOLDER: what makes a deploy of a release the same as another one.
fingerprint() {
  {
    grep -vE '^(deploy|operation|actor|run|force|hold|barrier|wait-within|lock-wait|dry-run|migrate|migrate-within)=' "$1/plan"
    fingerprint_n=1
    while fingerprint_file=$(get "$1/plan" "env-file-$fingerprint_n"); do
      cat "$1/$fingerprint_file"
      fingerprint_n=$((fingerprint_n + 1))
    done
    if fingerprint_file=$(get "$1/plan" compose-file); then cat "$1/$fingerprint_file"; fi
  } | sha256sum
}

# again RELEASE: deploys a release whose plan and files are still here.
again() {
  if [ ! -r "$home/releases/$1/plan" ]; then
    # shellcheck disable=SC2012
    finish 10 "There is no release $1 here. These are: $(ls -1t "$home/releases" | tr '\n' ' ')"
  fi
  use_plan "$home/releases/$1/plan" || finish 10 "The plan of $1 is not whole: $plan_file. Deploy it anew."
  begin_deploy
}

# by_hand: a command of a person, or of a runner that says so in the environment and follows the events.
by_hand() {
  deploy=${BLUEGREEN_DEPLOY:-"hand-$(date -u +%Y%m%dT%H%M%SZ)-$$"}
  is_name "$deploy" || usage
  actor=${BLUEGREEN_ACTOR:-$(id -un)}
  run_url=${BLUEGREEN_RUN:-}
  case $actor$run_url in
    *"$newline"*) usage ;;
  esac
  if [ "${BLUEGREEN_FORCE:-0}" = 1 ]; then force=1; fi
  [ -n "${BLUEGREEN_DEPLOY:-}" ] || for_person=1
  begin_log
}

begin_log() {
  events="$home/log/$deploy.events"
  out="$home/log/$deploy.out"
  event_number=0
  [ ! -s "$events" ] || event_number=$(wc -l <"$events")
  ticks
  began=$ticks
}

# status: what is true, as one object. Reads only.
status() {
  status_release=$(get "$home/state" release)
  status_router=
  status_running=
  if [ -r "$home/releases/$status_release/plan" ]; then
    use_plan "$home/releases/$status_release/plan"
    status_router=$(router_active)
    for status_color in "$first" "$second"; do
      if color_answers "$status_color"; then status_running="$status_running $status_color"; fi
    done
  fi
  status_holder=$(holder)
  status_pid=
  if [ -n "$status_holder" ]; then status_pid=$(get "$home/owner" pid); fi
  # shellcheck disable=SC2012 # names are [A-Za-z0-9._-] only
  json_object app "$app" active "$(get "$home/state" active)" release "$status_release" \
    digest "$(get "$home/state" digest)" since "$(get "$home/state" since)" \
    previous "$(get "$home/state" previous)" previous-release "$(get "$home/state" previous-release)" \
    previous-digest "$(get "$home/state" previous-digest)" router "$status_router" running "${status_running# }" \
    phase "$(get "$home/journal" phase)" left-by "$(get "$home/journal" deploy)" \
    under-way "$(get "$home/journal" release)" holder "$status_holder" pid "$status_pid" \
    maintenance "$([ -e "$home/switch/maintenance" ] && echo on || echo off)" \
    releases "$(ls -1t "$home/releases" 2>/dev/null | tr '\n' ' ')" bad "$(ls -1 "$home/bad" 2>/dev/null | tr '\n' ' ')"
  printf '\n'
}
