#include "host/machine_strain.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>

namespace tandem {
namespace {

// "MemAvailable:   123456 kB": what programs can still get without swapping (proc(5)).
std::optional<uint64_t> available_memory() {
  std::ifstream file("/proc/meminfo");
  for (std::string word; file >> word;) {
    uint64_t kilobytes = 0;
    if (word == "MemAvailable:" && file >> kilobytes) return kilobytes * 1024;
  }
  return std::nullopt;
}

}  // namespace

std::optional<MachineState> machine_state() {
  MachineState state;
  const auto memory = available_memory();
  if (!memory || ::getloadavg(&state.load, 1) != 1) return std::nullopt;
  state.available_memory = *memory;
  return state;
}

std::string strain(const StrainLimits& limits, const MachineState& state) {
  if (limits.load > 0 && state.load > limits.load) {
    return fmt::format("the load average is {:.2f}, more than {:.2f}", state.load, limits.load);
  }
  if (limits.free_memory > 0 && state.available_memory < limits.free_memory) {
    return fmt::format("{} MiB of memory are free, less than {}", state.available_memory >> 20, limits.free_memory >> 20);
  }
  return {};
}

void MachineStrain::configure(const StrainLimits& limits) {
  limits_ = limits;
  look();
}

void MachineStrain::look() {
  const bool limited = limits_.load > 0 || limits_.free_memory > 0;
  const auto state = limited ? machine_state() : std::nullopt;
  std::string why = state ? strain(limits_, *state) : "";
  if (!why.empty() || strained_) {
    strained_ = !why.empty();
    tell_(std::move(why));
  }
  if (limited) timer_.start(std::chrono::seconds(1), [this] { look(); });
}

}  // namespace tandem
