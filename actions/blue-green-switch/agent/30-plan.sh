# The keys of a plan: those it must have, and those it may have.
plan_must=" format app deploy operation release first second first-port second-port start health-path health-status \
health-contains health-consecutive health-within health-interval health-timeout router public-url settle drain \
stop-within stability keep-releases wait-within barrier hold force lock-wait "
plan_may=" actor run compose-file compose-service image image-port image-pull start-command stop-command \
migrate migrate-within migrate-irreversible migrate-repeatable pre-switch post-switch hook-within \
router-file router-socket router-set router-active router-maintenance public-host \
watch-command watch-errors watch-latency registry registry-user disk-free dry-run "
plan_numbers=" first-port second-port health-status health-consecutive health-within health-interval health-timeout \
settle drain stop-within stability keep-releases wait-within barrier hold force lock-wait migrate-within \
migrate-irreversible migrate-repeatable hook-within image-port image-pull watch-errors watch-latency disk-free dry-run "

# plan KEY [DEFAULT]: prints a value of the plan.
plan() {
  if plan_value "$1"; then printf '%s\n' "$value"; else printf '%s\n' "${2-}"; fi
}

# plan_value KEY: sets $value to it; status 1 when there is none. The text is in memory: a shell reads files byte by byte.
plan_value() {
  value=
  case $plan_text in
    *"$newline$1="*) ;;
    *) return 1 ;;
  esac
  value=${plan_text#*"$newline$1="}
  value=${value%%"$newline"*}
}

# has_word WORDS WORD: the words have a space on both sides.
has_word() {
  case $2 in
    '' | *' '*) return 1 ;;
  esac
  case $1 in
    *" $2 "*) return 0 ;;
  esac
  return 1
}

# check_plan FILE: names on stdout everything that is wrong with a plan.
check_plan() {
  [ -r "$1" ] || { echo "there is no plan: $1" && return; }
  check_seen=' '
  while IFS= read -r check_line || [ -n "$check_line" ]; do
    check_key=${check_line%%=*}
    case $check_key in
      image-option-[0-9]* | image-command-[0-9]* | env-file-[0-9]*)
        is_number "${check_key##*-}" || echo "unknown key: $check_key"
        ;;
      *)
        has_word "$plan_must $plan_may" "$check_key" || echo "unknown key: $check_key"
        ;;
    esac
    case $check_seen in
      *" $check_key "*) echo "$check_key stands twice" ;;
    esac
    check_seen="$check_seen$check_key "
    if has_word "$plan_numbers" "$check_key"; then
      is_number "${check_line#*=}" || echo "$check_key is no whole number"
    fi
    case $check_key in
      app | deploy | release | first | second | compose-file | env-file-*)
        is_name "${check_line#*=}" || echo "$check_key is no name of letters, digits, dots, dashes and underscores"
        ;;
    esac
  done <"$1"
  for check_key in $plan_must; do
    case $check_seen in
      *" $check_key "*) ;;
      *) echo "$check_key is missing" ;;
    esac
  done
  check_choices "$1"
}

# check_choices FILE: what depends on a choice.
check_choices() {
  [ "$(get "$1" format)" = 1 ] || echo "the format is not 1: another version of the action wrote this plan"
  case $(get "$1" start) in
    compose) check_needs "$1" compose-file compose-service ;;
    image) check_needs "$1" image image-port ;;
    command) check_needs "$1" start-command stop-command ;;
    *) echo "start is none of compose, image, command" ;;
  esac
  case $(get "$1" router) in
    nginx | caddy) ;;
    haproxy) check_needs "$1" router-socket ;;
    command) check_needs "$1" router-set router-active ;;
    *) echo "router is none of nginx, haproxy, caddy, command" ;;
  esac
  case $(get "$1" operation) in
    deploy | rollback) ;;
    *) echo "operation is neither deploy nor rollback" ;;
  esac
  case $(get "$1" second) in
    maintenance | backend.map) echo "the second colour must not be called $(get "$1" second)" ;;
  esac
  [ "$(get "$1" release)" != force ] || echo "a release must not be called force, which is a word of the commands"
  [ "$(get "$1" first)" != "$(get "$1" second)" ] || echo "both colours have the same name"
  [ "$(get "$1" first-port)" != "$(get "$1" second-port)" ] || echo "both colours have the same port"
}

check_needs() {
  check_file=$1
  shift
  for check_key; do
    [ -n "$(get "$check_file" "$check_key")" ] || echo "$check_key is missing"
  done
}

# use_plan FILE: sets what nearly every step needs. Status 1 when the file is not whole: numbers are calculated with
# without another look.
use_plan() {
  plan_file=$1
  release_dir=${1%/*}
  plan_text=$newline$(cat "$1" 2>/dev/null 9>&-)$newline
  use_status=0
  for use_key in health-consecutive health-within health-interval settle drain stop-within stability keep-releases; do
    plan_value "$use_key" || use_status=1
  done
  plan_value release && release=$value || use_status=1
  plan_value first && first=$value || use_status=1
  plan_value second && second=$value || use_status=1
  plan_value first-port && first_port=$value || use_status=1
  plan_value second-port && second_port=$value || use_status=1
  plan_value start && start_kind=$value || use_status=1
  plan_value router && router_kind=$value || use_status=1
  plan_value health-path && health_path=$value || use_status=1
  plan_value health-status && want_status=$value || use_status=1
  plan_value health-contains && want_contains=$value || use_status=1
  plan_value health-timeout && seconds "$value" && ask_limit=$seconds || use_status=1
  plan_value public-url && public_url=$value || use_status=1
  plan_value public-host
  public_host=$value
  plan_value router-socket
  router_socket=$value
  return $use_status
}

# with_plan FILE COMMAND [ARGUMENT]...: runs a function under the plan of another release.
with_plan() {
  # The positional parameters are what a function has for itself alone.
  set -- "$plan_file" "$@"
  use_plan "$2"
  beyond_two "$@"
  set -- "$1" $?
  use_plan "$1"
  return "$2"
}

beyond_two() {
  shift 2
  "$@"
}

# port_of COLOR, other COLOR
port_of() {
  if [ "$1" = "$first" ]; then printf '%s\n' "$first_port"; else printf '%s\n' "$second_port"; fi
}

other() {
  if [ "$1" = "$first" ]; then printf '%s\n' "$second"; else printf '%s\n' "$first"; fi
}
