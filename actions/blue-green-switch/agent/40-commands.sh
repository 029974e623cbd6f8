# limited MILLISECONDS OUTPUT COMMAND [ARGUMENT]...: runs a command with a time limit. Neither the lock nor the
# terminal is passed on: a daemon that it starts would hold the lock for ever. When this script is killed meanwhile,
# the command goes on; its number is written down so that the next run can wait for its end.
limited() {
  limited_ms=$1
  limited_out=$2
  shift 2
  timeout -k 5 "$((limited_ms / 1000)).$(printf %03d "$((limited_ms % 1000))")" "$@" \
    </dev/null >>"$limited_out" 2>&1 9>&- &
  limited_pid=$!
  printf 'pid=%s\nborn=%s\n' "$limited_pid" "$(born "$limited_pid")" >"$home/running"
  wait "$limited_pid"
  limited_status=$?
  rm -f "$home/running"
  return $limited_status
}

# born PID: when a process started, in the kernel's ticks: a number that comes again belongs to another process.
born() {
  [ -r "/proc/$1/stat" ] || return 1
  read -r born_line <"/proc/$1/stat" 2>/dev/null || return 1
  # The name of the program, in parentheses, may hold spaces.
  # shellcheck disable=SC2086 # the fields
  set -- ${born_line##*) }
  printf '%s\n' "${20}"
}

# wait_for_orphan: a command of a run that was killed may still be at work; it ends by its own time limit.
wait_for_orphan() {
  orphan=$(get "$home/running" pid) || return 0
  orphan_said=0
  while is_number "$orphan" && [ "$(born "$orphan")" = "$(get "$home/running" born)" ]; do
    if [ $orphan_said = 0 ]; then
      event warning "A command of the run that was ended is still at work (process $orphan): waiting for its end."
      orphan_said=1
    fi
    nap 200
  done
  rm -f "$home/running"
}

# hook NAME COMMAND MILLISECONDS COLOR: runs a command of the config. Status as the command's, 124 when too slow.
hook() {
  hook_out="$home/log/$deploy.$1"
  : >"$hook_out"
  APP=$app COLOR=$4 PORT=$(port_of "$4") RELEASE=$release IMAGE=$(plan image) RELEASE_DIR=$release_dir DEPLOY=$deploy \
    limited "$3" "$hook_out" sh -c "$2"
  hook_status=$?
  cat "$hook_out" >>"$home/log/$deploy.out"
  if [ $hook_status != 0 ]; then
    show_output "$hook_out" 40
    if [ $hook_status = 124 ]; then event warning "$1 took longer than $3 ms and was ended."; fi
  fi
  rm -f "$hook_out"
  return $hook_status
}

# ask URL [HOST]: one request on a fresh connection; the status goes to $ask_status (000: no answer), the body to
# $ask_body, the milliseconds to $ask_ms.
ask() {
  ticks
  ask_start=$ticks
  ask_body="$home/log/$deploy.body"
  ask_timeout=$(plan health-timeout)
  ask_limit="$((ask_timeout / 1000)).$(printf %03d "$((ask_timeout % 1000))")"
  : >"$ask_body"
  if [ -n "${2-}" ]; then set -- "$1" -H "Host: $2"; else set -- "$1"; fi
  ask_url=$1
  shift
  # A certificate for the public name would not fit 127.0.0.1; the proof is what the body says.
  ask_status=$(curl -q -sS -k --noproxy '*' --max-time "$ask_limit" --max-filesize 1048576 -o "$ask_body" \
    -w '%{http_code}' "$@" "$ask_url" 2>"$ask_body.error" 9>&-) || ask_status=000
  ticks
  ask_ms=$((ticks - ask_start))
}

# answer_is_good: the answer of the last `ask` has the status and the text that the plan wants.
answer_is_good() {
  [ "$ask_status" = "$(plan health-status)" ] && grep -qF -e "$(plan health-contains)" "$ask_body"
}

# answer_in_words: the last answer, for people.
answer_in_words() {
  if [ "$ask_status" = 000 ]; then
    printf 'no answer: %s' "$(head -n 1 "$ask_body.error" | cut -c 1-200)"
  elif [ "$ask_status" != "$(plan health-status)" ]; then
    printf 'status %s instead of %s: %s' "$ask_status" "$(plan health-status)" "$(head -c 200 "$ask_body" | tr '\n' ' ')"
  else
    printf 'status %s, and the body lacks "%s": %s' "$ask_status" "$(plan health-contains)" \
      "$(head -c 200 "$ask_body" | tr '\n' ' ')"
  fi
}
