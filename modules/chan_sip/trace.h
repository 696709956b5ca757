// Trace: every SIP message as it was on the wire, kept as a ladder for people, and copied to a capture server. Switch thread.
#pragma once

#include <cstdarg>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "stack.h"
#include "tandem/capture.h"
#include "tandem/console.h"
#include "tandem/records.h"
#include "trace_filter.h"
#include "trace_text.h"

namespace tandem {

struct TracedMessage {
  WallTime when;
  bool sent = false;
  bool stream = false;  ///< over a connection
  SocketAddress peer;   ///< of a client of the edge: where it really is
  SocketAddress local;
  std::string call_id;
  std::string summary;  ///< "INVITE sip:11002@127.0.0.1", "180 Ringing (INVITE)"
  std::string text;     ///< whole, secrets masked
};

/// Who is behind the address that the stack knows, when that is a connection from the edge.
struct TraceEnds {
  SocketAddress peer, local;
};
using FindEnds = std::function<std::optional<TraceEnds>(const SocketAddress& inner)>;

/// Off: no cost. On: the last kKept messages stay, and ladder lines go to whoever watches the console topic "sip debug".
class Trace {
 public:
  static constexpr size_t kKept = 4096;
  static constexpr size_t kCalls = 1024;  ///< whose Call-IDs are known

  /// `capture` may be null.
  Trace(Stack& stack, const Clock& clock, Console& console, Capture* capture = nullptr, FindEnds find_ends = {});
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  void start(TraceFilter filter);
  void stop();
  bool running() const { return running_; }
  const TraceFilter& filter() const { return filter_; }
  const std::deque<TracedMessage>& messages() const { return messages_; }
  /// What a call of ours is called on the wire: learnt while tracing.
  void learn(const CallRecord& record);

  /// The messages with one of these ids (Call-IDs, or calls by our own id), or all that are kept when there are none; else a sentence.
  Result<std::string> ladder(const std::vector<std::string>& ids) const;
  Result<std::string> svg(const std::vector<std::string>& ids) const;

 private:
  static void log_line(void* self, const char* format, va_list arguments);
  void collect(std::string_view piece);
  void finish();
  void keep(TracedMessage message);
  void copy(const TracedMessage& message);
  void listen();
  Result<std::vector<const TracedMessage*>> chosen(const std::vector<std::string>& ids) const;

  Stack& stack_;
  const Clock& clock_;
  Console& console_;
  Capture* const capture_;
  FindEnds find_ends_;
  bool running_ = false, listening_ = false;
  TraceFilter filter_;
  std::string pending_;  ///< pieces of the message that Sofia-SIP is logging now
  std::deque<TracedMessage> messages_;
  std::map<std::string, std::vector<std::string>, std::less<>> calls_;  ///< Call-IDs by our id
  std::deque<std::string> calls_in_order_;
  Registration watched_;
};

}  // namespace tandem
