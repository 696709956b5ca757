// ModuleFile: one shared object, opened and looked at, not yet trusted to run. Switch thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/module.h"

namespace tandem {

class ModuleFile {
 public:
  /// Opens FOLDER/NAME.so and checks its symbol, ABI number, build and name. not_found when there is no such file; invalid for a name that
  /// is no module name, and for a file that is no module of this build, with a sentence that says what differs.
  static Result<ModuleFile> open(const std::filesystem::path& folder, const std::string& name);

  const ModuleInfo& info() const { return *info_; }
  std::vector<std::string> requirements() const;
  /// Closes the object now. False when the system keeps it mapped all the same (something in it cannot be undone): its old code would run
  /// again after the next open().
  bool close();
  /// Never closes the object: for the end of the process, where somebody may still hold a pointer into it.
  void leave_open() { (void)handle_.release(); }

 private:
  struct Close {
    void operator()(void* handle) const;
  };
  explicit ModuleFile(void* handle) : handle_(handle) {}

  std::unique_ptr<void, Close> handle_;
  const ModuleInfo* info_ = nullptr;
  std::string path_;
};

/// What differs between two build ids of the form "key=value key=value": "built with asserts=on, this core has asserts=off".
std::string build_difference(std::string_view module, std::string_view core);

/// "app_echo": lower-case letters, digits and underscores. Nothing that could leave the module folder.
bool is_module_name(std::string_view name);

}  // namespace tandem
