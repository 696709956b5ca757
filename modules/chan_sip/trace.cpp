#include "trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <utility>

#include "trace_ladder.h"

namespace tandem {
namespace {

constexpr std::string_view kRule = "   ------------------------------------------------------------------------\n";
constexpr size_t kLongest = 70'000;  // more than a datagram with its indentation

// "recv 512 bytes from udp/[127.0.0.1]:5080 at ..." and "send 512 bytes to tcp/...".
bool read_stamp(std::string_view stamp, TracedMessage& m) {
  m.sent = stamp.find(" bytes to ") != std::string_view::npos;
  const size_t open = stamp.find("/["), close = stamp.find("]:", open);
  if (open == std::string_view::npos || close == std::string_view::npos) return false;
  m.stream = !stamp.substr(0, open).ends_with("udp");
  uint16_t port = 0;
  const char* const digits = stamp.data() + close + 2;
  std::from_chars(digits, stamp.data() + stamp.size(), port);
  auto address = SocketAddress::from(stamp.substr(open + 2, close - open - 2), port);
  if (!address) return false;
  m.peer = *address;
  return true;
}

}  // namespace

Trace::Trace(Stack& stack, const Clock& clock, Console& console, Capture* capture, FindEnds find_ends)
    : stack_(stack), clock_(clock), console_(console), capture_(capture), find_ends_(std::move(find_ends)) {
  if (capture_ != nullptr) watched_ = capture_->watch([this] { listen(); });
  listen();
}

Trace::~Trace() {
  if (listening_) stack_.log_messages(nullptr, nullptr);
}

// The stack writes messages only while somebody wants them.
void Trace::listen() {
  const bool wanted = running_ || (capture_ != nullptr && capture_->wanted(CaptureKind::sip));
  if (wanted == std::exchange(listening_, wanted)) return;
  pending_.clear();
  wanted ? stack_.log_messages(log_line, this) : stack_.log_messages(nullptr, nullptr);
}

void Trace::start(TraceFilter filter) {
  filter_ = std::move(filter);
  if (const auto known = calls_.find(filter_.call()); known != calls_.end()) {
    for (const auto& id : known->second) filter_.add_call_id(id);
  }
  if (!std::exchange(running_, true)) messages_.clear();
  listen();
}

void Trace::stop() {
  running_ = false;
  listen();
}

void Trace::learn(const CallRecord& record) {
  if (!running_) return;
  auto [it, fresh] = calls_.try_emplace(record.call);
  if (fresh) calls_in_order_.push_back(record.call);
  for (const auto& leg : record.legs) {
    if (leg.protocol_id.empty() || std::ranges::find(it->second, leg.protocol_id) != it->second.end()) continue;
    it->second.push_back(leg.protocol_id);
    if (filter_.call() == record.call) filter_.add_call_id(leg.protocol_id);
  }
  if (calls_in_order_.size() <= kCalls) return;
  calls_.erase(calls_in_order_.front());
  calls_in_order_.pop_front();
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
  const std::string_view stamp = take_line(text);
  TracedMessage m;
  if (!read_stamp(stamp, m)) return;
  m.local = m.stream ? stack_.bound_tcp() : stack_.bound();
  if (const auto ends = find_ends_ ? find_ends_(m.peer) : std::nullopt) {
    m.peer = ends->peer;
    m.local = ends->local;
  }
  m.when = clock_.wall();
  m.text = mask_secrets(text);
  m.call_id = header_value(m.text, "Call-ID", "i");
  m.summary = summary_of(m.text);
  copy(m);
  if (running_ && filter_.fits(m)) keep(std::move(m));
}

void Trace::copy(const TracedMessage& m) {
  if (capture_ == nullptr || !capture_->wanted(CaptureKind::sip)) return;
  std::string wire;  // as SIP ends its lines
  wire.reserve(m.text.size() + 64);
  for (const char c : m.text) {
    if (c == '\n') wire += '\r';
    wire += c;
  }
  capture_->send({.kind = CaptureKind::sip,
                  .from = m.sent ? m.local : m.peer,
                  .to = m.sent ? m.peer : m.local,
                  .stream = m.stream,
                  .when = m.when,
                  .correlation = m.call_id,
                  .payload = wire});
}

void Trace::keep(TracedMessage m) {
  if (console_.watched("sip debug")) {
    console_.publish("sip debug", trace_line(m));
    for (std::string_view rest(m.text); !rest.empty();) console_.publish("sip debug", fmt::format("    {}", take_line(rest)));
  }
  if (messages_.size() == kKept) messages_.pop_front();
  messages_.push_back(std::move(m));
}

Result<std::vector<const TracedMessage*>> Trace::chosen(const std::vector<std::string>& ids) const {
  std::vector<std::string> wanted;
  for (const auto& id : ids) {
    wanted.push_back(id);
    if (const auto known = calls_.find(id); known != calls_.end()) wanted.insert(wanted.end(), known->second.begin(), known->second.end());
  }
  std::vector<const TracedMessage*> shown;
  for (const auto& m : messages_) {
    if (wanted.empty() || std::ranges::find(wanted, m.call_id) != wanted.end()) shown.push_back(&m);
  }
  if (!shown.empty()) return shown;
  return Error{ErrorCode::not_found, running_ ? "no messages yet" : "no messages; switch the trace on with: sip debug on"};
}

Result<std::string> Trace::ladder(const std::vector<std::string>& ids) const {
  const auto shown = chosen(ids);
  if (!shown) return shown.error();
  return ladder_text(*shown);
}

Result<std::string> Trace::svg(const std::vector<std::string>& ids) const {
  const auto shown = chosen(ids);
  if (!shown) return shown.error();
  return ladder_svg(*shown, ids.empty() ? "SIP messages" : "Call " + ids.front());
}

}  // namespace tandem
