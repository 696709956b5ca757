#include <algorithm>
#include <cstring>

#include "lua/libraries.h"
#include "lua/runtime.h"

namespace tandem {

namespace {

constexpr size_t kBytesPerStep = 32;  // what copying or scanning does in the time of about one instruction
constexpr lua_Integer kMostBytesAsNumbers = 1000;

/// Wraps a function of Lua's own whose work grows with its string arguments: bounds them, charges them, goes on there.
int bounded_by_arguments(lua_State* L) {
  size_t bytes = 0;
  for (int i = 1; i <= lua_gettop(L); ++i) {
    if (lua_type(L, i) == LUA_TSTRING) bytes += lua_rawlen(L, i);
  }
  if (bytes > kLongestString) return luaL_error(L, "more than %d bytes of text", static_cast<int>(kLongestString));
  Runtime::of(L).meter().charge(L, static_cast<int64_t>(bytes / kBytesPerStep) + 1);
  return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

int repeat(lua_State* L) {
  const size_t length = lua_rawlen(L, 1) + (lua_type(L, 3) == LUA_TSTRING ? lua_rawlen(L, 3) : 0);
  const lua_Integer count = luaL_checkinteger(L, 2);
  if (count > 0 && length > 0 && static_cast<lua_Unsigned>(count) > kLongestString / length) {
    return luaL_error(L, "string.rep: the result would be longer than %d bytes", static_cast<int>(kLongestString));
  }
  if (count > 0) Runtime::of(L).meter().charge(L, static_cast<int64_t>(static_cast<size_t>(count) * (length + 4) / kBytesPerStep));
  return bounded_by_arguments(L);
}

int bytes(lua_State* L) {
  const auto length = static_cast<lua_Integer>(lua_rawlen(L, 1));
  const auto position = [&](int index, lua_Integer fallback) {
    const lua_Integer at = luaL_optinteger(L, index, fallback);
    return at < 0 ? at + length + 1 : at;
  };
  const lua_Integer first = std::max<lua_Integer>(position(2, 1), 1);
  const lua_Integer last = std::min(lua_isnoneornil(L, 3) ? first : position(3, first), length);
  if (last - first >= kMostBytesAsNumbers) return luaL_error(L, "string.byte: more than %d at once", static_cast<int>(kMostBytesAsNumbers));
  return bounded_by_arguments(L);
}

void wrap(lua_State* L, int originals, const char* name, lua_CFunction wrapper) {
  lua_getfield(L, originals, name);
  lua_pushcclosure(L, wrapper, 1);
  lua_setfield(L, -2, name);
}

}  // namespace

void push_string_library(lua_State* L, int originals) {
  originals = lua_absindex(L, originals);
  lua_createtable(L, 0, 16);
  for (const char* name : {"char", "format", "len", "lower", "reverse", "sub", "upper"}) wrap(L, originals, name, bounded_by_arguments);
  wrap(L, originals, "rep", repeat);
  wrap(L, originals, "byte", bytes);
  add_pattern_functions(L);
}

}  // namespace tandem
