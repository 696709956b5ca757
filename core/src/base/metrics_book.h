// MetricsBook: the Metrics of the host. Switch thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "tandem/metrics.h"

namespace tandem {

class MetricsBook final : public Metrics {
 public:
  using Metrics::counter;
  using Metrics::gauge;
  Registration gauge(std::string name, std::string help, ReadAll read) override;
  Registration counter(std::string name, std::string help, ReadAll read) override;
  Registration histogram(std::string name, std::string help, const Histogram& histogram) override;
  std::string text() override;

 private:
  struct Entry {
    std::string type, help;
    ReadAll read;
    const Histogram* histogram = nullptr;
  };
  Registration add(std::string name, Entry entry);
  void write(const std::string& name, Entry& entry, std::string& page);

  std::map<std::string, Entry, std::less<>> entries_;
  uint64_t left_out_ = 0;
};

}  // namespace tandem
