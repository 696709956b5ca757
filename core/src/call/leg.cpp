#include "call/leg.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>

#include "tandem/log.h"

namespace tandem {

namespace {
constexpr Log kLog("call");
}

Leg::Leg(ChannelId id, bool outgoing, Driver& driver, std::string endpoint, Party party, Clock& clock, std::string_view address)
    : id_(id),
      outgoing_(outgoing),
      driver_(driver),
      driver_name_(driver.name()),
      party_(std::move(party)),
      clock_(clock),
      policy_(driver.media_policy(endpoint, address)) {
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

const MediaPolicy& Leg::policy() const {
  static const MediaPolicy usual;
  return policy_ ? *policy_ : usual;
}

namespace {

void take_addresses(const MediaEngine& engine, const MediaPort& port, MediaStream& stream) {
  const auto shown = [&](const SocketAddress& local) {
    const SocketAddress other = engine.advertised(local);
    return other.empty() ? local : other;
  };
  stream.rtp = shown(port.local_rtp());
  stream.rtcp = shown(port.local_rtcp());
}

bool can_be_sent_to(const MediaStream& stream) { return !stream.refused && stream.rtp.port() != 0 && !stream.rtp.is_unspecified(); }

}  // namespace

Result<void> Leg::open_media(MediaEngine& engine, uint64_t affinity, bool prefer_ipv6) {
  const bool known = theirs_ && can_be_sent_to(*theirs_);
  const int family = known ? theirs_->rtp.family() : prefer_ipv6 ? AF_INET6 : 0;
  auto port = engine.open(affinity, MediaKind::audio, family);
  if (!port && port.error().code == ErrorCode::unavailable && !known) port = engine.open(affinity);
  if (!port && port.error().code == ErrorCode::unavailable) return Error{ErrorCode::unsupported, port.error().message};
  if (!port) return port.error();
  port_ = std::move(*port);
  if (!facts_.protocol_id.empty()) port_->set_correlation(facts_.protocol_id);
  take_addresses(engine, *port_, ours_);
  here_rtp_ = ours_.rtp;
  here_rtcp_ = ours_.rtcp;
  return {};
}

bool Leg::open_video(MediaEngine& engine, uint64_t affinity, size_t index, MediaStream& stream) {
  if (video_.size() <= index) video_.resize(index + 1);
  auto& port = video_[index].port;
  if (!port) {
    auto opened = engine.open(affinity, MediaKind::video, here_rtp_.family());
    if (!opened) return false;
    port = std::move(*opened);
  }
  take_addresses(engine, *port, stream);
  return true;
}

void Leg::complete_offer(const MediaEngine& engine, MediaDescription& offer) {
  offer.rtp = here_rtp_;
  offer.rtcp = here_rtcp_;
  numbers_.fit(offer.codecs);
  security_.offer(policy(), engine.fingerprint(), offer);
  for (size_t i = 0; i < offer.video.size(); ++i) {
    if (!offer.video[i].refused && i < video_.size()) video_[i].security.offer(policy(), engine.fingerprint(), offer.video[i]);
  }
}

Result<void> Leg::complete_answer(const MediaEngine& engine, const MediaDescription& offer, MediaDescription& answer) {
  answer.rtp = here_rtp_;
  answer.rtcp = here_rtcp_;
  if (auto fits = security_.answer(policy(), engine.fingerprint(), offer, answer); !fits) return fits;
  for (size_t i = 0; i < answer.video.size(); ++i) {
    MediaStream& ours = answer.video[i];
    if (ours.refused || i >= video_.size() || i >= offer.video.size()) continue;
    ours.refused = !video_[i].security.answer(policy(), engine.fingerprint(), offer.video[i], ours);
  }
  return {};
}

bool Leg::keeps_numbers(const std::vector<Codec>& codecs) const {
  std::vector<Codec> fitted = codecs;
  numbers_.fit(fitted);
  return std::equal(codecs.begin(), codecs.end(), fitted.begin(),
                    [](const Codec& a, const Codec& b) { return a.payload_type == b.payload_type; });
}

// On hold the old way (0.0.0.0) we keep where it was. An ICE peer says by its checks where it is.
void Leg::set_theirs(const MediaDescription& theirs) {
  theirs_ = theirs;
  numbers_.learn(theirs.codecs);
  agreed_ = false;
  if (const Codec* audio = first_audio(theirs.codecs)) facts_.codec = audio->name;
  if (port_ && can_be_sent_to(theirs)) port_->set_remote(theirs.rtp, theirs.rtcp, latch_);
  for (size_t i = 0; i < video_.size() && i < theirs.video.size(); ++i) {
    if (video_[i].port && can_be_sent_to(theirs.video[i])) video_[i].port->set_remote(theirs.video[i].rtp, theirs.video[i].rtcp, latch_);
  }
}

void Leg::settle_formats() {
  if (agreed_ || !port_ || !theirs_) return;
  port_->set_transport(agreed_transport(ours_, *theirs_));
  port_->set_security(agreed_security(ours_, *theirs_));
  port_->set_formats(ours_, *theirs_);
  for (size_t i = 0; i < video_.size() && i < ours_.video.size() && i < theirs_->video.size(); ++i) {
    if (!video_[i].port || ours_.video[i].refused || theirs_->video[i].refused) continue;
    // A caller's port is opened with our answer, long after its offer told where to send.
    if (can_be_sent_to(theirs_->video[i])) video_[i].port->set_remote(theirs_->video[i].rtp, theirs_->video[i].rtcp, latch_);
    video_[i].port->set_transport(agreed_transport(ours_.video[i], theirs_->video[i]));
    video_[i].port->set_security(agreed_security(ours_.video[i], theirs_->video[i]));
  }
  agreed_ = true;
}

std::string_view Leg::protection() const { return theirs_ ? name_of(agreed_security(ours_, *theirs_)) : "plain"; }

void Leg::move_media(MediaEngine& engine, uint64_t affinity) {
  if (port_) engine.move(*port_, affinity);
  for (const auto& video : video_) {
    if (video.port) engine.move(*video.port, affinity);
  }
}

void Leg::close_media() {
  if (!port_) return;
  facts_.media = port_->counts();
  port_.reset();
  video_.clear();
}

void Leg::finish(const Ending& ending) {
  facts_.end = clock_.wall();
  facts_.ending = ending;
  held_.reset();
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

bool flows(const std::optional<MediaDescription>& from, const std::optional<MediaDescription>& to) {
  return from && to && !from->refused && !to->refused && sends(from->direction) && receives(to->direction);
}

/// One format that two legs share, with its number in each direction on each of them.
struct Shared {
  const Codec *a_in, *a_out, *b_in, *b_out;
};

// Video has a format several times, with other parameters each time; an answer may alter those, but hardly the number.
const Codec* like(const Codec& codec, const std::vector<Codec>& list) {
  const Codec* best = nullptr;
  int highest = 0;
  for (const auto& other : list) {
    if (!other.same_format(codec)) continue;
    const int rank = other.payload_type == codec.payload_type ? 3 : other.fmtp == codec.fmtp ? 2 : 1;
    if (rank > highest) best = &other;
    highest = std::max(highest, rank);
  }
  return best;
}

MediaDescription numbered(const std::vector<Shared>& shared, const Codec* Shared::*which, MediaDirection direction) {
  MediaDescription media;
  media.kind = MediaKind::video;
  media.direction = direction;
  for (size_t i = 0; i < shared.size(); ++i) {
    media.codecs.push_back(*(shared[i].*which));
    media.codecs.back().name += fmt::format("#{}", i);  // ports tell formats apart by their names
  }
  return media;
}

bool is_open(Leg& leg, size_t index) {
  return leg.video(index) != nullptr && leg.theirs() && index < leg.ours().video.size() && index < leg.theirs()->video.size() &&
         !leg.ours().video[index].refused && !leg.theirs()->video[index].refused;
}

void bridge_stream(Leg& a, Leg& b, size_t index) {
  const MediaStream &ours_a = a.ours().video[index], &theirs_a = a.theirs()->video[index];
  const MediaStream &ours_b = b.ours().video[index], &theirs_b = b.theirs()->video[index];
  std::vector<Shared> shared;
  for (const auto& codec : ours_a.codecs) {
    const Codec *a_out = like(codec, theirs_a.codecs), *b_in = like(codec, ours_b.codecs);
    const Codec* const b_out = b_in != nullptr ? like(*b_in, theirs_b.codecs) : nullptr;
    if (a_out != nullptr && b_out != nullptr) shared.push_back({&codec, a_out, b_in, b_out});
  }
  a.video(index)->set_formats(numbered(shared, &Shared::a_in, ours_a.direction), numbered(shared, &Shared::a_out, theirs_a.direction));
  b.video(index)->set_formats(numbered(shared, &Shared::b_in, ours_b.direction), numbered(shared, &Shared::b_out, theirs_b.direction));
  a.video(index)->relay_to(sends(theirs_a.direction) && receives(theirs_b.direction) ? b.video(index) : nullptr);
  b.video(index)->relay_to(sends(theirs_b.direction) && receives(theirs_a.direction) ? a.video(index) : nullptr);
}

}  // namespace

void bridge_video(Leg& a, Leg& b) {
  constexpr size_t kMost = 8;
  for (size_t i = 0; i < kMost && (a.video(i) != nullptr || b.video(i) != nullptr); ++i) {
    if (is_open(a, i) && is_open(b, i)) {
      bridge_stream(a, b, i);
      continue;
    }
    if (a.video(i) != nullptr) a.video(i)->relay_to(nullptr);
    if (b.video(i) != nullptr) b.video(i)->relay_to(nullptr);
  }
}

void bridge(Leg& a, Leg& b) {
  if (a.media() == nullptr || b.media() == nullptr) return;
  a.settle_formats();
  b.settle_formats();
  a.media()->relay_to(flows(a.theirs(), b.theirs()) ? b.media() : nullptr);
  b.media()->relay_to(flows(b.theirs(), a.theirs()) ? a.media() : nullptr);
  bridge_video(a, b);
}

}  // namespace tandem
