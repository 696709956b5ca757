// Anchor: what a call keeps while one of its parties can go on elsewhere: whose place is kept, who holds whom by a code, what rings, which
// ears listen for codes. Switch thread; owned by its CallImpl.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "call/feature_codes.h"
#include "call/move.h"

namespace tandem {

/// The line that a person's phones show for a call whose party has hung up its mobile: on hold, to be resumed. No leg: it has the name of
/// the far end's dialog, so that an INVITE with Replaces finds the call.
class HeldLine final : public Channel {
 public:
  HeldLine(ChannelId id, const Leg& gone, std::optional<DialogName> dialog) : id_(id), gone_(gone), dialog_(std::move(dialog)) {}
  ChannelId id() const override { return id_; }
  ChannelState state() const override { return state_; }
  bool outgoing() const override { return gone_.outgoing(); }
  const std::string& driver() const override { return gone_.driver(); }
  const std::string& endpoint() const override { return gone_.endpoint(); }
  const Party& party() const override { return gone_.party(); }
  MediaPort* media() override { return nullptr; }
  std::optional<DialogName> dialog() override { return dialog_; }
  void end() { state_ = ChannelState::ended; }

 private:
  const ChannelId id_;
  const Leg& gone_;
  const std::optional<DialogName> dialog_;
  ChannelState state_ = ChannelState::up;
};

struct Anchor {
  explicit Anchor(Loop& loop) : window(loop), leave(loop), admission(loop) {}

  Leg* gone = nullptr;  ///< has hung up; its place is kept for its person
  Timer window;         ///< until nobody comes any more
  Instant until;        ///< its end
  std::unique_ptr<HeldLine> line;

  Leg* holder = nullptr;  ///< has put the other side on hold by a code
  bool exclusive = false;

  std::unique_ptr<Move> move;

  /// Has been replaced, and is heard until the first packet of the leg in its place.
  struct Leaving {
    Leg* leg;
    Leg* now;
    Instant until;
  };
  std::list<Leaving> leaving;
  Timer leave;
  Timer admission;  ///< of a leg that waits for a change of media to end

  std::unordered_map<ChannelId, std::unique_ptr<CodeEar>> ears;
  std::optional<Playlist> music;  ///< loaded beforehand: whoever is left alone hears it at once
};

}  // namespace tandem
