// What logins cost: processor time outside the hash, in offices small and large, and logins a second with it.
//
// "login_bench ROWS [SECONDS]": an office of ROWS people and ROWS hot desks, then logins and logouts of random people, many at once. Two
// lines:
//   "vouched LOGINS_PER_S CPU_US"   no PIN is asked, so the processor time is everything but the hash, of all threads, a login
//   "pin LOGINS_PER_S P99_MS"       with argon2id at 19 MiB and two passes on two threads
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <random>

#include "base/config_folder.h"
#include "base/epoll_loop.h"
#include "service.h"
#include "store/directory_store.h"
#include "store/import_file.h"
#include "store/store_folder.h"
#include "support/fake_events.h"
#include "unit/store/temporary_folder.h"

namespace {

using namespace tandem;
using Seconds = std::chrono::duration<double>;

double cpu_seconds() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

class Office {
 public:
  explicit Office(size_t rows) : rows_(rows) {
    configs_.write("directory.ini", "[general]\nsecrets = secrets.ini\n[site hq]\nlocation = x\nemergency_callback = +14085551000\n");
    configs_.write("secrets.ini", "[devices]\n");
    settings_.max_concurrent_requests = 100;
    settings_.pin.min_length = 6;
    settings_.travel = {};
    directory_ = std::move(*DirectoryStore::open(store_, config_));
    fill();
    for (size_t i = 0; i < std::min<size_t>(rows_, kWithPin); ++i) settings_.first_pins.emplace(user(i), "719204");
    credentials_ = std::move(*LoginCredentials::open(store_, loop_, settings_));
    service_ = std::make_unique<MobilityService>(MobilityService::Parts{.loop = loop_,
                                                                        .events = events_,
                                                                        .directory = *directory_,
                                                                        .sessions = directory_->sessions(),
                                                                        .credentials = *credentials_,
                                                                        .rules = rules_},
                                                 settings_);
    while (!credentials_->standing(user(std::min<size_t>(rows_, kWithPin) - 1)).changed) loop_.step(std::chrono::milliseconds(10));
  }

  /// Logins and logouts by turns, `wide` at once, for `time`; how long each login took.
  std::vector<double> run(bool with_pin, size_t wide, Seconds time) {
    took_.clear();
    until_ = std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::nanoseconds>(time);
    for (size_t lane = 0; lane < wide; ++lane) login(lane, wide, with_pin);
    while (under_way_ > 0) loop_.step(std::chrono::milliseconds(10));
    return took_;
  }

 private:
  static constexpr size_t kWithPin = 200;
  static std::string user(size_t i) { return fmt::format("user.{}", i); }
  static std::string device(size_t i) { return fmt::format("SEP{:012}", i); }

  void fill() {
    auto filled = directory_->database().write_now([this](SQLite::Database& db) -> Result<void> {
      db.exec(
          fmt::format("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {}) "
                      "INSERT INTO users(id, name, extension, calling_class, did, owner, version) "
                      "SELECT 'user.' || i, 'User ' || i, 20000000 + i, 'internal', '', 'import', 1 FROM n",
                      rows_));
      db.exec("INSERT INTO profiles(id, user, model, owner, version) SELECT id || '-8841', id, 'CP-8841', 'import', 1 FROM users");
      db.exec(fmt::format(
          "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {}) "
          "INSERT INTO devices(name, model, vendor, site, secret, user, extension, label, extension_mobility, behind_nat, owner, version) "
          "SELECT printf('SEP%012d', i), 'CP-8841', 'cisco', 'hq', 'x' || i, '', 40000000 + i, 'Desk', 1, 0, 'import', 1 FROM n",
          std::min<size_t>(rows_, 100'000)));
      return {};
    });
    if (!filled) std::abort();
  }

  /// Each lane has people and phones of its own, so that nobody is in another's way.
  void login(size_t lane, size_t wide, bool with_pin) {
    const auto begun = std::chrono::steady_clock::now();
    if (begun >= until_) return;
    ++under_way_;
    const size_t people = with_pin ? std::min<size_t>(rows_, kWithPin) : rows_;
    const auto pick = [&](size_t of) { return random_() % (of / wide) * wide + lane; };
    LoginRequest request;
    request.origin.door = "api", request.origin.by = with_pin ? "" : "bench";
    request.device = device(pick(std::min<size_t>(rows_, 100'000))), request.who = user(pick(people)), request.pin = "719204";
    const std::string at = request.device;
    service_->login(std::move(request), [this, lane, wide, with_pin, at, begun](const MobilityResult& result) {
      if (!result.ok()) std::abort();
      took_.push_back(Seconds(std::chrono::steady_clock::now() - begun).count());
      service_->logout({.origin = {.door = "api"}, .device = at}, [this, lane, wide, with_pin](const MobilityResult&) {
        --under_way_;
        login(lane, wide, with_pin);
      });
    });
  }

  const size_t rows_;
  test::TemporaryFolder configs_, state_;
  EpollLoop loop_{system_clock()};
  StoreFolder store_{state_.path(), loop_};
  ConfigFolder config_{configs_.path(), {}};
  test::FakeEvents events_;
  MobilitySettings settings_;
  SiteRules rules_{nullptr};
  std::unique_ptr<DirectoryStore> directory_;
  std::unique_ptr<LoginCredentials> credentials_;
  std::unique_ptr<MobilityService> service_;
  std::mt19937_64 random_{1};
  std::chrono::steady_clock::time_point until_;
  size_t under_way_ = 0;
  std::vector<double> took_;
};

}  // namespace

int main(int argc, char** argv) {
  const size_t rows = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1000;
  const Seconds time(argc > 2 ? std::atof(argv[2]) : 5.0);
  Office office(std::max<size_t>(rows, 100));
  const double before = cpu_seconds();
  const auto vouched = office.run(false, 20, time);
  const double cpu = cpu_seconds() - before;
  fmt::print("vouched {:.0f} {:.0f}\n", static_cast<double>(vouched.size()) / time.count(),
             cpu * 1e6 / static_cast<double>(vouched.size()));
  auto pin = office.run(true, 8, time);
  std::sort(pin.begin(), pin.end());
  fmt::print("pin {:.0f} {:.1f}\n", static_cast<double>(pin.size()) / time.count(), pin[pin.size() * 99 / 100] * 1000);
  return 0;
}
