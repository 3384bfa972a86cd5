# shellcheck shell=bash
# What a part of the lab needs of the machine it runs on, and the folder it keeps everything in.

need_root() { [[ $(id -u) == 0 ]] || die "needs root: it makes a system of its own in a folder and starts servers in it"; }

need_number() { [[ $2 =~ ^[0-9]+$ ]] || die "$1 must be a number, not '$2'"; }

need_port() { need_number "$1" "$2"; ((10#$2 > 0 && 10#$2 < 65536)) || die "$1 must be from 1 to 65535, not $2"; }

# a folder that may be deleted as a whole is never / or one directly under it
need_folder() { [[ $2 == /?*/?* && $2 != */ && $2 != *[[:space:]*?[]* ]] || die "$1 must be an absolute path below a folder, without spaces: $2"; }

# claim_folder DIR: makes it ours, or refuses one that holds somebody else's files
claim_folder() {
  if [[ -d $1 && -n $(ls -A "$1") && ! -e $1/.callcenter-lab ]]; then die "$1 is there and no lab made it"; fi
  mkdir -p "$1"
  : >"$1/.callcenter-lab"
}

# release_folder DIR: deletes it, where it is ours and nothing is mounted in it
release_folder() {
  [[ -e $1/.callcenter-lab ]] || die "$1 is no lab of ours, not deleted"
  [[ -z $(mounts_inside "$1") ]] || die "still mounted: $(mounts_inside "$1" | tr '\n' ' ')"
  rm -rf --one-file-system "$1"
}

# take_turn DIR SECONDS: one up or down at a time in a folder
take_turn() {
  exec 9>"$1/lock"
  flock -w "$2" 9 || die "another one is at work in $1 (it holds $1/lock)"
}

# host_packages NAME...: Debian packages on this machine itself, installed where they are absent
host_packages() {
  local missing=() each
  for each; do dpkg -s "$each" 2>/dev/null | grep -q '^Status: install ok installed' || missing+=("$each"); done
  ((${#missing[@]})) || return 0
  command -v apt-get >/dev/null || { echo "missing here: ${missing[*]}; on a Debian or Ubuntu they are installed by themselves"; return 1; }
  (
    flock 8 # the parts run side by side, apt does not
    export DEBIAN_FRONTEND=noninteractive
    local get=(apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
    "${get[@]}" install --no-install-recommends "${missing[@]}" ||
      { "${get[@]}" update && "${get[@]}" install --no-install-recommends "${missing[@]}"; }
  ) 8>/run/lock/callcenter-lab-apt || { echo "could not install: ${missing[*]}; try: apt-get install ${missing[*]}"; return 1; }
}
