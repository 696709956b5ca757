#include "machine_time.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace tandem::load {
namespace {

uint64_t microseconds(uint64_t ticks) { return ticks * 1'000'000 / static_cast<uint64_t>(::sysconf(_SC_CLK_TCK)); }

double share(uint64_t part, uint64_t whole) { return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole); }

uint64_t own_ticks(pid_t pid) {
  std::string line;
  std::getline(std::ifstream(fmt::format("/proc/{}/stat", pid)), line);
  // The second field is the program's name in brackets and may hold anything; user and system time are the 12th and 13th after it.
  const size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(line.substr(name_end + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  uint64_t user = 0, system = 0;
  fields >> user >> system;
  return user + system;
}

}  // namespace

uint64_t process_microseconds(pid_t pid) {
  uint64_t ticks = own_ticks(pid);
  std::ifstream children(fmt::format("/proc/{}/task/{}/children", pid, pid));
  for (pid_t child = 0; children >> child;) ticks += own_ticks(child);
  return microseconds(ticks);
}

uint64_t resident_kib(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/statm", pid));
  uint64_t all = 0, resident = 0;
  file >> all >> resident;
  return resident * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE)) / 1024;
}

MachineTime MachineTime::now() {
  std::ifstream file("/proc/stat");
  std::string name;
  file >> name;
  MachineTime time;
  // user nice system idle iowait irq softirq steal; what follows (guest) is counted in user already.
  for (int i = 0; i < 8; ++i) {
    uint64_t ticks = 0;
    file >> ticks;
    time.all += microseconds(ticks);
    if (i == 3 || i == 4) time.idle += microseconds(ticks);
  }
  return time;
}

double Meter::idle() const {
  const auto now = MachineTime::now();
  return share(now.idle - machine_before_.idle, now.all - machine_before_.all);
}

double Meter::others() const {
  const auto now = MachineTime::now();
  const uint64_t all = now.all - machine_before_.all, idle = now.idle - machine_before_.idle;
  const uint64_t known = idle + server() + static_cast<uint64_t>(cpu_microseconds() - own_before_);
  return share(all > known ? all - known : 0, all);
}

}  // namespace tandem::load
