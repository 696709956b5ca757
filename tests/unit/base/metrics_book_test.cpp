#include "base/metrics_book.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem {
namespace {

using testing::HasSubstr;
using testing::Not;

class MetricsBookTest : public testing::Test {
 protected:
  MetricsBook book;
};

TEST_F(MetricsBookTest, WritesWhatPrometheusReads) {
  double calls = 3;
  const auto gauge = book.gauge("tandem_calls", "Calls \\ now\n", Metrics::Read([&] { return calls; }));
  const auto counter = book.counter("tandem_refused_total", "Refused", Metrics::ReadAll([] {
                                      return std::vector<MetricSample>{{1, {{"reason", "a \"b\""}, {"x", "y"}}}, {2.5, {{"reason", "c"}}}};
                                    }));
  calls = 4;
  EXPECT_THAT(book.text(), HasSubstr("# HELP tandem_calls Calls \\\\ now\\n\n# TYPE tandem_calls gauge\ntandem_calls 4\n"));
  EXPECT_THAT(book.text(), HasSubstr("# TYPE tandem_refused_total counter\ntandem_refused_total{reason=\"a \\\"b\\\"\",x=\"y\"} 1\n"
                                     "tandem_refused_total{reason=\"c\"} 2.5\n"));
}

TEST_F(MetricsBookTest, AHistogramAddsUp) {
  Histogram times({0.1, 1});
  for (const double t : {0.05, 0.1, 0.5, 3.0}) times.observe(t);
  const auto kept = book.histogram("tandem_times_seconds", "Times", times);
  EXPECT_THAT(book.text(),
              HasSubstr("tandem_times_seconds_bucket{le=\"0.1\"} 2\ntandem_times_seconds_bucket{le=\"1\"} 3\n"
                        "tandem_times_seconds_bucket{le=\"+Inf\"} 4\ntandem_times_seconds_sum 3.65\ntandem_times_seconds_count 4\n"));
}

TEST_F(MetricsBookTest, GoesWithItsRegistration) {
  {
    const auto kept = book.gauge("tandem_calls", "Calls", Metrics::Read([] { return 1; }));
  }
  EXPECT_THAT(book.text(), Not(HasSubstr("tandem_calls")));
}

TEST_F(MetricsBookTest, RefusesWhatIsNoNameOrTaken) {
  const auto read = [] { return Metrics::Read([] { return 1; }); };
  const auto first = book.gauge("tandem_calls", "Calls", read());
  for (const std::string name : {"tandem_calls", "calls", "tandem_Calls", "tandem_calls_total", "tandem_metrics_left_out"}) {
    EXPECT_FALSE(book.gauge(name, "x", read())) << name;
  }
  EXPECT_FALSE(book.counter("tandem_things", "x", read()));
}

TEST_F(MetricsBookTest, NoMetricHasASeriesOfEverything) {
  const auto kept = book.gauge("tandem_things", "Things", Metrics::ReadAll([] {
                                 std::vector<MetricSample> all;
                                 for (int i = 0; i < 1000; ++i) all.push_back({1, {{"number", std::to_string(i)}}});
                                 return all;
                               }));
  const auto page = book.text();
  EXPECT_THAT(page, HasSubstr("number=\"199\""));
  EXPECT_THAT(page, Not(HasSubstr("number=\"200\"")));
  EXPECT_THAT(page, HasSubstr("tandem_metrics_left_out 800\n"));
}

}  // namespace
}  // namespace tandem
