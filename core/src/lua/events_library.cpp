// events.publish.
#include <algorithm>

#include "lua/binding.h"
#include "lua/call_script.h"
#include "lua/event_name.h"
#include "lua/lua_value.h"
#include "lua/runtime.h"
#include "lua/script_events.h"

namespace tandem {

namespace {

int events_publish(lua_State* L) {
  auto& runtime = Runtime::of(L);
  if (runtime.running()->loader != nullptr)
    return luaL_error(L, "events can only be published in a call, not while the dialplan is loaded");
  const std::string name = event_name_argument(L);
  if (name.rfind("call.", 0) == 0) return luaL_error(L, "events.publish: \"call.\" is where the names of Tandem's own events begin");
  lua_settop(L, 2);
  auto arguments = lua_isnil(L, 2) ? Result<Value>(Value::array({Value::object()})) : arguments_from_lua(L, 2);
  if (!arguments) return luaL_error(L, "events.publish: %s", arguments.error().message.c_str());
  Value data = std::move((*arguments)[0]);
  if (data.is_array() && data.empty()) data = Value::object();
  if (!data.is_object()) return luaL_error(L, "events.publish: takes a name and a table with named fields");
  runtime.meter().charge(L, 200);
  auto* script = runtime.running()->script;
  if (script != nullptr) {
    script->publish(L, name, std::move(data));
  } else {
    runtime.events().publish(L, name, std::move(data), {});
  }
  return 0;
}

constexpr Binding kFunctions[] = {
    {"publish", events_publish, "publish(name: string, data?: table)",
     "Tells an event to the dialplan's own handlers (see `on`) and to every module that listens. Names are written in the past tense with "
     "dots; those that begin with \"call.\" are Tandem's own. It is told when the script next waits or ends.",
     "events.publish(\"door.opened\", {door = \"front\", by = call.caller.number})"},
};

}  // namespace

const Library kEventsLibrary{"events", "Facts that are told to whoever wants to know.", kFunctions};

std::string event_name_argument(lua_State* L) {
  constexpr size_t kLongest = 64;
  size_t length = 0;
  const char* data = luaL_checklstring(L, 1, &length);
  const std::string_view name(data, length);
  const bool fits = !name.empty() && name.size() <= kLongest && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
  if (!fits) luaL_error(L, "an event's name is 1 to %d small letters, digits, dots, \"_\" and \"-\"", static_cast<int>(kLongest));
  return std::string(name);
}

}  // namespace tandem
