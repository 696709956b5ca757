// Trace: every SIP message as it was on the wire, as a ladder for people. Switch thread.
#pragma once

#include <cstdarg>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "stack.h"
#include "tandem/clock.h"
#include "tandem/console.h"

namespace tandem {

struct TracedMessage {
  WallTime when;
  bool sent = false;
  SocketAddress peer;
  std::string call_id;
  std::string summary;  ///< "INVITE sip:11002@127.0.0.1", "180 Ringing (INVITE)"
  std::string text;     ///< whole, credentials masked
};

/// Off: no cost. On: the last kKept messages stay, and ladder lines go to whoever watches the console topic "sip debug".
class Trace {
 public:
  static constexpr size_t kKept = 4096;

  Trace(Stack& stack, const Clock& clock, Console& console);
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  /// `filter`: a device name or number, a Call-ID, or an address; messages that contain it are kept. Empty: all.
  void start(std::string filter);
  void stop();
  bool running() const { return running_; }
  const std::string& filter() const { return filter_; }
  const std::deque<TracedMessage>& messages() const { return messages_; }
  /// An ASCII ladder between us and everybody we spoke with, seconds since its first line on the left: the messages with one of these
  /// Call-IDs (the legs of a call have one each), or all that are kept when there are none.
  std::string ladder(const std::vector<std::string>& call_ids) const;

 private:
  static void log_line(void* self, const char* format, va_list arguments);
  void collect(std::string_view piece);
  void finish();

  Stack& stack_;
  const Clock& clock_;
  Console& console_;
  bool running_ = false;
  std::string filter_;
  std::string pending_;  ///< pieces of the message that Sofia-SIP is logging now
  std::deque<TracedMessage> messages_;
};

/// The message with the credentials in Authorization and Proxy-Authorization replaced, and keys in its body.
std::string mask_credentials(std::string_view message);

}  // namespace tandem
