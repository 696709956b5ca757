// The `call` that a handler gets: what a script sees of its call, and its way to the verbs. Switch thread.
//
//   call.id  call.dialled  call.context  call.class     text (class: nil for trunks)
//   call.caller.number  .name  .restricted              readable and writable: what the called side is shown
//   call.device  call.user                              tables, or nil
//   call.vars.NAME                                      readable and writable text, for the record and for other modules
//   call:hangup([cause [, text]])                       never returns
//   call:log([level,] ...)
//   call:VERB(...)                                      any verb of the VerbTable
#pragma once

#include <string_view>
#include <vector>

#include "lua/lua_api.h"

namespace tandem {

class CallScript;

/// Once a state: makes the metatables.
void open_call_object(lua_State* L);
/// Pushes the object of this script.
void push_call_object(lua_State* L, const CallScript& script);
/// The names above that are no verbs of the table, to guess what somebody meant.
std::vector<std::string_view> call_object_names();

}  // namespace tandem
