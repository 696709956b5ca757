# A real SIP client (baresip) without a sound card: it speaks a tone, records what it hears and is told by a pipe what to do. Sourced.
# shellcheck shell=bash

# phone_start FOLDER DEVICE SECRET SERVER_PORT TONE [PARAMETERS [MODULE...]]: registers and answers every call. Sets phone_pid. PARAMETERS of
# the account, such as "mediaenc=srtp-mand;audio_codecs=opus/48000/2"; further modules of baresip that these need. By the variables phone_host
# (127.0.0.1; "[::1]"), phone_transport (udp) and phone_ca (a PEM file, whose authority must have signed the server's certificate) it is told
# how to reach the server; by phone_port where to listen (0: the kernel picks); by phone_answers (auto; manual) whether
# it answers by itself; by phone_account that it registers nowhere and is this account.
phone_start() {
  local folder=$1 device=$2 secret=$3 server_port=$4 tone=$5 parameters=${6:-} module
  local modules
  modules=$(dirname "$(find /usr/lib -path '*baresip/modules/g711.so' -print -quit)")
  local host=${phone_host:-127.0.0.1} transport=${phone_transport:-udp}
  local bare=${host#[}
  bare=${bare%]}
  mkdir -p "$folder"
  # ausine knows 48 kHz stereo only; baresip resamples. Ports 0: the kernel picks, so that any number of these run side by side.
  cat >"$folder/config" <<CONFIG
poll_method epoll
sip_listen $host:${phone_port:-0}
net_interface $bare
rtp_ports 10000-18999
audio_source ausine,$tone
audio_player aubridge,ear
ausrc_srate 48000
ausrc_channels 2
auplay_srate 8000
auplay_channels 1
snd_path $folder
module_path $modules
module stdio.so
module g711.so
module ausine.so
module aubridge.so
module sndfile.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
CONFIG
  if [ -n "${phone_ca:-}" ]; then printf 'sip_cafile %s\n' "$phone_ca" >>"$folder/config"; fi
  for module in "${@:7}"; do printf 'module %s.so\n' "$module"; done >>"$folder/config"
  printf '<sip:%s@%s:%s;transport=%s>;auth_user=%s;auth_pass=%s;regint=120;answermode=%s%s\n' \
    "$device" "$host" "$server_port" "$transport" "$device" "$secret" "${phone_answers:-auto}" "${parameters:+;$parameters}" >"$folder/accounts"
  if [ -n "${phone_account:-}" ]; then printf '%s\n' "$phone_account" >"$folder/accounts"; fi
  : >"$folder/contacts"
  mkfifo "$folder/keys"
  baresip -f "$folder" <>"$folder/keys" >"$folder/log" 2>&1 &
  phone_pid=$!
}

# phone_type FOLDER TEXT: "/dial sip:600@...", "/hangup", "/quit".
phone_type() { printf '%s\n' "$2" >"$1/keys"; }

# phone_heard FOLDER: the recording of what came in.
phone_heard() { find "$1" -name 'dump-*-dec.wav' -print -quit; }
