#include "support/fake_driver.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tandem::test {

Result<std::vector<std::string>> FakeDriver::expand(std::string_view endpoint) {
  const auto it = endpoints_.find(endpoint);
  if (it == endpoints_.end()) return Error{ErrorCode::not_found, "there is no device or trunk \"" + std::string(endpoint) + "\""};
  if (it->second.empty()) return Error{ErrorCode::unavailable, std::string(endpoint) + " is not registered"};
  return it->second;
}

Result<std::string> FakeDriver::originate(const OutgoingLeg& leg) {
  if (const auto it = refuses_.find(leg.address); it != refuses_.end()) return it->second;
  orders_.push_back({"originate", leg.channel, leg.offer, {}, {}});
  out_.push_back(leg);
  return "id-" + std::to_string(leg.channel);
}

void FakeDriver::hangup(ChannelId channel, const Ending& ending) {
  orders_.push_back({"hangup", channel, {}, ending, {}});
  if (slow_) return;
  loop_.defer([&events = events_, channel, ending] { events.ended(channel, ending); });
}

std::string FakeDriver::told(ChannelId channel) const {
  std::string words;
  for (const auto& order : orders_) {
    if (order.channel == channel) words += (words.empty() ? "" : " ") + order.what;
  }
  return words;
}

FakeDriver::Order FakeDriver::last(ChannelId channel, std::string_view what) const {
  const auto it = std::find_if(orders_.rbegin(), orders_.rend(), [&](const Order& o) { return o.channel == channel && o.what == what; });
  if (it != orders_.rend()) return *it;
  ADD_FAILURE() << "channel " << channel << " was never told to " << what << ", only: " << told(channel);
  return {};
}

size_t FakeDriver::count(std::string_view what) const {
  return static_cast<size_t>(std::count_if(orders_.begin(), orders_.end(), [&](const Order& o) { return o.what == what; }));
}

}  // namespace tandem::test
