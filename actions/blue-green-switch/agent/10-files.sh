#!/bin/sh
# Switches an application on this host between two colours, and back by itself when the new one turns out bad.
# Made of actions/blue-green-switch/agent/*.sh; see the README there for files, commands, events and exit status.
set -u
umask 077
LC_ALL=C
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
newline='
'

# A redirection that fails ends the shell where it stands before a special built-in such as `:` or `exec` (POSIX, 2.8.1);
# before `true` it is a status. So files are made with `true`.

# put FILE TEXT: a reader, or a crash, finds the old text or the new one, never a part. On a full disk the ballast is
# dropped: what is under way can be written down to its end.
put() {
  put_once "$1" "$2" && return 0
  rm -f "$home/ballast" "$1.new" 2>/dev/null
  put_once "$1" "$2"
}

put_once() {
  { printf '%s\n' "$2" >"$1.new" && sync "$1.new" && mv -f "$1.new" "$1" && sync "${1%/*}"; } 2>/dev/null
}

# append FILE LINE: O_APPEND keeps lines of several processes apart. What a full disk cut off is written anew, on a line
# of its own.
append() {
  { printf '%s\n' "$2" >>"$1"; } 2>/dev/null && return 0
  rm -f "$home/ballast"
  append_cut=
  if [ -n "$(tail -c 1 "$1" 2>/dev/null)" ]; then append_cut=$newline; fi
  { printf '%s%s\n' "$append_cut" "$2" >>"$1"; } 2>/dev/null
}

# drop FILE...: removes files so that they stay removed.
drop() {
  rm -f "$@" && sync "${1%/*}"
}

# get FILE KEY: prints the value of a key=value line; status 1 when there is none. Nothing is ever evaluated.
get() {
  [ -r "$1" ] || return 1
  while IFS= read -r get_line || [ -n "$get_line" ]; do
    case $get_line in
      "$2="*) printf '%s\n' "${get_line#*=}" && return 0 ;;
    esac
  done <"$1"
  return 1
}

# Names become paths, labels and JSON: nothing in them can mean anything there.
is_name() {
  case $1 in
    '' | .* | *[!A-Za-z0-9._-]*) return 1 ;;
  esac
  [ ${#1} -le 128 ]
}

# Without leading zeros: a shell would calculate with them as octal, and end at 08.
is_number() {
  case $1 in
    '' | *[!0-9]* | 0?*) return 1 ;;
  esac
  [ ${#1} -le 12 ]
}

now() {
  date -u +%Y-%m-%dT%H:%M:%SZ
}

# ticks: sets $ticks to milliseconds on a clock that is never set back. Linux counts it in hundredths of a second.
ticks() {
  read -r ticks_up _ </proc/uptime
  ticks_part=1${ticks_up#*.}
  ticks=$((${ticks_up%.*} * 1000 + (ticks_part - 100) * 10))
}

# seconds MILLISECONDS: sets $seconds to the same, as sleep, timeout and curl want it.
seconds() {
  seconds_part=$((1000 + $1 % 1000))
  seconds=$(($1 / 1000)).${seconds_part#1}
}

# nap MILLISECONDS
nap() {
  seconds "$1"
  sleep "$seconds" 9>&-
}

# json TEXT: prints TEXT as a JSON string.
json() {
  case $1 in
    *[!\ -~]* | *\"* | *\\*)
      printf '"'
      # Of control characters only tabs are kept; bytes beyond ASCII go through as they are.
      printf '%s' "$1" | tr '\n\r' '  ' | tr -d '\000-\010\013-\037\177' |
        sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/	/\\t/g'
      printf '"'
      ;;
    *) printf '"%s"' "$1" ;;
  esac
}

# json_object KEY VALUE [KEY VALUE]...: prints an object of strings.
json_object() {
  json_comma=
  printf '{'
  while [ $# -gt 1 ]; do
    printf '%s"%s":' "$json_comma" "$1"
    json "$2"
    json_comma=,
    shift 2
  done
  printf '}'
}
