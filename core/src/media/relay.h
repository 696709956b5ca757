// Relay: one media thread. It owns the sockets of its ports and moves packets between them; packets never enter the switch thread.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "media/relay_port.h"
#include "tandem/mailbox.h"

namespace tandem {

class Relay {
 public:
  /// Tells the switch thread that a port has been silent; called on the media thread, must not block. False: not possible now, ask again.
  using Report = std::function<bool(RelayPort* port, uint64_t generation)>;

  /// Starts the thread. `tick`: how often silence is looked at while any port has a limit. io: no descriptors or thread to be had.
  static Result<std::unique_ptr<Relay>> start(std::string name, Clock& clock, Duration tick, size_t mailbox, Report report);
  /// Ends the thread; sockets that are still open, or in orders under way, close.
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  /// Switch thread alone. False when there is no room: `order` is then untouched.
  [[nodiscard]] bool post(Order& order);
  /// Any thread: everything since the start, open and closed ports alike.
  MediaCounts totals() const { return totals_.read(); }

 private:
  static constexpr size_t kMaxPacket = 2048;  // far above what a path MTU lets through; anything longer is not telephony
  static constexpr int kEventsPerWait = 128;
  static constexpr size_t kOrdersPerTurn = 64;  // between two looks at the sockets

  Relay(Clock& clock, Duration tick, size_t mailbox, Report report);
  Result<void> prepare();
  void run();
  void wait_once();
  void work_off_orders();

  // Packets (relay_packets.cpp).
  void receive(RelaySocket& socket);
  void forward(RelaySocket& socket, size_t size);
  bool accept(RelaySocket& socket, size_t size);
  void receive_latching(RelaySocket& socket);
  void drop(RelayPort& port);
  void discard_waiting(RelaySocket& socket);

  // Orders (relay_orders.cpp).
  void apply(Order& order);
  void apply(RelayPort& port, uint64_t generation, OpenPort& order);
  void apply(RelayPort& port, const SetRemote& order);
  void apply(RelayPort& port, const RelayTo& order);
  void apply(RelayPort& port, const SetTimeout& order);
  void apply(RelayPort& port, const ClosePort& order);
  void aim(RelaySocket& socket, const SocketAddress& local, const SocketAddress& remote, bool latch);
  void begin_latching(RelaySocket& socket);
  bool connect_to(RelaySocket& socket, const SocketAddress& remote);
  void watch(RelaySocket& socket);
  void set_limit(RelayPort& port, Duration limit);
  void set_ticking(bool on);
  void look_for_silence();

  Clock& clock_;
  const Duration tick_;
  const Report report_;
  Mailbox<Order> mailbox_;
  std::atomic<bool> stopping_{false};
  Descriptor epoll_, timer_;
  std::vector<Order> orders_;  // drained from the mailbox, worked off from next_order_ on
  size_t next_order_ = 0;
  std::vector<RelayPort*> timed_;
  MediaCounters totals_;
  alignas(64) std::array<uint8_t, kMaxPacket> packet_{};
  std::thread thread_;
};

}  // namespace tandem
