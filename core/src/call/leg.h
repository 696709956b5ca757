// Leg: the core's Channel. State, media port, what was offered and answered, facts for the record. Switch thread; owned by its CallImpl.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "call/channel_state.h"
#include "call/negotiate.h"
#include "call/secure.h"
#include "tandem/call.h"
#include "tandem/records.h"
#include "tandem/registration.h"

namespace tandem {

class Leg;

/// Hears of every change of a leg's state, in the middle of it: to note, not to act.
class LegObserver {
 public:
  virtual ~LegObserver() = default;
  virtual void leg_changed(Leg& leg) = 0;
};

class Leg final : public Channel {
 public:
  /// `address`: where an outgoing leg goes, as Driver::expand() has it.
  Leg(ChannelId id, bool outgoing, Driver& driver, std::string endpoint, Party party, Clock& clock, std::string_view address = {});

  ChannelId id() const override { return id_; }
  ChannelState state() const override { return state_; }
  bool outgoing() const override { return outgoing_; }
  const std::string& driver() const override { return driver_name_; }
  const std::string& endpoint() const override { return facts_.endpoint; }
  const Party& party() const override { return party_; }
  MediaPort* media() override { return port_.get(); }
  std::optional<DialogName> dialog() override { return driver_.dialog(id_); }

  void report_to(LegObserver* observer) { observer_ = observer; }
  /// The one door to state(). False when the event means nothing now; the caller then does nothing either.
  bool advance(ChannelEvent event, std::string_view call);
  bool alive() const { return state_ != ChannelState::ending && state_ != ChannelState::ended; }

  Driver& orders() { return driver_; }

  /// What may be talked in with it, best first, and whether its settings say so.
  const std::vector<Codec>& codecs(const MediaEngine& engine) const { return has_own_codecs() ? policy_->codecs : engine.codecs(); }
  bool has_own_codecs() const { return policy_ && !policy_->codecs.empty(); }
  const MediaPolicy& policy() const;

  /// Makes an offer of ours one that fits what has been said before on this leg: payload numbers, keys.
  void complete_offer(const MediaEngine& engine, MediaDescription& offer);
  /// Puts keys into an answer of ours. unsupported: the offer and the policy do not go together.
  Result<void> complete_answer(const MediaEngine& engine, const MediaDescription& offer, MediaDescription& answer);
  /// Whether an answer to what we have offered may be taken.
  Result<void> check_answer(const MediaDescription& answer) const { return StreamSecurity::check(policy(), ours_, answer); }

  /// Opens the socket pair and sets `ours` to its addresses (no codecs yet). In the family of what has been offered to us; of an outgoing
  /// leg over IPv6 (`prefer_ipv6`) if there is such an address.
  Result<void> open_media(MediaEngine& engine, uint64_t affinity, bool prefer_ipv6 = false);
  /// Sets `stream` to the addresses of the video stream with this index, and opens its sockets if there are none. False: there are none.
  bool open_video(MediaEngine& engine, uint64_t affinity, size_t index, MediaStream& stream);
  MediaPort* video(size_t index) { return index < video_.size() ? video_[index].port.get() : nullptr; }
  /// Takes what the far side told us; from now on its address is where we send to and listen from.
  void set_theirs(const MediaDescription& theirs);
  void set_ours(MediaDescription ours) {
    ours_ = std::move(ours);
    numbers_.learn(ours_.codecs);
    agreed_ = false;
  }
  void set_latch(bool latch) { latch_ = latch; }
  bool latch() const { return latch_; }
  /// Whether these numbers mean on this leg what they have meant so far.
  bool keeps_numbers(const std::vector<Codec>& codecs) const;
  /// Whether the far side has been told our address, and not another party's.
  bool is_placed_here() const { return ours_.rtp == here_rtp_; }
  void place_here() {
    ours_.rtp = here_rtp_;
    ours_.rtcp = here_rtcp_;
  }
  const MediaDescription& ours() const { return ours_; }
  const std::optional<MediaDescription>& theirs() const { return theirs_; }
  /// Tells the port what has been agreed, if that is news to it. Before anything is sent through it.
  void settle_formats();
  /// To where the media of another call is, before it is joined with that.
  void move_media(MediaEngine& engine, uint64_t affinity);
  /// Ends the leg's media: sockets go, the counts stay in the facts.
  void close_media();

  LegRecord& facts() { return facts_; }
  const LegRecord& facts() const { return facts_; }
  /// "plain", or what it is encrypted with.
  std::string_view protection() const;
  /// Somebody has put it on hold, and it hears music, or is about to.
  bool hears_music() const { return hears_music_; }
  void set_hears_music(bool hears) { hears_music_ = hears; }
  void finish(const Ending& ending);
  /// What stays in the record of a call that this leg leaves: ended, with the facts so far.
  std::unique_ptr<Leg> remains();
  /// The far end hung up, and may be waiting for our answer to that.
  void note_far_end_ended() { far_end_ended_ = true; }
  /// Held until it ends, in whatever call it is by then.
  void keep(Registration held) { held_ = std::move(held); }
  bool far_end_ended() const { return far_end_ended_; }

 private:
  const ChannelId id_;
  const bool outgoing_;
  Driver& driver_;
  const std::string driver_name_;
  const Party party_;
  Clock& clock_;
  ChannelState state_ = ChannelState::idle;
  LegObserver* observer_ = nullptr;
  bool latch_ = false;
  bool far_end_ended_ = false;
  bool hears_music_ = false;
  bool agreed_ = false;  ///< the port knows ours_ and theirs_
  Registration held_;
  std::unique_ptr<MediaPort> port_;
  const std::shared_ptr<const MediaPolicy> policy_;  ///< may be null
  PayloadNumbers numbers_;
  StreamSecurity security_;
  SocketAddress here_rtp_, here_rtcp_;  ///< our own, as it is told
  struct Video {
    std::unique_ptr<MediaPort> port;
    StreamSecurity security;
  };
  std::vector<Video> video_;  ///< by index in a description's `video`
  MediaDescription ours_;
  std::optional<MediaDescription> theirs_;
  LegRecord facts_;
};

/// Connects two legs' media both ways, as far as their directions allow; either may not know its far side yet.
void bridge(Leg& a, Leg& b);
/// The same for their video streams.
void bridge_video(Leg& a, Leg& b);

}  // namespace tandem
