#include "lua/simulation.h"

#include <fmt/format.h>

#include "lua/call_script.h"
#include "lua/imagined_call.h"
#include "lua/lua_value.h"
#include "lua/script_globals.h"
#include "tandem/directory.h"
#include "tandem/moment.h"

namespace tandem {

namespace {

constexpr size_t kMostSteps = 1000;

/// Answers for the verbs of one simulated call, from the table `answers` of the test; keeps what was asked.
class Answers final : public ScriptTracer {
 public:
  /// `table`: the stack index of the answers in the test's coroutine; nil when there are none.
  Answers(lua_State* test, int table) : test_(test), table_(lua_absindex(test, table)) {}

  void step(std::string_view what, std::string detail, const ScriptPlace& place) override { add(what, Value(std::move(detail)), place); }

  Result<Value> ask(Call& call, const std::string& name, const Verb* verb, const Value& arguments, const ScriptPlace& place) override {
    add(name, arguments, place);
    const size_t turn = turns_[name]++;
    if (lua_istable(test_, table_)) {
      lua_pushlstring(test_, name.data(), name.size());
      if (lua_rawget(test_, table_) != LUA_TNIL) return answer(arguments, turn);
      lua_pop(test_, 1);
    }
    if (name == "dial") return Value("answered");
    if (verb == nullptr) return Value({{"error", "the test has no answer to this"}});
    return verb->dry_run ? verb->dry_run(call, arguments).second : Value();
  }

  bool imagines(std::string_view name) const override {
    if (!lua_istable(test_, table_)) return false;
    lua_pushlstring(test_, name.data(), name.size());
    const bool known = lua_rawget(test_, table_) != LUA_TNIL;
    lua_pop(test_, 1);
    return known;
  }

  Value take() { return std::move(steps_); }
  Value targets() const { return targets_; }
  std::optional<ScriptEnd> end;

 private:
  void add(std::string_view what, const Value& detail, const ScriptPlace& place) {
    if (steps_.size() >= kMostSteps) return;
    steps_.push_back({{"what", what}, {"detail", detail}, {"at", place.to_string()}});
    if (what != "dial" || detail.empty()) return;
    const Value& first = detail[0];
    const Value& list = first.is_object() && first.contains("list") ? first["list"] : first;
    if (list.is_string()) targets_.push_back(list);
    if (!list.is_array()) return;
    for (const auto& target : list) targets_.push_back(target.is_object() && target.contains("list") ? target["list"][0] : target);
  }

  /// The answer on top of the test's stack, popped: a function is called, of a list each entry is used once and the last again.
  Result<Value> answer(const Value& arguments, size_t turn) {
    if (lua_istable(test_, -1) && lua_rawlen(test_, -1) > 0) {
      lua_rawgeti(test_, -1, static_cast<lua_Integer>(std::min<size_t>(turn + 1, lua_rawlen(test_, -1))));
      lua_remove(test_, -2);
    }
    if (lua_isfunction(test_, -1)) {
      for (const auto& argument : arguments) push_value(test_, argument);
      if (lua_pcall(test_, static_cast<int>(arguments.size()), 1, 0) != LUA_OK) {
        Error error{ErrorCode::invalid, error_sentence(test_, -1)};
        lua_pop(test_, 1);
        return error;
      }
    }
    const int top = lua_gettop(test_);
    auto values = arguments_from_lua(test_, top);
    lua_settop(test_, top - 1);
    if (!values) return values.error();
    return std::move((*values)[0]);
  }

  lua_State* const test_;
  const int table_;
  std::map<std::string, size_t> turns_;
  Value steps_ = Value::array();
  Value targets_ = Value::array();
};

/// The text field of the table at 1; empty when it is missing.
std::string text_field(lua_State* L, const char* key, bool needed) {
  const int type = lua_getfield(L, 1, key);
  if (type == LUA_TNIL && !needed) return lua_pop(L, 1), std::string();
  if (type != LUA_TSTRING) luaL_error(L, "simulate: %s must be text", key);
  size_t length = 0;
  const char* data = lua_tolstring(L, -1, &length);
  std::string text(data, length);
  lua_pop(L, 1);
  return text;
}

void read_headers(lua_State* L, ImaginedCall& call) {
  if (lua_getfield(L, 1, "headers") != LUA_TNIL) {
    luaL_checktype(L, 2, LUA_TTABLE);
    const auto headers = arguments_from_lua(L, 2);
    if (!headers) luaL_error(L, "simulate: headers: %s", headers.error().message.c_str());
    for (const auto& [name, value] : (*headers)[0].items())
      call.set_header(name, value.is_string() ? value.get<std::string>() : value.dump());
  }
  lua_settop(L, 1);
}

void set_value(lua_State* L, const char* key, const Value& value) {
  push_value(L, value);
  lua_setfield(L, -2, key);
}

void push_outcome(lua_State* L, ImaginedCall& call, Answers& answers, const std::optional<Match>& match) {
  const ScriptEnd& end = *answers.end;
  lua_createtable(L, 0, 10);
  lua_pushboolean(L, end.matched ? 1 : 0);
  lua_setfield(L, -2, "matched");
  if (match) set_text(L, "extension", match->extension->pattern.text());
  if (match) set_text(L, "context", match->context->name);
  if (end.ending) set_text(L, "ending", std::string(to_string(end.ending->cause)));
  if (end.ending) set_text(L, "text", end.ending->text);
  set_text(L, "error", end.error);
  set_value(L, "rung", answers.targets());
  set_value(L, "steps", answers.take());
  const Party& caller = call.caller_identity();
  set_value(L, "caller", {{"number", caller.number}, {"name", caller.name}, {"restricted", caller.restricted}});
  Value variables = Value::object();
  for (const auto& [name, value] : call.variables()) variables[name] = value;
  set_value(L, "vars", variables);
}

/// How a value is shown in a failure.
std::string shown(lua_State* L, int index) {
  const int top = lua_gettop(L);
  lua_pushvalue(L, index);
  const auto value = arguments_from_lua(L, top + 1);
  lua_settop(L, top);
  if (!value) return fmt::format("a {}", luaL_typename(L, index));
  return (*value)[0].is_null() ? "nil" : (*value)[0].dump();
}

int expect(lua_State* L) {
  luaL_checkany(L, 1);
  lua_settop(L, 3);
  if (lua_rawequal(L, 1, 2) != 0) return 0;
  const std::string got = shown(L, 1), wanted = shown(L, 2);
  if (lua_istable(L, 1) && lua_istable(L, 2) && got == wanted) return 0;
  const char* what = luaL_optstring(L, 3, nullptr);
  return luaL_error(L, "%s%sexpected %s, got %s", what == nullptr ? "" : what, what == nullptr ? "" : ": ", wanted.c_str(), got.c_str());
}

}  // namespace

void Simulation::add_functions(lua_State* L) {
  lua_pushcfunction(L, expect);
  lua_setfield(L, -2, "expect");
  lua_pushlightuserdata(L, this);
  lua_pushcclosure(L, simulate, 1);
  lua_setfield(L, -2, "simulate");
}

int Simulation::simulate(lua_State* L) {
  if (Runtime::of(L).running()->loader != nullptr) return luaL_error(L, "simulate: only inside a test");
  return static_cast<Simulation*>(lua_touserdata(L, lua_upvalueindex(1)))->run(L);
}

int Simulation::run(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  Directory& directory = *runtime_->services().directory;
  auto made = ImaginedCall::make(dialplan_->contexts(), directory, text_field(L, "from", true), text_field(L, "to", true));
  if (!made) return luaL_error(L, "simulate: %s", made.error().message.c_str());
  ImaginedCall& call = **made;
  if (const auto name = text_field(L, "user", false); !name.empty()) {
    const auto user = directory.user(name);
    if (user == nullptr) return luaL_error(L, "simulate: there is no user \"%s\"", name.c_str());
    call.log_in(user);
  }
  read_headers(L, call);
  lua_getfield(L, 1, "answers");
  if (!lua_isnil(L, 2)) luaL_checktype(L, 2, LUA_TTABLE);
  Answers answers(L, 2);
  const auto script =
      std::make_shared<CallScript>(runtime_, dialplan_, call, &answers, [&](ScriptEnd end) { answers.end.emplace(std::move(end)); });
  if (const auto at = text_field(L, "at", false); !at.empty()) {
    const auto site = call.device() ? directory.site(call.device()->site) : nullptr;
    const auto moment = parse_moment(at, runtime_->now(), site ? site->time_zone : "");
    if (!moment) return luaL_error(L, "simulate: %s", moment.error().message.c_str());
    script->set_time(*moment);
  }
  const auto match = dialplan_->contexts().match(call.context(), call.dialled());
  script->begin(match);
  script->drop();
  if (!answers.end) return luaL_error(L, "simulate: the script has not ended");
  lua_getfield(L, 1, "may_fail");
  const bool may_fail = lua_toboolean(L, -1) != 0;
  if (!answers.end->error.empty() && !may_fail) return luaL_error(L, "the script failed: %s", answers.end->error.c_str());
  push_outcome(L, call, answers, match);
  return 1;
}

}  // namespace tandem
