// Values between Lua and C++: the arguments and results of verbs. Switch thread.
//
// nil, booleans, whole numbers, other finite numbers and UTF-8 strings are what they are. Of tables
//   {"a", "b"}               becomes an array       ["a", "b"]           also {}: []
//   {delay = 4}              becomes an object      {"delay": 4}
//   {"a", "b", delay = 4}    becomes an object with the positional part under "list": {"list": ["a", "b"], "delay": 4}
// Anything else (functions, gaps in a sequence, keys that are neither positions nor names) is refused. Metatables are not looked at.
#pragma once

#include "lua/lua_api.h"
#include "tandem/result.h"
#include "tandem/verb.h"

namespace tandem {

inline constexpr int kDeepestValue = 16;
inline constexpr size_t kMostValueItems = 2000;       ///< in one conversion, over all depths
inline constexpr size_t kMostValueBytes = 64 * 1024;  ///< of text in one conversion

/// The values from stack index `first` to the top as one array. invalid or exhausted with a sentence. Raises nothing, leaves the stack as
/// it was.
Result<Value> arguments_from_lua(lua_State* L, int first);
/// Pushes one value; what is nested too deeply becomes nil. May raise for want of memory.
void push_value(lua_State* L, const Value& value);

}  // namespace tandem
