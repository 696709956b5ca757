// Binding: a function of the scripts' world together with its page in the reference, so that neither can be without the other. Switch
// thread.
#pragma once

#include <span>

#include "lua/lua_api.h"

namespace tandem {

struct Binding {
  const char* name;  ///< "within"
  lua_CFunction function;
  const char* signature;  ///< "within(schedule: string, zone?: string) -> boolean": what the language server reads too
  const char* help;       ///< a paragraph
  const char* example;    ///< some lines of a handler's body; the tests run them
};

/// A table of functions among the globals ("time"), or with an empty name some of the globals themselves.
struct Library {
  const char* name;
  const char* help;
  std::span<const Binding> functions;
};

/// Into the table on top of the stack.
void set_functions(lua_State* L, std::span<const Binding> functions);

extern const Library kLogLibrary, kDirectoryLibrary, kTimeLibrary, kHttpLibrary, kJsonLibrary, kEventsLibrary;
/// All of the above, in the order of the reference.
std::span<const Library* const> libraries();

}  // namespace tandem
