// PinHasher: argon2id on threads of its own. Its functions on the switch thread; the work on the workers; what is marked so may be called
// from both.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "settings.h"
#include "tandem/loop.h"
#include "tandem/result.h"

namespace tandem {

/// A PIN is short: what keeps it is the pepper, a key in a file beside the database, and the memory that each guess takes.
class PinHasher {
 public:
  static constexpr size_t kMostWaiting = 1000;

  /// Reads the pepper, or makes it (mode 0600). io.
  static Result<std::string> pepper_of(const std::string& path);

  PinHasher(Loop& loop, const HashSettings& settings, std::string pepper);
  /// What waits is dropped; no `done` runs any more.
  ~PinHasher();
  PinHasher(const PinHasher&) = delete;
  PinHasher& operator=(const PinHasher&) = delete;

  /// False when too many are waiting: nothing happens then.
  [[nodiscard]] bool hash(std::string pin, UniqueFunction<void(Result<std::string>)> done);
  struct Verdict {
    size_t index = 0;   ///< which of the hashes fitted; hashes.size(): none did
    std::string fresh;  ///< the fitting PIN hashed anew, where it was hashed with other parameters; else empty
  };
  /// Whether `pin` is one of these. With `all` every hash is tried however early one fits, so that the time says nothing.
  [[nodiscard]] bool verify(std::string pin, std::vector<std::string> hashes, UniqueFunction<void(Verdict)> done);
  /// As long as a verify of one hash, and never right: for users who do not exist.
  [[nodiscard]] bool pretend(std::string pin, UniqueFunction<void(Verdict)> done);
  size_t waiting();

 private:
  /// Runs on a worker, returns what is to run on the switch thread.
  using Work = UniqueFunction<Task()>;
  bool put(Work work);
  void work();
  void tell();
  std::string peppered(const std::string& pin) const;                                   // any thread
  Result<std::string> make(const std::string& pin) const;                               // any thread
  Verdict check(const std::string& pin, const std::vector<std::string>& hashes) const;  // any thread

  Loop& loop_;
  const HashSettings settings_;
  const std::string pepper_;
  std::string decoy_;  ///< a hash that no PIN fits
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Work> queue_;     // guarded by mutex_
  bool stopping_ = false;      // guarded by mutex_
  std::vector<Task> results_;  // guarded by mutex_
  int wake_up_ = -1;           ///< readable when there are results: they stay ours until they are told, so nothing of us outlives us
  Registration watch_;
  std::vector<std::thread> threads_;
};

}  // namespace tandem
