// Flows: every connection of the SIP stack, who is at its far end, and what it may use up. Switch thread.
//
// nta tells nobody when a connection comes or goes and accepts any number of them. Its transports are tables of functions, so ours is a
// copy of its TCP table that looks on: connections are counted as they come, messages that never end and idle connections are cut, and the
// end of a connection is told, also to the transactions that wait for an answer on it.
//
// What the edge ends (TLS, WS, WSS) comes in over loopback connections. A second copy of the table stands in for nta's own TLS, so that nta
// takes these for TLS (a "sips:" contact, a Via of TLS); it never makes a connection of that kind itself.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "settings.h"
#include "sofia.h"
#include "tandem/edge.h"
#include "tandem/loop.h"

namespace tandem {

/// One connection for as long as it lives; never used again. 0: none (a datagram).
using FlowId = uint64_t;

/// Octets that wait to be read, at most: what a far end may send ahead of our reading.
inline constexpr int kFlowReceiveBuffer = 32'768;

struct Flow {
  FlowId id = 0;
  SocketAddress peer;     ///< who is at its far end, behind the edge too; empty until a connection that we make stands
  bool accepted = false;  ///< they connected to us
  Instant since, heard;
  std::optional<Instant> half;  ///< since when the message that is being received has been under way
  uint64_t messages = 0;        ///< received
  unsigned held = 0;            ///< contacts that are reached by it: then it may be idle
  int descriptor = -1;
  SocketAddress inner;                   ///< the far end that nta sees
  std::shared_ptr<const EdgePeer> edge;  ///< what the edge knows; null: it is a TCP connection

  /// "TCP", "TLS", "WS", "WSS".
  std::string_view transport() const { return edge ? to_string(edge->kind) : "TCP"; }
};

class Flows {
 public:
  /// One at a time in a process (Sofia-SIP's tables are global). `loop` and `edge` outlive it; null: there is no edge.
  Flows(Loop& loop, const TcpSettings& limits, const Edge* edge = nullptr);
  ~Flows();
  Flows(const Flows&) = delete;
  Flows& operator=(const Flows&) = delete;

  /// Makes transports that are opened while the returned object lives use our table. internal: this build of Sofia-SIP has another layout.
  static Result<Registration> hook();
  /// The address at which the edge's connections come in: nobody else's are taken there.
  void set_inward(const SocketAddress& inward) { inward_ = inward; }
  /// Before the agent is destroyed: lets go of what it holds of it.
  void close();

  /// By which connection `msg` came; valid only in the callback that delivers it.
  FlowId of(nta_agent_t* agent, msg_t* msg) const;
  FlowId of(const tport_t* transport) const;
  /// For NTATAG_TPORT. Null when the connection has gone.
  tport_t* transport(FlowId flow) const;
  bool alive(FlowId flow) const { return transports_.contains(flow); }
  /// The connection of that name that the edge has made (Edge::dial); 0: there is none now.
  FlowId dialled(const std::string& listener) const;
  /// Null when the connection has gone. Valid until the next turn.
  const Flow* find(FlowId flow) const;
  /// It is expected to stay without being used, or no longer.
  void hold(FlowId flow);
  void release(FlowId flow);
  /// `told` hears of each connection that has ended, after the current callback.
  void on_gone(std::function<void(FlowId)> told) { gone_ = std::move(told); }
  void reconfigure(const TcpSettings& limits) { limits_ = limits; }

  size_t size() const { return flows_.size(); }
  uint64_t refused() const { return refused_; }
  void for_each(const std::function<void(const Flow&)>& each) const;

 private:
  struct Hooks;  // what nta calls
  void came(tport_t* transport, int descriptor, bool accepted);
  bool admit(const Flow& flow);
  void told();
  void received(tport_t* transport);
  void delivered(tport_t* transport, bool garbage);
  void went(tport_t* transport);
  void sweep();
  void cut(const Flow& flow, std::string_view why);

  Loop& loop_;
  TcpSettings limits_;
  const Edge* const edge_;
  SocketAddress inward_;
  std::unordered_map<const tport_t*, Flow> flows_;
  std::unordered_map<FlowId, tport_t*> transports_;
  std::unordered_map<std::string, unsigned> per_host_;  ///< accepted connections
  std::unordered_map<std::string, FlowId> dialled_;
  std::vector<FlowId> ended_;
  std::vector<tport_t*> dying_;  ///< closed; transactions may still wait on them
  std::function<void(FlowId)> gone_;
  FlowId last_ = 0;
  uint64_t refused_ = 0;
  Timer settle_, sweep_;
};

}  // namespace tandem
