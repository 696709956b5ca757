#include "null_driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tandem {
namespace {

constexpr std::array<std::string_view, 4> kEndpoints{"answer", "ring", "busy", "away"};

// Takes the first audio format and lets nothing flow: there is nobody who could speak or listen. The address is one that is never sent to.
MediaDescription silent_answer(const MediaDescription& offer) {
  static const SocketAddress kDiscard = *SocketAddress::from("127.0.0.1", 9);
  MediaDescription answer;
  answer.rtp = answer.rtcp = kDiscard;
  answer.ptime_ms = offer.ptime_ms;
  answer.direction = MediaDirection::inactive;
  const auto audio = std::find_if(offer.codecs.begin(), offer.codecs.end(), [](const Codec& c) { return !c.is_event(); });
  if (audio != offer.codecs.end()) answer.codecs.push_back(*audio);
  return answer;
}

}  // namespace

Result<ChannelId> NullDriver::call(std::string context, std::string number, std::string dialled) {
  const ChannelId channel = events_.next_channel();
  legs_.try_emplace(channel, loop_, "caller");
  const auto taken = events_.incoming(*this, {
                                                 .channel = channel,
                                                 .endpoint = "caller",
                                                 .context = std::move(context),
                                                 .caller = {.number = std::move(number)},
                                                 .dialled = std::move(dialled),
                                                 .protocol_id = fmt::format("null-{}", channel),
                                             });
  if (taken) return channel;
  legs_.erase(channel);  // a leg that was refused leaves nothing behind
  return taken.error();
}

Result<std::vector<std::string>> NullDriver::expand(std::string_view endpoint) {
  if (std::find(kEndpoints.begin(), kEndpoints.end(), endpoint) == kEndpoints.end()) {
    return Error{ErrorCode::not_found, fmt::format("null/{} does not exist", endpoint)};
  }
  if (endpoint == "away") return Error{ErrorCode::unavailable, "null/away is never there"};
  return std::vector<std::string>{std::string(endpoint)};
}

Result<std::string> NullDriver::originate(const OutgoingLeg& leg) {
  legs_.try_emplace(leg.channel, loop_, leg.endpoint);
  if (leg.address == "busy") {
    end(leg.channel, {Cause::busy});
  } else {
    ring_then_answer(leg.channel, leg.offer);
  }
  return fmt::format("null-{}", leg.channel);
}

void NullDriver::ring_then_answer(ChannelId channel, const MediaDescription& offer) {
  later(channel, [this, channel, offer] {
    events_.ringing(channel);
    const auto it = legs_.find(channel);  // the core may have hung up in answer to the ringing
    if (it == legs_.end() || it->second.next_fact.running() || it->second.endpoint == "ring") return;
    later(channel, [this, channel, offer] { events_.answered(channel, silent_answer(offer)); });
  });
}

// Our incoming legs make no offer, so the core's answer is one, and asks for an answer in turn.
void NullDriver::answer(ChannelId channel, const MediaDescription& description) { offer(channel, description); }

void NullDriver::offer(ChannelId channel, const MediaDescription& offer) {
  later(channel, [this, channel, offer] { events_.offer_answered(channel, silent_answer(offer)); });
}

void NullDriver::hangup(ChannelId channel, const Ending& ending) { end(channel, ending); }

void NullDriver::end(ChannelId channel, const Ending& ending) {
  later(channel, [this, channel, ending] {
    legs_.erase(channel);
    events_.ended(channel, ending);
  });
}

std::string NullDriver::describe(ChannelId channel) {
  const auto it = legs_.find(channel);
  return it == legs_.end() ? "" : "null/" + it->second.endpoint;
}

// Facts never come from inside an order: the core is not ready for them before the order has returned.
void NullDriver::later(ChannelId channel, Task tell) {
  const auto it = legs_.find(channel);
  if (it != legs_.end()) it->second.next_fact.start(Duration::zero(), std::move(tell));
}

}  // namespace tandem
