// Stack: one su_root and one nta agent that live inside our loop and on our clock. Switch thread.
#pragma once

#include <memory>
#include <string>

#include "backlog.h"
#include "fixed_headers.h"
#include "flows.h"
#include "message_class.h"
#include "settings.h"
#include "sofia.h"
#include "tandem/loop.h"

namespace tandem {

/// What the stack holds; finished transactions too, for as long as they answer repetitions (32 s over UDP).
struct StackObjects {
  size_t server_transactions = 0, client_transactions = 0;
  size_t dialogs = 0;
  size_t flows = 0;  ///< TCP connections
};

class Stack final : public LoopSource {
 public:
  /// Gets what matches no transaction and no dialog: requests, and responses that came too late.
  class Receiver {
   public:
    virtual ~Receiver() = default;
    /// Owns `msg`: reply, hand on or discard.
    virtual void receive(msg_t* msg, sip_t* sip) = 0;
  };

  /// Binds UDP, and TCP if it is enabled, and attaches itself to `loop`. io: the port is taken or the address is not ours; internal:
  /// Sofia-SIP's event loop is not the one we know. One Stack a process at a time (its clock hook is global): exists otherwise.
  /// `edge` outlives it; null: TLS, WS and WSS cannot be served.
  static Result<std::unique_ptr<Stack>> open(const SipSettings& settings, Loop& loop, Edge* edge = nullptr);
  ~Stack() override;
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  /// Legs and transactions are made on it; they must be destroyed before the Stack.
  nta_agent_t* agent() { return agent_; }
  SocketAddress bound() const { return bound_; }
  SocketAddress bound_tcp() const { return bound_tcp_; }  ///< empty: TCP is not served
  SocketAddress inward() const { return inward_; }        ///< where the edge brings its connections; empty: there is no edge
  /// The same of the other family; empty: one family is served.
  SocketAddress bound_second() const { return bound_second_; }
  SocketAddress bound_tcp_second() const { return bound_tcp_second_; }
  /// Far ends there are of the family that is served second.
  bool is_second(const SocketAddress& far) const { return !bound_second_.empty() && far.family() == bound_second_.family(); }
  Flows& flows() { return *flows_; }
  /// Null: there is none.
  Edge* edge() const { return edge_; }
  /// What goes into the Via of requests over TLS connections that we make.
  const std::string& dialled_host_port() const { return dialled_host_port_; }
  /// "192.0.2.1:5060" or "[2001:db8::1]:5060": what goes into Contact.
  const std::string& contact_host_port() const { return contact_host_port_; }
  /// How far ends reach us over a datagram or over a connection: "sip:192.0.2.1:5060", "sip:192.0.2.1:5060;transport=tcp".
  const std::string& contact_uri(bool tcp) const { return tcp ? contact_tcp_ : contact_udp_; }
  const std::string& contact_uri(bool tcp, const SocketAddress& far) const {
    return !is_second(far) ? contact_uri(tcp) : tcp ? second_tcp_ : second_udp_;
  }
  /// What goes into Contact in a dialog over this connection, or over a datagram or a connection that nta makes.
  const sip_contact_t* contact(bool tcp, FlowId flow, bool sips, bool second = false) const;
  /// Says how far ends reach us through a door of the edge. Returns what goes into Via.
  std::string add_door(const std::string& name, EdgeKind kind, const SocketAddress& bound);
  /// The Contact of these URIs, and what else we say in every dialog.
  const FixedHeaders& headers() const { return *headers_; }
  /// The host that far ends see, without port: the default domain.
  const std::string& contact_host() const { return contact_host_; }
  /// More messages wait than we can serve in time: no new calls now.
  bool behind() const { return backlog_.behind(); }
  StackObjects objects() const;
  /// Null: requests that match nothing are dropped.
  void set_receiver(Receiver* receiver) { receiver_ = receiver; }
  /// Let Sofia-SIP write every message as it is on the wire to `to` (trace.h reads it); null: no longer, which costs nothing.
  void log_messages(su_logger_f* to, void* context);

  int descriptor() const override { return descriptor_; }
  std::chrono::milliseconds run(bool readable) override;

 private:
  Stack(Loop& loop, Edge* edge);
  Result<void> open_root();
  Result<void> open_agent(const SipSettings& settings);
  Result<void> open_tcp(const SipSettings& settings);
  Result<void> open_inward();
  void name_dialled(const SipSettings& settings);
  Result<void> open_second(const SipSettings& settings);
  SocketAddress bound_to(const char* protocol, int family = AF_UNSPEC) const;

  Loop& loop_;
  Edge* const edge_;
  MessageClass class_;
  su_root_t* root_ = nullptr;
  nta_agent_t* agent_ = nullptr;
  int descriptor_ = -1;
  SocketAddress bound_, bound_tcp_, bound_second_, bound_tcp_second_, inward_;
  Backlog backlog_;
  std::string contact_host_, contact_host_port_, contact_udp_, contact_tcp_, second_udp_, second_tcp_, dialled_host_port_;
  std::unique_ptr<FixedHeaders> headers_;
  std::unique_ptr<Flows> flows_;
  bool advertised_ = false;
  Receiver* receiver_ = nullptr;
  Registration attached_;
};

/// The URI of a next hop. nta sees the family of a numeric host only without its brackets, as maddr has it.
std::string hop_uri(const SocketAddress& to, bool tcp);

/// Where a message came from (the socket peer, not what it says). Behind the edge that is the edge: Flow::peer is the far end.
SocketAddress source_of(msg_t* msg);

}  // namespace tandem
