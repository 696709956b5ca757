#include "call/leg.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include "call/negotiate.h"
#include "tandem/log.h"

namespace tandem {

namespace {
constexpr Log kLog("call");
}

Leg::Leg(ChannelId id, bool outgoing, Driver& driver, std::string endpoint, Party party, Clock& clock)
    : id_(id), outgoing_(outgoing), driver_(driver), driver_name_(driver.name()), party_(std::move(party)), clock_(clock) {
  facts_.channel = fmt::format(FMT_COMPILE("{}-{:08x}"), driver_name_, id);
  facts_.outgoing = outgoing;
  facts_.endpoint = std::move(endpoint);
  facts_.number = party_.number;
  facts_.start = clock.wall();
}

bool Leg::advance(ChannelEvent event, std::string_view call) {
  const auto next = next_state(state_, event);
  if (!next) {
    kLog.call(LogLevel::debug, call, "{}: {} ignored while {}", facts_.channel, to_string(event), to_string(state_));
    return false;
  }
  kLog.call(LogLevel::debug, call, "{}: {} -> {}", facts_.channel, to_string(state_), to_string(*next));
  state_ = *next;
  if ((state_ == ChannelState::ringing || state_ == ChannelState::early) && !facts_.ringing) facts_.ringing = clock_.wall();
  if (state_ == ChannelState::up) facts_.answer = clock_.wall();
  if (observer_ != nullptr) observer_->leg_changed(*this);
  return true;
}

Result<void> Leg::open_media(MediaEngine& engine, uint64_t affinity) {
  auto port = engine.open(affinity);
  if (!port) return port.error();
  port_ = std::move(*port);
  const auto shown = [&](const SocketAddress& local) {
    const SocketAddress other = engine.advertised(local);
    return other.empty() ? local : other;
  };
  ours_.rtp = shown(port_->local_rtp());
  ours_.rtcp = shown(port_->local_rtcp());
  return {};
}

void Leg::set_theirs(const MediaDescription& theirs) {
  theirs_ = theirs;
  agreed_ = false;
  if (const Codec* audio = first_audio(theirs.codecs)) facts_.codec = audio->name;
  if (!port_ || theirs.rtp.port() == 0 || theirs.rtp.is_unspecified()) return;  // on hold the old way: keep where it was
  port_->set_remote(theirs.rtp, theirs.rtcp, latch_);
}

void Leg::settle_formats() {
  if (agreed_ || !port_ || !theirs_) return;
  port_->set_formats(ours_, *theirs_);
  agreed_ = true;
}

void Leg::close_media() {
  if (!port_) return;
  facts_.media = port_->counts();
  port_.reset();
}

void Leg::finish(const Ending& ending) {
  facts_.end = clock_.wall();
  facts_.ending = ending;
  close_media();
}

std::unique_ptr<Leg> Leg::remains() {
  auto left = std::make_unique<Leg>(id_, outgoing_, driver_, facts_.endpoint, party_, clock_);
  left->facts_ = facts_;
  if (port_) left->facts_.media = port_->counts();
  left->facts_.end = clock_.wall();
  left->facts_.ending = {Cause::normal, "transferred"};
  left->state_ = ChannelState::ended;
  return left;
}

namespace {

void relay(Leg& from, Leg& to) {
  const bool wanted = from.theirs() && to.theirs() && sends(from.theirs()->direction) && receives(to.theirs()->direction);
  from.media()->relay_to(wanted ? to.media() : nullptr);
}

}  // namespace

void bridge(Leg& a, Leg& b) {
  if (a.media() == nullptr || b.media() == nullptr) return;
  a.settle_formats();
  b.settle_formats();
  relay(a, b);
  relay(b, a);
}

}  // namespace tandem
