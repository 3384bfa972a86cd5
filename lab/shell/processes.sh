# shellcheck shell=bash
# Processes and mounts inside a folder. A process is told by where its program file, its root or (a database
# server's) working folder lies, or by the file "building" that a build and all it starts keep open; never by its name
# or a pid file alone: nothing else is ever signalled.

# links_into PATTERN LINK...: of these links of /proc, the process ids of those that lead to PATTERN
links_into() {
  local pattern=$1
  shift
  { find "$@" -maxdepth 0 -lname "$pattern" -printf '%h\n' 2>/dev/null || true; } | cut -d / -f 3
}

# running PROGRAM: ids of the processes of this program file; it may end in *
running() { links_into "$1" /proc/[0-9]*/exe; }

# processes_inside DIR: their ids, one a line
processes_inside() {
  local dir servers
  dir=$(readlink -f "$1")
  mapfile -t servers < <(running '*/postgres' && running '*/mariadbd')
  servers=("${servers[@]/#//proc/}")
  {
    links_into "$dir/*" /proc/[0-9]*/exe /proc/[0-9]*/root "${servers[@]/%//cwd}"
    links_into "$dir" /proc/[0-9]*/root
    links_into "$dir/*building" /proc/[0-9]*/fd/*
  } | sort -nu
}

mounts_inside() { awk -v dir="$(readlink -f "$1")" '$2 == dir || index($2, dir "/") == 1 { print $2 }' /proc/mounts | sort -r; }

# wait_until_gone SECONDS LISTER ARGUMENT...: whether LISTER prints nothing before they are over
wait_until_gone() {
  local tries=$(($1 * 10))
  shift
  while [[ -n $("$@") ]]; do
    ((tries-- > 0)) || return 1
    sleep 0.1
  done
}

# signal NAME [ID...]: some may be gone by now
signal() {
  local name=$1
  shift
  (($# == 0)) || kill "-$name" "$@" 2>/dev/null || true
}

# stop_inside DIR: whatever still runs in it, stalled processes too; unmounts what a cut-off build left
stop_inside() {
  local left each
  left=$(processes_inside "$1")
  if [[ -n $left ]]; then
    # shellcheck disable=SC2086
    signal TERM $left
    # shellcheck disable=SC2086
    signal CONT $left
    if ! wait_until_gone 5 processes_inside "$1"; then
      # shellcheck disable=SC2046
      signal KILL $(processes_inside "$1")
      wait_until_gone 10 processes_inside "$1" || { echo "does not end: $(processes_inside "$1" | tr '\n' ' ')"; return 1; }
    fi
  fi
  for each in $(mounts_inside "$1"); do umount "$each" || umount -l "$each"; done
}
