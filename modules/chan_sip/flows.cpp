#include "flows.h"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "tandem/log.h"

extern "C" {

struct tport_primary;

// A kind of transport as Sofia-SIP 1.12.11 has it (its tport_internal.h, which is not installed): exported by the library, in no installed
// header. hook() compares what it can before anything is used.
struct tandem_transport_type {
  const char* name;
  int is_public;
  size_t primary_size;
  int (*init_primary)(tport_primary*, void*, su_addrinfo_t*, const tagi_t*, const char**);
  void (*deinit_primary)(tport_primary*);
  int (*wakeup_primary)(tport_primary*, int);
  tport_t* (*connect)(tport_primary*, su_addrinfo_t*, const void*);
  size_t secondary_size;
  int (*init_secondary)(tport_t*, int, int, const char**);
  void (*deinit_secondary)(tport_t*);
  void (*shutdown)(tport_t*, int);
  int (*set_events)(const tport_t*);
  int (*wakeup)(tport_t*, int);
  int (*receive)(tport_t*);
  ssize_t (*send)(const tport_t*, msg_t*, void*, size_t);
  void (*deliver)(tport_t*, msg_t*, su_time_t);
  int (*prepare)(tport_t*, msg_t*, const void*, void*, unsigned);
  int (*keepalive)(tport_t*, const su_addrinfo_t*, const tagi_t*);
  int (*stun_response)(const tport_t*, void*, size_t, void*, socklen_t);
  int (*next_timer)(tport_t*, su_time_t*, const char**);
  void (*timer)(tport_t*, su_time_t);
};

extern const tandem_transport_type tport_tcp_vtable;
extern const tandem_transport_type tport_tls_vtable;
extern const tandem_transport_type* tport_vtables[65];
int tport_accept(tport_primary*, int);
int tport_tcp_init_secondary(tport_t*, int, int, const char**);
int tport_recv_stream(tport_t*);
ssize_t tport_send_stream(const tport_t*, msg_t*, void*, size_t);
int tport_tcp_next_timer(tport_t*, su_time_t*, const char**);
void tport_tcp_timer(tport_t*, su_time_t);
void tport_base_deliver(tport_t*, msg_t*, su_time_t);
void tport_error_report(tport_t*, int, const su_sockaddr_t*);
}

namespace tandem {
namespace {

constexpr Log kLog("sip");
constexpr auto kSweep = std::chrono::seconds(1);
constexpr int kProbeAfter = 60, kProbeEvery = 20, kProbes = 3;  // seconds, seconds, probes: a far end that has gone without a word
constexpr unsigned kUnacknowledged = 20'000;                    // ms: a reader that does not read

Flows* open_flows = nullptr;  // there is one Stack a process

SocketAddress end_of(int descriptor, int (*which)(int, sockaddr*, socklen_t*) noexcept) {
  sockaddr_storage name = {};
  socklen_t length = sizeof name;
  if (which(descriptor, reinterpret_cast<sockaddr*>(&name), &length) != 0) return {};
  return {reinterpret_cast<sockaddr*>(&name), length};
}

void keep_honest(int descriptor) {
  const auto set = [descriptor](int level, int name, auto value) { (void)::setsockopt(descriptor, level, name, &value, sizeof value); };
  set(SOL_SOCKET, SO_RCVBUF, kFlowReceiveBuffer / 2);  // the kernel doubles it
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, kProbeAfter);
  set(IPPROTO_TCP, TCP_KEEPINTVL, kProbeEvery);
  set(IPPROTO_TCP, TCP_KEEPCNT, kProbes);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, kUnacknowledged);
}

// Line ends between messages are keep-alives (RFC 5626 4.4.1), not a message that has begun.
bool message_begins(int descriptor) {
  std::array<char, 16> bytes{};
  const ssize_t count = ::recv(descriptor, bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
  return std::any_of(bytes.begin(), bytes.begin() + std::max<ssize_t>(count, 0), [](char c) { return c != '\r' && c != '\n' && c != ' '; });
}

// Behind a message with a mistake in it nta reads nothing more, the far end's farewell neither.
bool left_unread(int descriptor) {
  char octet = 0;
  return ::recv(descriptor, &octet, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

tandem_transport_type observed, observed_inward;

}  // namespace

struct Flows::Hooks {
  static int init(tport_t* transport, int descriptor, int accepted, const char** reason) {
    // Never referenced, a transport that ends is never freed.
    tport_unref(tport_ref(transport));
    const int result = tport_tcp_init_secondary(transport, descriptor, accepted, reason);
    if (result == 0 && open_flows != nullptr) open_flows->came(transport, descriptor, accepted != 0);
    return result;
  }
  static void deinit(tport_t* transport) {
    if (open_flows != nullptr) open_flows->went(transport);
  }
  static void shutdown(tport_t* transport, int how) {
    if (open_flows == nullptr) return;
    const auto it = open_flows->flows_.find(transport);
    if (it == open_flows->flows_.end()) return;
    (void)::shutdown(it->second.descriptor, how);
    if (how < SHUT_RDWR) return;
    open_flows->dying_.push_back(tport_ref(transport));
    open_flows->went(transport);
  }
  static tport_t* connect(tport_primary*, su_addrinfo_t*, const void*) {
    errno = ECONNREFUSED;  // what the edge has brought can be used, and nothing else
    return nullptr;
  }
  static int receive(tport_t* transport) {
    if (open_flows != nullptr) open_flows->received(transport);
    return tport_recv_stream(transport);
  }
  static void deliver(tport_t* transport, msg_t* msg, su_time_t now) {
    const sip_t* const sip = sip_object(msg);
    const bool garbage = sip == nullptr || (sip->sip_request == nullptr && sip->sip_status == nullptr);
    if (open_flows != nullptr) open_flows->delivered(transport, garbage);
    tport_base_deliver(transport, msg, now);
  }
};

Result<Registration> Flows::hook() {
  const tandem_transport_type& tcp = tport_tcp_vtable;
  const bool known = tcp.name != nullptr && std::strcmp(tcp.name, "tcp") == 0 && tcp.wakeup_primary == tport_accept &&
                     tcp.init_secondary == tport_tcp_init_secondary && tcp.receive == tport_recv_stream && tcp.send == tport_send_stream &&
                     tcp.next_timer == tport_tcp_next_timer && tcp.timer == tport_tcp_timer && tcp.deinit_secondary == nullptr &&
                     tcp.shutdown == nullptr && tcp.deliver == nullptr;
  const auto slot_of = [](const tandem_transport_type& type) {
    return std::find(std::begin(tport_vtables), std::end(tport_vtables), &type);
  };
  const auto slot = slot_of(tcp), inward = slot_of(tport_tls_vtable);
  if (!known || slot == std::end(tport_vtables) || inward == std::end(tport_vtables) || std::strcmp(tport_tls_vtable.name, "tls") != 0)
    return Error{ErrorCode::internal, "this build of Sofia-SIP has TCP transports of another kind"};
  observed = tcp;
  observed.init_secondary = Hooks::init;
  observed.deinit_secondary = Hooks::deinit;
  observed.shutdown = Hooks::shutdown;
  observed.receive = Hooks::receive;
  observed.deliver = Hooks::deliver;
  observed_inward = observed;
  observed_inward.name = tport_tls_vtable.name;
  observed_inward.connect = Hooks::connect;
  *slot = &observed;
  *inward = &observed_inward;
  return Registration([slot, inward] {
    *slot = &tport_tcp_vtable;
    *inward = &tport_tls_vtable;
  });
}

Flows::Flows(Loop& loop, const TcpSettings& limits, const Edge* edge)
    : loop_(loop), limits_(limits), edge_(edge), settle_(loop), sweep_(loop) {
  open_flows = this;
}

Flows::~Flows() { close(); }

void Flows::close() {
  if (open_flows == this) open_flows = nullptr;
  settle_.stop();
  for (tport_t* const transport : std::exchange(dying_, {})) tport_unref(transport);
}

// A connection too many is shut down at once, and nta then takes it as one whose far end has gone: refusing it here would leak its socket.
void Flows::came(tport_t* transport, int descriptor, bool accepted) {
  const Instant now = loop_.clock().now();
  Flow& flow = flows_[transport];
  flow = {.id = ++last_, .accepted = accepted, .since = now, .heard = now, .descriptor = descriptor};
  flow.inner = flow.peer = end_of(descriptor, ::getpeername);
  transports_[flow.id] = transport;
  keep_honest(descriptor);
  const bool inward = accepted && !inward_.empty() && end_of(descriptor, ::getsockname) == inward_;
  if (inward && edge_ != nullptr) flow.edge = edge_->peer(flow.inner);
  if (flow.edge) flow.peer = flow.edge->address;
  if (flow.edge && flow.edge->dialled) dialled_[flow.edge->listener] = flow.id;
  if (inward ? flow.edge == nullptr : accepted && !admit(flow)) {
    ++refused_;
    (void)::shutdown(descriptor, SHUT_RDWR);
  }
  if (!sweep_.running()) sweep_.start(kSweep, [this] { sweep(); });
}

// The edge has limits of its own.
bool Flows::admit(const Flow& flow) {
  const SocketAddress& peer = flow.peer;
  const unsigned here = ++per_host_[peer.host()];
  const bool fits = here <= limits_.connections_per_source && flows_.size() <= limits_.connections;
  if (!fits) {
    log_security({"SessionLimit", "SIP", peer, "",
                  here > limits_.connections_per_source ? "too many connections from there" : "too many connections", "TCP"});
  }
  return fits;
}

void Flows::received(tport_t* transport) {
  const auto it = flows_.find(transport);
  if (it == flows_.end()) return;
  Flow& flow = it->second;
  flow.heard = loop_.clock().now();
  if (!flow.half && message_begins(flow.descriptor)) flow.half = flow.heard;
}

// Where one message cannot be read nobody knows where the next begins.
void Flows::delivered(tport_t* transport, bool garbage) {
  const auto it = flows_.find(transport);
  if (it == flows_.end()) return;
  if (garbage) {
    log_security({"RequestBadFormat", "SIP", it->second.peer, "", "not SIP", it->second.transport()});
    cut(it->second, "not SIP");
  }
  it->second.half.reset();
  ++it->second.messages;
}

void Flows::went(tport_t* transport) {
  const auto it = flows_.find(transport);
  if (it == flows_.end()) return;
  const Flow& flow = it->second;
  if (flow.accepted && !flow.edge) {
    const auto host = per_host_.find(flow.peer.host());
    if (host != per_host_.end() && --host->second == 0) per_host_.erase(host);
  }
  ended_.push_back(flow.id);
  transports_.erase(flow.id);
  flows_.erase(it);
  if (flows_.empty()) sweep_.stop();
  if (settle_.running()) return;
  settle_.start({}, [this] { told(); });
}

// Whoever waits for an answer on a connection that has gone gets 503 now: by itself nta would wait 32 s.
void Flows::told() {
  for (const FlowId id : std::exchange(ended_, {})) {
    if (gone_) gone_(id);
  }
  for (tport_t* const transport : std::exchange(dying_, {})) {
    tport_error_report(transport, ECONNRESET, nullptr);
    tport_unref(transport);
  }
}

void Flows::cut(const Flow& flow, std::string_view why) {
  kLog.line(LogLevel::info, "connection of {} is cut: {}", flow.peer.to_string(), why);
  (void)::shutdown(flow.descriptor, SHUT_RDWR);  // nta sees its end and cleans up
}

void Flows::sweep() {
  const Instant now = loop_.clock().now();
  for (auto& [transport, flow] : flows_) {
    if (flow.half && now - *flow.half > limits_.message_time) {
      log_security({"RequestBadFormat", "SIP", flow.peer, "", "a message that does not end", flow.transport()});
      cut(flow, "a message that does not end");
      flow.half.reset();
    } else if (flow.held == 0 && now - flow.heard > limits_.message_time && left_unread(flow.descriptor)) {
      cut(flow, "what it says cannot be read");
    } else if (flow.held == 0 && now - flow.heard > limits_.idle && !(flow.edge && flow.edge->dialled)) {
      cut(flow, "idle");
      flow.heard = now;
    }
  }
  sweep_.start(kSweep, [this] { sweep(); });
}

const Flow* Flows::find(FlowId flow) const {
  const tport_t* const t = transport(flow);
  return t == nullptr ? nullptr : &flows_.at(t);
}

FlowId Flows::of(nta_agent_t* agent, msg_t* msg) const { return of(tport_delivered_by(nta_agent_tports(agent), msg)); }

FlowId Flows::of(const tport_t* transport) const {
  const auto it = flows_.find(transport);
  return it == flows_.end() ? 0 : it->second.id;
}

tport_t* Flows::transport(FlowId flow) const {
  const auto it = transports_.find(flow);
  return it == transports_.end() ? nullptr : it->second;
}

FlowId Flows::dialled(const std::string& listener) const {
  const auto it = dialled_.find(listener);
  return it == dialled_.end() || !alive(it->second) ? 0 : it->second;
}

void Flows::hold(FlowId flow) {
  if (tport_t* t = transport(flow)) ++flows_.at(t).held;
}

void Flows::release(FlowId flow) {
  tport_t* const t = transport(flow);
  if (t != nullptr && flows_.at(t).held > 0) --flows_.at(t).held;
}

void Flows::for_each(const std::function<void(const Flow&)>& each) const {
  for (const auto& [transport, flow] : flows_) each(flow);
}

}  // namespace tandem
