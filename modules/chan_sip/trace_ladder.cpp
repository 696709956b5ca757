#include "trace_ladder.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace tandem {
namespace {

constexpr size_t kColumn = 26;    // characters between two participants
constexpr size_t kMostPeers = 6;  // that a ladder shows
constexpr size_t kMostArrows = 400;
constexpr size_t kMostLabel = 60;

std::string clock_time(WallTime when) {
  const auto in_day = when.time_since_epoch() % std::chrono::hours(24);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(in_day).count();
  return fmt::format("{:02}:{:02}:{:02}.{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60, ms % 1000);
}

std::string centred(std::string_view text, size_t width, char fill) {
  text = text.substr(0, width);
  const size_t left = (width - text.size()) / 2;
  return std::string(left, fill) + std::string(text) + std::string(width - text.size() - left, fill);
}

double seconds_between(const TracedMessage& first, const TracedMessage& then) {
  return std::chrono::duration<double>(then.when - first.when).count();
}

/// Who stands where: whoever spoke first on the left of us, everybody else on the right.
class Columns {
 public:
  static constexpr size_t kUs = 1;

  explicit Columns(const std::vector<const TracedMessage*>& messages) {
    for (const auto* m : messages) {
      if (std::ranges::find(peers_, m->peer) == peers_.end() && peers_.size() < kMostPeers) peers_.push_back(m->peer);
    }
  }
  size_t count() const { return peers_.size() + 1; }
  std::string name(size_t column) const { return column == kUs ? "tandem" : peers_[column < kUs ? column : column - 1].to_string(); }
  /// From where to where; both kUs when its peer has no column.
  std::pair<size_t, size_t> ends(const TracedMessage& m) const {
    const auto found = std::ranges::find(peers_, m.peer);
    if (found == peers_.end()) return {kUs, kUs};
    const size_t at = static_cast<size_t>(found - peers_.begin());
    const size_t peer = at < kUs ? at : at + 1;
    return m.sent ? std::pair(kUs, peer) : std::pair(peer, kUs);
  }

 private:
  std::vector<SocketAddress> peers_;
};

std::string heading(const Columns& columns) {
  std::string line = std::string(6, ' ');
  for (size_t i = 0; i < columns.count(); ++i) line += centred(columns.name(i), kColumn, ' ');
  return line;
}

std::string arrow(const Columns& columns, const TracedMessage& m) {
  const auto [from, to] = columns.ends(m);
  if (from == to) return trace_line(m);
  const size_t left = std::min(from, to), right = std::max(from, to);
  std::string line;
  for (size_t i = 0; i < columns.count(); ++i) line += centred("|", kColumn, ' ');
  const size_t start = left * kColumn + (kColumn - 1) / 2 + 1, width = (right - left) * kColumn - 1;
  std::string shaft = centred(fmt::format(" {} ", std::string_view(m.summary).substr(0, width - 6)), width, '-');
  (to > from ? shaft.back() : shaft.front()) = to > from ? '>' : '<';
  return line.replace(start, width, shaft);
}

/// What XML cannot hold goes too: an attacker wrote it.
std::string xml(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '&') {
      safe += "&amp;";
    } else if (c == '<') {
      safe += "&lt;";
    } else if (c == '>') {
      safe += "&gt;";
    } else if (c == '"') {
      safe += "&quot;";
    } else if ((octet < 0x20 && c != '\n') || octet >= 0x7f) {
      safe += '?';
    } else {
      safe += c;
    }
  }
  return safe;
}

/// Requests and each class of answers in a colour of its own that can be told apart on white and on black.
std::string_view colour_of(const TracedMessage& m) {
  const char first = m.summary.empty() ? ' ' : m.summary.front();
  if (first < '1' || first > '9') return "#2f6fdb";
  if (first == '1') return "#8a8a8a";
  if (first == '2') return "#2e9e4f";
  if (first == '3') return "#c98a00";
  return "#d23f31";
}

constexpr size_t kStep = 34, kWide = 240, kLeft = 150, kTop = 92;

size_t x_of(size_t column) { return kLeft + column * kWide; }

void svg_frame(const Columns& columns, size_t height, const std::string& title, std::string& svg) {
  const size_t width = x_of(columns.count() - 1) + kLeft;
  auto to = std::back_inserter(svg);
  fmt::format_to(
      to,
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" "
      "font-family=\"DejaVu Sans, Verdana, sans-serif\" font-size=\"12\">\n<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n"
      "<text x=\"16\" y=\"26\" font-size=\"15\" font-weight=\"bold\" fill=\"#222222\">{2}</text>\n",
      width, height, xml(title));
  for (size_t i = 0; i < columns.count(); ++i) {
    fmt::format_to(to,
                   "<line x1=\"{0}\" y1=\"{1}\" x2=\"{0}\" y2=\"{2}\" stroke=\"#bbbbbb\"/>\n"
                   "<rect x=\"{3}\" y=\"44\" width=\"180\" height=\"26\" rx=\"5\" fill=\"{5}\" stroke=\"#888888\"/>\n"
                   "<text x=\"{0}\" y=\"61\" text-anchor=\"middle\" fill=\"#222222\">{4}</text>\n",
                   x_of(i), 70, height - 16, x_of(i) - 90, xml(columns.name(i)), i == Columns::kUs ? "#e8f0fe" : "#f4f4f4");
  }
}

void svg_arrow(const Columns& columns, const TracedMessage& m, double since, size_t y, std::string& svg) {
  const auto [from, to] = columns.ends(m);
  auto out = std::back_inserter(svg);
  fmt::format_to(out, "<text x=\"12\" y=\"{}\" fill=\"#777777\" font-size=\"11\">{:.3f}</text>\n", y + 4, since);
  const auto label = xml(m.summary.substr(0, kMostLabel));
  if (from == to) {
    fmt::format_to(out, "<text x=\"{}\" y=\"{}\" fill=\"#777777\">{} {} {}</text>\n", x_of(Columns::kUs) + 8, y, m.sent ? "to" : "from",
                   m.peer.to_string(), label);
    return;
  }
  const size_t x1 = x_of(from), x2 = x_of(to);
  const size_t tip = to > from ? x2 - 9 : x2 + 9;
  fmt::format_to(out,
                 "<g><title>{0}</title><line x1=\"{1}\" y1=\"{2}\" x2=\"{3}\" y2=\"{2}\" stroke=\"{4}\" stroke-width=\"1.5\"/>"
                 "<polygon points=\"{3},{2} {5},{6} {5},{7}\" fill=\"{4}\"/>"
                 "<text x=\"{8}\" y=\"{9}\" text-anchor=\"middle\" fill=\"#222222\">{10}</text></g>\n",
                 xml(m.text), x1, y, x2, colour_of(m), tip, y - 4, y + 4, (x1 + x2) / 2, y - 6, label);
}

}  // namespace

std::string trace_line(const TracedMessage& m) {
  return fmt::format("{} {} {} {}  {}", clock_time(m.when), m.sent ? "-->" : "<--", m.peer.to_string(), m.summary, m.call_id);
}

std::string ladder_text(const std::vector<const TracedMessage*>& messages) {
  const Columns columns(messages);
  std::string text = heading(columns) + "\n";
  for (const auto* m : messages) {
    fmt::format_to(std::back_inserter(text), "{:>6.3f}{}\n", seconds_between(*messages.front(), *m), arrow(columns, *m));
  }
  return text;
}

std::string ladder_svg(const std::vector<const TracedMessage*>& messages, const std::string& title) {
  const Columns columns(messages);
  const size_t shown = std::min(messages.size(), kMostArrows);
  const std::string more = shown < messages.size() ? fmt::format(" (the first {} of {} messages)", shown, messages.size()) : "";
  std::string svg;
  svg_frame(columns, kTop + shown * kStep + 30, title + more, svg);
  for (size_t i = 0; i < shown; ++i) {
    svg_arrow(columns, *messages[i], seconds_between(*messages.front(), *messages[i]), kTop + 16 + i * kStep, svg);
  }
  return svg + "</svg>\n";
}

}  // namespace tandem
