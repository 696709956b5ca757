#include "edge/sip_stream.h"

#include <algorithm>

namespace tandem {
namespace {

constexpr size_t kKept = 2048;  // octets of buffer that an idle connection may hold on to

}  // namespace

void SipStream::feed(std::string_view octets) {
  buffer_.erase(0, begin_);
  if (buffer_.empty() && buffer_.capacity() > kKept) buffer_.shrink_to_fit();
  scanned_ -= std::min(scanned_, begin_);
  begin_ = 0;
  buffer_.append(octets);
}

SipStream::Next SipStream::broken(std::string_view why) {
  why_ = why;
  return Next::broken;
}

// True: two line ends in a row and no message around them, which asks for one line end as the answer.
bool SipStream::skip_line_ends() {
  for (; begin_ < buffer_.size(); ++begin_) {
    const char c = buffer_[begin_];
    if (c == '\r') continue;
    if (c != '\n') {
      line_ends_ = 0;
      return false;
    }
    if (++line_ends_ < 2) continue;
    line_ends_ = 0;
    ++begin_;
    return true;
  }
  return false;
}

size_t SipStream::end_of_head() {
  for (size_t at = buffer_.find('\n', scanned_); at != std::string::npos; at = buffer_.find('\n', at + 1)) {
    const size_t next = at + 1;
    if (next < buffer_.size() && buffer_[next] == '\n') return next + 1;
    if (next + 1 < buffer_.size() && buffer_[next] == '\r' && buffer_[next + 1] == '\n') return next + 2;
  }
  scanned_ = std::max(begin_, buffer_.size() < 2 ? 0 : buffer_.size() - 2);
  return 0;
}

SipStream::Next SipStream::next(Message& message) {
  if (skip_line_ends()) return Next::ping;
  if (buffer_.size() - begin_ < expected_ || begin_ == buffer_.size()) return Next::more;
  scanned_ = std::max(scanned_, begin_);
  const size_t head_end = end_of_head();
  if (head_end == 0) return buffer_.size() - begin_ > limit_ ? broken("a message that is too large") : Next::more;
  const std::string_view all = std::string_view(buffer_).substr(begin_);
  const auto head = read_sip_head(all.substr(0, head_end - begin_));
  if (!head) return broken("a message whose end cannot be told");
  const size_t length = head->length + head->content_length.value_or(0);
  if (length > limit_) return broken("a message that is too large");
  if (all.size() < length) {
    scanned_ = std::max(head_end - 3, begin_);  // found again at once when the rest is there
    expected_ = length;
    return Next::more;
  }
  message = {all.substr(0, length), *head};
  begin_ += length;
  scanned_ = begin_;
  expected_ = 0;
  return Next::message;
}

}  // namespace tandem
