// The globals of ours: log, print and the libraries of binding.h. Switch thread.
#pragma once

#include <string>

#include "lua/lua_api.h"

namespace tandem {

/// Into the table on top of the stack.
void add_script_globals(lua_State* L);

/// call:log([level,] ...) and log([level,] ...): from stack index `first` on. The line carries the running call's id.
int log_from_lua(lua_State* L, int first);

/// Pushes what scripts may know of a user, a device or a profile, or nil. Never a secret.
struct User;
struct Device;
void push_user(lua_State* L, const User* user);
void push_device(lua_State* L, const Device* device);
struct Profile;
void push_profile(lua_State* L, const Profile* profile);
/// Sets a field of the table on top; nothing there reads as nil.
void set_text(lua_State* L, const char* key, const std::string& value);

}  // namespace tandem
