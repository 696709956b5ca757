# The rows of contrib/bench about what is kept and what it costs to do nothing. Sourced after measure.sh; uses line, failed and seconds of bench.
# shellcheck shell=bash disable=SC2154

kept_phones=50000
kept_goal=2.0    # KiB a registration
idle_phones=10000
idle_seconds=20
idle_goal=1.0    # per cent of a core
probed_gateways=500
quiet_calls=1000
quiet_goal=48    # KiB a call

# office_of_phones COUNT: the sample with devices load-1, load-2, ... added, and without a trunk to probe.
office_of_phones() {
  office=$work/office
  rm -rf "$office"
  mkdir -p "$office"
  cp -r "$root/configs" "$root/dialplan" "$office"
  awk -v n="$1" 'BEGIN { for (i = 1; i <= n; ++i)
    printf "[device load-%d]\nmodel = generic\nvendor = generic\nsite = hq\nextension = %d\nlabel = Load\n", i, 8000000 + i }' >>"$office/configs/directory.ini"
  sed -i '/^\[pstn\]/,/^\[/ { /^\[pstn\]/d; /^[a-z]/d }' "$office/configs/sip.ini"
}

# asked KEY VERB...: one number of a console verb's answer.
asked() {
  local key=$1
  shift
  ask "$work/state" "$@" --json | sed -n "s/.*\"$key\": *\([0-9]*\).*/\1/p"
}

# forgotten: waits until the finished transactions are gone, 32 s after their last message; fails when they stay.
forgotten() {
  local tenths
  for ((tenths = 0; tenths < 500; ++tenths)); do
    [ "$(asked 'server transactions' sip show objects)$(asked 'client transactions' sip show objects)" = 00 ] && return 0
    sleep 0.1
  done
  return 1
}

# heap_kib, resident_kib: what the server uses.
heap_kib() { asked 'used KiB' core show memory; }
resident_kib() { asked 'resident KiB' core show memory; }

# core_nanoseconds: processor time of all threads of the server since their start, to the nanosecond.
core_nanoseconds() { cat /proc/"$server_pid"/task/*/schedstat | awk '{ sum += $1 } END { printf "%.0f", sum }'; }

# register_phones COUNT RATE: a server on $office, and so many of its phones registered.
register_phones() {
  run_generator register_load --count "$1" --rate "$2" --secret office-demo || return 1
  run_tandem
  heap_before=$(heap_kib) resident_before=$(resident_kib)
  generator_result "$server_port" "$server_pid" && [ "${got[registered]}" != 0 ]
}

kept_row() {
  local what="registrations: $kept_phones kept" kept met
  office_of_phones $kept_phones
  if ! register_phones $kept_phones 2000 || ! forgotten; then
    failed "$what" "$(tail -n 1 "$work/generator.log")"
  else
    kept=$(calculate "($(heap_kib) - $heap_before) / ${got[registered]}" 2)
    is_true "$kept <= $kept_goal && ${got[failed]} == 0" && met=yes || met=no
    line "$what" "$kept KiB" - - "$kept_goal KiB" $met "of the heap, each; resident grew by \
$(calculate "($(resident_kib) - $resident_before) / ${got[registered]}" 2) KiB each, what 32 s of transactions needed included; failed ${got[failed]}"
  fi
  end_all
  office=$root
}

idle_row() {
  local what="idle: $idle_phones registered" before share met
  office_of_phones $idle_phones
  if ! register_phones $idle_phones 2000 || ! forgotten; then
    failed "$what" "$(tail -n 1 "$work/generator.log")"
  else
    sleep 2
    before=$(core_nanoseconds)
    sleep $idle_seconds
    share=$(calculate "($(core_nanoseconds) - $before) / 1e7 / $idle_seconds" 3)
    is_true "$share <= $idle_goal" && met=yes || met=no
    line "$what" "$share %" - - "$idle_goal %" $met "of a core over $idle_seconds s; nobody is probed, no registration runs out"
  fi
  end_all
  office=$root
}

# The office with as many gateways as answer, each probed once a second.
probe_row() {
  local what="probe: OPTIONS and its 200" port
  office_of_phones 0
  if ! run_generator probe_answer --count $probed_gateways --seconds "$seconds"; then
    failed "$what" "no generator"
  else
    for port in $(sed -n 's/^ports //p' "$work/generator"); do
      printf '\n[gw-%s]\ntype = trunk\naddress = 127.0.0.1:%s\ncontext = pstn\nprobe_up = 1s\n' "$port" "$port"
    done >>"$office/configs/sip.ini"
    run_tandem
    if ! generator_result "$server_port" "$server_pid" || [ "${got[probes]}" = 0 ]; then
      failed "$what" "$(tail -n 1 "$work/generator.log")"
    else
      line "$what" "$(calculate "${got[cpu_us]} / ${got[probes]}" 1) us" - - - - \
        "$probed_gateways gateways, one a second each; machine idle ${got[idle]}, others ${got[others]}"
    fi
  fi
  end_all
  office=$root
}

calls_row() {
  local what="calls: $quiet_calls answered and quiet" before_heap before_resident after met
  if ! run_generator call_load --rate 100 --seconds $((quiet_calls / 100)) --hold 600000 --phone "$john" --phone-secret office-demo \
    --number +14085551001; then
    failed "$what" "no generator"
    end_all
    return
  fi
  run_tandem --set "sip/pstn/address=127.0.0.1:$generator_port" --set sip/pstn/probe_up=3600s --set rtp/rtp/timeout=0
  before_heap=$(heap_kib) before_resident=$(resident_kib)
  if ! generator_result "$server_port" "$server_pid" || [ "${got[answered]}" != $quiet_calls ] || [ "$(asked calls core show objects)" != $quiet_calls ]; then
    failed "$what" "${got[answered]:-none} answered; $(tail -n 1 "$work/generator.log")"
  else
    sleep 36 # transactions of the set-up are forgotten; the gateway is gone and its probing goes on, so their number is not waited for
    after=$(calculate "($(resident_kib) - $before_resident) / $quiet_calls" 1)
    is_true "$after <= $quiet_goal" && met=yes || met=no
    line "$what" "$after KiB" - - "$quiet_goal KiB" $met "resident, each, set-up included; of the heap \
$(calculate "($(heap_kib) - $before_heap) / $quiet_calls" 1) KiB are in use"
  fi
  end_all
}
