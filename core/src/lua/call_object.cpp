#include "lua/call_object.h"

#include <algorithm>

#include "base/utf8.h"
#include "call/speaks_for.h"
#include "lua/call_script.h"
#include "lua/runtime.h"
#include "lua/script_globals.h"
#include "tandem/directory.h"

namespace tandem {

namespace {

constexpr char kCall[] = "call";
constexpr char kCaller[] = "call.caller";
constexpr char kVariables[] = "call.vars";

constexpr size_t kLongestNumber = 80;
constexpr size_t kLongestText = 128;  // names and reasons travel in SIP headers
constexpr size_t kLongestKey = 64;
constexpr size_t kLongestHeader = 4096;
constexpr size_t kLongestVariable = 1024;
constexpr size_t kMostVariables = 100;

// An object holds no pointer, only the number of its script: a script may keep its `call` for longer than the call lives, or hand it to
// another, and is then told so.
CallScript& check_object(lua_State* L, int index, const char* type) {
  const auto* serial = static_cast<const uint64_t*>(luaL_testudata(L, index, type));
  if (serial == nullptr) luaL_error(L, "write it with a colon, as in call:hangup()");
  auto* script = Runtime::of(L).running()->script;
  if (script == nullptr || script->serial() != *serial || !script->alive()) luaL_error(L, "this call has ended, or is another script's");
  return *script;
}

std::string_view check_key(lua_State* L) {
  size_t length = 0;
  const char* key = lua_type(L, 2) == LUA_TSTRING ? lua_tolstring(L, 2, &length) : "";
  if (length == 0 || length > kLongestKey) luaL_error(L, "a name of 1 to %d characters expected", static_cast<int>(kLongestKey));
  return {key, length};
}

/// Text that may go into a protocol's header or a record: UTF-8 without control characters; nil is empty.
std::string check_text(lua_State* L, int index, size_t longest, const char* what) {
  if (lua_isnoneornil(L, index)) return {};
  size_t length = 0;
  const char* data = lua_isstring(L, index) != 0 ? lua_tolstring(L, index, &length) : nullptr;
  if (data == nullptr) luaL_error(L, "%s must be text, not a %s", what, luaL_typename(L, index));
  const std::string_view text(data, length);
  if (length > longest) luaL_error(L, "%s is longer than %d bytes", what, static_cast<int>(longest));
  if (!is_utf8(text) || std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 127; })) {
    luaL_error(L, "%s has characters that cannot be shown", what);
  }
  return std::string(text);
}

void push_text(lua_State* L, const std::string& text) { lua_pushlstring(L, text.data(), text.size()); }

void push_object(lua_State* L, const CallScript& script, const char* type, int parts) {
  *static_cast<uint64_t*>(lua_newuserdatauv(L, sizeof(uint64_t), parts)) = script.serial();
  luaL_setmetatable(L, type);
}

/// call.caller and call.vars are made when first asked for and kept with the call object.
void push_part(lua_State* L, const CallScript& script, int part, const char* type) {
  if (lua_getiuservalue(L, 1, part) != LUA_TNIL) return;
  lua_pop(L, 1);
  push_object(L, script, type, 0);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, 1, part);
}

void push_diversions(lua_State* L, std::span<const Diversion> diversions) {
  lua_createtable(L, static_cast<int>(diversions.size()), 0);
  for (size_t i = 0; i < diversions.size(); ++i) {
    lua_createtable(L, 0, 4);
    push_text(L, diversions[i].from.number);
    lua_setfield(L, -2, "number");
    push_text(L, diversions[i].from.name);
    lua_setfield(L, -2, "name");
    lua_pushboolean(L, diversions[i].from.restricted ? 1 : 0);
    lua_setfield(L, -2, "restricted");
    push_text(L, diversions[i].reason);
    lua_setfield(L, -2, "reason");
    lua_rawseti(L, -2, static_cast<lua_Integer>(i) + 1);
  }
}

constexpr CallField kFields[] = {
    {"id", "string", "\"C-00a1f3c2b8\": in each of its log lines and in its record",
     [](lua_State* L, const CallScript& s) { push_text(L, s.call().id()); }},
    {"dialled", "string", "the number, as it came", [](lua_State* L, const CallScript& s) { push_text(L, s.call().dialled()); }},
    {"context", "string", "where the number was looked up", [](lua_State* L, const CallScript& s) { push_text(L, s.call().context()); }},
    {"class", "string?", "how far the caller may call: the class of whoever is at the phone, \"neutral\" when nobody is; nil for trunks",
     [](lua_State* L, const CallScript& s) {
       const auto& calling_class = s.call().occupant().calling_class;
       calling_class.empty() ? lua_pushnil(L) : push_text(L, calling_class);
     }},
    {"caller", "Caller", "number, name and restricted: what the called side is shown. To be read and written",
     [](lua_State* L, const CallScript& s) { push_part(L, s, 1, kCaller); }},
    {"diversions", "table",
     "who sent it on before it came here, the latest first, as a trunk says: tables of number, name, restricted and reason (\"user-busy\", "
     "\"no-answer\", \"unconditional\", ...). Numbers are as the trunk's rules leave them",
     [](lua_State* L, const CallScript& s) { push_diversions(L, s.call().diversions()); }},
    {"vars", "table<string, string>", "text under names of your own, for other modules. To be read and written",
     [](lua_State* L, const CallScript& s) { push_part(L, s, 2, kVariables); }},
    {"device", "table?", "the calling phone, as `directory.device` has it; nil for trunks",
     [](lua_State* L, const CallScript& s) { push_device(L, s.call().device().get()); }},
    {"user", "table?", "who is at the calling phone, as `directory.user` has it; nil when nobody is",
     [](lua_State* L, const CallScript& s) { push_user(L, s.call().occupant().user.get()); }},
    {"profile", "table?", "what a login has brought to the calling phone, as `directory.profile` has it; nil without one",
     [](lua_State* L, const CallScript& s) { push_profile(L, s.call().occupant().profile.get()); }},
};

CallScript::Outcome run_verb(lua_State* L) {
  auto& script = check_object(L, 1, kCall);
  return script.run_verb(L, lua_tostring(L, lua_upvalueindex(1)));
}

int call_verb(lua_State* L) { return CallScript::give_way(L, run_verb(L)); }

CallScript::Outcome hang_up(lua_State* L) {
  auto& script = check_object(L, 1, kCall);
  Ending ending;
  if (!lua_isnoneornil(L, 2)) {
    const auto word = check_text(L, 2, kLongestText, "the cause");
    const auto cause = cause_from(word);
    if (!cause) return CallScript::Outcome{luaL_error(L, "hangup: there is no cause \"%s\"", word.c_str())};
    ending.cause = *cause;
  }
  ending.text = check_text(L, 3, kLongestText, "the text");
  return script.hangup(L, std::move(ending));
}

int call_hangup(lua_State* L) { return CallScript::give_way(L, hang_up(L)); }

int call_log(lua_State* L) {
  check_object(L, 1, kCall);
  return log_from_lua(L, 2);
}

int call_act_for(lua_State* L) {
  auto& script = check_object(L, 1, kCall);
  const auto id = check_text(L, 2, kLongestText, "the user's id");
  Runtime::of(L).meter().charge(L, 1000);
  auto user = Runtime::of(L).services().directory->user(id);
  auto* const speaker = dynamic_cast<SpeaksFor*>(&script.call());
  if (user == nullptr || speaker == nullptr) return luaL_error(L, "act_for: there is no user \"%s\"", id.c_str());
  speaker->act_for(std::move(user));
  return 0;
}

int handler_returned(lua_State* L, int /*status*/, lua_KContext /*context*/) {
  lua_pushboolean(L, 1);
  return 1;
}

int call_run(lua_State* L) {
  lua_settop(L, 3);
  bool found = false;
  {
    auto& script = check_object(L, 1, kCall);
    const auto number = check_text(L, 2, kLongestNumber, "the number");
    const auto context = lua_isnil(L, 3) ? script.call().context() : check_text(L, 3, kLongestText, "the context");
    found = script.push_handler(L, context, number);
  }
  if (!found) {
    lua_pushboolean(L, 0);
    return 1;
  }
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 2);
  lua_callk(L, 2, 0, 0, handler_returned);  // nothing of ours is left on the stack that a yield would pass
  return handler_returned(L, LUA_OK, 0);
}

int call_header(lua_State* L) {
  auto& script = check_object(L, 1, kCall);
  const auto name = check_text(L, 2, kLongestKey, "the header's name");
  if (name.empty()) return luaL_error(L, "header: takes a name");
  Runtime::of(L).meter().charge(L, 500);
  const auto value = script.call().header(name);
  if (!value) {
    lua_pushnil(L);
  } else {
    lua_pushlstring(L, value->data(), std::min(value->size(), kLongestHeader));
  }
  return 1;
}

// Upvalue 1: the methods that have been asked for so far, by name. They look their verb up when called, so an unloaded one is missed then.
int call_index(lua_State* L) {
  auto& script = check_object(L, 1, kCall);
  const auto key = check_key(L);
  for (const auto& field : kFields) {
    if (field.name != key) continue;
    field.push(L, script);
    return 1;
  }
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  if (!script.has_verb(key)) return script.unknown_verb(L, std::string(key));
  lua_pushvalue(L, 2);
  lua_pushvalue(L, 2);
  lua_pushcclosure(L, call_verb, 1);
  lua_pushvalue(L, -1);
  lua_replace(L, 3);
  lua_rawset(L, lua_upvalueindex(1));
  lua_pushvalue(L, 3);
  return 1;
}

int call_set(lua_State* L) {
  return luaL_error(L, "call.%s cannot be set; a call carries what you want to keep in call.vars", std::string(check_key(L)).c_str());
}

int call_name(lua_State* L) {
  lua_pushliteral(L, "call");
  return 1;
}

int caller_index(lua_State* L) {
  const Party& caller = check_object(L, 1, kCaller).call().caller_identity();
  const auto key = check_key(L);
  if (key == "number") {
    push_text(L, caller.number);
  } else if (key == "name") {
    push_text(L, caller.name);
  } else if (key == "restricted") {
    lua_pushboolean(L, caller.restricted ? 1 : 0);
  } else {
    return luaL_error(L, "a caller has number, name and restricted, but no \"%s\"", std::string(key).c_str());
  }
  return 1;
}

int caller_set(lua_State* L) {
  Party& caller = check_object(L, 1, kCaller).call().caller_identity();
  const auto key = check_key(L);
  if (key == "number") {
    caller.number = check_text(L, 3, kLongestNumber, "the caller's number");
  } else if (key == "name") {
    caller.name = check_text(L, 3, kLongestText, "the caller's name");
  } else if (key == "restricted") {
    caller.restricted = lua_toboolean(L, 3) != 0;
  } else {
    return luaL_error(L, "a caller has number, name and restricted, but no \"%s\"", std::string(key).c_str());
  }
  return 0;
}

int variable_index(lua_State* L) {
  const auto& variables = check_object(L, 1, kVariables).call().variables();
  const auto it = variables.find(check_key(L));
  if (it == variables.end()) {
    lua_pushnil(L);
  } else {
    push_text(L, it->second);
  }
  return 1;
}

int variable_set(lua_State* L) {
  auto& variables = check_object(L, 1, kVariables).call().variables();
  const auto key = check_key(L);
  const auto it = variables.find(key);
  if (lua_isnil(L, 3)) {
    if (it != variables.end()) variables.erase(it);
    return 0;
  }
  auto text = check_text(L, 3, kLongestVariable, "a variable");
  if (it != variables.end()) {
    it->second = std::move(text);
  } else if (variables.size() < kMostVariables) {
    variables.emplace(std::string(key), std::move(text));
  } else {
    return luaL_error(L, "a call has at most %d variables", static_cast<int>(kMostVariables));
  }
  return 0;
}

constexpr Binding kMethods[] = {
    {"hangup", call_hangup, "hangup(cause?: string, text?: string)",
     "Ends the call and never returns. The cause is a word (\"normal\", \"busy\", \"no-answer\", \"rejected\", \"unallocated\", "
     "\"invalid-number\", \"forbidden\", \"congestion\", ...) or a Q.850 number; a caller who is not answered yet gets the status that "
     "fits, and "
     "the text as its reason.",
     "if not call.user then call:hangup(\"forbidden\", \"Not permitted while logged out\") end"},
    {"header", call_header, "header(name: string) -> string?",
     "A header of the message that began the call, as the far end wrote it; nil when it has none of that name. It is hostile text: look at "
     "its form before you use it, and escape it before it goes into a url.",
     "local alert = call:header(\"Alert-Info\")\nif alert and alert:find(\"ringer=2\", 1, true) then call.vars.ringer = \"2\" end"},
    {"act_for", call_act_for, "act_for(user: string)",
     "From here on it is that person's call, whoever's phone or trunk it came from: class, user and caller are the person's, and so is the "
     "entry in the books. Only after the person has shown who it is: verify_pin.",
     "local user = directory.user(\"john.doe\")\nif user then call:act_for(user.id) end"},
    {"run", call_run, "run(number: string, context?: string) -> boolean",
     "Does what the dialplan does for a number, in the call's own context unless another is named, and comes back when that handler "
     "returns. False where nothing fits. A handler that hangs up does not come back.",
     "if not call:run(\"11002\", \"phones\") then call:play(\"prompts/not-in-service\") end"},
    {"log", call_log, "log(level?: string, ...: any)", "As the global `log`.", "call:log(\"warning\", \"dialled by\", call.caller.number)"},
};

/// A metatable that scripts cannot get at.
void make_type(lua_State* L, const char* type, lua_CFunction index, lua_CFunction set) {
  luaL_newmetatable(L, type);
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pushcfunction(L, call_name);
  lua_setfield(L, -2, "__tostring");
  lua_pushcfunction(L, set);
  lua_setfield(L, -2, "__newindex");
  if (index != nullptr) {
    lua_pushcfunction(L, index);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
  }
}

}  // namespace

void open_call_object(lua_State* L) {
  make_type(L, kCaller, caller_index, caller_set);
  make_type(L, kVariables, variable_index, variable_set);
  make_type(L, kCall, nullptr, call_set);
  lua_createtable(L, 0, 8);
  set_functions(L, kMethods);
  lua_pushcclosure(L, call_index, 1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}

std::span<const CallField> call_fields() { return kFields; }

std::span<const Binding> call_methods() { return kMethods; }

void push_call_object(lua_State* L, const CallScript& script) { push_object(L, script, kCall, 2); }

std::vector<std::string_view> call_object_names() {
  std::vector<std::string_view> names;
  for (const auto& method : kMethods) names.emplace_back(method.name);
  for (const auto& field : kFields) names.push_back(field.name);
  return names;
}

}  // namespace tandem
