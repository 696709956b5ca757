// TraceFilter: which messages `sip debug` keeps. A value.
#pragma once

#include <string>
#include <vector>

#include "tandem/address.h"
#include "tandem/result.h"

namespace tandem {

struct TracedMessage;

class TraceFilter {
 public:
  /// "device NAME", "call ID", "address ADDRESS[:PORT]", one word that a message must hold, or nothing. invalid: something else.
  static Result<TraceFilter> parse(const std::vector<std::string>& words);

  bool fits(const TracedMessage& message) const;
  /// "SIP messages of device SEP001122330001".
  std::string describe() const;
  /// The call that is followed: a Call-ID, or "C-00a1f3c2b8", whose Call-IDs must be added as they become known.
  const std::string& call() const { return call_; }
  void add_call_id(const std::string& id);

 private:
  enum class Kind { all, device, call, address, word };
  Kind kind_ = Kind::all;
  std::string word_;
  std::string call_;
  SocketAddress address_;
  bool with_port_ = false;
  std::vector<std::string> call_ids_;
};

/// Does `name` stand in `text` by itself, not as a part of a longer name?
bool holds_name(std::string_view text, std::string_view name);

}  // namespace tandem
