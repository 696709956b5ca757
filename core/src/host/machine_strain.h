// MachineStrain: whether the machine has room for new calls, by its load average and free memory. Switch thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "tandem/loop.h"

namespace tandem {

struct StrainLimits {
  double load = 0;           ///< one-minute load average; 0: no limit
  uint64_t free_memory = 0;  ///< bytes that must be available; 0: no limit
  friend bool operator==(const StrainLimits&, const StrainLimits&) = default;
};

struct MachineState {
  double load = 0;
  uint64_t available_memory = 0;
};
/// The kernel's own figures (/proc). Empty where they cannot be read.
std::optional<MachineState> machine_state();

/// Why no new call should be taken ("the load average is 8.2, more than 4"), or empty.
std::string strain(const StrainLimits& limits, const MachineState& state);

/// Looks once a second while there is a limit, and tells what strain() says whenever that changes.
class MachineStrain {
 public:
  MachineStrain(Loop& loop, std::function<void(std::string)> tell) : tell_(std::move(tell)), timer_(loop) {}
  void configure(const StrainLimits& limits);

 private:
  void look();

  std::function<void(std::string)> tell_;
  StrainLimits limits_;
  bool strained_ = false;
  Timer timer_;
};

}  // namespace tandem
