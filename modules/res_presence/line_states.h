// LineStates: which calls every person and every phone is in, kept up from the core's events. Switch thread.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tandem/function.h"
#include "tandem/leg_events.h"

namespace tandem {

/// One call of somebody, from their side.
struct Line {
  ChannelId channel = 0;
  enum class State : uint8_t { trying, early, confirmed } state = State::trying;
  bool initiator = false;  ///< they have called
  bool holds = false;
  bool open = false;  ///< the person's own phones may take it up
  Party other;
  std::optional<DialogName> dialog;  ///< of the leg at their phone
};

/// Keys are "user/jane.white" and "device/SEP001122330002"; a call counts for the person and for the phone.
std::string user_key(std::string_view user);
std::string device_key(std::string_view device);

class LineStates {
 public:
  /// `changed` hears the key of whoever's calls are others now.
  explicit LineStates(UniqueFunction<void(const std::string& key)> changed) : changed_(std::move(changed)) {}
  void leg_changed(const LegChanged& event);
  /// Their calls, oldest first.
  std::vector<const Line*> of(const std::string& key) const;
  size_t size() const { return lines_.size(); }

 private:
  struct Kept {
    Line line;
    std::string user, device;  ///< keys; no user: empty
  };
  void forget(ChannelId channel);
  void index(const std::string& key, ChannelId channel);
  void tell(const Kept& kept);

  UniqueFunction<void(const std::string& key)> changed_;
  std::unordered_map<ChannelId, Kept> lines_;
  std::unordered_map<std::string, std::vector<ChannelId>> by_key_;
};

}  // namespace tandem
