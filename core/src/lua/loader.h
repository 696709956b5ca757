// DialplanLoader: runs main.lua and the files that it requires, and collects the contexts that they define. Lives while one load runs.
// Switch thread.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "lua/environment.h"

namespace tandem {

class DialplanLoader {
 public:
  DialplanLoader(std::shared_ptr<Runtime> runtime, std::string path);
  ~DialplanLoader();
  DialplanLoader(const DialplanLoader&) = delete;
  DialplanLoader& operator=(const DialplanLoader&) = delete;

  Result<std::shared_ptr<const Environment>> run();

  /// `context`, `include` and `require`, into the globals on top of the stack.
  static void add_functions(lua_State* L);

 private:
  static DialplanLoader& of(lua_State* L, const char* function);
  static int lua_context(lua_State* L);
  static int lua_define(lua_State* L);
  static int lua_include(lua_State* L);
  static int lua_require(lua_State* L);

  Result<void> compile(lua_State* L, const std::string& file);
  void read_includes(lua_State* L, Context& context);
  void read_extensions(lua_State* L, Context& context);
  int line_of(const ScriptPlace& from, std::string_view extension) const;
  void freeze_globals();

  std::shared_ptr<Runtime> runtime_;
  std::shared_ptr<Environment> environment_;
  std::string folder_;
  std::string main_file_;
  Run run_;
  int globals_ = LUA_NOREF;
  int modules_ = LUA_NOREF;                     ///< what each required file returned, by file
  std::map<std::string, std::string> sources_;  ///< by file, to find the line of an extension
};

}  // namespace tandem
