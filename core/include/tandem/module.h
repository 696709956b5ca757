// Module: what a shared object in modules/ exports. One constant struct, one object; see modules/app_echo for the smallest.
#pragma once

#include <fmt/core.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tandem/build_id.h"
#include "tandem/function.h"
#include "tandem/host.h"
#include "tandem/result.h"

namespace tandem {

/// What a reload would do, once the new configuration has been found good.
struct ReloadPlan {
  /// What differs but takes effect at the next start only, as --set names it: "sip/udp/port", or "sip/udp" for the whole section.
  std::vector<std::string> at_start;
  /// Takes the new configuration into force, all but the above. Must not fail; calls and registrations stay. Null: nothing to do.
  Task apply;
};

/// A loaded module. All calls on the switch thread, in this order: create, start, [reload ...], in_use, stop, destructor.
class Module {
 public:
  virtual ~Module() = default;
  /// Begin to serve. An Error unloads the module again; its sentence is shown by `module show`.
  virtual Result<void> start() = 0;
  /// Read the configuration anew and judge it whole, changing nothing. The plan is applied only when everybody has agreed to the new
  /// configuration; else it is destroyed. invalid: every mistake with file and line.
  virtual Result<ReloadPlan> reload() { return ReloadPlan(); }
  /// Why it cannot be unloaded now ("3 calls are in the echo test"), or empty.
  virtual std::string in_use() { return {}; }
  /// Stop taking new work. The destructor follows and undoes every Registration.
  virtual void stop() {}
};

/// The one exported symbol is `tandem_module`, of this type.
struct ModuleInfo {
  int abi;            ///< kModuleAbi
  const char* build;  ///< build_id(): compiler, ABI, sanitizers, library versions, hash of these headers
  const char* name;   ///< "app_echo": also its file name without .so
  const char* version;
  const char* summary;       ///< one sentence for `module show`
  const char* requirements;  ///< names of modules that must run first, separated by spaces
  std::unique_ptr<Module> (*create)(Host& host);
  Result<void> (*check)(const Config& config);  ///< the class's check(), see module_check(); null: it has none
};

inline constexpr int kModuleAbi = 1;

/// A module class whose settings can be wrong has `static Result<void> check(const Config&)` for `tandem check`: it reads and judges them,
/// touches nothing else, and returns all mistakes, one a line.
template <class M>
constexpr auto module_check() -> Result<void> (*)(const Config&) {
  if constexpr (requires(const Config& config) { M::check(config); }) {
    return [](const Config& config) -> Result<void> { return M::check(config); };
  } else {
    return nullptr;
  }
}

}  // namespace tandem

#define TANDEM_MODULE(NAME, SUMMARY, REQUIREMENTS, CLASS)                                                        \
  extern "C" __attribute__((visibility("default"))) const ::tandem::ModuleInfo tandem_module {                   \
    ::tandem::kModuleAbi, ::tandem::kBuildId, NAME, TANDEM_VERSION, SUMMARY, REQUIREMENTS,                       \
        [](::tandem::Host& host) -> std::unique_ptr<::tandem::Module> { return std::make_unique<CLASS>(host); }, \
        ::tandem::module_check<CLASS>()                                                                          \
  }
