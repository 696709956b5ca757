#include "lua/lua_dialplan.h"

#include <fmt/format.h>

#include "lua/call_script.h"
#include "lua/dry_run.h"
#include "lua/environment.h"
#include "lua/lua_value.h"
#include "lua/script_events.h"
#include "tandem/local_time.h"

namespace tandem {

namespace {

const Log kLog{"dialplan"};

/// What the call owns; the CallScript itself may still be on the stack when the call lets go of it.
class OwnedScript final : public Script {
 public:
  explicit OwnedScript(std::shared_ptr<CallScript> script) : script_(std::move(script)) {}
  ~OwnedScript() override { script_->drop(); }
  OwnedScript(const OwnedScript&) = delete;
  OwnedScript& operator=(const OwnedScript&) = delete;
  void abort(const Ending& ending) override { script_->abort(ending); }

 private:
  const std::shared_ptr<CallScript> script_;
};

void add_rows(const Context& context, Json& rows) {
  for (const auto& extension : context.extensions) {
    rows.push_back({{"context", context.name}, {"extension", extension.pattern.text()}, {"at", extension.place.to_string()}});
  }
  for (const auto& name : context.includes) {
    rows.push_back({{"context", context.name}, {"extension", "include " + name}, {"at", context.place.to_string()}});
  }
}

}  // namespace

LuaDialplan::LuaDialplan(const ScriptServices& services) : runtime_(std::make_shared<Runtime>(services)) {
  load_time_zones();  // else the first script that asks for the time pays for it, out of what it may use
}

// The runtime holds the environment for its events, the environment the runtime.
LuaDialplan::~LuaDialplan() { runtime_->events().use(nullptr); }

Result<void> LuaDialplan::load(const std::string& path) {
  std::string summary;
  auto loaded = prepare(path, summary);
  if (!loaded) return loaded.error();
  (*loaded)();
  return {};
}

Result<Task> LuaDialplan::prepare(const std::string& path, std::string& summary) {
  auto loaded = Environment::load(runtime_, path);
  if (!loaded) return loaded.error();
  summary = (*loaded)->summary();
  return Task([this, path, next = std::move(*loaded)] {
    environment_ = next;
    runtime_->events().use(environment_);
    path_ = path;
    kLog.line(LogLevel::notice, "loaded {}: {}", path_, environment_->summary());
  });
}

Result<std::string> LuaDialplan::reload() {
  if (path_.empty()) return Error{ErrorCode::unavailable, "no dialplan has been loaded"};
  if (auto loaded = load(path_); !loaded) {
    kLog.line(LogLevel::error, "reload refused, the old dialplan stays in force: {}", loaded.error().message);
    return loaded.error();
  }
  return "loaded " + environment_->summary();
}

Result<void> LuaDialplan::check(const std::string& path) {
  auto loaded = Environment::load(std::make_shared<Runtime>(ScriptServices{}), path);
  if (!loaded) return loaded.error();
  return {};
}

Result<std::unique_ptr<Script>> LuaDialplan::start(Call& call, UniqueFunction<void(ScriptEnd)> ended) {
  if (environment_ == nullptr) return Error{ErrorCode::unavailable, "no dialplan is loaded"};
  auto script = std::make_shared<CallScript>(runtime_, environment_, call, nullptr, std::move(ended));
  std::unique_ptr<Script> owned = std::make_unique<OwnedScript>(script);
  script->begin(environment_->contexts().match(call.context(), call.dialled()));
  return owned;
}

Result<NumberRoute> LuaDialplan::route(std::string_view device, std::string_view number) {
  if (environment_ == nullptr) return Error{ErrorCode::unavailable, "no dialplan is loaded"};
  return imagined_route(runtime_, environment_, device, number);
}

Result<NumberRoute> LuaDialplan::route_as(std::string_view user, std::string_view number) {
  if (environment_ == nullptr) return Error{ErrorCode::unavailable, "no dialplan is loaded"};
  return imagined_route_as(runtime_, environment_, user, number);
}

Result<Value> LuaDialplan::ask(std::string_view name, const Value& question) { return ask_policy(name, question, std::nullopt); }

bool LuaDialplan::has(std::string_view name) const { return environment_ != nullptr && environment_->policies().contains(name); }

Result<Value> LuaDialplan::ask_policy(std::string_view name, const Value& question, std::optional<WallTime> at) {
  const auto environment = environment_;  // a policy may bring about a reload
  if (environment == nullptr) return Error{ErrorCode::not_found, "no dialplan is loaded"};
  const auto policy = environment->policies().find(name);
  if (policy == environment->policies().end()) return Error{ErrorCode::not_found, fmt::format("the dialplan has no policy \"{}\"", name)};
  const auto& [handler, place] = policy->second;
  Run run(runtime_->main(), nullptr, nullptr);
  run.at = at;
  lua_State* L = run.thread;
  lua_rawgeti(L, LUA_REGISTRYINDEX, handler);
  if (runtime_->resume_with(run, kCallBounds, question) != LUA_OK) {
    Error error{ErrorCode::invalid, fmt::format("policy {} ({}): {}", name, place.to_string(), error_sentence(L, -1))};
    runtime_->close(run);
    kLog.line(LogLevel::error, "{}", error.message);
    return error;
  }
  auto answer = arguments_from_lua(L, lua_gettop(L));
  if (!answer) {
    kLog.line(LogLevel::error, "policy {} ({}): {}", name, place.to_string(), answer.error().message);
    return answer.error();
  }
  return answer->empty() ? Value() : std::move((*answer)[0]);
}

Result<Json> LuaDialplan::trace(std::string_view from, std::string_view to, std::string_view at) {
  if (environment_ == nullptr) return Error{ErrorCode::unavailable, "no dialplan is loaded"};
  return dry_run(runtime_, environment_, from, to, at);
}

size_t LuaDialplan::coroutines() const { return runtime_->runs(); }

size_t LuaDialplan::bytes() const { return runtime_->bytes(); }

const VerbTable& LuaDialplan::verbs() const { return *runtime_->services().verbs; }

Result<Json> LuaDialplan::show(std::string_view name) const {
  if (environment_ == nullptr) return Error{ErrorCode::unavailable, "no dialplan is loaded"};
  Json rows = Json::array();
  for (const auto& context : environment_->contexts().all()) {
    if (name.empty() || context->name == name) add_rows(*context, rows);
  }
  if (rows.empty() && !name.empty()) return Error{ErrorCode::not_found, fmt::format("there is no context \"{}\"", name)};
  return rows;
}

}  // namespace tandem
