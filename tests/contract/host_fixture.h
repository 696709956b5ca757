// HostFixture: a real core on the sample office, with a state folder and ports of its own, and the modules that a test asks for.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "host/host.h"
#include "support/tandem_process.h"

namespace tandem::test {

class HostFixture : public testing::Test {
 protected:
  /// Opens and starts a host with `modules` from `folder`.
  Result<void> serve(const std::string& folder, const std::vector<std::string>& modules, const std::vector<std::string>& required = {});
  HostImpl& host() { return *host_; }
  /// From the next serve() on: another folder than the sample office's.
  void use_configs(std::string folder) { configs_ = std::move(folder); }

  /// A console line, run to its answer.
  Result<Json> run(const std::string& line);
  /// Turns the loop until `done`; false when it takes longer than 5 s.
  bool turn_until(const std::function<bool()>& done);

  /// What modules may have registered: console verbs, dialplan verbs, listeners.
  Json registrations();
  /// True while FOLDER/NAME.so is mapped into this process.
  static bool mapped(const std::string& name);

  ~HostFixture() override;

 private:
  void copy_sample_office();

  TemporaryFolder state_;
  std::string configs_;  ///< empty until serve(): a copy of the sample office
  PortRange ports_;
  std::unique_ptr<HostImpl> host_;
};

}  // namespace tandem::test
