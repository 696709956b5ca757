// DialogPath: how requests inside one dialog reach its far end. nta must never resolve a name, so what it could not reach by number goes to
// where the far end was really seen. Switch thread; part of a Session or a Subscription.
#pragma once

#include <string>

#include "flows.h"
#include "sofia.h"

namespace tandem {

class DialogPath {
 public:
  void open(bool tcp, FlowId flow, const SocketAddress& peer, bool behind_nat);
  /// After the dialog's route or remote target has been set or changed; `sip` is the message that did.
  void note(nta_leg_t* leg, const sip_t* sip);
  /// For nta_outgoing_tcreate; null: by the dialog's own route.
  url_string_t* hop() const { return pinned_ ? URL_STRING_MAKE(peer_.c_str()) : nullptr; }
  /// Where the far end was when the dialog began: which of our addresses it is to be told.
  const SocketAddress& far() const { return far_; }
  bool tcp() const { return tcp_; }
  FlowId flow() const { return flow_; }
  void set_flow(FlowId flow) { flow_ = flow; }
  /// "sip:192.0.2.7:5060": where the far end was seen.
  const std::string& peer() const { return peer_; }

 private:
  SocketAddress far_;
  std::string peer_;
  FlowId flow_ = 0;
  bool tcp_ = false;
  bool behind_nat_ = false;
  bool pinned_ = false;
};

}  // namespace tandem
