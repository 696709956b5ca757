// MessageClass: how Sofia-SIP parses the messages that we receive: its own way, with one hole closed. Switch thread.
#pragma once

#include "sofia.h"

namespace tandem {

/// The host of the request URI in place of one that cannot be read: such a request is answered, not dropped.
inline constexpr const char* kUnreadableHost = "unreadable.invalid";

/// nta answers a malformed request by itself, before anybody has looked at it, to where the topmost Via's maddr parameter points: to any
/// host on the net, after a blocking DNS look-up in our thread. This class takes maddr out while Via is parsed.
class MessageClass {
 public:
  MessageClass();
  ~MessageClass();
  MessageClass(const MessageClass&) = delete;
  MessageClass& operator=(const MessageClass&) = delete;
  /// Requests that nta is going to refuse as malformed get their line in the security log here: nobody else sees them.
  /// For NTATAG_MCLASS; null when Sofia-SIP's parser table is not laid out as we know it. Outlives every message made with it.
  msg_mclass_t* get() { return class_; }

 private:
  msg_hclass_s via_, request_;
  msg_mclass_t* class_ = nullptr;
};

}  // namespace tandem
