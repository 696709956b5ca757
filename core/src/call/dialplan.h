// Dialplan: what runs a script for a call. The call area knows only this; core/src/lua implements it. Switch thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tandem/call.h"
#include "tandem/result.h"
#include "tandem/verb.h"

namespace tandem {

/// How a script came to its end.
struct ScriptEnd {
  bool matched = true;           ///< false: no extension of the context fits the dialled number
  std::optional<Ending> ending;  ///< what it asked for (call:hangup), or how it failed; empty: it just returned
  std::string error = {};        ///< how it failed, with file and line: for the record. The far end is not told what our script looks like
};

/// One script in progress, at most one a call. Destroying it drops the coroutine and stops the verb under way, without any callback.
class Script {
 public:
  virtual ~Script() = default;
  /// The call has ended: stop the verb under way and resume the script with an error so that it can close up (under a small budget).
  /// `ended` is not called any more. The owner destroys the Script afterwards.
  virtual void abort(const Ending& ending) = 0;
};

/// Where the dialplan would let a call go.
struct NumberRoute {
  Value dial;                     ///< the arguments of the dial that it would begin with
  std::optional<Party> shown_as;  ///< set when the script has changed whom the called side is shown
};

class Dialplan {
 public:
  virtual ~Dialplan() = default;
  /// What would be dialled if `device` dialled `number` now: with its rights, by its rules, without touching a call. forbidden: the
  /// dialplan refuses it, or does something else than dial (the reason as a sentence).
  virtual Result<NumberRoute> route(std::string_view device, std::string_view number) = 0;
  /// The same for a person, wherever they are: no phone is asked for.
  virtual Result<NumberRoute> route_as(std::string_view user, std::string_view number) = 0;
  /// Finds the extension for call.context() and call.dialled() and runs it up to its first waiting verb. `ended` is called once, never from
  /// inside start() (deferred through Loop::defer), and the script may then be destroyed. unavailable: no dialplan is loaded.
  virtual Result<std::unique_ptr<Script>> start(Call& call, UniqueFunction<void(ScriptEnd)> ended) = 0;
};

}  // namespace tandem
