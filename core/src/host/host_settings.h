// HostSettings: tandem.ini as a value. Switch thread.
#pragma once

#include <string>

#include "base/hep_sender.h"
#include "base/logger.h"
#include "call/switch.h"
#include "host/loader.h"
#include "host/machine_strain.h"
#include "tandem/config.h"

namespace tandem {

struct HostSettings {
  LoaderSettings modules;
  LogSettings log;
  SwitchSettings calls;
  StrainLimits strain;
  HepSettings hep;
  FeatureSettings features;                                         ///< features.ini
  std::chrono::milliseconds stop_limit = std::chrono::seconds(60);  ///< for running calls once a graceful stop has begun
  std::string dialplan;                                             ///< path of main.lua
};

/// Sections [modules], [log], [dialplan], [limits], [hep] of tandem.ini, and features.ini. `state_folder` is where relative log files go.
/// not_found: there is no tandem.ini, so this is no configuration folder; invalid: every mistake with file and line.
Result<HostSettings> read_host_settings(const Config& config, const std::string& state_folder);

/// "notice", the words of [log] level.
std::optional<LogLevel> log_level_from(std::string_view word);

/// Where modules are when nothing is said: beside the binary, or in ../lib/tandem/modules as seen from it.
std::filesystem::path default_module_folder();

}  // namespace tandem
