#include "tally.h"

namespace tandem::soak {
namespace {
constexpr size_t kKeptFailures = 8;
}

void Tally::started() {
  const std::lock_guard lock(mutex_);
  ++calls_;
}

void Tally::ended(const std::string& disposition) {
  const std::lock_guard lock(mutex_);
  ++dispositions_[disposition];
}

void Tally::done(const std::string& what, const std::string& failure) {
  const std::lock_guard lock(mutex_);
  auto& count = counts_[what];
  ++count.run;
  if (failure.empty()) return;
  ++count.failed;
  if (failures_.size() < kKeptFailures) failures_.push_back(what + ": " + failure);
}

uint64_t Tally::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

Tally::Dispositions Tally::dispositions() const {
  const std::lock_guard lock(mutex_);
  return dispositions_;
}

Tally::Counts Tally::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::vector<std::string> Tally::failures() const {
  const std::lock_guard lock(mutex_);
  return failures_;
}

}  // namespace tandem::soak
