# shellcheck shell=bash
# Apache with mod_perl. mod_perl renames its processes: they are told by their program file. Sourced beside system.sh.

settings=/etc/apache2/lab

apache_processes() { running "$(readlink -f "$at")/usr/sbin/apache2*"; }

# the parent's id, where it runs: of a killed one the workers live on for a while
apache_parent() { grep -x "$(cat "$at/run/apache2/lab.pid" 2>/dev/null || echo none)" <<<"$(apache_processes)" || true; }

apache_workers() { grep -vx "$(apache_parent)" <<<"$(apache_processes)" || true; }

# install_file FROM TO: whether it changed what was there
install_file() { ! cmp -s "$1" "$2" && install -m 644 "$1" "$2"; }

# ports and numbers from the arguments; a change means a restart
configure_apache() {
  local changed=0 ports name
  mkdir -p "$at$settings" "$at/var/log/apache2" "$at/run/apache2" "$at/var/empty-lab"
  ports=$(mktemp)
  printf 'Define %s %s\n' http_port "$port" workers "$workers" max_workers "$((workers * 2))" >"$ports"
  if ((tls_port)); then echo "Define tls_port $tls_port" >>"$ports"; fi
  install_file "$ports" "$at$settings/ports.conf" && changed=1
  rm -f "$ports"
  for name in apache.conf startup.pl; do install_file "$here/etc/$name" "$at$settings/$name" && changed=1; done
  install_file "$here/etc/Config.pm" "$at/etc/otrs/Kernel/Config.pm" && changed=1
  [[ $tls_port == 0 || -s $at$settings/tls.crt ]] || make_certificate
  if ((changed)); then stop_apache; fi
}

make_certificate() {
  inside openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=localhost \
    -addext subjectAltName=IP:127.0.0.1,DNS:localhost -keyout "$settings/tls.key" -out "$settings/tls.crt"
}

start_apache() {
  if [[ -n $(apache_parent) ]]; then
    # shellcheck disable=SC2046
    signal CONT $(apache_processes) # stalled ones go on
    return 0
  fi
  stop_apache
  (cd / && inside /usr/sbin/apache2 -f "$settings/apache.conf" -k start)
}

# the parent first, which ends its workers; then whatever outlived it
stop_apache() {
  local all parent
  all=$(apache_processes)
  parent=$(apache_parent)
  # shellcheck disable=SC2086
  signal CONT $all
  # shellcheck disable=SC2086
  signal TERM ${parent:-$all}
  if ! wait_until_gone 5 apache_processes; then
    # shellcheck disable=SC2046
    signal KILL $(apache_processes)
    wait_until_gone 10 apache_processes || { echo "Apache does not end: $(apache_processes | tr '\n' ' ')"; return 1; }
  fi
  rm -f "$at/run/apache2/lab.pid"
}
