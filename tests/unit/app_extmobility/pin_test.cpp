// PINs: how they are checked, locked, changed, and what they may be; one-time codes.
#include <filesystem>
#include <fstream>

#include "pin_rules.h"
#include "session_machine.h"
#include "totp.h"
#include "unit/app_extmobility/office.h"

namespace tandem::test {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

class PinTest : public MobilityOffice {
 protected:
  MobilityResult change(const std::string& who, const std::string& old_pin, const std::string& new_pin) {
    PinRequest request;
    request.origin.door = "phone", request.origin.address = "192.0.2.1";
    request.device = "A1", request.who = who, request.old_pin = old_pin, request.new_pin = new_pin;
    return wait([&](MobilityDone done) { service_->change_pin(std::move(request), std::move(done)); });
  }
  MobilityResult give(const std::string& who, const std::string& pin, bool must_change = false) {
    PinRequest request;
    request.origin = administrator(), request.who = who, request.new_pin = pin, request.must_change = must_change;
    return wait([&](MobilityDone done) { service_->change_pin(std::move(request), std::move(done)); });
  }
};

TEST_F(PinTest, ThreeWrongOnesLockTheUserForAWhile) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(login("A1", "john.doe", "111222").code, Code::try_again);
  EXPECT_EQ(login("A1", "john.doe", "719204").code, Code::try_again) << "locked";
  EXPECT_TRUE(login("A1", "jane.white", "284615").ok()) << "others are not";
  logout("A1");
  loop_.advance(29min);
  EXPECT_EQ(login("A1", "john.doe", "719204").code, Code::try_again);
  loop_.advance(2min);
  EXPECT_TRUE(login("A1", "john.doe", "719204").ok());
}

TEST_F(PinTest, GuessesAtOnceDoNotOutrunTheLock) {
  size_t answers = 0;
  for (int i = 0; i < 20; ++i) {
    service_->login(ask("A1", "john.doe", i < 19 ? fmt::format("1112{:02}", i) : "719204"), [&](const MobilityResult& result) {
      ++answers;
      EXPECT_EQ(result.code, Code::try_again);
    });
  }
  ASSERT_TRUE(loop_.run_until([&] { return answers == 20; }));
  EXPECT_TRUE(credentials_->standing("john.doe").locked);
}

TEST_F(PinTest, FailuresAreForgottenAfterSomeTimeAndAfterASuccess) {
  for (int i = 0; i < 2; ++i) login("A1", "john.doe", "111222");
  loop_.advance(31min);
  login("A1", "john.doe", "111222");
  EXPECT_TRUE(login("A1", "john.doe", "719204").ok());
  EXPECT_EQ(credentials_->standing("john.doe").failed, 0);
}

TEST_F(PinTest, ALockWithoutEndTakesAnAdministrator) {
  settings_.pin.lock = 0ms;
  service_->configure(settings_);
  credentials_->configure(settings_);
  for (int i = 0; i < 3; ++i) login("A1", "john.doe", "111222");
  loop_.advance(24h * 2);
  EXPECT_EQ(login("A1", "john.doe", "719204").code, Code::try_again);
  EXPECT_TRUE(wait([&](MobilityDone done) { service_->unlock(administrator(), "john.doe", std::move(done)); }).ok());
  EXPECT_TRUE(login("A1", "john.doe", "719204").ok());
}

TEST_F(PinTest, APhoneAtWhichManyGuessesGoWrongIsNotLookedAt) {
  settings_.pin.failed_logins = 0;
  settings_.exempt_sources = {"192.0.2.1"};
  service_->configure(settings_);
  credentials_->configure(settings_);
  for (int i = 0; i < 10; ++i) login("A1", "nobody", "111222");
  EXPECT_EQ(login("A1", "john.doe", "719204").code, Code::try_again);
  EXPECT_TRUE(login("A2", "john.doe", "719204").ok()) << "another phone is";
  logout("A2");
  loop_.advance(31min);
  EXPECT_TRUE(login("A1", "john.doe", "719204").ok());
}

TEST_F(PinTest, AnAddressFromWhichManyGuessesComeIsNotLookedAt) {
  settings_.pin.failed_logins = 0, settings_.device_failures = 0, settings_.source_failures = 5;
  service_->configure(settings_);
  credentials_->configure(settings_);
  for (int i = 0; i < 5; ++i) login("A1", "nobody", "111222");
  EXPECT_EQ(login("A2", "john.doe", "719204").code, Code::try_again);
  auto request = ask("A2", "john.doe", "719204");
  request.origin.address = "192.0.2.99";
  EXPECT_TRUE(login(request).ok());
}

TEST_F(PinTest, AChangedPinIsTheOnlyOneAtOnceAndAfterARestart) {
  EXPECT_EQ(change("john.doe", "000000", "867532").code, Code::try_again);
  EXPECT_TRUE(change("john.doe", "719204", "867532").ok());
  EXPECT_EQ(login("A1", "john.doe", "719204").code, Code::try_again);
  EXPECT_TRUE(login("A1", "john.doe", "867532").ok());
  logout("A1");
  open();  // the ini file still says the first one
  EXPECT_EQ(login("A1", "john.doe", "719204").code, Code::try_again);
  EXPECT_TRUE(login("A1", "john.doe", "867532").ok());
}

TEST_F(PinTest, AnOldPinDoesNotComeBackAndAnEasyOneDoesNotCome) {
  EXPECT_TRUE(change("john.doe", "719204", "867532").ok());
  const auto again = change("john.doe", "867532", "719204");
  EXPECT_EQ(again.code, Code::pin_change);
  EXPECT_EQ(again.text, "this PIN was used before");
  EXPECT_THAT(change("john.doe", "867532", "867532").text, HasSubstr("differ"));
  EXPECT_THAT(change("john.doe", "867532", "11001").text, HasSubstr("at least 6 digits"));
  EXPECT_THAT(change("john.doe", "867532", "408408").text, HasSubstr("one group"));
}

TEST_F(PinTest, AGivenPinMayHaveToBeChangedFirst) {
  EXPECT_TRUE(give("jane.white", "975311", true).ok());
  EXPECT_EQ(login("A1", "jane.white", "975311").code, Code::pin_change);
  EXPECT_EQ(login("A1", "jane.white", "975312").code, Code::try_again) << "a wrong one is a wrong one";
  EXPECT_TRUE(change("jane.white", "975311", "468022").ok());
  EXPECT_TRUE(login("A1", "jane.white", "468022").ok());
}

TEST_F(PinTest, APinExpires) {
  settings_.pin.expires_days = 3;
  credentials_->configure(settings_);
  loop_.advance(24h * 3 - 1h);
  EXPECT_TRUE(login("A1", "john.doe", "719204").ok());
  logout("A1");
  loop_.advance(2h);
  EXPECT_EQ(login("A1", "john.doe", "719204").code, Code::pin_change);
}

TEST_F(PinTest, ThatAPinExpiresIsSaidSomeDaysBefore) {
  settings_.pin.warning_days = 10, settings_.pin.expires_days = 20;
  service_->configure(settings_);
  loop_.advance(24h * 5);
  EXPECT_EQ(login("A1", "john.doe", "719204").text, "");
  logout("A1");
  loop_.advance(24h * 10);
  EXPECT_THAT(login("A1", "john.doe", "719204").text, HasSubstr("within 5 days"));
}

TEST_F(PinTest, ThePinIsNowhereInTheFiles) {
  EXPECT_TRUE(change("john.doe", "719204", "8675329014").ok());
  settle();
  for (const auto& entry : std::filesystem::directory_iterator(state_.path())) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    EXPECT_EQ(bytes.find("8675329014"), std::string::npos) << entry.path();
  }
}

TEST_F(PinTest, WithoutItsPepperNoPinFits) {
  close();
  const std::string pepper = state_.path() + "/mobility.pepper";
  std::filesystem::permissions(pepper, std::filesystem::perms::owner_all);
  std::ofstream(pepper) << std::string(32, 'x');
  open();
  EXPECT_EQ(login("A1", "john.doe", "719204").code, Code::try_again);
}

TEST_F(PinTest, ASecondFactorIsAskedForAndUsedOnce) {
  settings_.second_factor_sites = {"hq"};
  service_->configure(settings_);
  EXPECT_EQ(login("A1", "john.doe", "719204").code, Code::policy_error) << "none has been set up";
  const std::string secret = "12345678901234567890";
  std::optional<Result<void>> kept;
  credentials_->set_factor("john.doe", secret, [&](Result<void> done) { kept.emplace(std::move(done)); });
  ASSERT_TRUE(loop_.run_until([&] { return kept.has_value(); }));
  const auto code = [&] {
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(loop_.clock().wall().time_since_epoch()).count();
    return totp_code(secret, now / 30);
  };
  const auto asked = login("A1", "john.doe", "719204");
  ASSERT_EQ(asked.code, Code::choose);
  EXPECT_TRUE(asked.one_time_code);
  LoginRequest answer = ask("A1", "", "");
  answer.continuation = asked.continuation, answer.one_time_code = code();
  EXPECT_TRUE(login(answer).ok());
  logout("A1");
  auto request = ask("A1", "john.doe", "719204");
  request.one_time_code = code();
  EXPECT_EQ(login(request).code, Code::try_again) << "no code twice";
  loop_.advance(31s);
  request.one_time_code = code();
  EXPECT_TRUE(login(request).ok());
  EXPECT_TRUE(login("B1", "jane.white", "284615").ok()) << "the other site does not ask";
}

TEST(Totp, MakesTheCodesOfTheRfc) {
  const std::string secret = "12345678901234567890";
  const std::pair<int64_t, const char*> rows[] = {{59, "94287082"},         {1111111109, "07081804"}, {1111111111, "14050471"},
                                                  {1234567890, "89005924"}, {2000000000, "69279037"}, {20000000000, "65353130"}};
  for (const auto& [time, code] : rows) EXPECT_EQ(totp_code(secret, time / 30, 8), code);
  EXPECT_EQ(base32("12345678901234567890"), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
}

TEST(PinRules, KnowTheEasyOnes) {
  const User john{.id = "john.doe", .name = "John Doe", .extension = "11001", .calling_class = {}, .did = {}, .badge = "990011"};
  for (const char* easy : {"111222", "121212", "408408", "11001", "10011", "2580", "0852", "159", "357", "753", "123456", "987654", "5646",
                           "363", "990011", "1100111001"}) {
    EXPECT_NE(trivial_pin(easy, john), "") << easy;
  }
  for (const char* good : {"719204", "284615", "530968", "867532", "12590"}) EXPECT_EQ(trivial_pin(good, john), "") << good;
}

TEST(PinRules, MakeUpOnesThatTheyTake) {
  const User john{.id = "john.doe", .name = "John Doe", .extension = "11001", .calling_class = {}, .did = {}};
  for (const int64_t length : {1, 6, 12, 64}) {
    PinPolicy policy;
    policy.min_length = length;
    const auto pin = random_pin(john, policy);
    EXPECT_EQ(refuse_pin(pin, {}, john, policy), "") << pin;
    EXPECT_NE(random_pin(john, policy), pin);
  }
}

TEST(SessionMachine, IsThisTable) {
  using S = LoginState;
  using F = SessionFact;
  const std::tuple<S, F, std::optional<S>> rows[] = {
      {S::pending, F::changed, S::pending},    {S::pending, F::fetched, S::fetched},      {S::pending, F::registered, std::nullopt},
      {S::pending, F::timed_out, S::pending},  {S::fetched, F::changed, S::pending},      {S::fetched, F::fetched, std::nullopt},
      {S::fetched, F::registered, S::applied}, {S::fetched, F::timed_out, S::fetched},    {S::applied, F::changed, S::pending},
      {S::applied, F::fetched, std::nullopt},  {S::applied, F::registered, std::nullopt}, {S::applied, F::timed_out, std::nullopt}};
  for (const auto& [from, fact, to] : rows) {
    const auto step = next_step(from, fact);
    EXPECT_EQ(step.has_value(), to.has_value());
    if (step && to) {
      EXPECT_EQ(step->state, *to);
    }
  }
}

TEST(Codes, AreSaidAsPublished) {
  EXPECT_EQ(phone_text(MobilityCode::try_again), "Please try to login again (201)");
  EXPECT_EQ(phone_text(MobilityCode::profile_absent), "Login is unavailable(205)");
  EXPECT_EQ(phone_text(MobilityCode::profile_absent, true), "Logout is unavailable(205)");
  EXPECT_EQ(phone_text(MobilityCode::bad_login_type), "LoginType invalid(215)");
  EXPECT_EQ(phone_text(MobilityCode::elsewhere), "Multi-Login Not Allowed (25)");
  EXPECT_EQ(api_text(MobilityCode::device_taken), "Another user logged in");
}

}  // namespace
}  // namespace tandem::test
