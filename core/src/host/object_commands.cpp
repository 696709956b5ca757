#include "host/object_commands.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/heap.h"
#include "host/host.h"

namespace tandem {
namespace {

size_t entries(const char* folder) {
  std::error_code gone;
  size_t count = 0;
  for (auto it = std::filesystem::directory_iterator(folder, gone); it != std::filesystem::directory_iterator(); it.increment(gone))
    ++count;
  return count;
}

Json objects(HostImpl& host) {
  size_t legs = 0;
  for (const auto* call : host.calls().all()) legs += call->legs().size();
  return {{"calls", host.calls().calls()},
          {"legs", legs},
          {"coroutines", host.dialplan().coroutines()},
          {"rtp ports", host.media().totals().ports_open},
          {"timers", host.loop().timers()},
          {"descriptors", entries("/proc/self/fd") - 1},  // less the one that looks
          {"threads", entries("/proc/self/task")}};
}

size_t resident_kib() {
  std::ifstream file("/proc/self/statm");
  size_t pages = 0;
  file >> pages >> pages;
  return pages * static_cast<size_t>(::sysconf(_SC_PAGESIZE)) / 1024;
}

// The resident size says little about what is kept: freed memory mostly stays with the allocator, and is used again.
Json memory(HostImpl& host) {
  const HeapUse heap = heap_use();
  return {{"used KiB", heap.used / 1024},
          {"free KiB", heap.kept / 1024},
          {"of it lua KiB", host.dialplan().bytes() / 1024},
          {"resident KiB", resident_kib()}};
}

}  // namespace

std::vector<Registration> register_object_commands(Console& console, HostImpl& host) {
  std::vector<Registration> made;
  const auto add = [&](std::string words, std::string help, auto answer) {
    auto run = [&host, answer](const auto&, ConsoleReply reply) { reply(answer(host)); };
    if (auto added = console.add({std::move(words), "", std::move(help), run})) made.push_back(std::move(*added));
  };
  add("core show objects", "How many calls, legs, scripts, RTP ports, timers, descriptors and threads there are.", objects);
  add("core show memory", "What is used of the heap, what the allocator keeps for later, and what is resident.", memory);
  return made;
}

}  // namespace tandem
