// Verb: what the dialplan can ask a call to do ("call:echo()"). The core's own verbs and a module's are made the same way.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "tandem/call.h"
#include "tandem/function.h"
#include "tandem/result.h"

namespace tandem {

/// Arguments and results of verbs: what Lua can say. Tables become arrays or objects, nothing else crosses.
using Value = nlohmann::json;

/// A verb that is under way. Destroying it stops it: timers disarmed, nothing calls back.
class Operation {
 public:
  virtual ~Operation() = default;
};

/// How a verb ends: a value for Lua, or an Error that is raised in the script with its sentence. Called once at most.
using VerbDone = UniqueFunction<void(Result<Value>)>;

struct Verb {
  std::string name;       ///< "dial": a Lua identifier
  std::string signature;  ///< "dial{targets, timeout = 30} -> outcome", for the reference and for traces
  std::string help;       ///< a paragraph for the reference
  /// Starts it on the switch thread. `args` is an array. Either calls `done` before it returns (and returns null: the script goes on at
  /// once) or returns what is under way and calls `done` later. The call outlives the operation.
  std::function<std::unique_ptr<Operation>(Call& call, const Value& args, VerbDone done)> start;
  /// One line of what it would do, for `dialplan trace`, and the value the script then sees. Null: "name(args)" and nil.
  std::function<std::pair<std::string, Value>(Call& call, const Value& args)> dry_run;
  /// Some lines of a handler's body that use it, for the reference; the tests run them.
  std::string example = {};
  /// It only asks: nobody in the call notices. A dry run that looks for the first thing that a script does passes over it.
  bool asks_only = false;
};

}  // namespace tandem
