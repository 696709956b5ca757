#include "trace.h"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <iterator>
#include <utility>

namespace tandem {
namespace {

constexpr std::string_view kRule = "   ------------------------------------------------------------------------\n";
constexpr size_t kLongest = 70'000;  // more than a datagram with its indentation
constexpr size_t kColumn = 26;       // characters between two participants
constexpr size_t kMostPeers = 6;     // that a ladder shows

bool starts_with_name(std::string_view line, std::string_view name) {
  return line.size() > name.size() && strncasecmp(line.data(), name.data(), name.size()) == 0;
}

std::string_view next_line(std::string_view& rest) {
  const size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// The value of the first header with this name or compact form.
std::string_view header(std::string_view message, std::string_view name, std::string_view compact) {
  std::string_view rest = message;
  next_line(rest);
  while (!rest.empty()) {
    const std::string_view line = next_line(rest);
    if (line.empty()) break;
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view found = trimmed(line.substr(0, colon));
    const auto is = [found](std::string_view n) { return found.size() == n.size() && strncasecmp(found.data(), n.data(), n.size()) == 0; };
    if (is(name) || is(compact)) return trimmed(line.substr(colon + 1));
  }
  return {};
}

// "INVITE sip:11002@127.0.0.1" or "180 Ringing (INVITE)".
std::string summary_of(std::string_view message) {
  std::string_view rest = message;
  const std::string_view first = next_line(rest);
  if (first.starts_with("SIP/2.0 ")) {
    const std::string_view cseq = header(message, "CSeq", "CSeq");
    const size_t space = cseq.rfind(' ');
    const std::string_view method = space == std::string_view::npos ? cseq : cseq.substr(space + 1);
    return fmt::format("{} ({})", first.substr(8), method);
  }
  return std::string(first.substr(0, first.rfind(" SIP/2.0")));
}

// "recv 512 bytes from udp/[127.0.0.1]:5080 at ..." and "send 512 bytes to udp/...".
bool read_stamp(std::string_view stamp, bool& sent, SocketAddress& peer) {
  sent = stamp.find(" bytes to ") != std::string_view::npos;
  const size_t open = stamp.find("/["), close = stamp.find("]:", open);
  if (open == std::string_view::npos || close == std::string_view::npos) return false;
  uint16_t port = 0;
  const char* const digits = stamp.data() + close + 2;
  std::from_chars(digits, stamp.data() + stamp.size(), port);
  auto address = SocketAddress::from(stamp.substr(open + 2, close - open - 2), port);
  if (!address) return false;
  peer = *address;
  return true;
}

std::string clock_time(WallTime when) {
  const auto in_day = when.time_since_epoch() % std::chrono::hours(24);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(in_day).count();
  return fmt::format("{:02}:{:02}:{:02}.{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60, ms % 1000);
}

std::string one_line(const TracedMessage& m) {
  return fmt::format("{} {} {} {}  {}", clock_time(m.when), m.sent ? "-->" : "<--", m.peer.to_string(), m.summary, m.call_id);
}

std::string centred(std::string_view text, size_t width, char fill) {
  text = text.substr(0, width);
  const size_t left = (width - text.size()) / 2;
  return std::string(left, fill) + std::string(text) + std::string(width - text.size() - left, fill);
}

/// Who stands where in a ladder: whoever spoke first on the left of us, everybody else on the right.
class Columns {
 public:
  explicit Columns(const std::vector<const TracedMessage*>& messages) {
    for (const auto* m : messages) {
      if (std::ranges::find(peers_, m->peer) == peers_.end() && peers_.size() < kMostPeers) peers_.push_back(m->peer);
    }
  }
  std::string heading() const {
    std::string line = std::string(6, ' ');
    for (size_t i = 0; i < count(); ++i) line += centred(i == kUs ? "tandem" : peers_[i < kUs ? i : i - 1].to_string(), kColumn, ' ');
    return line;
  }
  std::string arrow(const TracedMessage& m) const {
    const auto found = std::ranges::find(peers_, m.peer);
    if (found == peers_.end()) return one_line(m);
    const size_t at = static_cast<size_t>(found - peers_.begin());
    const size_t peer = at < kUs ? at : at + 1;
    const size_t left = std::min(peer, kUs), right = std::max(peer, kUs);
    const bool rightward = (peer > kUs) == m.sent;
    std::string line;
    for (size_t i = 0; i < count(); ++i) line += centred("|", kColumn, ' ');
    const size_t from = left * kColumn + (kColumn - 1) / 2 + 1, width = (right - left) * kColumn - 1;
    std::string shaft = centred(fmt::format(" {} ", std::string_view(m.summary).substr(0, width - 6)), width, '-');
    (rightward ? shaft.back() : shaft.front()) = rightward ? '>' : '<';
    return line.replace(from, width, shaft);
  }

 private:
  static constexpr size_t kUs = 1;
  size_t count() const { return peers_.size() + 1; }
  std::vector<SocketAddress> peers_;
};

}  // namespace

std::string mask_credentials(std::string_view message) {
  std::string masked;
  masked.reserve(message.size());
  bool in_body = false, hidden = false;
  for (std::string_view rest = message; !rest.empty();) {
    const std::string_view line = next_line(rest);
    const bool continued = !line.empty() && (line.front() == ' ' || line.front() == '\t');
    if (!in_body && !continued) hidden = starts_with_name(line, "authorization") || starts_with_name(line, "proxy-authorization");
    if (line.empty()) in_body = true;
    if (in_body || !hidden) {
      masked.append(line);
    } else if (!continued) {
      masked.append(line.substr(0, line.find(':'))).append(": (hidden)");
    } else {
      continue;
    }
    masked += '\n';
  }
  return masked;
}

Trace::Trace(Stack& stack, const Clock& clock, Console& console) : stack_(stack), clock_(clock), console_(console) {}

Trace::~Trace() { stop(); }

void Trace::start(std::string filter) {
  filter_ = std::move(filter);
  if (std::exchange(running_, true)) return;
  messages_.clear();
  pending_.clear();
  stack_.log_messages(log_line, this);
}

void Trace::stop() {
  if (!std::exchange(running_, false)) return;
  stack_.log_messages(nullptr, nullptr);
}

void Trace::log_line(void* self, const char* format, va_list arguments) {
  char text[2304];  // the longest piece that Sofia-SIP logs is a line of 2047
  const int length = std::vsnprintf(text, sizeof text, format, arguments);
  if (length > 0) static_cast<Trace*>(self)->collect({text, std::min(static_cast<size_t>(length), sizeof text - 1)});
}

// A message comes as a stamp with a rule under it, its lines (three spaces, the text, then the line end by itself), and a rule.
void Trace::collect(std::string_view piece) {
  if (pending_.empty()) {
    if (piece.ends_with(kRule) && piece.find(" bytes ") != std::string_view::npos) pending_ = piece.substr(0, piece.size() - kRule.size());
    return;
  }
  if (piece.ends_with(kRule)) return finish();
  if (pending_.size() + piece.size() > kLongest) return;
  const bool line_start = pending_.back() == '\n';
  if (line_start && piece.starts_with("   ")) piece.remove_prefix(3);
  pending_ += piece;
}

void Trace::finish() {
  const std::string whole = std::exchange(pending_, {});
  std::string_view text(whole);
  const std::string_view stamp = next_line(text);
  TracedMessage m;
  if (!read_stamp(stamp, m.sent, m.peer)) return;
  if (const SocketAddress real = stack_.flows().behind(m.peer); !real.empty()) m.peer = real;
  m.when = clock_.wall();
  m.text = mask_credentials(text);
  m.call_id = header(m.text, "Call-ID", "i");
  m.summary = summary_of(m.text);
  if (!filter_.empty() && m.text.find(filter_) == std::string::npos && m.peer.to_string().find(filter_) == std::string::npos) return;
  if (console_.watched("sip debug")) {
    console_.publish("sip debug", one_line(m));
    for (std::string_view rest(m.text); !rest.empty();) console_.publish("sip debug", fmt::format("    {}", next_line(rest)));
  }
  if (messages_.size() == kKept) messages_.pop_front();
  messages_.push_back(std::move(m));
}

std::string Trace::ladder(const std::vector<std::string>& call_ids) const {
  std::vector<const TracedMessage*> shown;
  for (const auto& m : messages_) {
    if (call_ids.empty() || std::ranges::find(call_ids, m.call_id) != call_ids.end()) shown.push_back(&m);
  }
  if (shown.empty()) return running_ ? "no messages yet" : "no messages; switch the trace on with: sip debug on";
  const Columns columns(shown);
  std::string text = columns.heading() + "\n";
  for (const auto* m : shown) {
    const auto since = std::chrono::duration<double>(m->when - shown.front()->when).count();
    fmt::format_to(std::back_inserter(text), "{:>6.3f}{}\n", since, columns.arrow(*m));
  }
  return text;
}

}  // namespace tandem
