// The books of a call: what goes into its record when the last leg has gone.
#include "call/call_impl.h"

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
  services_.events.publish(CallEnded{record_});
}

}  // namespace tandem
