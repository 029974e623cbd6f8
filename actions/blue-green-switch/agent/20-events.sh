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
  append "$events" "$event_line"
  # In a process of its own, which SIGPIPE may end: a person who looks away ends no deploy.
  if [ "$for_person" = 1 ]; then (printf '%-12s %s\n' "$phase" "$event_text") 2>/dev/null; fi
}

# audit WHAT [KEY VALUE]...: one line that stays for ever.
audit() {
  audit_what=$1
  shift
  audit_line=$(json_object time "$(now)" what "$audit_what" deploy "$deploy" operation "$operation" \
    actor "$actor" run "$run_url" "$@")
  append "$home/audit.jsonl" "$audit_line"
}

# show_output FILE LINES: passes the last lines of a command's output on as events.
show_output() {
  [ -s "$1" ] || return 0
  tail -n "$2" "$1" 2>/dev/null | cut -c 1-1000 2>/dev/null >"$home/log/$deploy.tail"
  while IFS= read -r show_line || [ -n "$show_line" ]; do
    event output "$show_line"
  done <"$home/log/$deploy.tail"
  rm -f "$home/log/$deploy.tail"
}

# enter PHASE TEXT [KEY VALUE]...: writes the phase down before its act begins.
enter() {
  phase=$1
  enter_text=$2
  shift 2
  if ! put "$home/journal" "deploy=$deploy
operation=$operation
phase=$phase
from=$from
to=$to
release=$release
fresh=$fresh
barrier=$barrier
blame=$blame
since=$(now)
actor=$actor
run=$run_url"; then
    case $phase in
      # The switch is not begun by a run that could not be repaired.
      prepared | pulled | migrating | started | healthy | smoked | switching) cannot_write ;;
      # Later ones go on: the phase that was written last is repaired in the same way.
      *) event warning "The journal cannot be written: $home/journal. Is the disk full?" ;;
    esac
  fi
  event info "$enter_text" "$@"
  audit "$phase" release "$release" from "$from" to "$to" "$@"
}
