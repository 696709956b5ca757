// Processor time of the server under test and of the whole machine, as the kernel keeps it in /proc. Any thread.
#pragma once

#include <sys/types.h>

#include <cstdint>

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

}  // namespace tandem::load
