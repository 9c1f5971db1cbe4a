#!/usr/bin/env bash
# One night: fetch, check, sweep, review. Made for cron; a second one never runs beside it.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: overnight.sh [options] SWEEP.toml...

Fetches prices, checks them, runs each sweep (or goes on with it) and builds the morning page.

  --universe NAME   what is fetched (default: nyse-miners); may be repeated
  --data DIR        prices are files in DIR: nothing is fetched, the files are checked
  --no-fetch        use the store as it is
  --results DIR     where runs, sweeps and the page go (default: results)
  -h, --help        this text

OREBOUND names the command (default: orebound on PATH).

Data that are refused end the night before a sweep runs on them. A sweep in which some runs failed
is kept, and the page is built whatever the sweeps said.

Exit codes: 0 done; 2 wrong use; 3 data refused; 4 some runs of a sweep failed (the rest is kept);
75 another night holds DIR/.overnight.lock; 130 or 143 stopped; else the first step's that failed.

A line for cron, every working day at 23:30 UTC:
  30 23 * * 1-5  cd /srv/desk && overnight.sh sweep.toml >>overnight.log 2>&1
TEXT
}

readonly LOCKED=75
command=${OREBOUND:-orebound}
results=results
data=
fetching=yes
universes=()
sweeps=()
child=
code=0

say() { printf '%s overnight: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" >&2; }
wrong() { say "$*"; usage >&2; exit 2; }
value() { [ "$#" -ge 2 ] && [ -n "$2" ] || wrong "$1 needs a value"; }

while [ "$#" -gt 0 ]; do
  case $1 in
    --universe) value "$@"; universes+=("$2"); shift 2 ;;
    --data) value "$@"; data=$2; shift 2 ;;
    --results) value "$@"; results=$2; shift 2 ;;
    --no-fetch) fetching=no; shift ;;
    -h | --help) usage; exit 0 ;;
    --) shift; sweeps+=("$@"); break ;;
    -*) wrong "no such option: $1" ;;
    *) sweeps+=("$1"); shift ;;
  esac
done
[ "${#sweeps[@]}" -gt 0 ] || wrong "name at least one SWEEP.toml"
[ "${#universes[@]}" -gt 0 ] || universes=(nyse-miners)
for file in "${sweeps[@]}"; do
  [ -f "$file" ] || wrong "$file: no such sweep file"
done
[ -z "$data" ] || [ -d "$data" ] || wrong "$data: no such folder"
command -v "$command" >/dev/null || wrong "$command is not on PATH; set OREBOUND"
command -v flock >/dev/null || wrong "flock is not on PATH (Debian: util-linux)"

umask 077
mkdir -p -- "$results"
exec 9>>"$results/.overnight.lock"
if ! flock --nonblock 9; then
  say "another night holds $results/.overnight.lock; nothing is done"
  exit "$LOCKED"
fi

# A step runs beside this shell, so that a signal reaches it at once and it keeps what it has; the
# lock's descriptor is closed to it, so that nothing it leaves behind holds the lock.
stop() {
  trap '' INT TERM HUP
  if [ -n "$child" ]; then
    kill -TERM "$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
  fi
  say "stopped; a sweep goes on where it stood when run again"
  exit "$1"
}
trap 'stop 130' INT
trap 'stop 143' TERM HUP

step() {
  say "$*"
  local status=0
  "$command" "$@" 9>&- &
  child=$!
  wait "$child" || status=$?
  child=
  [ "$status" -eq 0 ] || say "$1 ended with exit code $status"
  return "$status"
}

keep() { [ "$code" -ne 0 ] || code=$1; }

if [ -n "$data" ]; then
  step check data "$data" || exit "$?"
elif [ "$fetching" = yes ]; then
  for universe in "${universes[@]}"; do
    step fetch --universe "$universe" || exit "$?"
  done
fi
if [ -z "$data" ]; then
  step doctor || exit "$?"
fi
for file in "${sweeps[@]}"; do
  step sweep "$file" --results "$results" || keep "$?"
done
step review "$results" || keep "$?"
say "done, exit code $code"
exit "$code"
