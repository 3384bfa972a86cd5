# shellcheck shell=bash
# How a part of the lab tells its progress: one line a step, what the step printed goes to $log.

started=$EPOCHREALTIME
log=/dev/null

# seconds since the instant $1, to a tenth
seconds_since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }'; }

say() { printf '%6s s  %s\n' "$(seconds_since "$started")" "$*"; }

die() {
  echo "$(basename "$0"): $*" >&2
  if [[ -s $log ]]; then
    echo "the end of $log:" >&2
    tail -n 25 "$log" >&2
  fi
  exit 1
}

# step NAME COMMAND...: the command's output goes to the log, its seconds to the screen
step() {
  local name=$1 begun=$EPOCHREALTIME status
  shift
  set +e # "step || die" would switch -e off inside the command too
  (set -e; "$@") >>"$log" 2>&1 9>&- # 9 is the lock, which what we start must not keep
  status=$?
  set -e
  ((status == 0)) || die "'$name' failed ($status)"
  say "$(printf '%-40s %6s s' "$name" "$(seconds_since "$begun")")"
}
