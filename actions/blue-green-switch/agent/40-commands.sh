# limited MILLISECONDS OUTPUT COMMAND [ARGUMENT]...: runs a command with a time limit. The run's lock (9) is not passed
# on: a daemon that it starts would hold it for ever. When this script is killed meanwhile, the command goes on: as
# long as `timeout` is there, it holds the lock `busy` (8), for which the next run waits.
limited() {
  limited_begin "$@"
  limited_end
}

# limited_begin: the same, without waiting for its end. The command leads a process group with the number $limited_pid.
limited_begin() {
  limited_ms=$1
  limited_out=$2
  seconds "$1"
  shift 2
  case $limited_out in
    # What a daemon prints for as long as it lives goes into its file: a pipe would have to live as long.
    *.color) kept_pipe=$limited_out kept_pid='' ;;
    *) kept_begin "$limited_out" ;;
  esac
  ticks
  limited_began=$ticks
  (
    exec 9>&- 8>>"$home/busy" </dev/null >>"$kept_pipe" 2>&1 5<&- 6>&-
    cd "$release_dir" || exit 1
    # What an application writes is its own affair.
    umask 022
    flock 8
    # shellcheck disable=SC2016 # for the inner shell
    exec setsid timeout -k 5 "$seconds" sh -c 'exec "$@" 8>&-' sh "$@"
  ) &
  limited_pid=$!
  exec 5<&- 6>&-
}

# limited_end: the status of the command; $limited_late is 1 when its time was over.
limited_end() {
  case $limited_out in
    *.color) while born "$limited_pid" >/dev/null; do cut_log "$limited_out" && nap 50; done ;;
  esac
  wait "$limited_pid"
  set -- $?
  ticks
  limited_late=0
  # `timeout` ends what it has started, and goes; what that has started may not listen (a migration behind a pipe), and
  # must not go on beside what comes next.
  if [ "$1" != 0 ] && [ $((ticks - limited_began)) -ge "$limited_ms" ]; then
    limited_late=1
    kill -s KILL -- "-$limited_pid" 2>/dev/null
  fi
  kept_end
  return "$1"
}

# kept_begin FILE: what is written to $kept_pipe goes into the file, of more than a mebibyte the begin and the end: a
# command that prints without an end does not fill the disk. All of it is read, by a process that outlives this one, so
# that nobody is ended by SIGPIPE. Files 5 and 6 keep both ends open until the writer has opened its own.
kept_begin() {
  kept_pipe=$1.pipe
  kept_pid=
  rm -f "$kept_pipe"
  if ! mkfifo "$kept_pipe" 2>/dev/null; then kept_pipe=$1 && return; fi
  # shellcheck disable=SC2094 # that is the point
  exec 6<>"$kept_pipe" 5<"$kept_pipe"
  (
    exec <&5 5<&- 6>&- 9>&- >/dev/null 2>&1
    exec setsid sh -c "$kept_reader" sh "$1"
  ) &
  kept_pid=$!
}

# shellcheck disable=SC2016 # for the inner shell
kept_reader='
head -c 262144 >>"$1"
# On a full disk too everything is read.
tail -c 786433 >"$1.end" || cat >/dev/null
[ "$(wc -c <"$1.end")" -le 786432 ] || printf "\n[Here output was left out.]\n" >>"$1"
tail -c 786432 "$1.end" >>"$1"
rm -f "$1.end"
'

# kept_end: waits until all is in the file; not for long, since what the command has left running may have the pipe.
kept_end() {
  [ -n "$kept_pid" ] || return 0
  kept_tries=0
  while born "$kept_pid" >/dev/null && [ $kept_tries -lt 25 ]; do
    kept_tries=$((kept_tries + 1))
    nap 20
  done
  rm -f "$kept_pipe"
  kept_pid=
}

# cut_log FILE: leaves the last mebibyte of a file that has grown beyond 64. Who appends to it goes on at its new end.
cut_log() {
  [ -n "$(find "$1" -size +65536k 2>/dev/null)" ] || return 0
  tail -c 1048576 "$1" | head -c 1048576 >"$1.cut" && cat "$1.cut" >"$1"
  rm -f "$1.cut"
}

# wait_for_orphan: a command of a run that was killed may still be at work; it ends by its own time limit.
wait_for_orphan() {
  orphan_said=0
  until (exec 8>>"$home/busy" 9>&- && flock -n 8); do
    if wished abort; then finish 10 "Cancelled while it waited for a command of an earlier run."; fi
    if [ $orphan_said = 0 ]; then event warning "A command of the run that was ended is still at work: waiting for its end."; fi
    orphan_said=1
    nap 200
  done
}

# hook NAME COMMAND MILLISECONDS COLOR: runs a command of the config. Status as the command's.
hook() {
  hook_begin "$@"
  hook_end
}

hook_begin() {
  hook_name=$1
  hook_out="$home/log/$deploy.$1"
  rm -f "$hook_out"
  hook_limited limited_begin "$hook_out" "$2" "$3" "$4"
}

hook_end() {
  limited_end
  hook_status=$?
  keep_output "$hook_out"
  if [ $hook_status != 0 ]; then
    show_output "$hook_out" 40
    if [ $limited_late = 1 ]; then event warning "$hook_name took longer than $limited_ms ms and was ended."; fi
  fi
  rm -f "$hook_out"
  return $hook_status
}

# keep_output FILE: adds a command's output to that of the run.
keep_output() {
  [ ! -s "$1" ] || cat "$1" >>"$out" 2>/dev/null
}

# hook_limited FUNCTION OUTPUT COMMAND MILLISECONDS COLOR: FUNCTION is limited or limited_begin.
hook_limited() {
  if [ "$start_kind" = compose ]; then
    # So that `docker compose run web …` is about this release.
    compose_labels "$5"
    set -- "$@" COMPOSE_FILE="$release_dir/$(plan compose-file):$compose_overlay" \
      COMPOSE_PROJECT_NAME="$(compose_project "$5")"
  fi
  hook_function=$1
  hook_output=$2
  hook_command=$3
  hook_ms=$4
  hook_color=$5
  shift 5
  "$hook_function" "$hook_ms" "$hook_output" env APP="$app" COLOR="$hook_color" PORT="$(port_of "$hook_color")" \
    RELEASE="$release" IMAGE="$(image_of_release)" RELEASE_DIR="$release_dir" DEPLOY="$deploy" "$@" \
    sh -c "$hook_command"
}

# image_of_release: the image by its digest, once it was brought here, and as the plan names it before.
image_of_release() {
  get "$release_dir/image" digest || plan image
}

# ask URL: one request on a fresh connection; the status goes to $ask_status (000: no answer), the body to $ask_text, the
# microseconds to $ask_us. Nothing is written to the disk: a full one would look like a release that does not answer.
ask() {
  set -- "$1"
  if [ -n "$public_host" ]; then
    case $1 in
      https://*) ask_by_name "$1" && set -- "$ask_named" --connect-to "$ask_target" -H "Host: $public_host" ;;
      *) set -- "$1" -H "Host: $public_host" ;;
    esac
  fi
  # A certificate for the public name would not fit 127.0.0.1; the proof is what the body says.
  ask_said=$(curl -q -g -s -k --noproxy '*' --max-time "$ask_limit" --max-filesize 1048576 \
    -w '\n%{http_code} %{time_total}' "$@" 2>/dev/null 9>&-)
  ask_failed=$?
  ask_text=${ask_said%"$newline"*}
  ask_said=${ask_said##*"$newline"}
  ask_status=${ask_said%% *}
  if [ $ask_failed != 0 ] || [ -z "$ask_status" ]; then ask_status=000; fi
  ask_part=${ask_said#*.}000000
  while [ ${#ask_part} -gt 6 ]; do ask_part=${ask_part%?}; done
  ask_whole=${ask_said#* }
  ask_whole=${ask_whole%%.*}
  case $ask_whole$ask_part in
    *[!0-9]* | ??????) ask_whole=0 ask_part=000000 ;;
  esac
  ask_us=$((ask_whole * 1000000 + 1$ask_part - 1000000))
}

# ask_by_name URL: the same address, asked for by the public name: a TLS server chooses by the name in the handshake.
ask_by_name() {
  ask_rest=${1#https://}
  case $ask_rest in
    */*) ;;
    *) ask_rest=$ask_rest/ ;;
  esac
  ask_authority=${ask_rest%%/*}
  case $ask_authority in
    *:*[!]]) ;;
    *) ask_authority=$ask_authority:443 ;;
  esac
  ask_name=${public_host%%:*}:${ask_authority##*:}
  ask_target=$ask_name:$ask_authority
  ask_named=https://$ask_name/${ask_rest#*/}
}

# answer_fits STATUS TEXT: the last answer has this status, and the text in its body.
answer_fits() {
  [ "$ask_status" = "$1" ] || return 1
  case $ask_text in
    *"$2"*) return 0 ;;
  esac
  return 1
}

# answer_is_good: the last answer is what the plan wants.
answer_is_good() {
  answer_fits "$want_status" "$want_contains"
}

# answer_in_words: the last answer, for people.
answer_in_words() {
  ask_start=$(printf '%s' "$ask_text" | head -c 200 | tr '\n' ' ' | sed 's/ *$//')
  if [ "$ask_status" = 000 ]; then
    printf 'no answer: %s' "$(curl_error "$ask_failed")"
  elif [ "$ask_status" != "$want_status" ]; then
    printf 'status %s instead of %s: %s' "$ask_status" "$want_status" "$ask_start"
  else
    printf 'status %s, and the body lacks "%s": %s' "$ask_status" "$want_contains" "$ask_start"
  fi
}

# sentence TEXT: another one can follow.
sentence() {
  case $1 in
    *[.!?]) printf '%s\n' "$1" ;;
    *) printf '%s.\n' "$1" ;;
  esac
}

# curl_error STATUS: see EXIT CODES in curl(1).
curl_error() {
  case $1 in
    6) echo "the name is unknown" ;;
    7) echo "nobody listens there" ;;
    28) echo "none within $ask_limit s" ;;
    35 | 60) echo "TLS failed (curl $1)" ;;
    52) echo "the connection was closed without one" ;;
    56) echo "the connection was reset" ;;
    63) echo "it is larger than 1 MiB" ;;
    *) echo "curl ended with $1" ;;
  esac
}
