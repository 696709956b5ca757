// LuaDialplan: the dialplan in Lua: loads it, runs it for calls, reloads it under running calls, explains it. Switch thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "call/dialplan.h"
#include "lua/script_services.h"
#include "tandem/console.h"
#include "tandem/policies.h"

namespace tandem {

class Environment;
class Runtime;

class LuaDialplan final : public Dialplan, public Policies {
 public:
  /// Loop, directory and verbs must be there; all of them outlive it and every Script that it made.
  explicit LuaDialplan(const ScriptServices& services);
  ~LuaDialplan() override;

  /// Loads `path` (".../main.lua") and remembers it for reload(). invalid or not_found with "FILE:LINE: sentence"; what was loaded stays
  /// then.
  Result<void> load(const std::string& path);
  /// The same file again, in fresh globals; running calls finish on what they began with. Returns a sentence for the admin.
  Result<std::string> reload();
  /// load() in two steps: the task takes what was loaded into force. `summary` gets a sentence about it.
  Result<Task> prepare(const std::string& path, std::string& summary);
  /// Loads `path` for its errors alone, with no switch around it (`tandem check`).
  static Result<void> check(const std::string& path);

  Result<NumberRoute> route(std::string_view device, std::string_view number) override;
  Result<NumberRoute> route_as(std::string_view user, std::string_view number) override;
  Result<std::unique_ptr<Script>> start(Call& call, UniqueFunction<void(ScriptEnd)> ended) override;

  Result<Value> ask(std::string_view name, const Value& question) override;
  Result<Value> ask_at(std::string_view name, const Value& question, WallTime at) override { return ask_policy(name, question, at); }
  bool has(std::string_view name) const override;

  /// What the dialplan would do, decision by decision, without touching a call: rows of {"what", "detail", "at"}. `from`: a device, an
  /// extension, a user, or a context; the latter two-part too, "pstn/4085557001", with the caller's number. `at`: at what time (see
  /// moment.h); empty: now. not_found: `from` is none; invalid: `at` is no time.
  Result<Json> trace(std::string_view from, std::string_view to, std::string_view at = {});
  /// The extensions as rows, of one context or (empty) of all. not_found: no such context.
  Result<Json> show(std::string_view context) const;
  const VerbTable& verbs() const;
  /// Scripts of calls, events and loading that have not ended; and what the state of Lua holds, garbage of ended ones included.
  size_t coroutines() const;
  size_t bytes() const;

 private:
  Result<Value> ask_policy(std::string_view name, const Value& question, std::optional<WallTime> at);

  std::shared_ptr<Runtime> runtime_;
  std::string path_;
  std::shared_ptr<const Environment> environment_;  ///< null until loaded
};

/// `dialplan reload`, `dialplan show [CONTEXT]`, `dialplan trace FROM TO [at TIME]`.
std::vector<Registration> register_dialplan_commands(Console& console, LuaDialplan& dialplan);

}  // namespace tandem
