// DialplanLoader: runs main.lua and the files that it requires, and collects the contexts that they define. Lives while one load runs.
// Switch thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "lua/binding.h"
#include "lua/environment.h"

namespace tandem {

class DialplanLoader {
 public:
  /// Adds to the globals on top of the stack.
  using AddFunctions = std::function<void(lua_State*)>;

  /// `file` is in `folder`. `of_tests` is null for a dialplan, which must then define a context.
  DialplanLoader(std::shared_ptr<Runtime> runtime, std::string folder, std::string file, const AddFunctions& of_tests);
  ~DialplanLoader();
  DialplanLoader(const DialplanLoader&) = delete;
  DialplanLoader& operator=(const DialplanLoader&) = delete;

  Result<std::shared_ptr<const Environment>> run();

  // For load_functions().
  static int lua_context(lua_State* L);
  static int lua_include(lua_State* L);
  static int lua_require(lua_State* L);
  static int lua_on(lua_State* L);
  static int lua_policy(lua_State* L);

 private:
  static DialplanLoader& of(lua_State* L, const char* function);
  static int lua_define(lua_State* L);

  Result<void> compile(lua_State* L, const std::string& file);
  void read_includes(lua_State* L, Context& context);
  void read_extensions(lua_State* L, Context& context);
  int line_of(const ScriptPlace& from, std::string_view extension) const;
  void freeze_globals();

  std::shared_ptr<Runtime> runtime_;
  std::shared_ptr<Environment> environment_;
  std::string folder_;
  std::string main_file_;
  const bool for_tests_;
  Run run_;
  int globals_ = LUA_NOREF;
  int modules_ = LUA_NOREF;                     ///< what each required file returned, by file
  std::map<std::string, std::string> sources_;  ///< by file, to find the line of an extension
};

/// `context`, `include`, `require` and `on`.
std::span<const Binding> load_functions();

/// Where the Lua function stands that called the C function which runs now.
ScriptPlace place_of_caller(lua_State* L);

}  // namespace tandem
