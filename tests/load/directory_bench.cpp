// What a look-up in a directory of a million people and phones costs, beside a bare prepared SELECT and a hash table in memory.
//
// "directory_bench ROWS [options of Google Benchmark]". The last line is "resident KIB": what the process holds more, with every cache
// full, than before it opened the directory.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstring>
#include <random>
#include <unordered_map>

#include "base/config_folder.h"
#include "machine_time.h"
#include "store/directory_store.h"
#include "store/import_file.h"
#include "store/store_folder.h"
#include "support/fake_loop.h"
#include "unit/store/temporary_folder.h"

namespace {

using namespace tandem;

/// How many of the rows are asked for when only some people are active.
constexpr size_t kActive = 10'000;

/// The lines of a CSV file that nobody has to write: a user and a phone by turns.
class Lines {
 public:
  explicit Lines(size_t rows) : rows_(rows) { waiting_ = "kind,id,name,extension,did,model,site,owner,secret\n"; }
  size_t read(char* into, size_t room) {
    while (waiting_.size() < room && row_ < rows_) {
      waiting_ += fmt::format("user,user.{0},User {0},{1},+1{1},,,,\ndevice,SEP{0:012},,,,CP-8841,hq,user.{0},secret-{0}\n", row_,
                              20'000'000 + row_);
      ++row_;
    }
    const size_t size = std::min(room, waiting_.size());
    std::memcpy(into, waiting_.data(), size);
    waiting_.erase(0, size);
    return size;
  }

 private:
  const size_t rows_;
  size_t row_ = 0;
  std::string waiting_;
};

class Office {
 public:
  explicit Office(size_t rows) : rows_(rows) {
    configs_.write("directory.ini", "[general]\nsecrets = secrets.ini\n[site hq]\nlocation = x\nemergency_callback = +14085551000\n");
    configs_.write("secrets.ini", "[devices]\n");
    open();
    auto filled = directory_->database().write_now([this](SQLite::Database& db) -> Result<void> {
      Lines lines(rows_);
      DirectoryImport import(db);
      const auto source = [&lines](char* into, size_t room) -> Result<size_t> { return lines.read(into, room); };
      if (auto read = import_csv("generated", CsvReader(source), import); !read) return read;
      auto report = import.finish(false);
      return report ? Result<void>() : report.error();
    });
    if (!filled) throw std::runtime_error(filled.error().message);
    directory_.reset();
  }
  void open() {
    auto opened = DirectoryStore::open(store_, config_);
    if (!opened) throw std::runtime_error(opened.error().message);
    directory_ = std::move(*opened);
  }

  size_t any() { return random_() % rows_; }
  size_t active() { return random_() % std::min(kActive, rows_); }
  static std::string device(size_t row) { return fmt::format("SEP{:012}", row); }
  static std::string number(size_t row) { return fmt::format("{}", 20'000'000 + row); }
  DirectoryStore& directory() { return *directory_; }
  size_t rows() const { return rows_; }

 private:
  const size_t rows_;
  std::minstd_rand random_{1};
  test::TemporaryFolder state_, configs_;
  test::FakeLoop loop_;
  StoreFolder store_{state_.path(), loop_};
  ConfigFolder config_{configs_.path(), {}};
  std::unique_ptr<DirectoryStore> directory_;
};

/// What a registration asks.
template <class Row>
void device(benchmark::State& state, Office& office, Row row) {
  for (auto _ : state) {
    if (!office.directory().device(Office::device(row()))) state.SkipWithError("a phone is missing");
  }
}

/// What a call asks: whose number it is, who that is, where that person's phones are and which they are.
template <class Row>
void call(benchmark::State& state, Office& office, Row row) {
  auto& directory = office.directory();
  for (auto _ : state) {
    const auto number = directory.number(Office::number(row()));
    if (!number || !directory.user(number->owner)) state.SkipWithError("somebody is missing");
    for (const auto& name : directory.devices_of(number->owner)) benchmark::DoNotOptimize(directory.device(name));
  }
}

/// The floor on disk: the same row through a prepared statement, and nothing kept.
void bare_select(benchmark::State& state, Office& office) {
  SQLite::Statement query(office.directory().database().reader(), "SELECT name, secret FROM devices WHERE name = ?");
  for (auto _ : state) {
    query.bind(1, Office::device(office.any()));
    if (!query.executeStep()) state.SkipWithError("a phone is missing");
    benchmark::DoNotOptimize(query.getColumn(1).getString());
    query.reset();
  }
}

/// The floor in memory, which a million phones cost half a gigabyte.
void bare_hash(benchmark::State& state, Office& office) {
  static const auto all = [&office] {
    std::unordered_map<std::string, std::shared_ptr<const Device>> made;
    for (size_t row = 0; row < office.rows(); ++row) made.emplace(Office::device(row), std::make_shared<const Device>());
    return made;
  }();
  for (auto _ : state) benchmark::DoNotOptimize(all.find(Office::device(office.any()))->second);
}

}  // namespace

int main(int argc, char** argv) {
  const size_t rows = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 0;
  if (rows == 0) return fmt::print(stderr, "usage: {} ROWS [OPTION...]\n", argv[0]), 2;
  Office office(rows);
  const auto before = load::resident_kib(::getpid());
  office.open();
  const auto any = [&office] { return office.any(); };
  const auto active = [&office] { return office.active(); };
  benchmark::RegisterBenchmark("device_any", [&](auto& state) { device(state, office, any); });
  benchmark::RegisterBenchmark("device_active", [&](auto& state) { device(state, office, active); });
  benchmark::RegisterBenchmark("call_any", [&](auto& state) { call(state, office, any); });
  benchmark::RegisterBenchmark("call_active", [&](auto& state) { call(state, office, active); });
  benchmark::RegisterBenchmark("bare_select", [&](auto& state) { bare_select(state, office); });
  uint64_t held = 0;  // before the hash table, which comes last
  benchmark::RegisterBenchmark("bare_hash", [&](auto& state) {
    if (held == 0) held = load::resident_kib(::getpid()) - before;
    bare_hash(state, office);
  });
  argv[1] = argv[0];
  int rest = argc - 1;
  benchmark::Initialize(&rest, argv + 1);
  benchmark::RunSpecifiedBenchmarks();
  fmt::print("resident {}\n", held);
  return 0;
}
