// CallScript: the dialplan of one call: its coroutine, the verb that it waits for, how it ends. Switch thread.
//
// A verb that waits is stored here as its Operation, then the coroutine yields; `done` comes back through Loop::defer and resumes it. So a
// script never runs inside another's verb, and an Operation is never destroyed inside its own callback.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "call/dialplan.h"
#include "call/verb_table.h"
#include "lua/environment.h"
#include "tandem/log.h"

namespace tandem {

/// Who listens to a dry run: verbs are then asked of it instead of started, and nothing touches a call.
class ScriptTracer {
 public:
  virtual ~ScriptTracer() = default;
  virtual void step(std::string_view what, std::string detail, const ScriptPlace& place) = 0;
  /// What the script sees of a verb, or of "http.get": a value, or an error that is raised in it. `verb` is null where the table has none.
  virtual Result<Value> ask(Call& call, const std::string& name, const Verb* verb, const Value& arguments, const ScriptPlace& place) = 0;
  /// Verbs that no table has, but ask() answers all the same.
  virtual bool imagines(std::string_view name) const = 0;
};

class CallScript : public std::enable_shared_from_this<CallScript> {
 public:
  using Ended = UniqueFunction<void(ScriptEnd)>;

  /// `ended` is deferred, or called at once in a dry run (`tracer` not null). `call` outlives us, or ends us with abort() or drop().
  CallScript(std::shared_ptr<Runtime> runtime, std::shared_ptr<const Environment> environment, Call& call, ScriptTracer* tracer,
             Ended ended);
  ~CallScript();
  CallScript(const CallScript&) = delete;
  CallScript& operator=(const CallScript&) = delete;

  /// What time it is for the script: for a dry run.
  void set_time(WallTime at) { run_.at = at; }
  /// Runs the handler up to its first waiting verb; no match: ends as such.
  void begin(const std::optional<Match>& match);
  /// The call has ended: stops the verb, lets the script close up under a small allowance. Nothing is reported any more.
  void abort(const Ending& ending);
  /// The owner has gone: stops everything, silently.
  void drop();

  // For the functions that the script calls. All may raise in Lua.
  Call& call() const { return *call_; }
  bool alive() const { return call_ != nullptr; }
  uint64_t serial() const { return serial_; }
  bool has_verb(std::string_view name) const;
  /// How a function ends that may wait: a number of results for Lua, or one of these, which give_way() carries out.
  enum class Outcome : int {
    waits = -1,   ///< until the verb is done
    leaves = -2,  ///< the script is not gone on with
  };
  Outcome run_verb(lua_State* L, const std::string& name);
  /// Starts something that is no verb and may wait like one ("http.get"); in a dry run the tracer is asked with `arguments` instead.
  using Starter = UniqueFunction<std::unique_ptr<Operation>(VerbDone)>;
  Outcome wait_for(lua_State* L, const std::string& what, const Value& arguments, Starter start);
  /// Pushes the handler that fits in this call's dialplan. False: nothing fits, and nothing is pushed.
  bool push_handler(lua_State* L, std::string_view context, std::string_view number);
  /// Tells an event under the call's id.
  void publish(lua_State* L, std::string name, Value data);
  Outcome hangup(lua_State* L, Ending ending);
  /// The last thing that a function does which Lua calls, with nothing left there to be destroyed.
  static int give_way(lua_State* L, Outcome outcome);
  int unknown_verb(lua_State* L, const std::string& name) const;
  void log(lua_State* L, LogLevel level, const std::string& line);

 private:
  enum class State { ready, running, waiting, ended };

  void run(const Match& match);
  void resume(const Bounds& bounds, int arguments);
  void settle(int status);
  void verb_done(uint64_t turn, Result<Value> result);
  void go_on(uint64_t turn);
  void stop_operation();
  void end(ScriptEnd end);
  Outcome start(lua_State* L, const std::string& what, Starter start);
  int finish_verb(lua_State* L);
  int ask_tracer(lua_State* L, const std::string& name, const Verb* verb, const Value& arguments);
  static int verb_resumed(lua_State* L, int status, lua_KContext context);

  const std::shared_ptr<Runtime> runtime_;
  const std::shared_ptr<const Environment> environment_;
  Call* call_;  ///< null once the owner has gone
  ScriptTracer* const tracer_;
  Ended ended_;
  const uint64_t serial_;  ///< by which the script's `call` object is known to be its own
  Run run_;
  State state_ = State::ready;
  size_t lines_ = 0;  ///< logged so far

  // The verb under way.
  uint64_t turn_ = 0;  ///< which verb a late `done` belongs to
  bool starting_ = false;
  std::optional<Result<Value>> result_;
  std::optional<VerbTable::Use> use_;
  std::unique_ptr<Operation> operation_;

  std::optional<Ending> ending_;  ///< set by call:hangup
  std::string closing_;           ///< set by abort: the sentence that is raised
};

}  // namespace tandem
