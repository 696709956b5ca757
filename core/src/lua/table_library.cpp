#include <bit>

#include "lua/libraries.h"
#include "lua/runtime.h"

namespace tandem {

namespace {

constexpr lua_Integer kMostUnpacked = 1000;
constexpr size_t kBytesPerStep = 32;

void charge(lua_State* L, lua_Integer steps) { Runtime::of(L).meter().charge(L, steps + 1); }

int original(lua_State* L) { return lua_tocfunction(L, lua_upvalueindex(1))(L); }

/// The length of a table without metamethods: with them every step could be a call, and its length whatever they say.
lua_Integer check_plain(lua_State* L, int index) {
  luaL_checktype(L, index, LUA_TTABLE);
  for (const char* method : {"__index", "__newindex", "__len"}) {
    if (luaL_getmetafield(L, index, method) != LUA_TNIL) luaL_error(L, "a table with %s cannot be given to a table function", method);
  }
  const auto length = static_cast<lua_Integer>(lua_rawlen(L, index));
  if (length > kLongestTable) luaL_error(L, "the table has more than %d elements", static_cast<int>(kLongestTable));
  return length;
}

/// How many positions lie from `first` to `last`; an error if that is more than `most`.
lua_Integer check_range(lua_State* L, lua_Integer first, lua_Integer last, lua_Integer most) {
  if (last < first) return 0;
  // Unsigned, because the distance of two integers may not fit one.
  const auto distance = static_cast<lua_Unsigned>(last) - static_cast<lua_Unsigned>(first);
  if (distance >= static_cast<lua_Unsigned>(most)) luaL_error(L, "a range of more than %d elements", static_cast<int>(most));
  return static_cast<lua_Integer>(distance) + 1;
}

int insert(lua_State* L) {
  charge(L, check_plain(L, 1) / 4);
  return original(L);
}

int concat(lua_State* L) {
  const lua_Integer length = check_plain(L, 1);
  const lua_Integer first = luaL_optinteger(L, 3, 1);
  const lua_Integer last = luaL_optinteger(L, 4, length);
  const lua_Integer count = check_range(L, first, last, kLongestTable);
  charge(L, count);
  size_t bytes = static_cast<size_t>(count) * (lua_type(L, 2) == LUA_TSTRING ? lua_rawlen(L, 2) : 0);
  for (lua_Integer i = 0; i < count && bytes <= kLongestString; ++i) {
    if (lua_rawgeti(L, 1, first + i) == LUA_TSTRING) bytes += lua_rawlen(L, -1);
    lua_pop(L, 1);
  }
  if (bytes > kLongestString)
    return luaL_error(L, "table.concat: the result would be longer than %d bytes", static_cast<int>(kLongestString));
  charge(L, static_cast<lua_Integer>(bytes / kBytesPerStep));
  return original(L);
}

int move(lua_State* L) {
  check_plain(L, 1);
  if (!lua_isnoneornil(L, 5)) check_plain(L, 5);
  charge(L, check_range(L, luaL_checkinteger(L, 2), luaL_checkinteger(L, 3), kLongestTable));
  return original(L);
}

int unpack(lua_State* L) {
  const lua_Integer length = check_plain(L, 1);
  charge(L, check_range(L, luaL_optinteger(L, 2, 1), luaL_optinteger(L, 3, length), kMostUnpacked));
  return original(L);
}

int sort(lua_State* L) {
  const lua_Integer length = check_plain(L, 1);
  size_t bytes = 0;
  for (lua_Integer i = 1; i <= length; ++i) {
    if (lua_rawgeti(L, 1, i) == LUA_TSTRING) bytes += lua_rawlen(L, -1);
    lua_pop(L, 1);
  }
  const auto depth = static_cast<lua_Integer>(std::bit_width(static_cast<lua_Unsigned>(length)));
  charge(L, (length + static_cast<lua_Integer>(bytes / kBytesPerStep)) * depth);
  return original(L);
}

}  // namespace

void push_table_library(lua_State* L, int originals) {
  originals = lua_absindex(L, originals);
  constexpr luaL_Reg kFunctions[] = {{"insert", insert}, {"remove", insert}, {"concat", concat}, {"move", move},
                                     {"unpack", unpack}, {"sort", sort},     {"pack", original}};
  lua_createtable(L, 0, 8);
  for (const auto& function : kFunctions) {
    lua_getfield(L, originals, function.name);
    lua_pushcclosure(L, function.func, 1);
    lua_setfield(L, -2, function.name);
  }
}

}  // namespace tandem
