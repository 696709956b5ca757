# Starting an office for a script and asking it things. Sourced after common.sh.
# shellcheck shell=bash

office_build=${TANDEM_BUILD:-$root/build}

# start_office STATE_DIR OPTION...: in the background; returns when it serves. Sets office_pid.
start_office() {
  local state=$1
  shift
  office_report=$state/report.json
  rm -f "$office_report"
  (cd "$root" && exec "$office_build/tandem" -c configs -s "$state" --report "$office_report" "$@") >"$state/office.log" 2>&1 &
  office_pid=$!
  local tries
  for ((tries = 0; tries < 100; ++tries)); do
    [ -f "$office_report" ] && return
    kill -0 "$office_pid" 2>/dev/null || break
    sleep 0.1
  done
  cat "$state/office.log" >&2
  fail "the office did not start"
}

# ask STATE_DIR VERB...: one console command.
ask() {
  local state=$1
  shift
  (cd "$root" && "$office_build/tandem" -c configs -s "$state" -x "$*")
}

# listener_port NAME: from the report, {"name":"sip-udp","address":"127.0.0.1","port":5060}.
listener_port() {
  tr -d ' \n' <"$office_report" | sed -n "s/.*{[^}]*\"name\":\"$1\"[^}]*\"port\":\([0-9]*\)[^}]*}.*/\1/p"
}
