// Messages and greetings, as values. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tandem/clock.h"

namespace tandem {

/// In the database as numbers: never renumbered.
enum class MessageState : uint8_t {
  recording = 0,  ///< somebody is speaking; no box shows it
  fresh = 1,
  heard = 2,
  saved = 3,
};
constexpr std::string_view to_string(MessageState state) {
  constexpr std::string_view kWords[] = {"recording", "new", "heard", "saved"};
  return kWords[static_cast<size_t>(state)];
}
/// Of the three that a box shows.
constexpr std::optional<MessageState> message_state(std::string_view word) {
  for (const auto state : {MessageState::fresh, MessageState::heard, MessageState::saved}) {
    if (to_string(state) == word) return state;
  }
  return std::nullopt;
}

struct Message {
  int64_t id = 0;
  std::string user;  ///< whose box it is in
  MessageState state = MessageState::recording;
  bool urgent = false;
  std::string file;          ///< name of the recording: "voicemail/3f/3f09..."
  std::string number, name;  ///< of the caller
  std::string call;          ///< "C-00a1f3c2b8"
  std::string forwarded_by;  ///< user; empty: left by the caller
  WallTime at;               ///< when it was left
  std::chrono::milliseconds length{0};
};

/// "busy" is heard when the line is, "unavailable" otherwise, and where there is no other one; "name" is the person's own in the spoken
/// one.
inline constexpr std::string_view kGreetings[] = {"unavailable", "busy", "name"};
constexpr bool is_greeting(std::string_view kind) { return kind == kGreetings[0] || kind == kGreetings[1] || kind == kGreetings[2]; }

}  // namespace tandem
