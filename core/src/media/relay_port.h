// RelayPort: a socket pair as its media thread sees it, flat, at an address that stays; and the orders that change it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>

#include "media/carriage.h"
#include "media/counters.h"
#include "media/digit_sender.h"
#include "media/player.h"
#include "media/routes.h"
#include "media/socket_pair.h"
#include "media/stream_in.h"
#include "media/stream_out.h"
#include "media/tap.h"
#include "media/telephone_event.h"
#include "media/tone_ear.h"
#include "media/transcoder.h"
#include "tandem/clock.h"
#include "tandem/media.h"

namespace tandem {

struct RelayPort;

/// One UDP socket. Media thread only.
struct RelaySocket {
  int fd = -1;
  bool rtcp = false;
  bool watched = false;     ///< in the epoll set
  bool special = false;     ///< latching, or the port has a Carriage: not the short way
  bool latching = false;    ///< unconnected; the first valid packet decides
  bool latched = false;     ///< `wanted` is only a hint: the peer is whoever sent first
  bool connected = false;   ///< the kernel lets through its peer alone
  bool sends = false;       ///< connected, and the peer wants to be sent to
  uint64_t generation = 0;  ///< of the port that is open here now; 0 when closed
  RelayPort* port = nullptr;
  SocketAddress wanted;  ///< what the last usable order said
};

/// A port that is meant only while its generation is still this one: ports are reused, their memory is never freed while the thread runs.
struct PortRef {
  RelayPort* port = nullptr;
  uint64_t generation = 0;
  friend bool operator==(const PortRef&, const PortRef&) = default;
};

/// What our own reports need (relay_reports.cpp).
struct Reports {
  Instant next;                  ///< when the next one is due
  uint32_t heard_middle = 0;     ///< of the last sender report of the far end; 0: none came
  Instant heard_at;              ///< when it came
  bool begun = false;            ///< one has been sent
  std::array<char, 16> cname{};  ///< random, for this port alone (RFC 7022)
  std::string correlation;       ///< for a capture server
};

/// A telephone-event that is under way to the peer: at a seam it must be closed first.
struct OpenEvent {
  uint8_t number = 0;  ///< payload number
  uint32_t timestamp = 0;
  TelephoneEvent event;
};

/// Ports are made by the switch thread, handed to the media thread by OpenPort and taken back by ClosePort; since orders keep their order,
/// the memory may serve the next port of the same thread as soon as ClosePort is on its way.
struct RelayPort {
  // Media thread. What each packet needs comes first.
  RelaySocket rtp;
  PortRef to;          ///< where what arrives here leaves
  StreamIn in;         ///< what arrives here
  StreamOut out;       ///< what leaves here
  uint64_t heard = 0;  ///< valid packets of either kind
  Routes routes{};
  std::unique_ptr<Tap> tap;  ///< a recording listens
  std::unique_ptr<ToneEar> tones;
  bool overheard = false;  ///< a tap or a ToneEar: what arrives is heard by more than its receiver
  bool attended = false;   ///< a tap or a Carriage: what leaves does not go the short way
  std::unique_ptr<Carriage> carriage;

  RelaySocket rtcp;
  MediaKind kind = MediaKind::audio;
  PortFormats formats;
  PortRef feed, next_feed;                               ///< whose packets leave here, and whose will from its first packet on
  std::vector<std::unique_ptr<Transcoder>> transcoders;  ///< one for each format that arrives and must leave as another
  DigitEar digits;
  KeyGate gate;
  std::unique_ptr<Player> player;  ///< heard in place of what is relayed here
  bool yields = false;             ///< until the first packet of that
  bool playing = false;            ///< in the relay's list of ports that have something of their own to send
  DigitSender keys;
  Pace pace;
  std::unique_ptr<Encoder> encoder;  ///< of what is played
  Format encoder_format = Format::unknown;
  std::optional<OpenEvent> open_event;
  uint32_t event_timestamp = 0;  ///< of the event under way, where it crosses from one clock to another
  Reports reports;
  SocketPair sockets;
  SocketAddress latched_host;  ///< where RTP was latched to, port 0; empty before
  uint64_t heard_before = 0;   ///< at the last tick
  Instant quiet_since;
  Duration limit{0};      ///< 0: silence is fine
  size_t live_index = 0;  ///< place in the relay's list of ports that have, or wait for, a peer
  bool live = false;
  bool reported = false;

  // Written by the media thread, read by any.
  MediaCounters counts;
  std::atomic<uint64_t> counted{0};  ///< the generation that `counts` belongs to

  // Switch thread.
  uint64_t handle_generation = 0;
  std::shared_ptr<UniqueFunction<void(const MediaEvent&)>> listener;  ///< shared, because it may close its own port
};

struct OpenPort {
  SocketPair sockets;
  MediaKind kind = MediaKind::audio;
};
struct SetRemote {
  SocketAddress rtp, rtcp;
  bool latch;
};
struct SetFormats {
  PortFormats formats;
};
/// Streams are made on the switch thread, whose order they came with; what is not new stays.
struct SetSecurity {
  bool encrypted = false, new_send = false, new_receive = false;
  std::unique_ptr<SrtpStream> send, receive;
  std::optional<DtlsSecurity> dtls;
  std::shared_ptr<const DtlsContext> context;
};
struct SetTransport {
  MediaTransport transport;
};
struct RelayTo {
  PortRef to;  ///< nobody: nowhere
};
struct Play {
  std::unique_ptr<Player> player;
};
struct StopPlaying {
  bool when_relayed;
};
struct SendDigit {
  char digit;
};
struct HoldKeys {
  bool on;
};
struct Record {
  std::shared_ptr<SoundSink> sink;
};
struct HearTones {
  bool on;
};
struct SetTimeout {
  Duration limit;
};
struct SetCorrelation {
  std::string id;
};
struct ClosePort {};
struct PortParcel;
/// To the thread that the port is on: it goes into the parcel, and is closed here without a word to anybody.
struct SendAway {
  std::shared_ptr<PortParcel> parcel;
};
/// To the thread that it comes to, behind the SendAway on the other one. Orders wait there until the parcel is filled.
struct TakeIn {
  std::shared_ptr<PortParcel> parcel;
};

/// What the switch thread wants of one port. A value; sockets that never arrive are closed with it.
struct Order {
  RelayPort* port = nullptr;
  uint64_t generation = 0;
  std::variant<ClosePort, SetTimeout, SetRemote, SetFormats, SetSecurity, SetTransport, RelayTo, Play, StopPlaying, SendDigit, HearTones,
               HoldKeys, Record, SetCorrelation, SendAway, TakeIn, OpenPort>
      what;
};

}  // namespace tandem
