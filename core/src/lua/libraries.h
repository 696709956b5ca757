// The library functions that scripts get: Lua's own where a hook fires inside them or their work is small, behind bounds or written anew
// where not. Each function here takes its cost from the running coroutine's Meter. Switch thread.
#pragma once

#include "lua/lua_api.h"

namespace tandem {

/// No string or table that passes through a library function is longer.
inline constexpr size_t kLongestString = 64 * 1024;
inline constexpr lua_Integer kLongestTable = 10'000;

/// Each pushes a fresh table. `originals` is the stack index of the library as Lua ships it.
void push_string_library(lua_State* L, int originals);
void push_table_library(lua_State* L, int originals);

/// find, match, gmatch, gsub, into the table on top of the stack.
void add_pattern_functions(lua_State* L);

}  // namespace tandem
