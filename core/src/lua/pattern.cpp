#include "lua/pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace tandem {

namespace {

Error bad(std::string_view text, std::string_view why) {
  return Error{ErrorCode::invalid, fmt::format("\"{}\" is no extension: {}", text, why)};
}

bool is_plain(unsigned char c) { return c > ' ' && c < 127; }

}  // namespace

void Pattern::Set::add(unsigned char first, unsigned char last) {
  for (unsigned c = first; c <= last; ++c) add(static_cast<unsigned char>(c));
}

int Pattern::Set::size() const { return std::popcount(bits[0]) + std::popcount(bits[1]); }

int Pattern::Set::lowest() const { return bits[0] != 0 ? std::countr_zero(bits[0]) : 64 + std::countr_zero(bits[1]); }

std::strong_ordering Pattern::Set::operator<=>(const Set& other) const {
  if (const auto by_size = size() <=> other.size(); by_size != 0) return by_size;
  // The lowest character that only one of them has decides; that includes the first character of both.
  for (size_t half = 0; half < bits.size(); ++half) {
    const uint64_t differ = bits[half] ^ other.bits[half];
    if (differ == 0) continue;
    return (bits[half] & differ & (~differ + 1)) != 0 ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  return std::strong_ordering::equal;
}

Result<size_t> Pattern::read_set(std::string_view body, size_t at, Set& into) const {
  const size_t end = body.find(']', at);
  if (end == std::string_view::npos) return bad(text_, "a \"[\" is never closed");
  if (end == at) return bad(text_, "an empty \"[]\" fits nothing");
  for (size_t i = at; i < end; ++i) {
    const auto first = static_cast<unsigned char>(body[i]);
    if (!is_plain(first)) return bad(text_, "a character that nobody can dial");
    if (i + 2 < end && body[i + 1] == '-') {
      const auto last = static_cast<unsigned char>(body[i + 2]);
      if (!is_plain(last) || last < first) return bad(text_, fmt::format("the range {}-{} is empty", body[i], body[i + 2]));
      into.add(first, last);
      i += 2;
    } else {
      into.add(first);
    }
  }
  return end + 1;
}

Result<void> Pattern::read(std::string_view body) {
  for (size_t at = 0; at < body.size();) {
    const auto c = static_cast<unsigned char>(body[at]);
    if (c == '-' || (c == ' ' && !is_number_)) {
      ++at;
      continue;
    }
    if (rest_ != Rest::none) return bad(text_, "nothing can follow \".\" or \"!\"");
    if (!is_plain(c)) return bad(text_, "a character that nobody can dial");
    if (positions_.size() == kMostPositions) return bad(text_, fmt::format("longer than {} positions", kMostPositions));
    Set set;
    ++at;
    if (is_number_) {
      set.add(c);
    } else if (c == '.' || c == '!') {
      rest_ = c == '.' ? Rest::one_or_more : Rest::any;
      continue;
    } else if (c == '[') {
      auto next = read_set(body, at, set);
      if (!next) return next.error();
      at = *next;
    } else if (c == 'X' || c == 'x') {
      set.add('0', '9');
    } else if (c == 'Z' || c == 'z') {
      set.add('1', '9');
    } else if (c == 'N' || c == 'n') {
      set.add('2', '9');
    } else if (c == ']' || c == '/') {
      return bad(text_, fmt::format("a stray \"{}\"", body[at - 1]));
    } else {
      set.add(c);
    }
    positions_.push_back(set);
  }
  return {};
}

Result<Pattern> Pattern::compile(std::string_view text) {
  Pattern pattern;
  pattern.text_ = text.substr(0, 200);
  pattern.is_number_ = !text.starts_with('_');
  if (auto read = pattern.read(pattern.is_number_ ? text : text.substr(1)); !read) return read.error();
  if (pattern.positions_.empty() && pattern.rest_ == Rest::none) return bad(text, "it is empty");
  return pattern;
}

bool Pattern::matches(std::string_view number) const {
  size_t at = 0;
  for (const Set& set : positions_) {
    while (at < number.size() && number[at] == '-') ++at;
    if (at == number.size() || !set.has(static_cast<unsigned char>(number[at]))) return false;
    ++at;
  }
  if (rest_ == Rest::any) return true;
  while (at < number.size() && number[at] == '-') ++at;
  return (at == number.size()) == (rest_ == Rest::none);
}

bool Pattern::comes_before(std::string_view number) const {
  size_t at = 0;
  for (const Set& set : positions_) {
    while (at < number.size() && number[at] == '-') ++at;
    if (at == number.size()) return true;  // the longer first, as below
    const int theirs = static_cast<unsigned char>(number[at]);
    if (const int mine = set.lowest(); mine != theirs) return mine < theirs;
    ++at;
  }
  return false;
}

std::strong_ordering operator<=>(const Pattern& a, const Pattern& b) {
  if (a.is_number_ != b.is_number_) return a.is_number_ ? std::strong_ordering::less : std::strong_ordering::greater;
  const size_t common = std::min(a.positions_.size(), b.positions_.size());
  for (size_t i = 0; i < common; ++i) {
    if (const auto order = a.positions_[i] <=> b.positions_[i]; order != 0) return order;
  }
  // Rest is declared in its order; whoever still has a set at this position comes first.
  if (a.positions_.size() != b.positions_.size()) return b.positions_.size() <=> a.positions_.size();
  return a.rest_ <=> b.rest_;
}

}  // namespace tandem
