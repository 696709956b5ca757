// The names of events, as scripts give them. Switch thread.
#pragma once

#include <string>

#include "lua/lua_api.h"

namespace tandem {

/// The first argument; raises in Lua unless it is small letters, digits, dots, "_" and "-".
std::string event_name_argument(lua_State* L);

}  // namespace tandem
