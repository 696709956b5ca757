// MobilityOffice: the service on a real directory and a real store, with a clock that moves only when the test says so and hashes that cost
// nothing.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "base/config_folder.h"
#include "service.h"
#include "store/directory_store.h"
#include "store/store_folder.h"
#include "support/fake_events.h"
#include "support/fake_loop.h"
#include "tandem/named_event.h"
#include "unit/store/temporary_folder.h"

namespace tandem::test {

class FakePolicies final : public Policies {
 public:
  Result<Value> ask(std::string_view name, const Value& question) override {
    if (!answer_) return Error{ErrorCode::not_found, "no such policy"};
    asked_.push_back(std::string(name) + " " + question.dump());
    return *answer_;
  }
  std::optional<Result<Value>> answer_;
  std::vector<std::string> asked_;
};

class MobilityOffice : public testing::Test {
 protected:
  using Code = MobilityCode;
  static constexpr const char* kPeople = R"([general]
secrets = secrets.ini
[site hq]
location = Main Street
emergency_callback = +14085551000
[site annex]
location = Annex
emergency_callback = +14085551900
[user john.doe]
name = John Doe
extension = 11001
calling_class = international
badge = 990011
[user jane.white]
name = Jane White
extension = 11002
calling_class = national
[user sam.night]
name = Sam Night
extension = 11003
[user guest.one]
name = Guest One
extension = 11004
[profile john-8841]
user = john.doe
model = CP-8841
[profile jane-8841]
user = jane.white
model = CP-8841
calling_class = internal
[profile sam-ward]
user = sam.night
model = CP-8841
[profile sam-office]
user = sam.night
model = CP-8841
[profile default-7841]
model = CP-7841
[desk](!)
site = hq
[device A0](desk)
model = CP-8841
owner = john.doe
[device A1](desk)
model = CP-8841
extension = 19001
label = Desk 1
extension_mobility = yes
[device A2](desk)
model = CP-8841
extension = 19002
label = Desk 2
extension_mobility = yes
[device B1]
site = annex
model = CP-7841
extension = 19003
label = Desk B1
extension_mobility = yes
)";

  MobilityOffice() {
    configs_.write("directory.ini", kPeople);
    configs_.write("secrets.ini", "[devices]\ndefault = a-good-one\n");
    settings_.hash.memory = 8192, settings_.hash.passes = 1;
    settings_.first_pins = {{"john.doe", "719204"}, {"jane.white", "284615"}, {"sam.night", "530968"}};
    settings_.max_concurrent_requests = 100;
    settings_.pin.min_length = 6;
  }
  ~MobilityOffice() override { close(); }

  /// Opens the office, or opens it again as after a restart.
  void open() {
    close();
    auto directory = DirectoryStore::open(store_, config_);
    ASSERT_TRUE(directory) << directory.error().message;
    directory_ = std::move(*directory);
    directory_->sessions().tell(&events_);
    auto credentials = LoginCredentials::open(store_, loop_, settings_);
    ASSERT_TRUE(credentials) << credentials.error().message;
    credentials_ = std::move(*credentials);
    rules_ = std::make_unique<SiteRules>(&policies_);
    service_ = std::make_unique<MobilityService>(
        MobilityService::Parts{loop_, events_, *directory_, directory_->sessions(), *credentials_, *rules_, directory_.get(), nullptr,
                               reloads_, [this] { return in_calls_; },
                               [this](const std::string& device) { return std::vector<std::string>{addresses_[device]}; }},
        settings_);
    ASSERT_TRUE(loop_.run_until([&] { return credentials_->standing("sam.night").changed.has_value(); })) << "the first PINs are hashed";
    settle();
  }
  void close() {
    service_.reset();
    credentials_.reset();
    directory_.reset();
  }
  void SetUp() override { open(); }

  /// What is under way in the writer is through.
  void settle() {
    ASSERT_TRUE(loop_.run_until([&] { return directory_->database().backlog() == 0 && credentials_->backlog() == 0; }));
    loop_.settle();
  }
  template <class Start>
  MobilityResult wait(Start start) {
    auto result = std::make_shared<std::optional<MobilityResult>>();
    start([result](MobilityResult answer) { result->emplace(std::move(answer)); });
    EXPECT_TRUE(loop_.run_until([&] { return result->has_value(); }));
    return result->value_or(MobilityResult{.code = Code::unknown_error, .text = "no answer"});
  }

  static LoginRequest ask(const std::string& device, const std::string& who, const std::string& pin) {
    LoginRequest request;
    request.origin.door = "phone", request.origin.address = "192.0.2.1";
    request.device = device, request.who = who, request.pin = pin;
    return request;
  }
  static MobilityOrigin administrator() {
    return {.door = "console", .address = {}, .via_proxy = false, .by = "administrator", .trace = {}};
  }

  MobilityResult login(LoginRequest request) {
    return wait([&](MobilityDone done) { service_->login(std::move(request), std::move(done)); });
  }
  MobilityResult login(const std::string& device, const std::string& who, const std::string& pin) { return login(ask(device, who, pin)); }
  MobilityResult logout(const std::string& device) {
    return wait([&](MobilityDone done) {
      service_->logout({.origin = {.door = "phone", .address = {}, .via_proxy = false, .by = {}, .trace = {}}, .device = device},
                       std::move(done));
    });
  }
  /// Time passes; what was due has been done.
  void pass(Duration time) {
    loop_.advance(time);
    settle();
    loop_.advance(std::chrono::seconds(2));
    settle();
  }
  std::string at(const std::string& device) {
    const auto session = directory_->sessions().at(device);
    return session ? session->user : "";
  }
  std::vector<SessionNote> history(Sessions::HistoryQuestion question = {}) {
    std::optional<std::vector<SessionNote>> notes;
    directory_->sessions().history(std::move(question), [&](Result<std::vector<SessionNote>> found) { notes.emplace(std::move(*found)); });
    EXPECT_TRUE(loop_.run_until([&] { return notes.has_value(); }));
    return notes.value_or(std::vector<SessionNote>());
  }

  TemporaryFolder configs_, state_;
  FakeLoop loop_;
  StoreFolder store_{state_.path(), loop_};
  ConfigFolder config_{configs_.path(), {}};
  FakeEvents events_;
  FakePolicies policies_;
  PhoneReloads* reloads_ = nullptr;
  MobilitySettings settings_;
  std::vector<std::string> in_calls_;
  std::map<std::string, std::string> addresses_;
  std::unique_ptr<DirectoryStore> directory_;
  std::unique_ptr<LoginCredentials> credentials_;
  std::unique_ptr<SiteRules> rules_;
  std::unique_ptr<MobilityService> service_;
};

}  // namespace tandem::test
