// What media verbs are asked for, read from a script's arguments. Switch thread.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tandem/verb.h"

namespace tandem {

using Milliseconds = std::chrono::milliseconds;

inline constexpr size_t kMostSounds = 32;

struct PlayRequest {
  std::vector<std::string> sounds;
  bool repeat = false;
  Milliseconds limit{0};  ///< 0: to the end
};
/// play("name") or play{"one", "two", repeat = false, seconds = 10}.
Result<PlayRequest> parse_play(const Value& args);

struct DigitsRequest {
  std::vector<std::string> prompt;
  size_t most = 32;
  Milliseconds timeout{std::chrono::seconds(5)};  ///< of silence, after the prompt and between keys
  std::string terminators = "#";
  bool barge_in = true;  ///< a key stops the prompt
};
/// read_digits{prompt = "name" or {...}, max = 4, timeout = 5, terminator = "#", barge_in = true}, all of which may be left out.
Result<DigitsRequest> parse_digits(const Value& args);

struct RecordArguments {
  std::string name;
  Milliseconds longest{std::chrono::seconds(120)};
  Milliseconds silence{0};
  std::string terminators = "#";
  bool beep = true;
};
/// record("name") or record{"name", max = 120, silence = 3, terminator = "#", beep = true}.
Result<RecordArguments> parse_record(const Value& args);

}  // namespace tandem
