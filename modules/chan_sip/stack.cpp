#include "stack.h"

#include <dirent.h>
#include <fmt/compile.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <utility>

#include "tandem/log.h"

extern "C" {
// Exported by the library, in no installed header: called after each reading of the wall clock, may overwrite it.
extern void (*_su_time)(su_time_t*);
}

namespace tandem {
namespace {

// Debian's Sofia-SIP deletes its thread key when it is unloaded, also if it has never made one: then key 0 goes, whoever's that is. The
// first random number makes the key, so one is drawn as soon as this file is loaded.
[[maybe_unused]] const int kThreadKeyMade = su_randint(0, 1);

constexpr Log kLog("sip");
constexpr int kLibraryLevel = 3;                                // of Sofia-SIP's 9: what went wrong, not each step
constexpr unsigned kSendQueue = 128;                            // messages that wait for a slow reader, connections that wait for accept()
constexpr unsigned kStalled = 20'000;                           // ms without a byte in the middle of a message
constexpr unsigned long kNtpEpoch = 2'208'988'800UL;            // su counts seconds from 1900
constexpr int kReceiveBuffer = 2 << 20, kSendBuffer = 1 << 20;  // octets, of which the kernel makes twice as many: for bursts
constexpr int kSignallingTos = 0x60;                            // CS3
constexpr su_duration_t kLongestSleep = 60'000;
constexpr int kMessageMemory = 1400;   // octets that a message gets in one piece instead of in a dozen; few need more
const std::string kDialled = "trunk";  // among the doors
constexpr int kMostSteps = 8;          // before others have their turn

// Sofia-SIP's clock follows ours: time that never steps, in whole milliseconds, without which its loop spins (a timer that is not yet due
// is then at least one millisecond away). Global because the hook is.
struct HookedClock {
  const Clock* clock = nullptr;
  std::chrono::milliseconds offset{};
  void (*original)(su_time_t*) = nullptr;
} hooked;

void read_hooked_clock(su_time_t* time) {
  if (time == nullptr) return;
  const auto now = std::chrono::floor<std::chrono::milliseconds>(hooked.clock->now().time_since_epoch()) + hooked.offset;
  time->tv_sec = kNtpEpoch + static_cast<unsigned long>(now.count() / 1000);
  time->tv_usec = static_cast<unsigned long>(now.count() % 1000) * 1000;
}

void hook_clock(const Clock& clock) {
  hooked.clock = &clock;
  hooked.offset = std::chrono::floor<std::chrono::milliseconds>(clock.wall().time_since_epoch()) -
                  std::chrono::floor<std::chrono::milliseconds>(clock.now().time_since_epoch());
  hooked.original = _su_time;
  _su_time = read_hooked_clock;
}

void unhook_clock() {
  _su_time = hooked.original;
  hooked = {};
}

// What Sofia-SIP would print to stderr: anybody could make it speak there.
void log_for_developers(void*, const char* format, va_list arguments) {
  if (!log_detail::enabled(LogLevel::debug)) return;
  char text[512];
  const int length = std::vsnprintf(text, sizeof text, format, arguments);
  std::string_view line(text, std::min(static_cast<size_t>(std::max(length, 0)), sizeof text - 1));
  while (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  kLog.line(LogLevel::debug, "sofia: {}", line);
}

std::set<int> open_event_polls() {
  std::set<int> found;
  DIR* const folder = opendir("/proc/self/fd");
  if (folder == nullptr) return found;
  while (const dirent* const entry = readdir(folder)) {
    char target[64] = {};
    if (readlinkat(dirfd(folder), entry->d_name, target, sizeof target - 1) < 0) continue;
    if (std::strcmp(target, "anon_inode:[eventpoll]") == 0) found.insert(std::atoi(entry->d_name));
  }
  closedir(folder);
  return found;
}

// nta loses the reason when it cannot bind, so ask the kernel ourselves first.
Result<void> can_bind(const SocketAddress& address, bool tcp) {
  const int fd = ::socket(address.family(), (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
  const int yes = 1;
  if (tcp && fd >= 0) (void)::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const bool bound = fd >= 0 && ::bind(fd, address.sa(), address.length()) == 0 && (!tcp || ::listen(fd, 1) == 0);
  const int error = bound ? 0 : errno;
  if (fd >= 0) ::close(fd);
  if (error == 0) return {};
  const char* const what = tcp ? "TCP" : "UDP";
  if (error == EADDRINUSE) {
    return Error{ErrorCode::io,
                 fmt::format("{} {} is taken by another program; see [{}] in sip.ini", what, address.to_string(), tcp ? "tcp" : "udp")};
  }
  return Error{ErrorCode::io, fmt::format("cannot serve SIP at {} {}: {}", what, address.to_string(), std::strerror(error))};
}

std::string bracketed(const std::string& host) { return host.find(':') == std::string::npos ? host : "[" + host + "]"; }

int on_message(void* context, nta_agent_t* agent, msg_t* message, sip_t* sip) {
  auto* const receiver = *static_cast<Stack::Receiver**>(context);
  if (receiver != nullptr) {
    receiver->receive(message, sip);
  } else {
    nta_msg_discard(agent, message);
  }
  return 0;
}

}  // namespace

Stack::Stack(Loop& loop, Edge* edge) : loop_(loop), edge_(edge) {}

Result<std::unique_ptr<Stack>> Stack::open(const SipSettings& settings, Loop& loop, Edge* edge) {
  if (hooked.clock != nullptr) return Error{ErrorCode::exists, "this process has a SIP stack already"};
  std::unique_ptr<Stack> stack(new Stack(loop, edge));
  if (auto r = stack->open_root(); !r) return r.error();
  if (auto r = stack->open_agent(settings); !r) return r.error();
  if (settings.tcp.enabled) {
    if (auto r = stack->open_tcp(settings); !r) return r.error();
  }
  const bool dials = std::ranges::any_of(settings.trunks, [](const auto& t) { return t.transport == TrunkTransport::tls; });
  if (edge != nullptr && (dials || !settings.doors.empty())) {
    if (auto r = stack->open_inward(); !r) return r.error();
  }
  if (!settings.udp_second.empty()) {
    if (auto r = stack->open_second(settings); !r) return r.error();
  }
  stack->headers_ = std::make_unique<FixedHeaders>(stack->contact_udp_, stack->contact_tcp_, stack->second_udp_, stack->second_tcp_);
  stack->name_dialled(settings);
  stack->attached_ = loop.attach(*stack);
  return stack;
}

Result<void> Stack::open_root() {
  hook_clock(loop_.clock());
  su_init();
  su_log_redirect(nullptr, log_for_developers, nullptr);
  su_log_set_level(nullptr, kLibraryLevel);
  // The library does not tell its epoll descriptor. Another thread may open one of its own at the same moment: look again then.
  for (int attempt = 0; attempt < 3; ++attempt) {
    const std::set<int> before = open_event_polls();
    root_ = su_root_create(nullptr);
    if (root_ == nullptr) return Error{ErrorCode::io, fmt::format("the SIP stack cannot start: {}", std::strerror(errno))};
    su_root_threading(root_, 0);
    std::set<int> made;
    for (const int fd : open_event_polls()) {
      if (!before.contains(fd)) made.insert(fd);
    }
    if (made.size() == 1) {
      descriptor_ = *made.begin();
      return {};
    }
    su_root_destroy(std::exchange(root_, nullptr));
  }
  return Error{ErrorCode::internal, "this build of Sofia-SIP does not wait in an epoll of its own"};
}

Result<void> Stack::open_agent(const SipSettings& settings) {
  if (class_.get() == nullptr) return Error{ErrorCode::internal, "this build of Sofia-SIP has a parser table that we do not know"};
  if (auto possible = can_bind(settings.udp, false); !possible) return possible;
  const SocketAddress& seen = settings.advertised.empty() ? settings.udp : settings.advertised;
  flows_ = std::make_unique<Flows>(loop_, settings.tcp, edge_);
  const std::string url =
      fmt::format("sip:{}:{};maddr={};transport=udp", bracketed(seen.host()), settings.udp.port(), bracketed(settings.udp.host()));
  agent_ = nta_agent_create(
      root_, URL_STRING_MAKE(url.c_str()), on_message, &receiver_,  //
      NTATAG_UA(1), NTATAG_USE_NAPTR(0), NTATAG_USE_SRV(0),         // names are never resolved in here
      NTATAG_MCLASS(class_.get()), NTATAG_PRELOAD(kMessageMemory),
      NTATAG_MAXSIZE(settings.max_message + kFlowReceiveBuffer),  // of a stream it counts what has come behind the message, too
      NTATAG_UDP_MTU(65'535),                                     // else large requests would be tried over TCP first
      NTATAG_MERGE_482(1), NTATAG_SERVER_RPORT(1), TPTAG_TOS(kSignallingTos),
      TPTAG_STUN_SERVER(0),  // it prints what it does not understand
      TPTAG_QUEUESIZE(kSendQueue), TPTAG_TIMEOUT(kStalled), TPTAG_PONG2PING(1),
      TPTAG_IDLE(UINT_MAX),  // Flows knows which may be idle
      TPTAG_UDP_RMEM(kReceiveBuffer), TPTAG_UDP_WMEM(kSendBuffer), TAG_END());
  if (agent_ == nullptr) {
    return Error{ErrorCode::io, fmt::format("the SIP stack cannot serve UDP {}", settings.udp.to_string())};
  }
  bound_ = bound_to("udp");
  if (bound_.empty()) return Error{ErrorCode::internal, "the SIP stack does not tell its address"};
  backlog_ = Backlog(bound_, kReceiveBuffer);
  const uint16_t port = settings.advertised.empty() || settings.advertised.port() == 0 ? bound_.port() : settings.advertised.port();
  contact_host_ = bracketed(seen.host());
  advertised_ = !settings.advertised.empty();
  contact_host_port_ = fmt::format("{}:{}", contact_host_, port);
  contact_udp_ = contact_tcp_ = "sip:" + contact_host_port_;
  return {};
}

SocketAddress Stack::bound_to(const char* protocol, int family) const {
  for (const tport_t* one = tport_primaries(nta_agent_tports(agent_)); one != nullptr; one = tport_next(one)) {
    const su_addrinfo_t* const address = tport_get_address(one);
    if (address == nullptr || strcasecmp(tport_name(one)->tpn_proto, protocol) != 0) continue;
    if (family != AF_UNSPEC && address->ai_family != family) continue;
    return {address->ai_addr, static_cast<socklen_t>(address->ai_addrlen)};
  }
  return {};
}

Result<void> Stack::open_tcp(const SipSettings& settings) {
  auto hooked_tcp = Flows::hook();
  if (!hooked_tcp) return hooked_tcp.error();
  SocketAddress local = settings.tcp.address;
  if (local.port() == 0) local.set_port(bound_.port());
  auto possible = can_bind(local, true);
  // The kernel picked the number for UDP alone: where any will do, another one does.
  if (!possible && settings.tcp.address.port() == 0) {
    local.set_port(0);
    possible = can_bind(local, true);
  }
  if (!possible) return possible;
  const std::string url = fmt::format("sip:{}:{};maddr={};transport=tcp", contact_host_, local.port(), bracketed(local.host()));
  if (nta_agent_add_tport(agent_, URL_STRING_MAKE(url.c_str()), TPTAG_TOS(kSignallingTos), TAG_END()) < 0)
    return Error{ErrorCode::io, fmt::format("the SIP stack cannot serve TCP {}", local.to_string())};
  bound_tcp_ = bound_to("tcp");
  const uint16_t port = settings.advertised.empty() || settings.advertised.port() == 0 ? bound_tcp_.port() : settings.advertised.port();
  contact_tcp_ = fmt::format("sip:{}:{};transport=tcp", contact_host_, port);
  return {};
}

// The host is what clients see in a Via of ours until the edge has put its own door there.
Result<void> Stack::open_inward() {
  auto tables = Flows::hook();
  if (!tables) return tables.error();
  const std::string url = fmt::format("sips:{}:0;maddr=127.0.0.1;transport=tls", contact_host_);
  if (nta_agent_add_tport(agent_, URL_STRING_MAKE(url.c_str()), TPTAG_QUEUESIZE(kSendQueue), TAG_END()) < 0)
    return Error{ErrorCode::io, "the SIP stack cannot serve the edge on loopback"};
  inward_ = bound_to("tls");
  if (inward_.empty()) return Error{ErrorCode::internal, "the SIP stack does not tell where it serves the edge"};
  flows_->set_inward(inward_);
  return {};
}

// A far end that we have connected to may connect to our first door for TLS, and answers where it is connected in any case.
void Stack::name_dialled(const SipSettings& settings) {
  uint16_t port = 5061;
  for (const auto& door : settings.doors) {
    if (door.edge.kind == EdgeKind::tls && door.edge.address.port() != 0) {
      port = door.edge.address.port();
      break;
    }
  }
  dialled_host_port_ = fmt::format("{}:{}", contact_host_, port);
  headers_->add_door(kDialled, fmt::format("sip:{};transport=tls", dialled_host_port_), "sips:" + dialled_host_port_);
}

std::string Stack::add_door(const std::string& name, EdgeKind kind, const SocketAddress& bound) {
  const bool own = !advertised_ && !bound.is_unspecified();
  const std::string host_port = fmt::format("{}:{}", own ? bracketed(bound.host()) : contact_host_, bound.port());
  const std::string_view transport = kind == EdgeKind::tls ? "tls" : "ws";  // RFC 7118 5.3: one word for WS and WSS
  headers_->add_door(name, fmt::format("sip:{};transport={}", host_port, transport),
                     kind == EdgeKind::tls ? "sips:" + host_port : fmt::format("sips:{};transport=ws", host_port));
  return host_port;
}

const sip_contact_t* Stack::contact(bool tcp, FlowId flow, bool sips, bool second) const {
  const Flow* const found = flow != 0 ? flows_->find(flow) : nullptr;
  const sip_contact_t* const door =
      found != nullptr && found->edge ? headers_->contact(found->edge->dialled ? kDialled : found->edge->listener, sips) : nullptr;
  return door != nullptr ? door : headers_->contact(tcp, second);
}

// The other family, at the same number where that is free: Via and Contact are those of the family that a far end is of.
Result<void> Stack::open_second(const SipSettings& settings) {
  const auto open = [this](SocketAddress local, const SocketAddress& seen, bool tcp) -> Result<SocketAddress> {
    if (local.port() == 0) local.set_port(bound_.port());
    auto possible = can_bind(local, tcp);
    if (!possible) return possible.error();
    const SocketAddress& named = seen.empty() ? local : seen;
    const std::string url =
        fmt::format("sip:{}:{};maddr={};transport={}", bracketed(named.host()), local.port(), bracketed(local.host()), tcp ? "tcp" : "udp");
    if (nta_agent_add_tport(agent_, URL_STRING_MAKE(url.c_str()), TPTAG_TOS(kSignallingTos), TAG_END()) < 0)
      return Error{ErrorCode::io, fmt::format("the SIP stack cannot serve {} {}", tcp ? "TCP" : "UDP", local.to_string())};
    return bound_to(tcp ? "tcp" : "udp", local.family());
  };
  const SocketAddress& seen = settings.advertised_second;
  auto udp = open(settings.udp_second, seen, false);
  if (!udp) return udp.error();
  bound_second_ = *udp;
  const std::string host = bracketed(seen.empty() ? bound_second_.host() : seen.host());
  const auto port = [&](const SocketAddress& bound) { return seen.port() != 0 ? seen.port() : bound.port(); };
  second_udp_ = second_tcp_ = fmt::format("sip:{}:{}", host, port(bound_second_));
  if (!settings.tcp.enabled || settings.tcp.second.empty()) return {};
  auto hooked_tcp = Flows::hook();
  if (!hooked_tcp) return hooked_tcp.error();
  auto tcp = open(settings.tcp.second, seen, true);
  if (!tcp) return tcp.error();
  bound_tcp_second_ = *tcp;
  second_tcp_ = fmt::format("sip:{}:{};transport=tcp", host, port(bound_tcp_second_));
  return {};
}

Stack::~Stack() {
  attached_.reset();
  if (flows_) flows_->close();
  if (agent_ != nullptr) nta_agent_destroy(agent_);
  flows_.reset();
  if (root_ != nullptr) su_root_destroy(root_);
  su_log_redirect(nullptr, nullptr, nullptr);
  su_deinit();
  unhook_clock();
}

// A step asks Sofia-SIP's epoll, which costs a system call: not when it is known to have nothing. It reads one datagram; when many wait
// they are read together, which costs one turn of our loop.
std::chrono::milliseconds Stack::run(bool readable) {
  for (int steps = 0; readable && steps < kMostSteps; ++steps) {
    su_root_step(root_, 0);
    readable = backlog_.waits();
  }
  su_duration_t sleep = kLongestSleep;
  su_timer_expire(su_task_timers(su_root_task(root_)), &sleep, su_now());
  return std::chrono::milliseconds(sleep);
}

StackObjects Stack::objects() const {
  usize_t servers = 0, clients = 0, legs = 0;
  nta_agent_get_stats(agent_, NTATAG_S_IRQ_HASH_USED_REF(servers), NTATAG_S_ORQ_HASH_USED_REF(clients), NTATAG_S_LEG_HASH_USED_REF(legs),
                      TAG_END());
  return {servers, clients, legs, flows_->size()};
}

void Stack::log_messages(su_logger_f* to, void* context) {
  su_log_redirect(nullptr, to != nullptr ? to : log_for_developers, context);
  tport_set_params(nta_agent_tports(agent_), TPTAG_LOG(to != nullptr ? 1 : 0), TAG_END());
}

std::string hop_uri(const SocketAddress& to, bool tcp) {
  const std::string_view transport = tcp ? ";transport=tcp" : "";
  if (to.family() != AF_INET6) return fmt::format(FMT_COMPILE("sip:{}{}"), to.to_string(), transport);
  return fmt::format(FMT_COMPILE("sip:{};maddr={}{}"), to.to_string(), to.host(), transport);
}

SocketAddress source_of(msg_t* msg) {
  su_sockaddr_t address = {};
  socklen_t length = sizeof address;
  if (msg_get_address(msg, &address, &length) < 0) return {};
  return {&address.su_sa, length};
}

}  // namespace tandem
