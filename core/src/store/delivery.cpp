#include "store/delivery.h"

#include <iterator>
#include <utility>

namespace tandem {

void Delivery::add(std::vector<Completion> completions) {
  std::lock_guard lock(mutex_);
  if (closed_) return;
  std::move(completions.begin(), completions.end(), std::back_inserter(waiting_));
}

bool Delivery::flush() {
  std::lock_guard lock(mutex_);
  if (posted_ || closed_ || waiting_.empty()) return true;
  // The post carries no completion itself: a refused post is destroyed with all that it holds.
  posted_ = loop_.post([self = shared_from_this()] { self->run(); }, Share::existing);
  return posted_;
}

void Delivery::run() {
  std::deque<Completion> now;
  {
    std::lock_guard lock(mutex_);
    posted_ = false;
    now.swap(waiting_);
  }
  for (auto& completion : now) {
    {
      // A callback may destroy the database, and with it the code of the callbacks behind it.
      std::lock_guard lock(mutex_);
      if (closed_) return;
    }
    completion.done(std::move(completion.result));
  }
}

void Delivery::close() {
  std::deque<Completion> dropped;
  std::lock_guard lock(mutex_);
  closed_ = true;
  dropped.swap(waiting_);
}

}  // namespace tandem
