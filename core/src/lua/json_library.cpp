// json.decode and json.encode, bounded: depth and text by us, values by the meter.
#include "lua/binding.h"
#include "lua/libraries.h"
#include "lua/lua_value.h"
#include "lua/runtime.h"

namespace tandem {

namespace {

/// Deeper than scripts can be given: looked at before anything is built.
bool too_deep(std::string_view text) {
  int depth = 0;
  bool inside_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (inside_string) {
      if (text[i] == '\\') ++i;
      if (i < text.size() && text[i] == '"') inside_string = false;
    } else if (text[i] == '"') {
      inside_string = true;
    } else if (text[i] == '[' || text[i] == '{') {
      if (++depth > kDeepestValue) return true;
    } else if (text[i] == ']' || text[i] == '}') {
      --depth;
    }
  }
  return false;
}

int fail(lua_State* L, const char* sentence) {
  lua_pushnil(L);
  lua_pushstring(L, sentence);
  return 2;
}

int json_decode(lua_State* L) {
  size_t length = 0;
  const char* data = luaL_checklstring(L, 1, &length);
  const std::string_view text(data, length);
  Runtime::of(L).meter().charge(L, static_cast<int64_t>(length) / 2 + 50);
  if (length > kLongestString) return fail(L, "the text is too long");
  if (too_deep(text)) return fail(L, "the value is nested too deeply");
  const auto value = Value::parse(text, nullptr, false);
  if (value.is_discarded()) return fail(L, "the text is no JSON");
  push_value(L, value);
  return 1;
}

int json_encode(lua_State* L) {
  luaL_checkany(L, 1);
  lua_settop(L, 1);
  std::string text;
  {
    const auto value = arguments_from_lua(L, 1);
    if (!value) return luaL_error(L, "json.encode: %s", value.error().message.c_str());
    text = (*value)[0].dump();
  }
  Runtime::of(L).meter().charge(L, static_cast<int64_t>(text.size()) / 2 + 50);
  lua_pushlstring(L, text.data(), text.size());
  return 1;
}

constexpr Binding kFunctions[] = {
    {"decode", json_decode, "decode(text: string) -> any, string?",
     "The value that a JSON text stands for; nil and a sentence when it is none, is longer than 64 KiB or nested too deeply. null becomes "
     "nil.",
     "local customer = json.decode('{\"name\": \"Smith\", \"vip\": true}')\nif customer and customer.vip then call.vars.vip = \"yes\" end"},
    {"encode", json_encode, "encode(value: any) -> string",
     "The JSON text of a value. A table with positions 1, 2, 3 becomes an array, one with names an object, an empty one an array.",
     "call:log(json.encode{caller = call.caller.number, wants = {\"sales\", \"support\"}})"},
};

}  // namespace

const Library kJsonLibrary{"json", "Values as JSON text, for what http.get brings and http.post takes.", kFunctions};

}  // namespace tandem
