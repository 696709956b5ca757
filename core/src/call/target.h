// Dial targets: what the dialplan writes ("user/john.doe", "sip/pstn/+14085551234") and what it comes to. Switch thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tandem/driver.h"
#include "tandem/verb.h"

namespace tandem {

/// One entry of call:dial{...}, as written.
struct DialTarget {
  std::string text;                    ///< "user/john.doe"
  std::string scheme;                  ///< "user" or a driver's name
  std::string endpoint;                ///< user id, device name, trunk name
  std::string number;                  ///< what to dial there (trunks)
  std::chrono::milliseconds delay{0};  ///< ring this long after the dial began
  std::optional<Party> shown_as;       ///< whom the called side is shown instead of the caller (a redirected call that leaves the house)
  std::vector<Diversion> diversions;   ///< who sent the call on to here, the latest first
  std::string user;                    ///< whose remote destination this is; empty: of nobody
  std::string destination;             ///< its id ("john.doe/mobile")
  bool answer_at_once = false;         ///< the phone is asked to answer by itself
  bool silent = false;                 ///< the phone is asked to make no noise
};

/// All that call:dial{...} can say.
struct DialRequest {
  std::vector<DialTarget> targets;
  std::chrono::milliseconds timeout{std::chrono::seconds(30)};
  bool emergency = false;
  std::string location;
  std::vector<HeaderField> headers;  ///< to send; which names may be sent is the driver's business
  bool group = false;                ///< the people are rung as members of a hunt group
};

inline constexpr size_t kMostTargets = 64;
inline constexpr size_t kMostHeaders = 16;

/// Reads the verb's arguments: one target, a list, or {list = {...}, timeout = seconds, emergency = bool, location = text, group = bool,
/// headers = {name = text}}, where a target is a string or {string, delay = seconds}. invalid with a sentence for the script's author.
Result<DialRequest> parse_dial(const Value& args);

}  // namespace tandem
