# Shared by the scripts in contrib: where we are, saying things, packages, builds. Sourced by bash with `set -euo pipefail`.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

say() { printf '%s\n' "$*"; }
fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# Runs a command whose output only matters when it fails.
quietly() {
  local log status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 || status=$?
  if [ "$status" != 0 ]; then
    cat "$log" >&2
    printf 'failed (%s): %s\n' "$status" "$*" >&2
  fi
  rm -f "$log"
  return "$status"
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "this needs root: run as root, or install sudo ($*)"
  fi
}

build_packages=(
  g++ cmake ninja-build pkg-config
  libfmt-dev libspdlog-dev nlohmann-json3-dev libsqlitecpp-dev libsqlite3-dev libcli11-dev libsodium-dev libjemalloc-dev libsofia-sip-ua-dev libc-ares-dev liblua5.4-dev
  libsrtp2-dev libopus-dev libspandsp-dev libspeexdsp-dev libsndfile1-dev flite
  libcurl4-openssl-dev libpugixml-dev libmicrohttpd-dev libhowardhinnant-date-dev tzdata
  libgtest-dev libgmock-dev libssl-dev libedit-dev
)

missing_packages() {
  local package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s\n' "$package"
  done
}

# Installs what is missing of the packages named. The list of packages is fetched only when a plain install fails without it.
need_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ "${#missing[@]}" = 0 ] && return
  command -v apt-get >/dev/null || fail "please install: ${missing[*]} (only Debian and its kin can be served by apt-get here)"
  say "Installing ${missing[*]}"
  local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}")
  as_root "${install[@]}" >/dev/null 2>&1 && return
  quietly as_root apt-get update -q || fail "apt-get update failed"
  quietly as_root "${install[@]}" || fail "could not install ${missing[*]}"
}

# configure PRESET FOLDER [OPTION...]: once; cmake looks after changes by itself later.
configure() {
  local preset=$1 folder=$2
  shift 2
  [ -f "$folder/build.ninja" ] && return
  say "Configuring $folder"
  (cd "$root" && quietly cmake --preset "$preset" "$@")
}

# build FOLDER [TARGET...]: says so only when it takes its time. (Ninja cannot tell beforehand: folders are looked through for new files first.)
build() {
  local folder=$1 log pid tenths status=0
  shift
  log=$(mktemp)
  ninja -C "$folder" "$@" >"$log" 2>&1 &
  pid=$!
  for ((tenths = 0; tenths < 40; ++tenths)); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  kill -0 "$pid" 2>/dev/null && say "Building $(basename "$folder") (some minutes the first time)"
  wait "$pid" || status=$?
  [ "$status" = 0 ] || tail -n 60 "$log" >&2
  rm -f "$log"
  return "$status"
}

build_office() {
  configure release "$root/build"
  build "$root/build" tandem modules/all
}
