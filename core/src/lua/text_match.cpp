#include "lua/text_match.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>

namespace tandem {

namespace {

using Set = std::bitset<256>;

/// %a, %d, ... or the character itself; a capital letter means the complement.
void add_class(unsigned char c, Set& into) {
  int (*test)(int) = nullptr;
  switch (std::tolower(c)) {
    case 'a':
      test = std::isalpha;
      break;
    case 'c':
      test = std::iscntrl;
      break;
    case 'd':
      test = std::isdigit;
      break;
    case 'g':
      test = std::isgraph;
      break;
    case 'l':
      test = std::islower;
      break;
    case 'p':
      test = std::ispunct;
      break;
    case 's':
      test = std::isspace;
      break;
    case 'u':
      test = std::isupper;
      break;
    case 'w':
      test = std::isalnum;
      break;
    case 'x':
      test = std::isxdigit;
      break;
    default:
      into.set(c);
      return;
  }
  const bool wanted = std::isupper(c) == 0;
  for (int i = 0; i < 256; ++i) {
    if ((test(i) != 0) == wanted) into.set(static_cast<size_t>(i));
  }
}

}  // namespace

class TextPattern::Compiler {
 public:
  static constexpr size_t kLongest = 1000;

  Compiler(std::string_view text, TextPattern& into) : text_(text), into_(into) {}

  Result<void> run(bool anchors) {
    if (text_.size() > kLongest) return bad("longer than 1000 bytes");
    if (anchors && text_.starts_with('^')) {
      into_.anchored_ = true;
      ++at_;
    }
    while (at_ < text_.size()) {
      if (into_.items_.size() == kMostItems) return bad("too complex");
      if (auto read = item(); !read) return read;
    }
    if (!open_.empty()) return bad("unfinished capture");
    return {};
  }

 private:
  static Error bad(std::string_view why) { return Error{ErrorCode::invalid, fmt::format("malformed pattern ({})", why)}; }
  unsigned char next() { return static_cast<unsigned char>(text_[at_++]); }
  bool more() const { return at_ < text_.size(); }

  Result<void> item() {
    Item item;
    const unsigned char c = next();
    if (c == '(') return open(item);
    if (c == ')') return close(item);
    if (c == '$' && !more()) {
      item.kind = Kind::end;
      into_.items_.push_back(item);
      return {};
    }
    if (c == '%') {
      if (!more()) return bad("ends with '%'");
      const unsigned char e = next();
      if (e == 'b' || e == 'f' || std::isdigit(e) != 0) return special(e, item);
      add_class(e, item.set);
    } else if (c == '[') {
      if (auto read = set(item.set); !read) return read;
    } else if (c == '.') {
      item.set.set();
    } else {
      item.set.set(c);
    }
    repeat(item);
    into_.items_.push_back(item);
    return {};
  }

  Result<void> open(Item& item) {
    if (into_.captures_ == kMostCaptures) return bad("too many captures");
    item.capture = into_.captures_++;
    item.kind = Kind::open;
    if (more() && text_[at_] == ')') {
      ++at_;
      item.kind = Kind::position;
    } else {
      open_.push_back(item.capture);
    }
    into_.items_.push_back(item);
    return {};
  }

  Result<void> close(Item& item) {
    if (open_.empty()) return bad("a ')' without '('");
    item.kind = Kind::close;
    item.capture = open_.back();
    open_.pop_back();
    into_.items_.push_back(item);
    return {};
  }

  Result<void> special(unsigned char e, Item& item) {
    if (e == 'b') {
      if (text_.size() - at_ < 2) return bad("missing arguments to '%b'");
      item.kind = Kind::balanced;
      item.pair = {next(), next()};
    } else if (e == 'f') {
      if (!more() || next() != '[') return bad("missing '[' after '%f'");
      item.kind = Kind::frontier;
      if (auto read = set(item.set); !read) return read;
    } else {
      item.kind = Kind::again;
      item.capture = e - '1';
      const bool is_open = std::find(open_.begin(), open_.end(), item.capture) != open_.end();
      if (item.capture < 0 || item.capture >= into_.captures_ || is_open) return bad("invalid capture index");
    }
    into_.items_.push_back(item);
    return {};
  }

  /// After "[": up to and including its "]".
  Result<void> set(Set& into) {
    const bool complement = more() && text_[at_] == '^';
    if (complement) ++at_;
    for (bool first = true;; first = false) {
      if (!more()) return bad("missing ']'");
      const unsigned char c = next();
      if (c == ']' && !first) break;
      if (c == '%') {
        if (!more()) return bad("ends with '%'");
        add_class(next(), into);
      } else if (at_ + 1 < text_.size() && text_[at_] == '-' && text_[at_ + 1] != ']') {
        ++at_;
        const unsigned char last = next();
        for (unsigned i = c; i <= last; ++i) into.set(i);
      } else {
        into.set(c);
      }
    }
    if (complement) into.flip();
    return {};
  }

  void repeat(Item& item) {
    if (!more()) return;
    switch (text_[at_]) {
      case '*':
        item.repeat = Repeat::greedy;
        break;
      case '+':
        item.repeat = Repeat::at_least_once;
        break;
      case '-':
        item.repeat = Repeat::lazy;
        break;
      case '?':
        item.repeat = Repeat::optional;
        break;
      default:
        return;
    }
    ++at_;
  }

  const std::string_view text_;
  TextPattern& into_;
  size_t at_ = 0;
  std::vector<int> open_;
};

Result<TextPattern> TextPattern::compile(std::string_view text, bool anchors) {
  TextPattern pattern;
  if (auto read = Compiler(text, pattern).run(anchors); !read) return read.error();
  return pattern;
}

size_t TextMatch::at(size_t begin) { return fit(0, begin); }

// Goes on in a loop over plain items; recurses only where there is a choice or a capture to undo, so at most once an item.
size_t TextMatch::fit(size_t item, size_t at) {
  for (; item < pattern_.items_.size(); ++item) {
    if (--steps_ < 0) return npos;
    const Item& now = pattern_.items_[item];
    switch (now.kind) {
      case TextPattern::Kind::one:
        if (now.repeat != TextPattern::Repeat::once) return fit_repeated(item, at);
        if (!has(now, at)) return npos;
        ++at;
        break;
      case TextPattern::Kind::open:
      case TextPattern::Kind::close:
      case TextPattern::Kind::position:
        return fit_capture(item, at);
      case TextPattern::Kind::again:
        at = skip_again(now, at);
        break;
      case TextPattern::Kind::balanced:
        at = skip_balanced(now, at);
        break;
      case TextPattern::Kind::frontier:
        if (!on_frontier(now, at)) return npos;
        break;
      case TextPattern::Kind::end:
        if (at != subject_.size()) return npos;
        break;
    }
    if (at == npos) return npos;
  }
  return at;
}

size_t TextMatch::fit_repeated(size_t item, size_t at) {
  const Item& now = pattern_.items_[item];
  if (now.repeat == TextPattern::Repeat::lazy) {
    for (;; ++at) {
      if (const size_t end = fit(item + 1, at); end != npos) return end;
      if (given_up() || !has(now, at)) return npos;
    }
  }
  const size_t most = now.repeat == TextPattern::Repeat::optional ? 1 : subject_.size();
  const size_t least = now.repeat == TextPattern::Repeat::at_least_once ? 1 : 0;
  size_t count = 0;
  while (count < most && !given_up() && has(now, at + count)) ++count;
  for (; count + 1 > least; --count) {
    if (given_up()) return npos;
    if (const size_t end = fit(item + 1, at + count); end != npos) return end;
    if (count == 0) return npos;
  }
  return npos;
}

size_t TextMatch::fit_capture(size_t item, size_t at) {
  const Item& now = pattern_.items_[item];
  Capture& capture = captures_[static_cast<size_t>(now.capture)];
  const Capture before = capture;
  if (now.kind == TextPattern::Kind::close) {
    capture.length = static_cast<ptrdiff_t>(at - capture.begin);
  } else {
    capture = {at, now.kind == TextPattern::Kind::position ? kPosition : 0};
  }
  const size_t end = fit(item + 1, at);
  if (end == npos) capture = before;
  return end;
}

size_t TextMatch::skip_again(const Item& item, size_t at) {
  const Capture& capture = captures_[static_cast<size_t>(item.capture)];
  if (capture.length == kPosition) return at;
  const auto length = static_cast<size_t>(capture.length);
  steps_ -= static_cast<int64_t>(length / 8);
  if (subject_.size() - at < length || subject_.compare(at, length, subject_.substr(capture.begin, length)) != 0) return npos;
  return at + length;
}

size_t TextMatch::skip_balanced(const Item& item, size_t at) {
  if (at >= subject_.size() || static_cast<unsigned char>(subject_[at]) != item.pair[0]) return npos;
  size_t depth = 1;
  for (++at; at < subject_.size() && !given_up(); ++at) {
    --steps_;
    const auto c = static_cast<unsigned char>(subject_[at]);
    if (c == item.pair[1]) {
      if (--depth == 0) return at + 1;
    } else if (c == item.pair[0]) {
      ++depth;
    }
  }
  return npos;
}

bool TextMatch::on_frontier(const Item& item, size_t at) const {
  const unsigned char before = at == 0 ? 0 : static_cast<unsigned char>(subject_[at - 1]);
  const unsigned char after = at == subject_.size() ? 0 : static_cast<unsigned char>(subject_[at]);
  return !item.set[before] && item.set[after];
}

}  // namespace tandem
