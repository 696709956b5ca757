// Relay: one media thread. It owns the sockets of its ports and moves packets between them; packets never enter the switch thread.
//
// Split by concern: relay.cpp (the thread), relay_packets.cpp (the way of a packet), relay_source.cpp (seams, events, transcoding),
// relay_play.cpp (what is played), relay_orders.cpp (what the switch thread wants), relay_reports.cpp (RTCP and silence),
// relay_carriage.cpp (SRTP, DTLS, ICE, latching), relay_moves.cpp (to and from other media threads).
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "media/relay_port.h"
#include "tandem/capture.h"
#include "tandem/mailbox.h"

namespace tandem {

class Relay {
 public:
  /// Tells the switch thread what happened at a port; called on the media thread, must not block. False: not possible now.
  using Report = std::function<bool(RelayPort* port, uint64_t generation, const MediaEvent& event)>;

  /// Starts the thread. `tick`: how often silence and the time for reports are looked at. io: no descriptors or thread to be had.
  static Result<std::unique_ptr<Relay>> start(std::string name, Clock& clock, Duration tick, size_t mailbox, Report report);
  /// Ends the thread; sockets that are still open, or in orders under way, close.
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  /// Switch thread alone: takes as many off the front as there is room for, with one wake-up.
  void post(std::deque<Order>& orders);
  /// Any thread: copies of reports go there from now on; null: nowhere. It outlives the relay.
  void set_capture(Capture* capture) { capture_.store(capture, std::memory_order_relaxed); }
  /// Any thread: everything since the start, open and closed ports alike.
  MediaCounts totals() const { return totals_.read(); }

 private:
  static constexpr size_t kMaxPacket = 2048;  // far above what a path MTU lets through; anything longer is not telephony
  static constexpr size_t kMostPayload = kMaxPacket - kRtpHeader - SrtpStream::kTrailer;
  static constexpr int kEventsPerWait = 128;
  static constexpr size_t kOrdersPerTurn = 64;  // between two looks at the sockets

  Relay(Clock& clock, Duration tick, size_t mailbox, Report report);
  void run();
  void wait_once();
  void work_off_orders();

  // The way of a packet (relay_packets.cpp).
  void receive(RelaySocket& socket);
  void forward(RelaySocket& socket, size_t size);
  void forward_rtp(RelayPort& port, size_t size);
  void overhear(RelayPort& port, std::span<const uint8_t> payload);
  void pass(RelayPort& port, size_t size, const Route& route);
  void forward_rtcp(RelayPort& port, size_t size);
  bool send(RelayPort& port, uint8_t* packet, size_t size);
  void drop(RelayPort& port);
  void discard_waiting(RelaySocket& socket);

  // Everything about a packet that is not the rule (relay_source.cpp).
  void forward_event(RelayPort& port, std::span<const uint8_t> payload, size_t size, const Route& route);
  void scale_event(TelephoneEvent event, std::span<const uint8_t> payload, uint8_t khz, uint8_t out_khz);
  void transcode(RelayPort& port, std::span<const uint8_t> payload, const Route& route);
  static RelayPort* target(const RelayPort& port);
  bool change_source(RelayPort& port, RelayPort& to, uint8_t in_khz, uint8_t out_khz);
  void close_event(RelayPort& port);

  // Ports that encrypt, answer checks, have one socket for both, or wait for whoever sends first (relay_carriage.cpp).
  void receive_special(RelaySocket& socket);
  static bool admits(const RelaySocket& socket, const SocketAddress& source);
  bool unprotect(Carriage& carriage, bool rtcp, size_t& size);
  bool latch(RelaySocket& socket, const uint8_t* packet, size_t size, const SocketAddress& source);
  void take_check(RelaySocket& socket, std::span<const uint8_t> packet, const SocketAddress& source);
  void take_handshake(RelaySocket& socket, std::span<const uint8_t> packet, const SocketAddress& source);
  bool may_handshake(DtlsSession& dtls);
  void settle_handshake(RelayPort& port);
  void end_handshake(RelayPort& port);
  void look_at_handshakes();
  void set_handshake_timer(bool on);
  void refresh(RelayPort& port);
  bool send_attended(RelayPort& port, uint8_t* packet, size_t size);
  static DtlsSession::Send wire_of(const RelayPort& port);
  static bool send_raw(const RelaySocket& socket, std::span<const uint8_t> packet);
  void send_rtcp(RelayPort& port, size_t size);
  void apply(RelayPort& port, SetSecurity& order);
  void apply(RelayPort& port, const SetTransport& order);
  void open_to_checks(RelaySocket& socket);
  void aim_again(RelaySocket& socket, const SocketAddress& local);
  void drop_unauthentic(RelayPort& port);
  void drop_foreign(RelayPort& port);

  // Orders (relay_orders.cpp).
  /// False: not yet (TakeIn); the orders behind it wait too.
  bool apply(Order& order);
  void apply(RelayPort& port, uint64_t generation, OpenPort& order);
  void apply(RelayPort& port, const SetRemote& order);
  void apply(RelayPort& port, const SetFormats& order);
  void apply(RelayPort& port, const RelayTo& order);
  void apply(RelayPort& port, Play& order);
  void apply(RelayPort& port, const StopPlaying& order);
  void apply(RelayPort& port, const SendDigit& order);
  void apply(RelayPort& port, const HearTones& order);
  static void apply(RelayPort& port, const HoldKeys& order) { port.gate.set(order.on); }
  static void apply(RelayPort& port, SetCorrelation& order);
  void apply(RelayPort& port, const Record& order);
  void apply(RelayPort& port, const SetTimeout& order);
  void apply(RelayPort& port, const ClosePort& order);
  void close(RelayPort& port);

  // Ports that go to another media thread (relay_moves.cpp).
  void apply(RelayPort& port, const SendAway& order);
  bool apply(RelayPort& port, uint64_t generation, const TakeIn& order);
  void unwatch(RelaySocket& socket);
  void reroute(RelayPort& port);
  static void add_transcoder(RelayPort& port, Format from, const PortFormats& to);
  void make_live(RelayPort& port);
  void aim(RelaySocket& socket, const SocketAddress& local, const SocketAddress& remote, bool latch);
  void begin_latching(RelaySocket& socket);
  bool connect_to(RelaySocket& socket, const SocketAddress& remote);
  void watch(RelaySocket& socket);

  // What is played (relay_play.cpp).
  void play_all();
  void play_frame(RelayPort& port);
  void play_sound(RelayPort& port, bool audible);
  void play_digit(RelayPort& port);
  void skip(RelayPort& port, unsigned frames);
  void stop_player(RelayPort& port, bool ended);
  void set_playing(RelayPort& port);
  void set_pace(bool on);

  // RTCP and silence (relay_reports.cpp).
  void take_report(RelayPort& port, std::span<const uint8_t> packet);
  static void expect_loss(RelayPort& port, unsigned percent);
  void forward_feedback(RelayPort& port, size_t size);
  void send_report(RelayPort& port, bool bye);
  void schedule_report(RelayPort& port, bool first);
  void set_live(RelayPort& port, bool live);
  void set_ticking(bool on);
  void look_around();
  void look_for_silence(RelayPort& port);
  uint64_t ntp_now() const;
  void copy_report(const RelayPort& port, std::span<const uint8_t> packet, bool sent) const;

  Clock& clock_;
  const Duration tick_;
  const Report report_;
  Mailbox<Order> mailbox_;
  std::atomic<bool> stopping_{false};
  Descriptor epoll_, timer_, pacer_, handshake_timer_;
  std::vector<Order> orders_;  // drained from the mailbox, worked off from next_order_ on
  size_t next_order_ = 0;
  bool orders_stuck_ = false;            // the next one waits for another thread
  std::vector<RelayPort*> live_;         // have, or wait for, a peer
  std::vector<RelayPort*> playing_;      // have something of their own to send
  std::vector<RelayPort*> handshaking_;  // DTLS is under way
  unsigned handshakes_ = 0;              // begun by others since
  Instant handshakes_since_;
  std::mt19937_64 random_;
  std::atomic<Capture*> capture_{nullptr};
  Instant now_;  // read once a wake-up: packets of one wake-up came at the same time
  MediaCounters totals_;
  alignas(64) std::array<uint8_t, kMaxPacket> packet_{};
  alignas(64) std::array<uint8_t, kMaxPacket> made_{};  // what is not simply passed on
  std::thread thread_;
};

}  // namespace tandem
