// Tally: what everybody in the soak has done and what came of it. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace tandem::soak {

class Tally {
 public:
  struct Count {
    uint64_t run = 0, failed = 0;
  };
  using Counts = std::map<std::string, Count>;
  using Dispositions = std::map<std::string, uint64_t>;

  /// An INVITE that must leave a record is on its way; and how the record must call its end.
  void started();
  void ended(const std::string& disposition);
  /// A script, verb or the like is over; `failure`: empty, or what went wrong.
  void done(const std::string& what, const std::string& failure = {});

  uint64_t calls() const;
  Dispositions dispositions() const;
  Counts counts() const;
  /// The first few, with their whole story.
  std::vector<std::string> failures() const;

 private:
  mutable std::mutex mutex_;
  uint64_t calls_ = 0;
  Dispositions dispositions_;
  Counts counts_;
  std::vector<std::string> failures_;
};

}  // namespace tandem::soak
