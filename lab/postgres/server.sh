# shellcheck shell=bash
# The lab's PostgreSQL: this machine's program, a data folder of its own, run as its package's user "postgres".

data=$root/data socket=$root/run

# the newest installed; the cluster that Debian makes by itself is never looked at
programs() { find /usr/lib/postgresql/*/bin -maxdepth 1 -name initdb -printf '%h\n' 2>/dev/null | sort -V | tail -n 1; }

as_postgres() { (cd / && runuser -u postgres -- env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8 TZ=UTC "$@"); }
sql() { as_postgres "$(programs)/psql" -X -q -v ON_ERROR_STOP=1 -h "$socket" -p "$port" -U postgres -d postgres "$@"; }

server_processes() { processes_inside "$root"; }
is_answering() { [[ -s $data/postmaster.pid ]] && as_postgres "$(programs)/pg_isready" -q -h "$socket" -p "$port"; }

stop_server() {
  local parent left
  parent=$(head -n 1 "$data/postmaster.pid" 2>/dev/null || echo none)
  left=$(server_processes)
  if [[ -n $left ]]; then
    # shellcheck disable=SC2086
    signal CONT $left
    # the parent alone ends all in order (fast shutdown); where it was killed, each is told
    # shellcheck disable=SC2086
    if grep -qx "$parent" <<<"$left"; then signal INT "$parent"; else signal TERM $left; fi
    wait_until_gone 30 server_processes || stop_inside "$root"
  fi
  rm -f "$data/postmaster.pid" "$socket"/.s.PGSQL.*
}
