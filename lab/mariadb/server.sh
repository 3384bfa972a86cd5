# shellcheck shell=bash
# The lab's MariaDB: this machine's program, a data folder of its own, run as the user "nobody".

data=$root/data socket=$root/run/server.sock

as_nobody() { (cd / && runuser -u nobody -- env -i PATH=/usr/sbin:/usr/bin:/bin LC_ALL=C.UTF-8 TZ=UTC "$@"); }
sql() { as_nobody mariadb --no-defaults --batch --skip-column-names --socket="$socket" --user=root "$@"; }

server_processes() { processes_inside "$root"; }
is_answering() { [[ -S $socket ]] && sql -e "SELECT 1" >/dev/null 2>&1; }

stop_server() {
  local left
  left=$(server_processes)
  if [[ -n $left ]]; then
    # shellcheck disable=SC2086
    signal CONT $left
    # shellcheck disable=SC2086
    signal TERM $left # MariaDB's orderly end
    wait_until_gone 30 server_processes || stop_inside "$root"
  fi
  rm -f "$root"/run/server.*
}
