usage() {
  cat >&2 <<END
usage: bluegreen status <app>                  what is live, and what is left over
       bluegreen deploy <app> <release>        a release that is here
       bluegreen rollback <app> [<release>]    the previous release, or the named one
       bluegreen repair <app>                  finishes or undoes what an ended run left half-done
       bluegreen maintenance <app> on|off      503 for everybody, and back; no deploys meanwhile
       bluegreen run <app> <deploy>            what incoming/<deploy>/plan says
       bluegreen events <app> <deploy> [<n>]   its events after the first n
       bluegreen snippet <app> <release>       the router's configuration
The word force after deploy, rollback and repair: also a bad release, and past a conflict.
END
  exit 64
}

main() {
  [ $# -ge 2 ] || usage
  operation=$1
  app=$2
  is_name "$app" || usage
  # Losing the terminal ends no deploy.
  trap '' HUP
  root=$(readlink -f "$0")
  root=${root%/*/*}
  home=$root/$app
  actor='' run_url='' release='' from='' to='' from_plan='' plan_file='' incoming='' deploy=''
  force=0 dry=0 hold=0 barrier=0 fresh=0 blame=1 proven=0 for_person=0 repairing=0
  phase=begin downtime=0 down_since='' end_result='' repaired_result='' old_latency='' docker_config='' abort_began=0 ready_pid=''
  dark_since='' agree_release='' old_status='' old_contains='' new_status='' new_contains='' events=/dev/null out=/dev/null locked=0 event_number=0 began=0
  case $operation:$# in
    run:3)
      deploy=$3
      is_name "$deploy" || usage
      make_home
      begin_log
      run_plan
      ;;
    status:2) status ;;
    events:3 | events:4)
      if ! is_name "$3" || ! is_number "${4:-0}"; then usage; fi
      tail -n "+$((${4:-0} + 1))" "$home/log/$3.events" 2>/dev/null || exit 0
      ;;
    snippet:3)
      is_name "$3" || usage
      snippet_plan=$home/incoming/$3/plan
      [ -r "$snippet_plan" ] || snippet_plan=$home/releases/$3/plan
      if [ ! -r "$snippet_plan" ] && [ "$(get "$home/refused" release)" = "$3" ]; then snippet_plan=$home/refused; fi
      [ -r "$snippet_plan" ] || { echo "bluegreen: there is no release $3 here" >&2 && exit 64; }
      make_home
      use_plan "$snippet_plan"
      snippet
      ;;
    deploy:3 | deploy:4 | rollback:2 | rollback:3 | rollback:4 | repair:2 | repair:3 | maintenance:3) change "$@" ;;
    *) usage ;;
  esac
}

# change: what a person on the host may ask for.
change() {
  for change_word; do :; done
  if [ "$change_word" = force ]; then force=1; fi
  change_wait=${BLUEGREEN_LOCK_WAIT:-0}
  is_number "$change_wait" || usage
  change_name=${3-}
  if [ "$change_name" = force ]; then change_name=; fi
  case $operation:$change_name in
    repair: | rollback: | maintenance:on | maintenance:off) ;;
    deploy:?* | rollback:?*) is_name "$change_name" || usage ;;
    *) usage ;;
  esac
  make_home
  by_hand
  take_lock "$change_wait"
  # In an emergency maintenance comes first, whatever was left half-done.
  if [ "$operation" = maintenance ]; then change_maintenance; fi
  recover "change_$operation"
}

change_deploy() {
  again "$change_name"
}

change_rollback() {
  change_name=${change_name:-$(get "$home/state" previous-release)}
  [ -n "$change_name" ] || finish 10 "There is no previous release. Name one: bluegreen rollback $app <release>"
  again "$change_name"
}

change_repair() {
  end_result=${repaired_result:-unchanged}
  change_active=$(get "$home/state" active) || change_active=
  if [ -n "$change_active" ]; then finish 0 "In order: $change_active serves $(get "$home/state" release)."; fi
  for change_color in "$home/colors/"*; do
    if [ -e "$change_color" ] && ! get "$change_color" stopped >/dev/null; then
      finish 30 "What was committed is lost, and cannot be found out: the release $(get "$change_color" release) was started as ${change_color##*/}, and does not answer through the router. Mend the router and repair again, or deploy."
    fi
  done
  finish 0 "In order: nothing is deployed."
}

change_maintenance() {
  change_plan="$home/releases/$(get "$home/state" release)/plan"
  # shellcheck disable=SC2012 # names are [A-Za-z0-9._-] only
  [ -r "$change_plan" ] || change_plan="$home/releases/$(ls -1t "$home/releases" | head -n 1)/plan"
  [ -r "$change_plan" ] || finish 10 "Nothing was deployed here yet."
  use_plan "$change_plan"
  router_maintenance "$change_name" || finish 10 "The router did not take it."
  audit "maintenance $change_name"
  if ! maintenance_seen "$change_name"; then
    finish 10 "Maintenance was set to $change_name, but through the router it looks different: ${ask_status} at $public_url."
  fi
  end_result=unchanged
  finish 0 "Maintenance is $change_name."
}

main "$@"
