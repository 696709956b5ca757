// MobileOffice: the service on a real store and the people of the sample office, with a clock that moves only when the test says so. It is
// Monday 2 November 2026, 01:00 UTC: Sunday 17:00 in Los Angeles.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>

#include "base/config_folder.h"
#include "service.h"
#include "store/store_folder.h"
#include "support/fake_call.h"
#include "support/fake_events.h"
#include "support/fake_loop.h"
#include "support/office_directory.h"
#include "unit/store/temporary_folder.h"

namespace tandem::test {

class MobilePolicies final : public Policies {
 public:
  Result<Value> ask(std::string_view name, const Value& question) override {
    asked_.push_back(question);
    const auto found = answers_.find(name);
    if (found == answers_.end()) return Error{ErrorCode::not_found, "no such policy"};
    return found->second;
  }
  bool has(std::string_view name) const override { return answers_.contains(name); }
  std::map<std::string, Value, std::less<>> answers_;
  std::vector<Value> asked_;
};

class MobileLines final : public LineBook {
 public:
  std::shared_ptr<const LineSettings> of(std::string_view /*user*/) override { return std::make_shared<const LineSettings>(line_); }
  DoNotDisturb dnd_at(const Device& /*device*/) override { return at_phone_; }
  void change(std::string /*user*/, LineChange /*change*/, Done /*done*/) override {}
  void set_dnd_at(std::string /*device*/, DoNotDisturb /*dnd*/, Done /*done*/) override {}
  LineSettings line_;
  DoNotDisturb at_phone_ = DoNotDisturb::off;
};

class MobileOffice : public testing::Test {
 protected:
  static constexpr const char* kIni = R"([service]
time_zone = America/Los_Angeles
[list vips]
kind = allowed
members = +1408555XXXX, 11002
[list nobody-hidden]
kind = blocked
members = private, not available, 91900!
[destination john.doe/mobile]
number = 914085557001
label = Mobile
delay_inside = 4s
delay_outside = 0
[destination john.doe/home]
number = 914089717272
delay_inside = 4s
delay_outside = 0
)";

  void SetUp() override { open(kIni); }
  void TearDown() override { service_.reset(); }

  /// Opens it, or opens it again as after a restart.
  Result<void> try_open(const std::string& ini) {
    service_.reset();
    configs_.write("mobileconnect.ini", ini);
    const auto settings = read_mobile_settings(config_);
    if (!settings) return settings.error();
    auto service = MobileService::open(parts(), *settings);
    if (!service) return service.error();
    service_ = std::move(*service);
    settle();
    return {};
  }
  void open(const std::string& ini) {
    const auto opened = try_open(ini);
    ASSERT_TRUE(opened) << opened.error().message;
  }
  /// As the loader does a reload.
  Result<void> reload(const std::string& ini) {
    configs_.write("mobileconnect.ini", ini);
    const auto settings = read_mobile_settings(config_);
    if (!settings) return settings.error();
    auto ready = service_->prepare(*settings);
    if (!ready) return ready.error();
    (*ready)();
    return {};
  }
  MobileService::Parts parts() { return {loop_, events_, directory_, store_, &policies_, &lines_}; }
  void settle() {
    ASSERT_TRUE(loop_.run_until([&] { return service_->waiting() == 0; }));
    loop_.settle();
  }

  /// What a change comes to: "" or the sentence why not.
  template <class Start>
  std::string wait(Start start) {
    std::optional<std::string> said;
    start([&said](const Result<void>& done) { said = done ? "" : done.error().message; });
    EXPECT_TRUE(loop_.run_until([&] { return said.has_value(); }));
    return said.value_or("no answer");
  }
  std::string add(const std::string& id, const std::string& number, const Json& more = Json::object()) {
    Destination row;
    std::tie(row.user, row.name) = *split_id(id);
    if (auto set = set_field(destination_fields(), row, "number", number); !set) return set.error().message;
    if (auto set = set_fields(destination_fields(), row, more, {}); !set) return set.error().message;
    return wait([&](auto done) { service_->create(row, std::move(done)); });
  }
  std::string edit(const std::string& id, const std::string& field, const std::string& text) {
    return wait([&](auto done) {
      service_->edit(
          id, [=](Destination& row) { return set_field(destination_fields(), row, field, text); }, std::move(done));
    });
  }
  std::string remove(const std::string& id) {
    return wait([&](auto done) { service_->remove(id, std::move(done)); });
  }

  /// A call from a number outside, as the dialplan has made it; or (shorter ones) from inside.
  ReachPlan call(const std::string& number, const std::string& user = "john.doe", bool in_group = false) {
    call_.identity_.number = number;
    return service_->plan({.user = user, .call = call_, .inside = inside_, .in_group = in_group});
  }
  static std::vector<std::string> ids(const ReachPlan& plan) {
    std::vector<std::string> ids;
    for (const auto& leg : plan.legs) ids.push_back(leg.id);
    return ids;
  }

  TemporaryFolder configs_, state_;
  FakeLoop loop_;
  StoreFolder store_{state_.path(), loop_};
  ConfigFolder config_{configs_.path(), {}};
  FakeEvents events_;
  OfficeDirectory directory_;
  MobilePolicies policies_;
  MobileLines lines_;
  FakeCall call_;
  bool inside_ = false;
  std::unique_ptr<MobileService> service_;
};

}  // namespace tandem::test
