// Delivery: brings the outcome of jobs back to the switch thread. Filled on a thread of the store, emptied on the switch thread.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "tandem/loop.h"
#include "tandem/result.h"

namespace tandem {

/// Who is told what.
struct Completion {
  UniqueFunction<void(Result<void>)> done;
  Result<void> result;
};

/// One post brings everything that waits. A full mailbox loses nothing: the completions stay here until a later flush() finds room.
class Delivery : public std::enable_shared_from_this<Delivery> {
 public:
  explicit Delivery(Loop& loop) : loop_(loop) {}

  void add(std::vector<Completion> completions);
  /// False when something waits and the mailbox was full: call again soon.
  bool flush();
  /// Switch thread: nothing is called from now on, also not from a post that is under way.
  void close();

 private:
  void run();

  Loop& loop_;
  std::mutex mutex_;
  std::deque<Completion> waiting_;
  bool posted_ = false;
  bool closed_ = false;
};

}  // namespace tandem
