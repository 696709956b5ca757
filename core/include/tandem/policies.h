// Policies: questions that a module asks of the dialplan. An admin answers one with a function, `policy("login", function(q) ... end)`.
// Found at the Host; provided by the core. Switch thread.
#pragma once

#include <string_view>

#include "tandem/clock.h"
#include "tandem/result.h"
#include "tandem/verb.h"

namespace tandem {

class Policies {
 public:
  static constexpr std::string_view kInterface = "tandem.policies";
  virtual ~Policies() = default;
  /// What the dialplan's function says to `question` (an object), at once: a policy is bounded like a script and cannot wait. not_found:
  /// the dialplan has no such policy. Else an Error is the function's own failure; who asks decides what that means, and the log has it
  /// already.
  virtual Result<Value> ask(std::string_view name, const Value& question) = 0;
  /// The same, as if it were another time: for dry runs.
  virtual Result<Value> ask_at(std::string_view name, const Value& question, WallTime /*at*/) { return ask(name, question); }
  /// Whether there is something to ask, for those who would have to put a long question together.
  virtual bool has(std::string_view /*name*/) const { return true; }
};

}  // namespace tandem
