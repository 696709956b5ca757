// What Mobile Connect costs a call: whose number is that, among a million destinations, whole and by the last digits; and which of ten
// destinations ring, with schedules and access lists, without policies.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include "planner.h"
#include "support/fake_call.h"
#include "support/office_directory.h"

namespace {

using namespace tandem;

std::string number(size_t i) { return fmt::format("91{:03}{:07}", 200 + i / 10'000'000 * 7 + i % 700, (i * 7919) % 10'000'000); }

size_t resident() {
  size_t pages = 0, in_memory = 0;
  std::ifstream("/proc/self/statm") >> pages >> in_memory;
  return in_memory * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

struct Filled {
  RemoteBook book{DialRules{}};
  double bytes_a_row = 0;
};

const Filled& filled(size_t rows) {
  static std::map<size_t, std::unique_ptr<Filled>> all;
  auto& made = all[rows];
  if (made) return *made;
  const size_t before = resident();
  made = std::make_unique<Filled>();
  for (size_t i = 0; made->book.size() < rows; ++i) {
    Destination d;
    d.user = fmt::format("user.{}", i / 4), d.name = fmt::format("d{}", i % 4), d.number = number(i);
    made->book.put(std::move(d));
  }
  made->bytes_a_row = static_cast<double>(resident() - before) / static_cast<double>(rows);
  return *made;
}

void match(benchmark::State& state, bool partial) {
  const auto& [book, bytes] = filled(static_cast<size_t>(state.range(0)));
  state.counters["bytes_a_row"] = bytes;
  std::mt19937 random(1);
  std::vector<std::string> callers;
  for (int i = 0; i < 4096; ++i) {
    auto one = number(random() % (book.size() * 2));
    callers.push_back(partial ? "00" + one.substr(2) : one);
  }
  size_t at = 0, found = 0;
  for (auto _ : state) {
    const auto& caller = callers[at++ % callers.size()];
    const auto match = partial ? book.match_end(caller, 10) : book.match(caller);
    found += match.destination != nullptr ? 1 : 0;
  }
  state.counters["found"] = static_cast<double>(found) / static_cast<double>(at);
}

void plan(benchmark::State& state) {
  test::OfficeDirectory directory;
  RemoteBook book{DialRules{}};
  MobileSettings settings;
  settings.time_zone = "America/Los_Angeles";
  AccessList list;
  list.name = "blocked";
  list.allows = false;
  for (int i = 0; i < 20; ++i) list.members.push_back(fmt::format("+1415555{:02}XX", i));
  (void)list.read_members();
  book.put(std::move(list));
  for (int i = 0; i < 10; ++i) {
    Destination d;
    d.user = "john.doe", d.name = fmt::format("d{}", i), d.number = number(static_cast<size_t>(i));
    (void)set_field(destination_fields(), d, "schedule", "Mon-Fri 08:00-18:00; Sat,Sun 09:00-20:00");
    d.list = "blocked";
    book.put(std::move(d));
  }
  const Planner planner({book, directory, settings, ReachRules(nullptr), [](const std::string&) { return size_t{0}; }});
  test::FakeCall call;
  call.identity_ = {"914085559999", "A Caller", false};
  const WallTime now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 3) + std::chrono::hours(20);
  size_t legs = 0, calls = 0;
  for (auto _ : state) {
    legs += planner.plan({.user = "john.doe", .call = call}, now).legs.size();
    ++calls;
  }
  state.counters["legs"] = static_cast<double>(legs) / static_cast<double>(calls);
}

}  // namespace

BENCHMARK_CAPTURE(match, complete, false)->Arg(1'000)->Arg(1'000'000);
BENCHMARK_CAPTURE(match, partial, true)->Arg(1'000)->Arg(1'000'000);
BENCHMARK(plan);
BENCHMARK_MAIN();
