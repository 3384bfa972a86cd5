# shellcheck shell=bash
# Znuny's PostgreSQL, on a Unix socket inside the lab's system. Sourced beside system.sh.

data=/var/lib/postgresql/lab

programs() { local dir; for dir in "$at"/usr/lib/postgresql/*/bin; do :; done; echo "${dir#"$at"}"; }
sql() { as postgres psql -X -q -v ON_ERROR_STOP=1 -h /run/postgresql "$@"; }
database_processes() { running "$(readlink -f "$at")/usr/lib/postgresql/*"; }

database_runs() { [[ -n $(database_processes) ]] && as postgres "$(programs)/pg_isready" -q -h /run/postgresql; }

make_cluster() {
  rm -rf "${at:?}$data"
  as postgres "$(programs)/initdb" -D "$data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync
  cat "$here/etc/postgresql.conf" >>"$at$data/postgresql.conf"
}

start_database() {
  mkdir -p "$at/run/postgresql"
  inside chown postgres:postgres /run/postgresql
  [[ -s $at$data/PG_VERSION ]] || make_cluster
  database_runs && return 0
  # A killed server leaves lock files, and its number may live on as a zombie, which pg_ctl takes for a live server.
  # What outlived its killed parent ends with it.
  stop_database
  as postgres "$(programs)/pg_ctl" -D "$data" -l /var/lib/postgresql/lab.log -w -t 60 start
}

stop_database() {
  local parent left
  parent=$(head -n 1 "$at$data/postmaster.pid" 2>/dev/null || true)
  left=$(database_processes)
  if [[ -n $left ]]; then
    # shellcheck disable=SC2086
    signal CONT $left
    # the parent alone ends all in order (fast shutdown); where it was killed, each is told
    # shellcheck disable=SC2086
    if grep -qx "$parent" <<<"$left"; then signal INT "$parent"; else signal TERM $left; fi
    if ! wait_until_gone 20 database_processes; then
      # shellcheck disable=SC2046
      signal KILL $(database_processes)
      wait_until_gone 10 database_processes
    fi
  fi
  rm -f "$at$data/postmaster.pid" "$at"/run/postgresql/.s.PGSQL.*
}
