#include "lua/sandbox.h"

#include "lua/libraries.h"
#include "lua/runtime.h"

namespace tandem {

namespace {

constexpr char kTemplate[] = "tandem.globals";

constexpr const char* kBase[] = {"assert", "error",  "getmetatable", "ipairs", "next",     "pairs",    "pcall", "rawequal",
                                 "rawget", "rawlen", "rawset",       "select", "tonumber", "tostring", "type"};

// xpcall with a handler that is called after the unwinding, as an ordinary function: Lua's own calls it inside the error, where a handler
// that loops cannot be stopped. The handler sees the error, but not the stack below it.
constexpr char kXpcall[] = R"lua(
local pcall = ...
local function finish(handler, ok, ...)
  if ok then return true, ... end
  return false, handler(...)
end
return function(f, handler, ...) return finish(handler, pcall(f, ...)) end
)lua";

int set_metatable(lua_State* L) {
  if (lua_type(L, 2) == LUA_TTABLE) {
    lua_pushliteral(L, "__gc");
    if (lua_rawget(L, 2) != LUA_TNIL) return luaL_error(L, "setmetatable: __gc is not available");
    lua_pop(L, 1);
  }
  return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

/// Copies names from the table at `from` into the one on top.
template <size_t N>
void copy(lua_State* L, int from, const char* const (&names)[N]) {
  for (const char* name : names) {
    lua_getfield(L, from, name);
    lua_setfield(L, -2, name);
  }
}

void wrap(lua_State* L, int from, const char* name, lua_CFunction wrapper) {
  lua_getfield(L, from, name);
  lua_pushcclosure(L, wrapper, 1);
  lua_setfield(L, -2, name);
}

void add_base(lua_State* L) {
  luaL_requiref(L, LUA_GNAME, luaopen_base, 0);
  const int base = lua_absindex(L, -1);
  lua_pushvalue(L, base - 1);
  copy(L, base, kBase);
  wrap(L, base, "setmetatable", set_metatable);
  luaL_loadbufferx(L, kXpcall, sizeof kXpcall - 1, "=xpcall", "t");
  lua_getfield(L, base, "pcall");
  lua_call(L, 1, 1);
  lua_setfield(L, -2, "xpcall");
  lua_settop(L, base - 1);
}

void add_string(lua_State* L) {
  luaL_requiref(L, LUA_STRLIBNAME, luaopen_string, 0);
  push_string_library(L, -1);
  // ("x"):rep(...) finds its methods in a copy of its own, out of reach of every script.
  lua_pushliteral(L, "");
  lua_getmetatable(L, -1);
  push_string_library(L, -4);
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 2);
  lua_remove(L, -2);
  lua_setfield(L, -2, LUA_STRLIBNAME);
}

void add_table(lua_State* L) {
  luaL_requiref(L, LUA_TABLIBNAME, luaopen_table, 0);
  push_table_library(L, -1);
  lua_remove(L, -2);
  lua_setfield(L, -2, LUA_TABLIBNAME);
}

void add_math(lua_State* L) {
  luaL_requiref(L, LUA_MATHLIBNAME, luaopen_math, 0);
  lua_setfield(L, -2, LUA_MATHLIBNAME);
}

void add_os(lua_State* L) {
  push_os_library(L);
  lua_setfield(L, -2, LUA_OSLIBNAME);
}

void copy_table(lua_State* L, int from, int depth) {
  from = lua_absindex(L, from);
  lua_createtable(L, 0, 24);
  lua_pushnil(L);
  while (lua_next(L, from) != 0) {
    lua_pushvalue(L, -2);
    if (depth == 0 && lua_type(L, -2) == LUA_TTABLE) {
      copy_table(L, -2, depth + 1);
    } else {
      lua_pushvalue(L, -2);
    }
    lua_rawset(L, -5);
    lua_pop(L, 1);
  }
}

}  // namespace

void open_sandbox(lua_State* L) {
  lua_createtable(L, 0, 24);
  add_base(L);
  add_string(L);
  add_table(L);
  add_math(L);
  add_os(L);
  lua_setfield(L, LUA_REGISTRYINDEX, kTemplate);
}

void push_globals(lua_State* L) {
  lua_getfield(L, LUA_REGISTRYINDEX, kTemplate);
  copy_table(L, -1, 0);
  lua_remove(L, -2);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, LUA_GNAME);
}

}  // namespace tandem
