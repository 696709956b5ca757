// Metrics: the numbers that Prometheus asks for. Read at each scrape, on the switch thread, so that counting costs nothing where packets
// and messages go. Switch thread.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tandem/function.h"
#include "tandem/registration.h"
#include "tandem/result.h"

namespace tandem {

/// One line of a metric. Labels are words of ours (a method, a reason): never a call, a number, a name or an address, which would make a
/// series of each.
struct MetricSample {
  double value = 0;
  std::vector<std::pair<std::string, std::string>> labels = {};
};

/// Counts values by size, for times: "how many took at most so long". Kept by whoever observes; read on its thread.
class Histogram {
 public:
  /// Upper bounds, ascending.
  explicit Histogram(std::vector<double> bounds) : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {}
  void observe(double value) {
    ++counts_[static_cast<size_t>(std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin())];
    sum_ += value;
  }
  const std::vector<double>& bounds() const { return bounds_; }
  const std::vector<uint64_t>& counts() const { return counts_; }  ///< of each bound alone; the last is beyond all
  double sum() const { return sum_; }

 private:
  std::vector<double> bounds_;
  std::vector<uint64_t> counts_;
  double sum_ = 0;
};

class Metrics {
 public:
  using Read = UniqueFunction<double()>;
  using ReadAll = UniqueFunction<std::vector<MetricSample>()>;
  static constexpr size_t kMostSamples = 200;  ///< of one metric; more are left out, and counted in tandem_metrics_left_out

  virtual ~Metrics() = default;
  /// Names are "tandem_" or "process_", small letters and "_"; counters end in "_total"; `help` is one sentence. What is wrong or taken is
  /// logged, and the Registration empty: a number that is missing is no reason not to serve. What the readers use must outlive the
  /// Registration.
  virtual Registration gauge(std::string name, std::string help, ReadAll read) = 0;
  virtual Registration counter(std::string name, std::string help, ReadAll read) = 0;
  virtual Registration histogram(std::string name, std::string help, const Histogram& histogram) = 0;

  Registration gauge(std::string name, std::string help, Read read) {
    return gauge(std::move(name), std::move(help), one(std::move(read)));
  }
  Registration counter(std::string name, std::string help, Read read) {
    return counter(std::move(name), std::move(help), one(std::move(read)));
  }

  /// The page: Prometheus text format 0.0.4.
  virtual std::string text() = 0;

 private:
  static ReadAll one(Read read) {
    return [r = std::move(read)]() mutable { return std::vector<MetricSample>{{r()}}; };
  }
};

}  // namespace tandem
