// Messages: how many voice messages wait for somebody, for whoever lights a lamp. Provided by the module that keeps them; found at the
// Host, null while there is none. Switch thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tandem {

struct MessageCounts {
  uint32_t fresh = 0, heard = 0;                ///< not listened to yet, and kept
  uint32_t urgent_fresh = 0, urgent_heard = 0;  ///< of these
};

class MessageWaiting {
 public:
  static constexpr std::string_view kInterface = "tandem.message_waiting";
  virtual ~MessageWaiting() = default;
  /// Empty: this user has no mailbox.
  virtual std::optional<MessageCounts> messages(std::string_view user) = 0;
  /// What the key for messages dials ("*97"); empty: nothing.
  virtual std::string account() { return {}; }
};

/// To be published when counts of a user have changed.
struct MessagesChanged {
  static constexpr std::string_view kEvent = "messages.changed";
  std::string_view user;
};

}  // namespace tandem
