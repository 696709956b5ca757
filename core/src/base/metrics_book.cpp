#include "base/metrics_book.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog("core");
constexpr std::string_view kLeftOut = "tandem_metrics_left_out";

bool is_name(std::string_view name) {
  const bool ours = name.starts_with("tandem_") || name.starts_with("process_");
  return ours && name.size() < 100 &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

std::string escaped(std::string_view text, bool quotes) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') out += "\\\\";
    if (c == '\n') out += "\\n";
    if (c == '"') out += quotes ? "\\\"" : "\"";
    if (c != '\\' && c != '\n' && c != '"') out += c;
  }
  return out;
}

void line(std::string& page, std::string_view name, const std::vector<std::pair<std::string, std::string>>& labels, double value) {
  page += name;
  for (size_t i = 0; i < labels.size(); ++i) {
    fmt::format_to(std::back_inserter(page), "{}{}=\"{}\"", i == 0 ? "{" : ",", labels[i].first, escaped(labels[i].second, true));
  }
  fmt::format_to(std::back_inserter(page), "{} {}\n", labels.empty() ? "" : "}", number(value));
}

void histogram_lines(std::string& page, const std::string& name, const Histogram& histogram) {
  uint64_t sum = 0;
  for (size_t i = 0; i < histogram.counts().size(); ++i) {
    sum += histogram.counts()[i];
    const auto bound = i < histogram.bounds().size() ? number(histogram.bounds()[i]) : "+Inf";
    line(page, name + "_bucket", {{"le", bound}}, static_cast<double>(sum));
  }
  line(page, name + "_sum", {}, histogram.sum());
  line(page, name + "_count", {}, static_cast<double>(sum));
}

}  // namespace

Registration MetricsBook::gauge(std::string name, std::string help, ReadAll read) {
  return add(std::move(name), {"gauge", std::move(help), std::move(read)});
}

Registration MetricsBook::counter(std::string name, std::string help, ReadAll read) {
  return add(std::move(name), {"counter", std::move(help), std::move(read)});
}

Registration MetricsBook::histogram(std::string name, std::string help, const Histogram& histogram) {
  return add(std::move(name), {"histogram", std::move(help), nullptr, &histogram});
}

Registration MetricsBook::add(std::string name, Entry entry) {
  const bool good = is_name(name) && name != kLeftOut && (entry.type == "counter") == name.ends_with("_total");
  if (!good || entries_.contains(name)) {
    kLog.line(LogLevel::error, "the metric {} is {}", name, good ? "there already" : "not named as metrics are");
    return {};
  }
  const auto it = entries_.emplace(std::move(name), std::move(entry)).first;
  return Registration([this, it] { entries_.erase(it); });
}

void MetricsBook::write(const std::string& name, Entry& entry, std::string& page) {
  fmt::format_to(std::back_inserter(page), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, escaped(entry.help, false), entry.type);
  if (entry.histogram != nullptr) return histogram_lines(page, name, *entry.histogram);
  auto samples = entry.read();
  if (samples.size() > kMostSamples) {
    left_out_ += samples.size() - kMostSamples;
    samples.resize(kMostSamples);
  }
  for (const auto& sample : samples) line(page, name, sample.labels, sample.value);
}

std::string MetricsBook::text() {
  std::string page;
  for (auto& [name, entry] : entries_) write(name, entry, page);
  fmt::format_to(std::back_inserter(page), "# HELP {0} Series that were too many for one metric\n# TYPE {0} gauge\n{0} {1}\n", kLeftOut,
                 left_out_);
  return page;
}

}  // namespace tandem
