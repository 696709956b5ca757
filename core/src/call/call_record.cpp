// The books of a call: what goes into its record when the last leg has gone.
#include <utility>

#include "call/call_impl.h"
#include "call/switch.h"

namespace tandem {

std::string CallImpl::disposition() const {
  if (record_.answer) return "answered";
  Leg& caller = *legs_.front();
  if (caller.facts().hung_up_first) return "cancelled";
  switch (record_.ending.cause) {
    case Cause::busy:
      return "busy";
    case Cause::no_answer:
    case Cause::no_response:
      return "no-answer";
    default:
      return "failed";
  }
}

void CallImpl::publish_record() {
  record_.end = services_.loop.clock().wall();
  record_.disposition = disposition();
  record_.legs.reserve(legs_.size());
  for (const auto& leg : legs_) record_.legs.push_back(std::move(leg->facts()));
  services_.events.publish(CallEnded{record_, settled_token()});
}

// Durable before the answer: a driver that was told of the end by its far end may hold back the answer until the books are right.
std::shared_ptr<void> CallImpl::settled_token() {
  std::vector<std::pair<std::string, ChannelId>> enders;
  for (const auto& leg : legs_) {
    if (leg->far_end_ended()) enders.emplace_back(leg->driver(), leg->id());
  }
  if (enders.empty()) return nullptr;
  return {nullptr, [&registry = services_.registry, enders = std::move(enders)](void*) {
            for (const auto& [driver, channel] : enders) registry.settled(driver, channel);
          }};
}

}  // namespace tandem
