#include "mobile_side.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tandem::load {

bool MobileSide::take(const SipView& message) {
  if (message.status != 0) return false;
  const std::string id(message.call_id);
  const auto known = legs_.find(id);
  if (message.method == "INVITE") {
    const auto [leg, is_new] = legs_.try_emplace(id);
    const std::string tag = fmt::format("mobile{}", is_new ? ++tags_ : tags_);
    if (is_new) ++counts_.rang;
    if (is_new) leg->second.ended = response_to(message, 487, "Request Terminated", tag).append(kNoBody);
    socket_.send(response_to(message, 180, "Ringing", tag).append(kNoBody));
    return true;
  }
  if (known == legs_.end()) return false;
  if (message.method == "ACK") {
    legs_.erase(known);
  } else if (message.method == "CANCEL") {
    socket_.send(response_to(message, 200, "OK", "mobile").append(kNoBody));
    socket_.send(known->second.ended);
    if (std::exchange(known->second.cancelled, true)) return true;
    ++counts_.cancelled;
    repeat_end(id, kT1);
  } else {
    return false;
  }
  return true;
}

void MobileSide::repeat_end(const std::string& call_id, Milliseconds delay) {
  timers_.after(delay, [this, call_id, delay] {
    const auto leg = legs_.find(call_id);
    if (leg == legs_.end()) return;
    socket_.send(leg->second.ended);
    repeat_end(call_id, std::min(2 * delay, kT2));
  });
}

}  // namespace tandem::load
