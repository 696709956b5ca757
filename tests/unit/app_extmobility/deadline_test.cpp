// Deadlines on a clock that moves when told: time limits, idleness, phones that do not come back, users who are gone.
#include "unit/app_extmobility/office.h"

namespace tandem::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using namespace std::chrono_literals;

class DeadlineTest : public MobilityOffice {
 protected:
  void set(const std::function<void(MobilitySettings&)>& change) {
    change(settings_);
    service_->configure(settings_);
  }
  std::vector<std::string> ended_;
  Registration ear_ = static_cast<Events&>(events_).subscribe<SessionEnded>(
      [this](const SessionEnded& e) { ended_.push_back(e.session.device + " " + std::string(e.why) + (e.by_hand ? " by hand" : "")); });
};

TEST_F(DeadlineTest, NobodyIsLoggedOutWithoutALimit) {
  ASSERT_TRUE(login("A1", "john.doe", "719204").ok());
  pass(24h * 3);
  EXPECT_EQ(at("A1"), "john.doe");
}

TEST_F(DeadlineTest, TheLongestTimeIsEnforced) {
  set([](auto& s) { s.max_login_time = 60min; });
  ASSERT_TRUE(login("A1", "john.doe", "719204").ok());
  pass(59min);
  EXPECT_EQ(at("A1"), "john.doe");
  pass(1min);
  EXPECT_EQ(at("A1"), "");
  EXPECT_THAT(ended_, ElementsAre("A1 time"));
}

TEST_F(DeadlineTest, ARequestMayHaveATimeOfItsOwn) {
  auto request = ask("A1", "jane.white", "284615");
  request.duration = 5min;
  ASSERT_TRUE(login(request).ok());
  pass(5min);
  EXPECT_EQ(at("A1"), "");
  set([](auto& s) { s.max_login_time = 60min, s.behalf_max_login_time = 10min; });
  auto other = ask("A1", "jane.white", "");
  other.origin = administrator();
  ASSERT_TRUE(login(other).ok());
  pass(10min);
  EXPECT_EQ(at("A1"), "") << "what an administrator began does not last";
}

TEST_F(DeadlineTest, ADeadlineThatPassedWhileWeWereAwayIsSweptAtTheStart) {
  set([](auto& s) { s.max_login_time = 60min; });
  ASSERT_TRUE(login("A1", "john.doe", "719204").ok());
  service_.reset();
  loop_.advance(2h);
  open();
  pass(1s);
  EXPECT_EQ(at("A1"), "");
}

TEST_F(DeadlineTest, IdleMeansNoCallNoKeyNoService) {
  set([](auto& s) { s.idle_logout = true; });
  std::vector<std::string> warned;
  const auto ear = static_cast<Events&>(events_).subscribe<NamedEvent>([&](const NamedEvent& e) {
    if (e.name == "session.idle_warning") warned.push_back(e.data["device"]);
  });
  ASSERT_TRUE(login("A1", "john.doe", "719204").ok());
  pass(8min);
  EXPECT_TRUE(warned.empty());
  service_->touched("A1");
  pass(8min);
  EXPECT_EQ(at("A1"), "john.doe") << "a key was pressed";
  in_calls_ = {"A1"};
  pass(30min);
  EXPECT_EQ(at("A1"), "john.doe") << "never during a call";
  in_calls_.clear();
  warned.clear();
  for (int minute = 0; minute < 11; ++minute) pass(1min);
  EXPECT_EQ(at("A1"), "");
  EXPECT_THAT(warned, ElementsAre("A1"));
  EXPECT_THAT(ended_, ElementsAre("A1 idle"));
}

TEST_F(DeadlineTest, ARestartGivesIdleSessionsTheirWholeTime) {
  set([](auto& s) { s.idle_logout = true; });
  ASSERT_TRUE(login("A1", "john.doe", "719204").ok());
  service_.reset();
  loop_.advance(20min);
  open();
  pass(5min);
  EXPECT_EQ(at("A1"), "john.doe");
}

TEST_F(DeadlineTest, AUserWhoIsGoneIsLoggedOutAndTold) {
  ASSERT_TRUE(login("A1", "jane.white", "284615").ok());
  std::string people = kPeople;
  const auto from = people.find("[user jane.white]");
  people.erase(from, people.find("[user sam.night]") - from);
  const auto profile = people.find("[profile jane-8841]");
  people.erase(profile, people.find("[profile sam-ward]") - profile);
  configs_.write("directory.ini", people);
  std::optional<Result<std::string>> reloaded;
  directory_->reload([&](Result<std::string> done) { reloaded.emplace(std::move(done)); });
  ASSERT_TRUE(loop_.run_until([&] { return reloaded.has_value(); }));
  ASSERT_TRUE(*reloaded) << reloaded->error().message;
  EXPECT_EQ(directory_->occupant(*directory_->device("A1")).number, "19001") << "at once";
  pass(61min);
  EXPECT_EQ(at("A1"), "");
  std::vector<std::string> anomalies;
  for (const auto& note : history()) {
    if (note.what == "anomaly") anomalies.push_back(note.why);
  }
  EXPECT_THAT(anomalies, Contains("user-gone"));
}

TEST_F(DeadlineTest, InAnotherBuildingThanMinutesAgoIsAnAnomaly) {
  std::vector<std::string> kinds;
  const auto ear = static_cast<Events&>(events_).subscribe<NamedEvent>([&](const NamedEvent& e) {
    if (e.name == "mobility.anomaly") kinds.push_back(e.data["kind"]);
  });
  ASSERT_TRUE(login("A1", "john.doe", "719204").ok());
  logout("A1");
  ASSERT_TRUE(login("B1", "john.doe", "719204").ok());
  ASSERT_TRUE(loop_.run_until([&] { return !kinds.empty(); }));
  EXPECT_THAT(kinds, ElementsAre("another-building"));
}

class EveryPhoneReloads final : public PhoneReloads {
 public:
  bool expected(std::string_view) override { return true; }
};

TEST_F(DeadlineTest, ASessionIsAppliedWhenThePhoneHasFetchedAndRegistered) {
  EveryPhoneReloads reloads;
  reloads_ = &reloads;
  open();
  const auto result = login("A1", "john.doe", "719204");
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.session->state, LoginState::pending);
  const auto state = [&] {
    settle();
    return directory_->sessions().at("A1")->state;
  };
  service_->phone_registered("A1");
  EXPECT_EQ(state(), LoginState::pending) << "it has not fetched anything";
  service_->phone_fetched("A1", result.session->version - 1);
  EXPECT_EQ(state(), LoginState::pending) << "an old version";
  pass(61s);
  EXPECT_THAT(directory_->sessions().at("A1")->reason, testing::HasSubstr("has not fetched"));
  service_->phone_fetched("A1", result.session->version);
  EXPECT_EQ(state(), LoginState::fetched);
  service_->phone_registered("A1");
  EXPECT_EQ(state(), LoginState::applied);
  EXPECT_EQ(directory_->sessions().at("A1")->reason, "");
}

}  // namespace
}  // namespace tandem::test
