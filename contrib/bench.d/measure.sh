# How contrib/bench starts, pins, measures and ends things. Sourced after common.sh and office.sh.
# shellcheck shell=bash

server_core=0
generator_core=$(($(nproc) > 1 ? 1 : 0))
# On a machine that has other work, too, both sides come first: an open-loop pace does not wait for anybody.
precedence=()
[ "$(id -u)" = 0 ] && precedence=(nice -n -10)

work=$(mktemp -d)
running=()
end_all() {
  local pid
  for pid in "${running[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${running[@]}"; do wait "$pid" 2>/dev/null || true; done
  running=()
}
trap 'end_all; rm -rf "$work"' EXIT

# run_generator PROGRAM OPTION...: it waits for its server. Sets generator_pid and generator_port (the calling side's).
run_generator() {
  local program=$1 tenths
  shift
  rm -f "$work/orders" "$work/generator"
  mkfifo "$work/orders"
  taskset -c "$generator_core" "${precedence[@]}" "$build/bench/$program" "$@" <"$work/orders" >"$work/generator" 2>"$work/generator.log" &
  generator_pid=$!
  running+=("$generator_pid")
  exec {orders}>"$work/orders"
  for ((tenths = 0; tenths < 50; ++tenths)); do
    generator_port=$(awk '$1 == "ports" { print $2 }' "$work/generator")
    [ -z "$generator_port" ] || return 0
    sleep 0.1
  done
  return 1
}

# generator_result PORT PID: tells it its server, waits until it is done, fills the table `got`.
declare -gA got # -g: sourced in a function
generator_result() {
  local words
  printf 'server %s %s\n' "$1" "$2" >&"$orders"
  exec {orders}>&-
  wait "$generator_pid" || return 1
  read -r -a words < <(tail -n 1 "$work/generator")
  local i
  got=()
  for ((i = 0; i + 1 < ${#words[@]}; i += 2)); do got[${words[i]}]=${words[i + 1]}; done
}

# run_tandem OPTION...: the sample office under $office (a folder with configs and dialplan), pinned. Sets server_pid and server_port.
office=$root
run_tandem() {
  local thread
  rm -rf "$work/state"
  mkdir "$work/state"
  # The ports rest for a second only: at 2000 calls/s a range of ports lasts no longer. None of 5060 and 20000, so that an office that is
  # open on this machine stays undisturbed.
  root=$office start_office "$work/state" --set sip/udp/port=0 \
    --set http/http-phone/port=0 --set http/http-api/port=0 --set http/http-files/port=0 --set http/https-phone/port=0 --set http/https-files/port=0 \
    --set rtp/rtp/port_start=30000 --set rtp/rtp/port_end=63999 \
    --set rtp/rtp/reuse_delay=1s --set "mobileconnect/people/mobility=${mobility:-no}" "$@"
  server_pid=$office_pid
  running+=("$server_pid")
  server_port=$(listener_port sip-udp)
  taskset -a -c -p "$server_core" "$server_pid" >/dev/null
  [ "${#precedence[@]}" = 0 ] || for thread in /proc/"$server_pid"/task/*; do renice -n -10 -p "${thread##*/}" >/dev/null; done
}

# run_kamailio OPTION...: the same for the proxy.
run_kamailio() {
  local tenths
  server_port=$((6100 + $$ % 800))
  taskset -c "$server_core" "${precedence[@]}" kamailio -f "$root/contrib/bench.d/kamailio.cfg" -l "udp:127.0.0.1:$server_port" -DD -m 1024 -M 32 \
    -Y "$work" -w "$work" "$@" >"$work/kamailio.log" 2>&1 &
  server_pid=$!
  running+=("$server_pid")
  for ((tenths = 0; tenths < 100; ++tenths)); do
    grep -q "$(printf '0100007F:%04X ' "$server_port")" /proc/net/udp && sleep 0.5 && return 0
    kill -0 "$server_pid" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 20 "$work/kamailio.log" >&2
  return 1
}

# recorded_calls: how many answered calls Tandem has written down; 0 when there is nothing to be read.
recorded_calls() {
  sqlite3 "file:$work/state/cdr.db?mode=ro" "SELECT count(*) FROM calls WHERE disposition = 'answered'" 2>/dev/null || printf '0\n'
}

# records_agree: the call records get some seconds to become as many as the generator's answered calls.
records_agree() {
  local tenths
  for ((tenths = 0; tenths < 100; ++tenths)); do
    [ "$(recorded_calls)" = "${got[answered]}" ] && return 0
    sleep 0.1
  done
  return 1
}

# import_phones COUNT STATE: phones load-1, load-2, ... into the directory of a state folder, by the running sample office.
import_phones() {
  awk -v n="$1" 'BEGIN { print "id,model,site,extension,label,secret"
    for (i = 1; i <= n; ++i) printf "load-%d,generic,hq,%d,Load,secret-%d\n", i, 8000000 + i, i }' >"$work/phones.csv"
  run_tandem
  ask "$work/state" "directory import $work/phones.csv" >"$work/import.log" 2>&1 || { end_all && return 1; }
  end_all
  cp "$work"/state/*.db "$2"
}

# calculate EXPRESSION DECIMALS
calculate() { awk -v decimals="$2" "BEGIN { printf \"%.*f\", decimals, $1 }"; }
is_true() { awk "BEGIN { exit !($1) }"; }

# machine_ticks: busy and idle ticks of all cores since the start of the machine.
machine_ticks() { awk '$1 == "cpu" { print $2 + $3 + $4 + $7 + $8 + $9, $5 + $6 }' /proc/stat; }
