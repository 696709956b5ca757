// Runtime: the one Lua state, its memory, and the coroutine that is running in it. Switch thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "lua/lua_api.h"
#include "lua/meter.h"
#include "lua/pattern_cache.h"
#include "lua/schedule_cache.h"
#include "lua/script_services.h"
#include "tandem/clock.h"
#include "tandem/verb.h"

namespace tandem {

class CallScript;
class DialplanLoader;
class ScriptEvents;

/// One coroutine: its thread, kept alive by the registry, its meter, and what it runs for: a call, the loading of a dialplan, or (both
/// null) an event or a test.
class Run {
 public:
  Run(lua_State* main, CallScript* script, DialplanLoader* loader);
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  lua_State* const thread;
  Meter meter;
  CallScript* const script;
  DialplanLoader* const loader;
  std::optional<WallTime> at;  ///< what time it is for the script, in a trace or a test; empty: now

 private:
  lua_State* const main_;
  int reference_;
};

class Runtime {
 public:
  static constexpr size_t kMostBytes = size_t{256} * 1024 * 1024;  ///< of the whole state; scripts get memory errors beyond it

  explicit Runtime(const ScriptServices& services);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  /// The runtime to which any thread of the state belongs.
  static Runtime& of(lua_State* L);

  lua_State* main() const { return main_; }
  const ScriptServices& services() const { return services_; }
  size_t bytes() const { return bytes_; }
  size_t runs() const { return runs_; }  ///< that exist
  PatternCache& patterns() { return patterns_; }
  ScheduleCache& schedules() { return schedules_; }
  ScriptEvents& events() { return *events_; }
  /// What time it is for the running script.
  WallTime now() const;

  /// The innermost coroutine that runs now; null while none does.
  Run* running() const { return running_; }
  /// Its meter; only from C functions that Lua calls.
  Meter& meter() const { return running_->meter; }

  /// Resumes `run` with the topmost `arguments` values of its stack, under a fresh allowance. Returns Lua's status; the results (or the
  /// error) are on the thread's stack. Nests: a verb may close another script.
  int resume(Run& run, const Bounds& bounds, int arguments, int* results);
  /// The same for a fresh coroutine whose function is on its stack, with one argument and one result. What waits is an error here.
  int resume_with(Run& run, const Bounds& bounds, const Value& argument);
  /// Whether a coroutine that waits does so inside a pcall.
  bool catches(const Run& run) const;
  /// Closes pending <close> variables of a coroutine that was not tripped and is not running, under a small allowance.
  void close(Run& run);

 private:
  friend class Run;  // counts itself
  static void* allocate(void* self, void* block, size_t old_size, size_t new_size);

  const ScriptServices services_;
  size_t bytes_ = 0;
  size_t runs_ = 0;
  PatternCache patterns_;
  ScheduleCache schedules_;
  Run* running_ = nullptr;
  lua_CFunction pcall_ = nullptr;
  lua_State* main_;
  std::unique_ptr<ScriptEvents> events_;
};

/// The sentence of an error value: scripts may throw anything, and a __tostring must not run here.
std::string error_sentence(lua_State* L, int index);

}  // namespace tandem
