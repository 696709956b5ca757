// Loader: the modules of the module folder, from shared object to running and back. Switch thread.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/module_file.h"
#include "tandem/console.h"
#include "tandem/loop.h"

namespace tandem {

class Reload;

/// [modules] of tandem.ini.
struct LoaderSettings {
  std::filesystem::path folder;
  bool autoload = false;             ///< every .so of the folder
  std::vector<std::string> load;     ///< these
  std::vector<std::string> noload;   ///< but not these
  std::vector<std::string> require;  ///< these, and without them Tandem does not start
};

enum class ModuleState : uint8_t { not_loaded, loading, running, failed, unloading };
std::string_view to_string(ModuleState state);

class Loader {
 public:
  Loader(Host& host, LoaderSettings settings) : host_(host), settings_(std::move(settings)) {}
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;
  /// Stops what still runs. Shared objects that have not been closed by then stay mapped.
  ~Loader();

  /// Loads what the settings say, each after what it requires. A module that fails is logged and shown, the others go on. An Error only
  /// when a required module does not run.
  Result<void> load_all();

  /// exists when it runs; unavailable while something that it requires does not; else why it failed.
  Result<void> load(const std::string& name);

  /// busy while calls use it or a running module requires it, with a sentence that says so. `done` is called once, when the shared object
  /// has been closed (or at once with the Error).
  void unload(const std::string& name, UniqueFunction<void(Result<void>)> done);

  /// The module judges its configuration anew; see Module::reload().
  Result<ReloadPlan> plan_reload(const std::string& name);

  /// Stops everything, in the reverse order of starting, whether in use or not.
  void unload_all();

  ModuleState state(std::string_view name) const;
  /// What runs, in the order of starting.
  const std::vector<std::string>& running() const { return started_; }
  /// Shared objects that are still open.
  size_t open_objects() const;
  /// Every module of the folder and every one that was asked for, with its state.
  Json table() const;
  /// One module in full. not_found when there is no such thing.
  Result<Json> describe(const std::string& name) const;

 private:
  struct Entry {
    ModuleState state = ModuleState::not_loaded;
    std::string reason;                         // why it failed
    std::optional<ModuleFile> file;             // open: it runs, or is about to be closed
    std::unique_ptr<Module> module;             // after the file: destroyed before that is closed
    UniqueFunction<void(Result<void>)> closed;  // who waits for the file to be closed
    std::unique_ptr<Timer> retry;
    WallTime since{};
  };

  Result<void> start(const std::string& name, ModuleFile file);
  Result<void> fail(const std::string& name, const Error& why);
  Result<void> check_requirements(const std::string& name, const ModuleFile& file) const;
  Result<void> may_unload(const std::string& name);
  void stop(const std::string& name, ModuleState after);
  void close_when_quiet(const std::string& name, int rounds);
  void close(const std::string& name);
  Json row(const std::string& name, const Entry& entry) const;

  Host& host_;
  const LoaderSettings settings_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::vector<std::string> started_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for tasks that are still in the loop when we go
};

/// The names that `settings` ask for: loaded, required, or found in the folder when it loads by itself; less those not to be loaded.
std::vector<std::string> wanted_modules(const LoaderSettings& settings);

/// Opens what `settings` ask for without creating any of it, and closes it again. What is wrong, one sentence each: for `tandem check`.
std::vector<std::string> check_modules(const LoaderSettings& settings);

/// module show|load|unload|reload.
std::vector<Registration> register_module_commands(Console& console, Loader& loader, Reload& reload);

}  // namespace tandem
