// PatternCache: text patterns that scripts have used, compiled once: a dialplan asks the same few for every call. Switch thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "lua/text_match.h"

namespace tandem {

class PatternCache {
 public:
  /// Beyond it the cache starts anew: a script that makes patterns up gets compilations, not memory.
  static constexpr size_t kMost = 256;

  /// As TextPattern::compile(). The pointer keeps a pattern alive that the cache has forgotten meanwhile.
  Result<std::shared_ptr<const TextPattern>> get(std::string_view text, bool anchors);

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Patterns = std::unordered_map<std::string, std::shared_ptr<const TextPattern>, Hash, std::equal_to<>>;

  Patterns anchoring_, plain_;
};

}  // namespace tandem
