// VerbTable: the verbs that the dialplan can use, the core's and the modules', and how many scripts are inside each. Switch thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "tandem/registration.h"
#include "tandem/verb.h"

namespace tandem {

class VerbTable {
 public:
  struct Entry {
    Verb verb;
    size_t uses = 0;  ///< operations under way; whoever runs verbs keeps it (see Use)
  };

  /// exists when the name is taken; invalid when it is no Lua identifier.
  Result<Registration> add(Verb verb);
  /// Null when there is none. The shared pointer keeps an entry valid while an operation of it is under way.
  std::shared_ptr<Entry> find(std::string_view name) const;
  const std::map<std::string, std::shared_ptr<Entry>, std::less<>>& all() const { return verbs_; }

  /// Counts one use for as long as it lives.
  class Use {
   public:
    explicit Use(std::shared_ptr<Entry> entry) : entry_(std::move(entry)) { ++entry_->uses; }
    Use(Use&&) noexcept = default;
    Use& operator=(Use&&) = delete;
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    ~Use() {
      if (entry_) --entry_->uses;
    }

   private:
    std::shared_ptr<Entry> entry_;
  };

 private:
  std::map<std::string, std::shared_ptr<Entry>, std::less<>> verbs_;
};

}  // namespace tandem
