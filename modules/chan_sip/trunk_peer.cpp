#include "trunk_peer.h"

#include <fmt/format.h>

#include <utility>

#include "tandem/log.h"

namespace tandem {

namespace {

constexpr Log kLog("sip");
// A lost datagram is not a lost gateway: this many probes in a row, at these short intervals, must stay unanswered.
constexpr unsigned kProbes = 3;
constexpr auto kPatience = std::chrono::milliseconds(1000);

}  // namespace

std::string_view to_string(TrunkState state) {
  switch (state) {
    case TrunkState::up:
      return "up";
    case TrunkState::down:
      return "down";
    case TrunkState::unknown:
      break;
  }
  return "unknown";
}

TrunkPeer::TrunkPeer(Stack& stack, Loop& loop, const TrunkSettings& settings, const PeerPlace& place, const std::string& user_agent)
    : stack_(stack),
      loop_(loop),
      name_(settings.name),
      probe_up_(settings.probe_up),
      probe_down_(settings.probe_down),
      place_(place),
      user_agent_(user_agent),
      since_(loop.clock().now()),
      timer_(loop) {
  const std::string from = fmt::format("<sip:{}>", stack_.contact_host_port());
  const std::string to = fmt::format("<sip:{}>", place_.address.to_string());
  // Not NTATAG_NO_DIALOG: a leg without dialog and address would become the agent's default leg and take every request.
  leg_ = nta_leg_tcreate(stack_.agent(), nullptr, nullptr, SIPTAG_FROM_STR(from.c_str()), SIPTAG_TO_STR(to.c_str()), TAG_END());
  nta_leg_tag(leg_, nullptr);
  if (place_.tls) connect(settings);
  timer_.start({}, [this] { probe(); });
}

TrunkPeer::~TrunkPeer() {
  if (leg_ != nullptr) nta_leg_destroy(leg_);
}

void TrunkPeer::connect(const TrunkSettings& settings) {
  Edge* const edge = stack_.edge();
  if (edge == nullptr) return;
  EdgeDialSettings to;
  to.name = listener_ = fmt::format("trunk {} {}", settings.name, place_.address.to_string());
  to.address = place_.address;
  to.inward = stack_.inward();
  to.server_name = !settings.tls.name.empty() ? settings.tls.name
                   : !place_.host.empty()     ? place_.host
                   : !settings.domain.empty() ? settings.domain
                                              : place_.address.host();
  to.verify = settings.tls.verify;
  to.ca = settings.tls.ca;
  to.own = {settings.tls.certificate, settings.tls.key};
  to.sent_by = stack_.dialled_host_port();
  auto outlet = edge->dial(std::move(to));
  if (outlet) {
    outlet_ = std::move(*outlet);
  } else {
    kLog.line(LogLevel::error, "trunk {}: {}", name_, outlet.error().message);
  }
}

FlowId TrunkPeer::flow() const { return listener_.empty() ? 0 : stack_.flows().dialled(listener_); }

void TrunkPeer::probe() {
  const FlowId way = flow();
  const Flow* const connection = way != 0 ? stack_.flows().find(way) : nullptr;
  const std::string_view transport = place_.tls ? ";transport=tls" : place_.tcp ? ";transport=tcp" : "";
  const std::string uri = fmt::format("sip:{}{}", place_.address.to_string(), transport);
  const std::string hop =
      connection != nullptr ? fmt::format("sip:{};transport=tls", connection->inner.to_string()) : hop_uri(place_.address, place_.tcp);
  if (!place_.tls || connection != nullptr) {
    nta_outgoing_t* request = nta_outgoing_tcreate(
        leg_, nullptr, nullptr, URL_STRING_MAKE(hop.c_str()), SIP_METHOD_OPTIONS, URL_STRING_MAKE(uri.c_str()), NTATAG_STATELESS(1),
        NTATAG_TPORT(stack_.flows().transport(way)), SIPTAG_USER_AGENT_STR(user_agent_.c_str()), TAG_END());
    (void)request;  // stateless: nothing is kept, the answer comes to the Stack's receiver
  }
  if (!std::exchange(waiting_, true)) sent_ = loop_.clock().now();
  timer_.start(state_ == TrunkState::down ? Duration(probe_down_) : Duration(kPatience), [this] { unanswered(); });
}

void TrunkPeer::unanswered() {
  if (++missed_ >= kProbes && state_ != TrunkState::down) become(TrunkState::down, fmt::format("{} probes unanswered", missed_));
  probe();
}

void TrunkPeer::heard() {
  if (std::exchange(waiting_, false)) {
    round_trip_ = loop_.clock().now() - sent_;
    timer_.start(probe_up_, [this] { probe(); });
  }
  missed_ = 0;
  if (state_ != TrunkState::up) become(TrunkState::up, "it answers");
}

void TrunkPeer::lost() {
  if (state_ == TrunkState::down) return;
  become(TrunkState::down, "a request to it timed out");
  missed_ = kProbes;
  probe();
}

void TrunkPeer::busy(std::chrono::seconds wait) {
  kLog.line(LogLevel::notice, "trunk {}: {} takes no calls for {} s", name_, place_.address.to_string(), wait.count());
  busy_until_ = loop_.clock().now() + wait;
}

void TrunkPeer::move(unsigned priority, unsigned weight) {
  place_.priority = priority;
  place_.weight = weight;
}

void TrunkPeer::become(TrunkState state, std::string_view why) {
  kLog.line(LogLevel::notice, "trunk {}: {} is {} (was {}): {}", name_, place_.address.to_string(), to_string(state), to_string(state_),
            why);
  state_ = state;
  since_ = loop_.clock().now();
}

}  // namespace tandem
