usage() {
  echo "usage: bluegreen run|deploy|rollback|status|repair|maintenance|events|snippet <app> [...]" >&2
  exit 64
}

main() {
  [ $# -ge 2 ] || usage
  operation=$1
  app=$2
  is_name "$app" || { echo "bluegreen: $app is no name of letters, digits, dots, dashes and underscores" >&2 && exit 64; }
  self=$(readlink -f "$0")
  root=$(dirname "$(dirname "$self")")
  home=$root/$app
  actor= run_url= release= digest= from= to= from_plan= force=0 was_running=0 incoming= old_latency= watch_latency= docker_config=
  phase=begin downtime=0 down_since= for_person=0 end_result= deploy=
  make_home
  case $operation:$# in
    run:3)
      deploy=$3
      is_name "$deploy" || usage
      begin_log
      run_plan
      ;;
    status:2) status ;;
    events:3 | events:4)
      is_name "$3" && is_number "${4:-0}" || usage
      tail -n "+$((${4:-0} + 1))" "$home/log/$3.events" 2>/dev/null || exit 0
      ;;
    snippet:3)
      is_name "$3" || usage
      use_plan "$([ -r "$home/incoming/$3/plan" ] && echo "$home/incoming/$3/plan" || echo "$home/releases/$3/plan")"
      snippet
      ;;
    deploy:3 | rollback:2 | rollback:3 | repair:2 | repair:3 | maintenance:3) change "$@" ;;
    *) usage ;;
  esac
}

# change: what a person on the host may ask for.
change() {
  by_hand
  [ "${3-}" != force ] || force=1
  hand_wait=${BLUEGREEN_LOCK_WAIT:-0}
  is_number "$hand_wait" || usage
  take_lock "$hand_wait"
  recover_first
  case $1 in
    deploy)
      is_name "$3" || usage
      again "$3"
      ;;
    rollback)
      change_release=${3:-$(get "$home/state" previous-release)}
      [ -n "$change_release" ] || end_with 10 "There is no previous release. Name one: bluegreen rollback $app <release>"
      is_name "$change_release" || usage
      again "$change_release"
      ;;
    repair)
      end_result=unchanged
      end_with 0 "Nothing is left half-done: $(get "$home/state" active) serves $(get "$home/state" release)."
      ;;
    maintenance)
      change_release=$(get "$home/state" release)
      [ -r "$home/releases/$change_release/plan" ] || end_with 10 "Nothing was deployed here yet."
      case $3 in
        on | off) ;;
        *) usage ;;
      esac
      use_plan "$home/releases/$change_release/plan"
      router_maintenance "$3" || end_with 10 "The router did not take it."
      audit "maintenance $3"
      end_result=unchanged
      end_with 0 "Maintenance is $3."
      ;;
  esac
}

main "$@"
