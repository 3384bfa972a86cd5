# shellcheck shell=bash
# The steps that build the system from Debian's packages, up to a configured Znuny with an empty database. Another
# recipe in this file is another file in the cache. Sourced beside system.sh and database.sh.

bootstrap() {
  local script=/usr/share/debootstrap/scripts/$suite
  [[ -e $script ]] || ln -s sid "$script" # a release that came after this machine's debootstrap
  # in a mount namespace: what debootstrap mounts in there goes with it, however it ends
  unshare --mount --propagation private debootstrap --variant=minbase --components=main,contrib,non-free \
    "$suite" "$at" "$mirror"
  printf '#!/bin/sh\nexit 101\n' >"$at/usr/sbin/policy-rc.d" # packages start no servers in here
  chmod 755 "$at/usr/sbin/policy-rc.d"
  printf '%s\n' 'APT::Install-Recommends "false";' 'Acquire::Languages "none";' 'Acquire::Retries "3";' \
    'DPkg::Options { "--force-unsafe-io"; "--force-confold"; };' >"$at/etc/apt/apt.conf.d/90lab"
  # forky and sid date their lists; a mirror that stands still would be refused after a week
  [[ $suite == trixie ]] || echo 'Acquire::Check-Valid-Until "false";' >>"$at/etc/apt/apt.conf.d/90lab"
  printf 'path-exclude /usr/share/%s/*\n' doc man locale info >"$at/etc/dpkg/dpkg.cfg.d/90lab"
  # the just-in-time compiler of PostgreSQL, a fifth of the whole; without it, it does without
  printf 'path-exclude /usr/lib/*/%s*\n' libLLVM libz3 >>"$at/etc/dpkg/dpkg.cfg.d/90lab"
  # no cluster from the package's own script: the lab makes its own
  mkdir -p "$at/etc/postgresql-common"
  echo 'create_main_cluster = false' >"$at/etc/postgresql-common/createcluster.conf"
}

# everything Znuny needs, then Znuny itself, unpacked but not yet configured: see configure
packages() {
  inside apt-get -q update
  # librest-client-perl: the REST transport does not load without it, and the package of 6.5.15-2 neither depends
  # on it nor recommends it
  local need beside=(postgresql apache2 libapache2-mod-perl2 librest-client-perl)
  need=$(inside apt-get -s -q install "${beside[@]}" znuny |
    awk '$1 == "Inst" && $2 != "znuny" && $2 != "otrs2" { print $2 }')
  [[ -n $need ]] || { echo "no Znuny in $suite of $mirror (it is in non-free)"; return 1; }
  # shellcheck disable=SC2086
  inside_with_proc apt-get -q -y install $need
  echo 'otrs2 otrs2/dbconfig-install boolean false' | inside debconf-set-selections
  inside_with_proc sh -ec 'cd /var/cache/apt/archives && apt-get -q download otrs2 znuny && dpkg --unpack otrs2_*.deb znuny_*.deb'
  inside apt-get clean
  rm -rf "$at"/var/lib/apt/lists/*
}

make_schema() {
  local each
  sql -d postgres -c 'CREATE ROLE znuny LOGIN' -c 'CREATE DATABASE znuny OWNER znuny'
  for each in schema initial_insert schema-post; do
    sql -U znuny -d znuny -f "$home/scripts/database/$each.postgresql.sql"
  done
}

# The package's own step. It rebuilds Znuny's configuration against the database, and waits two minutes for one that
# is not there: hence the schema and Config.pm before it.
configure() {
  mkdir -p "$at/etc/otrs/Kernel"
  install -m 644 "$here/etc/Config.pm" "$at/etc/otrs/Kernel/Config.pm"
  inside_with_proc env UCF_FORCE_CONFFOLD=1 dpkg --force-confold --configure -a
  install -m 644 "$here/etc/Config.pm" "$at/etc/otrs/Kernel/Config.pm"
  inside touch /var/lib/otrs/log/lab.log
  inside chown otrs:www-data /var/lib/otrs/log/lab.log
}
