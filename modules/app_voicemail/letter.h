// Letter: one mail about a message, as text. Any thread.
#pragma once

#include <string>
#include <vector>

#include "message.h"
#include "settings.h"
#include "tandem/directory.h"

namespace tandem {

struct Letter {
  std::string from, to;              ///< bare addresses
  std::vector<std::string> headers;  ///< whole lines without their ends
  std::string text;
  std::string attachment;  ///< path of a WAV file; empty: none
  std::string attachment_name;
};

/// `path` is the message's file. What callers send (names, numbers) cannot begin a header of its own.
Letter compose(const MailSettings& settings, const Message& message, const User& user, const std::string& path);
/// A header's text in one line of ASCII (RFC 2047 where it is not).
std::string header_text(std::string_view text);

}  // namespace tandem
