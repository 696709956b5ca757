#include "trunk.h"

#include <fmt/format.h>

#include <algorithm>
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

Trunk::Trunk(Stack& stack, Loop& loop, TrunkSettings settings, const std::string& user_agent)
    : stack_(stack), loop_(loop), settings_(std::move(settings)), user_agent_(user_agent), since_(loop.clock().now()), timer_(loop) {
  const std::string from = fmt::format("<sip:{}>", stack_.contact_host_port());
  const std::string to = fmt::format("<sip:{}>", settings_.address.to_string());
  // Not NTATAG_NO_DIALOG: a leg without dialog and address would become the agent's default leg and take every request.
  leg_ = nta_leg_tcreate(stack_.agent(), nullptr, nullptr, SIPTAG_FROM_STR(from.c_str()), SIPTAG_TO_STR(to.c_str()), TAG_END());
  nta_leg_tag(leg_, nullptr);
  timer_.start({}, [this] { probe(); });
}

Trunk::~Trunk() {
  if (leg_ != nullptr) nta_leg_destroy(leg_);
}

void Trunk::probe() {
  const std::string uri =
      fmt::format("sip:{}{}", settings_.address.to_string(), settings_.transport == TrunkTransport::tcp ? ";transport=tcp" : "");
  nta_outgoing_t* request =
      nta_outgoing_tcreate(leg_, nullptr, nullptr, URL_STRING_MAKE(uri.c_str()), SIP_METHOD_OPTIONS, URL_STRING_MAKE(uri.c_str()),
                           NTATAG_STATELESS(1), SIPTAG_USER_AGENT_STR(user_agent_.c_str()), TAG_END());
  (void)request;  // stateless: nothing is kept, the answer comes to the Stack's receiver
  if (!std::exchange(waiting_, true)) sent_ = loop_.clock().now();
  timer_.start(state_ == TrunkState::down ? Duration(settings_.probe_down) : Duration(kPatience), [this] { unanswered(); });
}

void Trunk::unanswered() {
  if (++missed_ >= kProbes && state_ != TrunkState::down) become(TrunkState::down, fmt::format("{} probes unanswered", missed_));
  probe();
}

void Trunk::heard() {
  if (std::exchange(waiting_, false)) {
    round_trip_ = loop_.clock().now() - sent_;
    timer_.start(settings_.probe_up, [this] { probe(); });
  }
  missed_ = 0;
  if (state_ != TrunkState::up) become(TrunkState::up, "it answers");
}

void Trunk::lost() {
  if (state_ == TrunkState::down) return;
  become(TrunkState::down, "a request to it timed out");
  missed_ = kProbes;
  probe();
}

void Trunk::become(TrunkState state, std::string_view why) {
  kLog.line(LogLevel::notice, "trunk {} is {} (was {}): {}", settings_.name, to_string(state), to_string(state_), why);
  state_ = state;
  since_ = loop_.clock().now();
}

Trunks::Trunks(Stack& stack, Loop& loop, const SipSettings& settings) : stack_(stack), loop_(loop) { reconfigure(settings); }

void Trunks::reconfigure(const SipSettings& settings) {
  const auto same = [](const TrunkSettings& a, const TrunkSettings& b) {
    return a.address == b.address && a.context == b.context && a.probe_up == b.probe_up && a.probe_down == b.probe_down &&
           a.max_channels == b.max_channels && a.trust_identity == b.trust_identity && a.transport == b.transport;
  };
  decltype(trunks_) next;
  for (const auto& trunk : settings.trunks) {
    const auto old = trunks_.find(trunk.name);
    if (old != trunks_.end() && same(old->second->settings(), trunk)) {
      next.emplace(trunk.name, std::move(old->second));
    } else {
      next.emplace(trunk.name, std::make_unique<Trunk>(stack_, loop_, trunk, settings.user_agent));
    }
  }
  trunks_ = std::move(next);
}

Trunk* Trunks::find(std::string_view name) {
  const auto it = trunks_.find(name);
  return it == trunks_.end() ? nullptr : it->second.get();
}

bool Trunks::any_up() const {
  return std::any_of(trunks_.begin(), trunks_.end(), [](const auto& t) { return t.second->state() == TrunkState::up; });
}

}  // namespace tandem
