#include "lua/binding.h"

#include <array>

namespace tandem {

void set_functions(lua_State* L, std::span<const Binding> functions) {
  for (const auto& binding : functions) {
    lua_pushcfunction(L, binding.function);
    lua_setfield(L, -2, binding.name);
  }
}

std::span<const Library* const> libraries() {
  static constexpr std::array kAll{&kLogLibrary, &kDirectoryLibrary, &kTimeLibrary, &kHttpLibrary, &kJsonLibrary, &kEventsLibrary};
  return kAll;
}

}  // namespace tandem
