// The `call` that a handler gets: what a script sees of its call, and its way to the verbs. Switch thread.
//
// Its fields and methods are the tables of call_object.cpp; every verb of the VerbTable is a method too.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "lua/binding.h"

namespace tandem {

class CallScript;

/// Once a state: makes the metatables.
void open_call_object(lua_State* L);
/// Pushes the object of this script.
void push_call_object(lua_State* L, const CallScript& script);
/// What call.NAME is, for the reference and for itself.
struct CallField {
  std::string_view name;
  const char* type;  ///< as the language server writes it
  const char* help;
  void (*push)(lua_State* L, const CallScript& script);
};
std::span<const CallField> call_fields();
/// hangup and log: the methods that are no verbs.
std::span<const Binding> call_methods();
/// The names of both, that are no verbs of the table, to guess what somebody meant.
std::vector<std::string_view> call_object_names();

}  // namespace tandem
