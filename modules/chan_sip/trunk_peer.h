// TrunkPeer: whether one gateway is up, found out by OPTIONS and by anything else that it sends. Switch thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "settings.h"
#include "stack.h"
#include "tandem/loop.h"

namespace tandem {

enum class TrunkState : uint8_t { unknown, up, down };
std::string_view to_string(TrunkState state);

/// Where a gateway is, and its place among others.
struct PeerPlace {
  SocketAddress address;
  bool tcp = false;  ///< over a connection; `tls`: one that the edge makes
  unsigned priority = 0, weight = 1;
  std::string host = {};  ///< the name that led there; empty: configured as an address
  bool tls = false;
  bool same_place(const PeerPlace& other) const { return address == other.address && tcp == other.tcp && tls == other.tls; }
};

/// One gateway. A probe is a single stateless OPTIONS: any answer at all proves that it lives, and nothing waits 32 s for one that does not
/// come.
class TrunkPeer {
 public:
  TrunkPeer(Stack& stack, Loop& loop, const TrunkSettings& settings, const PeerPlace& place, const std::string& user_agent);
  ~TrunkPeer();
  TrunkPeer(const TrunkPeer&) = delete;
  TrunkPeer& operator=(const TrunkPeer&) = delete;

  const PeerPlace& place() const { return place_; }
  /// Its place in the order has changed, not where it is.
  void move(unsigned priority, unsigned weight);
  TrunkState state() const { return state_; }
  Instant since() const { return since_; }
  std::optional<Duration> round_trip() const { return round_trip_; }

  /// Anything valid came from it: it is up at once.
  void heard();
  /// A request to it has timed out.
  void lost();
  /// It has said 503: no calls for so long.
  void busy(std::chrono::seconds wait);
  /// The connection that stands to it, of a trunk over TLS; 0: there is none now.
  FlowId flow() const;
  bool busy() const { return loop_.clock().now() < busy_until_; }

 private:
  void connect(const TrunkSettings& settings);
  void probe();
  void unanswered();
  void become(TrunkState state, std::string_view why);

  Stack& stack_;
  Loop& loop_;
  const std::string name_;
  const std::chrono::milliseconds probe_up_, probe_down_;
  PeerPlace place_;
  const std::string user_agent_;
  std::string listener_;  ///< the edge's name for the connection; empty: over UDP or TCP
  std::unique_ptr<EdgeOutlet> outlet_;
  nta_leg_t* leg_ = nullptr;  ///< all its probes share one Call-ID and From tag
  TrunkState state_ = TrunkState::unknown;
  Instant since_, sent_{}, busy_until_{};
  std::optional<Duration> round_trip_;
  bool waiting_ = false;
  unsigned missed_ = 0;
  Timer timer_;
};

}  // namespace tandem
