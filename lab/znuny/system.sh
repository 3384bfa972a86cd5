# shellcheck shell=bash
# The Debian system Znuny lives in: built in $root/system.new, moved to $root/system when it is complete, so that a
# cut-off build is never taken for one. A complete one is kept in $cache.

at=$root/system # where the functions below work; $root/system.new while it is built
mirror_of_host() { # the mirror this machine itself uses; debootstrap's own default where none is found
  sed -n 's/^URIs: *\(\S*\).*/\1/p; s/^deb \(\S*\) .*/\1/p' /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null |
    grep '/debian/*$' | head -n 1
}

bare=(/usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TZ=UTC DEBIAN_FRONTEND=noninteractive)
inside() { chroot "$at" "${bare[@]}" "$@"; }
# the same with /proc, which some package scripts ask for, in a mount namespace that ends with the command
inside_with_proc() {
  # shellcheck disable=SC2016
  unshare --mount --propagation private sh -ec 'mount -t proc proc "$0/proc"; exec chroot "$0" "$@"' "$at" "${bare[@]}" "$@"
}
as() { local user=$1; shift; inside setpriv --reuid="$user" --regid="$(inside id -g "$user")" --init-groups "$@"; }

# what decides on how the system is built: another recipe is another file in the cache
kept_system() {
  local recipe
  recipe=$(cd "$here" && cat build.sh database.sh etc/postgresql.conf | sha256sum)
  echo "$cache/znuny-$suite-$(dpkg --print-architecture)-${recipe:0:12}.tar.zst"
}

keep_system() {
  mkdir -p "$cache"
  rm -f "$cache/znuny-$suite-"*.tar.zst* # of older recipes, and what was cut off
  tar -C "$at" --numeric-owner --xattrs --one-file-system -cf - . | zstd -q -3 -T0 -o "$(kept_system).new"
  mv "$(kept_system).new" "$(kept_system)"
}

unpack_system() { zstd -q -dc "$(kept_system)" | tar -C "$at" --numeric-owner --xattrs -xpf -; }

build_system() {
  step "debootstrap $suite" bootstrap
  step "packages" packages
  step "database" start_database
  step "schema" make_schema
  step "configure znuny" configure
  step "database off" stop_database
  step "keep for the next time" keep_system
}

# From the cache, or built. Labs that share a cache build one after the other, so that the next one finds it there.
make_system() {
  step "away with an unfinished build" clear_unfinished
  mkdir -p "$cache"
  (
    flock -w 1200 6 || die "another lab has been building for long; see who holds $cache/znuny.lock"
    at=$root/system.new
    mkdir "$at"
    if [[ -s $(kept_system) ]]; then step "unpack $(kept_system)" unpack_system; else build_system; fi
    mv "$at" "$root/system"
  ) 6>"$cache/znuny.lock" 7>"$root/building" 9>&-
}

# what of it is still at work, too: it has this file open
clear_unfinished() {
  stop_inside "$root"
  rm -rf --one-file-system "$root/system.new"
}
