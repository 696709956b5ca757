// Dialplan: what runs a script for a call. The call area knows only this; core/src/lua implements it. Switch thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "tandem/call.h"
#include "tandem/result.h"

namespace tandem {

/// How a script came to its end.
struct ScriptEnd {
  bool matched = true;           ///< false: no extension of the context fits the dialled number
  std::optional<Ending> ending;  ///< what it asked for (call:hangup) or what went wrong (with a sentence); empty: it just returned
};

/// One script in progress, at most one a call. Destroying it drops the coroutine and stops the verb under way, without any callback.
class Script {
 public:
  virtual ~Script() = default;
  /// The call has ended: stop the verb under way and resume the script with an error so that it can close up (under a small budget).
  /// `ended` is not called any more. The owner destroys the Script afterwards.
  virtual void abort(const Ending& ending) = 0;
};

class Dialplan {
 public:
  virtual ~Dialplan() = default;
  /// Finds the extension for call.context() and call.dialled() and runs it up to its first waiting verb. `ended` is called once, never from
  /// inside start() (deferred through Loop::defer), and the script may then be destroyed. unavailable: no dialplan is loaded.
  virtual Result<std::unique_ptr<Script>> start(Call& call, UniqueFunction<void(ScriptEnd)> ended) = 0;
};

}  // namespace tandem
