// Sandbox: the globals that a script sees. No files, no processes, no bytecode, no debug, no coroutines, no __gc, no control of the
// collector; what is left is bounded (meter.h, libraries.h). Switch thread.
#pragma once

#include "lua/lua_api.h"

namespace tandem {

/// Once a state, unprotected and unmetered: makes the template of the globals and ties strings' methods to the bounded library.
void open_sandbox(lua_State* L);

/// Pushes clock, date and time, the latter two by the clock of the running script (time_library.cpp).
void push_os_library(lua_State* L);

/// Pushes a fresh copy of the globals, so that what one dialplan changes is not seen by the next.
void push_globals(lua_State* L);

}  // namespace tandem
