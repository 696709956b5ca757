// Log: lines for people, with the call's id; and the security log, one fixed grammar for filters. Any thread; never blocks.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "tandem/address.h"

namespace tandem {

enum class LogLevel { trace, debug, info, notice, warning, error };

namespace log_detail {
bool enabled(LogLevel level);
void write(LogLevel level, std::string_view topic, std::string_view call, std::string_view text);
}  // namespace log_detail

/// A named source of log lines ("sip", "call", "media"). Cheap to copy; `topic` must be a literal.
class Log {
 public:
  explicit constexpr Log(std::string_view topic) : topic_(topic) {}

  /// One line. Arguments are formatted only if the level is on. Never pass secrets, PINs, digests or nonces.
  template <class... Args>
  void line(LogLevel level, fmt::format_string<Args...> format, Args&&... args) const {
    if (log_detail::enabled(level)) log_detail::write(level, topic_, {}, fmt::format(format, std::forward<Args>(args)...));
  }
  /// The same about one call: `call` is Call::id() ("C-00a1f3c2b8"), printed in brackets so that one grep tells a call's story.
  template <class... Args>
  void call(LogLevel level, std::string_view call, fmt::format_string<Args...> format, Args&&... args) const {
    if (log_detail::enabled(level)) log_detail::write(level, topic_, call, fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  std::string_view topic_;
};

/// One security event. Field names follow what Asterisk's security log taught everybody's filters; text from outside is quoted and escaped,
/// and the only address in the line is the socket peer. Lines are limited per source: a summary says how many were left out.
struct SecurityEvent {
  std::string_view event;    ///< "InvalidPassword", "InvalidAccountID", "RequestBadFormat", "RequestNotAllowed", "SessionLimit", ...
  std::string_view service;  ///< "SIP", "CONSOLE", ...
  SocketAddress remote;
  std::string account;                 ///< as sent, may be hostile
  std::string detail;                  ///< one sentence of ours
  std::string_view transport = "UDP";  ///< "UDP", "TCP", "TLS", ...: the second part of RemoteAddress
};
void log_security(const SecurityEvent& event);

}  // namespace tandem
