# What contrib/test runs, and the count of it. Sourced after common.sh.
# shellcheck shell=bash

passed=0
failed=0
cores=$(nproc)

# check NAME COMMAND...: one check that passes or fails as a whole.
check() {
  local name=$1
  shift
  if "$@"; then
    say "$name: passed"
    passed=$((passed + 1))
  else
    say "$name: FAILED"
    failed=$((failed + 1))
  fi
}

# suite PRESET FOLDER FILTER [TARGET...]: builds, then runs the tests whose names fit; a build that fails counts as one failure.
suite() {
  local preset=$1 folder=$root/$2 filter=$3 log totals bad all
  shift 3
  if ! { configure "$preset" "$folder" && build "$folder" "$@"; }; then
    say "$preset: the build FAILED"
    failed=$((failed + 1))
    return
  fi
  log=$(mktemp)
  local run=(ctest --test-dir "$folder" -j "$((cores * 2))" --output-on-failure --no-tests=error)
  [ -n "$filter" ] && run+=(-R "$filter")
  # The thread sanitizer of GCC 12 cannot place its shadow under the address randomisation of newer kernels.
  [ "$preset" = asan ] && run=(env "ASAN_OPTIONS=suppressions=$root/tests/asan.supp" "${run[@]}")
  [ "$preset" = tsan ] && run=(setarch -R "${run[@]}")
  "${run[@]}" >"$log" 2>&1 || true
  totals=$(grep -E '^[0-9]+% tests passed, [0-9]+ tests? failed out of [0-9]+' "$log" || true)
  if [ -z "$totals" ]; then
    cat "$log"
    say "$preset: no test ran"
    failed=$((failed + 1))
  else
    bad=$(sed -E 's/.* ([0-9]+) tests? failed out of.*/\1/' <<<"$totals")
    all=$(sed -E 's/.*out of ([0-9]+).*/\1/' <<<"$totals")
    [ "$bad" = 0 ] || sed -n '/\*\*\*\(Failed\|Timeout\|Exception\)/,/^ *Start\|^$/p; /The following tests FAILED/,$p' "$log"
    say "$preset: $((all - bad)) passed, $bad failed"
    passed=$((passed + all - bad))
    failed=$((failed + bad))
  fi
  rm -f "$log"
}

sources() { git -C "$root" ls-files -- "$@"; }

check_format() {
  (cd "$root" && sources '*.cpp' '*.h' | xargs -r clang-format --dry-run -Werror)
}

# check_tidy SECONDS: newest files first, as many as fit into the time. A build folder of its own, since clang cannot read GCC's precompiled
# headers.
check_tidy() {
  local seconds=$1 folder=$root/build-tidy end status=0 left list
  configure release "$folder" -B "$folder" -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON || return 1
  end=$((SECONDS + seconds))
  list=$(mktemp)
  # Files by the time of their last change; a clone without history gives them in any order.
  { git -C "$root" log --format= --name-only -n 200 -- 'core/*.cpp' 'modules/*.cpp' && sources 'core/*.cpp' 'modules/*.cpp'; } | awk '!seen[$0]++' |
    while read -r file; do [ -f "$root/$file" ] && printf '%s\n' "$file"; done >"$list"
  while [ -s "$list" ] && [ "$SECONDS" -lt "$end" ]; do
    head -n "$((cores * 2))" "$list" | (cd "$root" && xargs -r -P "$cores" -n 1 clang-tidy --quiet -p "$folder" 2>/dev/null) || status=1
    sed -i "1,$((cores * 2))d" "$list"
  done
  left=$(wc -l <"$list")
  [ "$left" = 0 ] || say "clang-tidy: $left older files were not looked at within $seconds s"
  rm -f "$list"
  return "$status"
}
