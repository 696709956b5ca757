// Answers: who is to be told what when a write is through. The writer's job carries a number only, so that whoever asked may go away before
// (a module takes its code along). Switch thread.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>

#include "tandem/function.h"
#include "tandem/result.h"

namespace tandem {

template <class T>
class Answers {
 public:
  using Done = UniqueFunction<void(Result<T>)>;

  uint64_t keep(Done done) {
    waiting_.emplace(++last_, std::move(done));
    return last_;
  }
  void tell(uint64_t number, Result<T> result) {
    const auto it = waiting_.find(number);
    if (it == waiting_.end()) return;
    Done done = std::move(it->second);
    waiting_.erase(it);
    done(std::move(result));
  }
  void clear() { waiting_.clear(); }

 private:
  uint64_t last_ = 0;
  std::unordered_map<uint64_t, Done> waiting_;
};

}  // namespace tandem
