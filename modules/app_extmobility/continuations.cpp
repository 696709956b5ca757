#include "continuations.h"

#include <sodium.h>

#include <array>

namespace tandem {

std::string random_word() {
  std::array<unsigned char, 16> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  std::array<char, 33> text{};
  sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  return text.data();
}

std::string Continuations::put(Continuation what, Instant now) {
  if (waiting_.size() >= kMost) std::erase_if(waiting_, [now](const auto& entry) { return entry.second.until <= now; });
  if (waiting_.size() >= kMost) return {};
  std::string word = random_word();
  waiting_.emplace(word, Entry{std::move(what), now + kLives});
  return word;
}

std::optional<Continuation> Continuations::take(std::string_view word, std::string_view device, Instant now) {
  const auto it = waiting_.find(std::string(word.substr(0, 64)));
  if (it == waiting_.end() || it->second.what.device != device) return std::nullopt;
  Entry entry = std::move(it->second);
  waiting_.erase(it);
  if (entry.until <= now) return std::nullopt;
  return std::move(entry.what);
}

}  // namespace tandem
