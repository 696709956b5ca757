#include "lua/call_script.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <utility>

#include "lua/call_object.h"
#include "lua/lua_value.h"
#include "lua/nearest.h"
#include "lua/script_events.h"
#include "tandem/loop.h"

namespace tandem {

namespace {

const Log kLog{"dialplan"};
constexpr size_t kMostLines = 500;  // of one call; a loop must not fill the disk

uint64_t next_serial() {
  static uint64_t last = 0;  // switch thread only
  return ++last;
}

ScriptPlace place_of(lua_State* L) {
  lua_Debug at{};
  for (int level = 0; lua_getstack(L, level, &at) != 0; ++level) {
    lua_getinfo(L, "Sl", &at);
    if (at.currentline > 0) return {at.short_src, at.currentline};
  }
  return {};
}

}  // namespace

CallScript::CallScript(std::shared_ptr<Runtime> runtime, std::shared_ptr<const Environment> environment, Call& call, ScriptTracer* tracer,
                       Ended ended)
    : runtime_(std::move(runtime)),
      environment_(std::move(environment)),
      call_(&call),
      tracer_(tracer),
      ended_(std::move(ended)),
      serial_(next_serial()),
      run_(runtime_->main(), this, nullptr) {}

CallScript::~CallScript() { stop_operation(); }

void CallScript::begin(const std::optional<Match>& match) {
  if (!match) return end({.matched = false, .ending = std::nullopt});
  const auto& extension = *match->extension;
  call_->routed(fmt::format(FMT_COMPILE("{} in {} ({})"), extension.pattern.text(), match->context->name, extension.place.to_string()));
  if (runtime_->running() == nullptr || tracer_ != nullptr) return run(*match);
  // Some other script's verb has made this call: not inside it.
  runtime_->services().loop->defer([weak = weak_from_this(), found = *match] {
    if (const auto self = weak.lock(); self && self->state_ == State::ready) self->run(found);
  });
}

void CallScript::run(const Match& match) {
  lua_State* L = run_.thread;
  lua_rawgeti(L, LUA_REGISTRYINDEX, match.extension->handler);
  push_call_object(L, *this);
  const auto& dialled = call_->dialled();
  lua_pushlstring(L, dialled.data(), dialled.size());
  resume(kCallBounds, 2);
}

void CallScript::resume(const Bounds& bounds, int arguments) {
  const auto self = shared_from_this();  // whatever the script does may end the call and us
  state_ = State::running;
  int results = 0;
  const int status = runtime_->resume(run_, bounds, arguments, &results);
  settle(status);
}

// The one door out of running.
void CallScript::settle(int status) {
  if (status == LUA_YIELD && !ending_ && call_ != nullptr && closing_.empty()) {
    state_ = State::waiting;
    return;
  }
  stop_operation();
  ScriptEnd how;
  if (ending_) {
    how.ending = std::move(*ending_);
  } else if (status != LUA_OK && status != LUA_YIELD) {
    how.ending = Ending{Cause::temporary_failure, ""};
    how.error = error_sentence(run_.thread, -1);
    if (closing_.empty() && call_ != nullptr) kLog.call(LogLevel::error, call_->id(), "{}", how.error);
  }
  closing_ = "the script has ended";  // what its __close handlers hear from verbs
  if (status != LUA_OK) runtime_->close(run_);
  end(std::move(how));
}

void CallScript::end(ScriptEnd how) {
  state_ = State::ended;
  if (!ended_ || call_ == nullptr) return;
  if (tracer_ != nullptr) return std::exchange(ended_, nullptr)(std::move(how));
  runtime_->services().loop->defer([weak = weak_from_this(), result = std::move(how)]() mutable {
    const auto self = weak.lock();
    if (self && self->ended_) std::exchange(self->ended_, nullptr)(std::move(result));
  });
}

void CallScript::abort(const Ending& ending) {
  const auto self = shared_from_this();
  ended_ = nullptr;
  ++turn_;
  if (state_ == State::running) return drop();  // from inside its own verb: the script is left as soon as the verb returns
  stop_operation();
  if (state_ != State::waiting) return;
  closing_ = fmt::format("the call has ended ({})", to_string(ending.cause));
  if (runtime_->catches(run_)) return resume(kClosingBounds, 0);
  // Nobody would catch the error (a C++ exception, so not free): its pending <close> variables are all that is left of the script.
  state_ = State::running;
  runtime_->close(run_);
  state_ = State::ended;
}

void CallScript::drop() {
  ended_ = nullptr;
  ++turn_;
  if (!starting_) stop_operation();
  call_ = nullptr;
}

void CallScript::stop_operation() {
  operation_.reset();
  use_.reset();
  result_.reset();
}

bool CallScript::has_verb(std::string_view name) const {
  return runtime_->services().verbs->find(name) != nullptr || (tracer_ != nullptr && tracer_->imagines(name));
}

CallScript::Outcome CallScript::run_verb(lua_State* L, const std::string& name) {
  if (!closing_.empty()) return Outcome{luaL_error(L, "%s", closing_.c_str())};
  const auto entry = runtime_->services().verbs->find(name);
  if (entry == nullptr && !has_verb(name)) return Outcome{unknown_verb(L, name)};
  const auto arguments = arguments_from_lua(L, 2);
  if (!arguments) return Outcome{luaL_error(L, "%s: %s", name.c_str(), arguments.error().message.c_str())};
  if (tracer_ != nullptr) return Outcome{ask_tracer(L, name, entry ? &entry->verb : nullptr, *arguments)};
  return start(L, name, [&](VerbDone done) {
    use_.emplace(entry);
    return entry->verb.start(*call_, *arguments, std::move(done));
  });
}

CallScript::Outcome CallScript::wait_for(lua_State* L, const std::string& what, const Value& arguments, Starter starter) {
  if (!closing_.empty()) return Outcome{luaL_error(L, "%s", closing_.c_str())};
  if (call_ == nullptr) return Outcome{luaL_error(L, "this call has ended")};
  if (tracer_ != nullptr) return Outcome{ask_tracer(L, what, nullptr, arguments)};
  return start(L, what, std::move(starter));
}

CallScript::Outcome CallScript::start(lua_State* L, const std::string& what, Starter starter) {
  if (lua_isyieldable(L) == 0) return Outcome{luaL_error(L, "%s: not inside table.sort, string.gsub or the like", what.c_str())};
  const uint64_t turn = ++turn_;
  result_.reset();
  starting_ = true;
  auto operation = starter([weak = weak_from_this(), turn](Result<Value> result) {
    if (const auto self = weak.lock()) self->verb_done(turn, std::move(result));
  });
  starting_ = false;
  if (call_ == nullptr || ending_) {
    operation.reset();
    stop_operation();
    return Outcome::leaves;
  }
  if (result_) {
    operation.reset();
    return Outcome{finish_verb(L)};
  }
  if (operation == nullptr) {
    stop_operation();
    return Outcome{luaL_error(L, "%s: the verb has ended without a result", what.c_str())};
  }
  operation_ = std::move(operation);
  return Outcome::waits;
}

// A yield is an exception in this build of Lua: each frame that it passes costs, one with something to destroy twice.
int CallScript::give_way(lua_State* L, Outcome outcome) {
  if (outcome == Outcome::waits) return lua_yieldk(L, 0, 0, verb_resumed);
  if (outcome != Outcome::leaves) return static_cast<int>(outcome);
  // A yield that nobody resumes passes every pcall. Where the script cannot yield, an error that no pcall survives does it.
  if (lua_isyieldable(L) == 0) Runtime::of(L).meter().stop(L);
  return lua_yieldk(L, 0, 0, nullptr);
}

void CallScript::verb_done(uint64_t turn, Result<Value> result) {
  if (turn != turn_ || result_) return;  // late, or twice
  result_.emplace(std::move(result));
  if (starting_) return;
  runtime_->services().loop->defer([weak = weak_from_this(), turn] {
    if (const auto self = weak.lock()) self->go_on(turn);
  });
}

void CallScript::go_on(uint64_t turn) {
  if (turn != turn_ || state_ != State::waiting) return;
  operation_.reset();
  resume(kCallBounds, 0);
}

int CallScript::verb_resumed(lua_State* L, int /*status*/, lua_KContext /*context*/) {
  auto& self = *Runtime::of(L).running()->script;
  if (!self.closing_.empty()) return luaL_error(L, "%s", self.closing_.c_str());
  return self.finish_verb(L);
}

int CallScript::finish_verb(lua_State* L) {
  const Result<Value> result = std::move(*result_);
  stop_operation();
  if (!result) return luaL_error(L, "%s", result.error().message.c_str());
  push_value(L, *result);
  return 1;
}

int CallScript::ask_tracer(lua_State* L, const std::string& name, const Verb* verb, const Value& arguments) {
  const Result<Value> would = tracer_->ask(*call_, name, verb, arguments, place_of(L));
  if (!would) return luaL_error(L, "%s", would.error().message.c_str());
  push_value(L, *would);
  return 1;
}

int CallScript::unknown_verb(lua_State* L, const std::string& name) const {
  std::vector<std::string_view> known = call_object_names();
  for (const auto& [verb, entry] : runtime_->services().verbs->all()) known.push_back(verb);
  const auto guess = nearest(name, known);
  if (guess.empty()) return luaL_error(L, "there is no verb or field \"%s\" of a call", name.c_str());
  return luaL_error(L, "there is no verb or field \"%s\" of a call; did you mean \"%s\"?", name.c_str(), std::string(guess).c_str());
}

CallScript::Outcome CallScript::hangup(lua_State* L, Ending ending) {
  if (!closing_.empty()) return Outcome{luaL_error(L, "%s", closing_.c_str())};
  if (tracer_ != nullptr) {
    const auto text = ending.text.empty() ? "" : fmt::format(", \"{}\"", ending.text);
    tracer_->step("hangup", fmt::format("{}{}", to_string(ending.cause), text), place_of(L));
  }
  call_->explain(fmt::format("{}: hangup {}", place_of(L).to_string(), to_string(ending.cause)));
  ending_ = std::move(ending);
  return Outcome::leaves;
}

bool CallScript::push_handler(lua_State* L, std::string_view context, std::string_view number) {
  const auto match = environment_->contexts().match(context, number);
  if (!match) return false;
  const auto& extension = *match->extension;
  const auto route = fmt::format("{} in {} ({})", extension.pattern.text(), match->context->name, extension.place.to_string());
  if (tracer_ != nullptr) tracer_->step("run", fmt::format("{} fits {}", number, route), place_of(L));
  call_->explain(fmt::format("{} fits {}", number, route));
  lua_rawgeti(L, LUA_REGISTRYINDEX, extension.handler);
  return true;
}

void CallScript::publish(lua_State* L, std::string name, Value data) {
  if (call_ == nullptr) return;
  if (tracer_ != nullptr) return tracer_->step("event", fmt::format("{} {}", name, data.dump()), place_of(L));
  runtime_->events().publish(L, std::move(name), std::move(data), call_->id());
}

void CallScript::log(lua_State* L, LogLevel level, const std::string& line) {
  if (call_ == nullptr || ++lines_ > kMostLines) return;
  if (tracer_ != nullptr) return tracer_->step("log", line, place_of(L));
  kLog.call(level, call_->id(), "{}{}", line, lines_ == kMostLines ? " (the script has logged too much: no more lines of this call)" : "");
}

}  // namespace tandem
