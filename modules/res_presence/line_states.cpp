#include "line_states.h"

#include <algorithm>

namespace tandem {

std::string user_key(std::string_view user) { return "user/" + std::string(user); }
std::string device_key(std::string_view device) { return "device/" + std::string(device); }

void LineStates::index(const std::string& key, ChannelId channel) { by_key_[key].push_back(channel); }

void LineStates::tell(const Kept& kept) {
  if (!kept.user.empty()) changed_(kept.user);
  changed_(kept.device);
}

void LineStates::leg_changed(const LegChanged& event) {
  const ChannelState state = event.channel.state();
  const ChannelId id = event.channel.id();
  if (state == ChannelState::ending || state == ChannelState::ended) return forget(id);
  auto it = lines_.find(id);
  if (it == lines_.end()) {
    Kept kept;
    if (!event.user.empty()) kept.user = user_key(event.user);
    kept.device = device_key(event.channel.endpoint());
    if (!kept.user.empty()) index(kept.user, id);
    index(kept.device, id);
    it = lines_.emplace(id, std::move(kept)).first;
  }
  Line& line = it->second.line;
  line.channel = id;
  line.initiator = !event.channel.outgoing();
  line.state = state == ChannelState::up                                        ? Line::State::confirmed
               : state == ChannelState::ringing || state == ChannelState::early ? Line::State::early
                                                                                : Line::State::trying;
  line.holds = event.holds;
  line.open = event.open;
  line.other = event.other;
  line.dialog = event.channel.dialog();
  tell(it->second);
}

void LineStates::forget(ChannelId channel) {
  const auto node = lines_.extract(channel);
  if (node.empty()) return;
  for (const std::string* key : {&node.mapped().user, &node.mapped().device}) {
    const auto it = by_key_.find(*key);
    if (it == by_key_.end()) continue;
    std::erase(it->second, channel);
    if (it->second.empty()) by_key_.erase(it);
  }
  tell(node.mapped());
}

std::vector<const Line*> LineStates::of(const std::string& key) const {
  std::vector<const Line*> found;
  const auto it = by_key_.find(key);
  if (it == by_key_.end()) return found;
  found.reserve(it->second.size());
  for (const ChannelId channel : it->second) found.push_back(&lines_.at(channel).line);
  return found;
}

}  // namespace tandem
