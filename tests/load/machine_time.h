// Processor time of the server under test and of the whole machine, as the kernel keeps it in /proc. Any thread.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "load_support.h"

namespace tandem::load {

/// User + system time of a process and its children (a proxy is several), all threads, in microseconds; 0 when it is gone. The kernel's
/// resolution here is 10 ms.
uint64_t process_microseconds(pid_t pid);
/// Resident memory of a process, in KiB; 0 when it is gone.
uint64_t resident_kib(pid_t pid);

/// All cores together, in microseconds since the start of the machine.
struct MachineTime {
  uint64_t all = 0, idle = 0;
  static MachineTime now();
};

/// What a stretch of time costs, from its construction on.
class Meter {
 public:
  explicit Meter(pid_t server) : server_(server) {}
  uint64_t server() const { return process_microseconds(server_) - server_before_; }  ///< of the server, in microseconds
  double idle() const;                                                                ///< share of the machine that nobody used
  double others() const;                                                              ///< share that went neither to the server nor to us

 private:
  const pid_t server_;
  const uint64_t server_before_ = process_microseconds(server_);
  const MachineTime machine_before_ = MachineTime::now();
  const double own_before_ = cpu_microseconds();
};

}  // namespace tandem::load
