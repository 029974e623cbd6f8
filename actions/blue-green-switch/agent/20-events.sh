# event LEVEL TEXT [KEY VALUE]...: one line for whoever follows. The phase is the one in $phase.
event() {
  event_level=$1
  event_text=$2
  shift 2
  ticks
  event_number=$((event_number + 1))
  event_line=$(
    printf '{"n":%s,"time":"%s","ms":%s,"phase":"%s","level":"%s","text":' \
      "$event_number" "$(now)" "$((ticks - began))" "$phase" "$event_level"
    json "$event_text"
    printf ',"data":'
    json_object "$@"
    printf '}'
  )
  printf '%s\n' "$event_line" >>"$events"
  if [ "$for_person" = 1 ]; then printf '%-8s %s\n' "$phase" "$event_text"; fi
}

# audit WHAT [KEY VALUE]...: one line that stays for ever; O_APPEND keeps lines of several processes apart.
audit() {
  audit_what=$1
  shift
  audit_line=$(json_object time "$(now)" what "$audit_what" deploy "$deploy" operation "$operation" \
    actor "$actor" run "$run_url" "$@")
  printf '%s\n' "$audit_line" >>"$home/audit.jsonl"
}

# show_output FILE LINES: passes the last lines of a command's output on as events.
show_output() {
  [ -s "$1" ] || return 0
  tail -n "$2" "$1" | cut -c 1-1000 >"$1.tail"
  while IFS= read -r show_line || [ -n "$show_line" ]; do
    event output "$show_line"
  done <"$1.tail"
  rm -f "$1.tail"
}

# enter PHASE TEXT [KEY VALUE]...: writes the phase down before its act begins.
enter() {
  phase=$1
  enter_text=$2
  shift 2
  put "$home/journal" <<EOF || end_with 10 "The journal cannot be written: $home/journal. Free disk space, or mend its rights."
deploy=$deploy
operation=$operation
phase=$phase
from=$from
to=$to
release=$release
digest=$digest
was-running=$was_running
since=$(now)
actor=$actor
run=$run_url
EOF
  event info "$enter_text" "$@"
  audit "$phase" release "$release" from "$from" to "$to" "$@"
}
