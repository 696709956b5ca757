#include "lua/pattern_cache.h"

namespace tandem {

Result<std::shared_ptr<const TextPattern>> PatternCache::get(std::string_view text, bool anchors) {
  Patterns& patterns = anchors ? anchoring_ : plain_;
  if (const auto known = patterns.find(text); known != patterns.end()) return known->second;
  auto compiled = TextPattern::compile(text, anchors);
  if (!compiled) return compiled.error();
  if (patterns.size() >= kMost) patterns.clear();
  return patterns.emplace(text, std::make_shared<const TextPattern>(std::move(*compiled))).first->second;
}

}  // namespace tandem
