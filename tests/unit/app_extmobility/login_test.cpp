// Logging in and out: who gets in, what they are told, and what is true afterwards.
#include "unit/app_extmobility/office.h"

namespace tandem::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

class LoginTest : public MobilityOffice {};

TEST_F(LoginTest, ThePhoneIsThePersonsFromTheAnswerOn) {
  std::vector<std::string> told;
  const auto ear = static_cast<Events&>(events_).subscribe<DeviceProfileChanged>([&](const DeviceProfileChanged& e) {
    const Occupant who = directory_->occupant(*directory_->device(e.device));
    told.push_back(fmt::format("{} {} '{}' '{}' {} {}", e.device, e.profile, e.user, e.previous, e.version, who.number));
  });
  const auto result = login("A1", "john.doe", "719204");
  ASSERT_EQ(result.code, Code::done) << result.text;
  EXPECT_EQ(result.session->profile, "john-8841");
  EXPECT_EQ(result.session->state, LoginState::applied);
  const Occupant who = directory_->occupant(*directory_->device("A1"));
  EXPECT_EQ(who.number, "11001");
  EXPECT_EQ(who.name, "John Doe");
  EXPECT_EQ(who.calling_class, "international");
  EXPECT_TRUE(who.logged_in);
  EXPECT_EQ(who.profile->id, "john-8841");
  EXPECT_THAT(directory_->devices_of("john.doe"), ElementsAre("A0", "A1"));

  EXPECT_EQ(logout("A1").code, Code::done);
  EXPECT_EQ(directory_->occupant(*directory_->device("A1")).number, "19001");
  EXPECT_THAT(directory_->devices_of("john.doe"), ElementsAre("A0"));
  EXPECT_EQ(logout("A1").code, Code::nobody_here);
  EXPECT_THAT(told, ElementsAre("A1 john-8841 'john.doe' '' 1 11001", "A1  '' 'john.doe' 2 19001"));
}

TEST_F(LoginTest, WhoCanBeSaidInSeveralWays) {
  using By = LoginRequest::By;
  struct Row {
    By by;
    const char* who;
    bool found;
  };
  const Row rows[] = {{By::user_id, "john.doe", true}, {By::user_id, "John.Doe", true}, {By::user_id, "11001", false},
                      {By::extension, "11001", true},  {By::extension, "19001", false}, {By::extension, "john.doe", false},
                      {By::badge, "990011", true},     {By::badge, "11001", false},     {By::any, "john.doe", true},
                      {By::any, "11001", true},        {By::any, "990011", true}};
  for (const auto& row : rows) {
    EXPECT_EQ(service_->find_user(row.by, row.who) != nullptr, row.found) << row.who;
  }
  settings_.alphanumeric_user_id = false;
  service_->configure(settings_);
  EXPECT_FALSE(service_->find_user(By::user_id, "john.doe"));
}

TEST_F(LoginTest, StrangersAreToldTheSameWhateverIsWrong) {
  EXPECT_EQ(login("A1", "john.doe", "000000").code, Code::try_again);
  EXPECT_EQ(login("A1", "nobody", "719204").code, Code::try_again);
  EXPECT_EQ(login("A1", "' OR 1=1 --", "719204").code, Code::try_again);
  EXPECT_EQ(login("A1", std::string(5000, 'x'), "719204").code, Code::try_again);
  EXPECT_EQ(login("A1", "guest.one", "719204").code, Code::try_again) << "has no PIN at all";
  EXPECT_EQ(login("A1", "john.doe", "").code, Code::blank);
  EXPECT_EQ(login("", "john.doe", "719204").code, Code::device_missing);
  EXPECT_EQ(login("Z9", "john.doe", "719204").code, Code::no_device);
  EXPECT_EQ(login("A0", "john.doe", "719204").code, Code::logon_disabled);
  EXPECT_EQ(at("A1"), "");
  settle();
  for (const auto& note : history()) EXPECT_NE(note.user, "nobody") << "what a stranger typed may have been a PIN";
}

TEST_F(LoginTest, AnApplicationLearnsTheTrueCode) {
  auto request = ask("A1", "nobody", "");
  request.origin.by = "hotel-kiosk";
  EXPECT_EQ(login(request).code, Code::no_user);
  request.who = "jane.white";
  EXPECT_EQ(login(request).code, Code::done) << "and needs no PIN";
  EXPECT_EQ(directory_->sessions().at("A1")->by, "hotel-kiosk");
}

TEST_F(LoginTest, APinCanBeCheckedWithoutALogin) {
  const auto check = [&](const std::string& who, const std::string& pin) {
    return wait([&](MobilityDone done) {
      service_->check_pin({.door = "api", .address = "192.0.2.1"}, who, LoginRequest::By::user_id, pin, std::move(done));
    });
  };
  const auto right = check("john.doe", "719204");
  EXPECT_EQ(right.code, Code::done);
  EXPECT_EQ(right.user->id, "john.doe");
  EXPECT_EQ(check("john.doe", "").code, Code::blank);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(check("john.doe", "111222").code, Code::try_again);
  EXPECT_EQ(check("john.doe", "719204").code, Code::try_again) << "it locks as a login does";
  EXPECT_EQ(check("nobody", "719204").code, Code::try_again);
}

TEST_F(LoginTest, AGuestComesLogsInAndIsGone) {
  settings_.guests_from = 18000, settings_.guests_to = 18001;
  service_->configure(settings_);
  const auto make = [&](GuestRequest request) {
    return wait([&](MobilityDone done) { service_->make_guest(std::move(request), std::move(done)); });
  };
  const auto made =
      make({.origin = administrator(), .name = "Lea Guest", .stays = 60min, .pin = "864209", .device = "A1", .mobile = "914085557001"});
  ASSERT_EQ(made.code, Code::done) << made.text;
  EXPECT_EQ(made.user->extension, "18000");
  LoginRequest by_token = ask("A1", "", "");
  by_token.token = made.token;
  EXPECT_EQ(login(by_token).code, Code::done);
  EXPECT_EQ(directory_->occupant(*directory_->device("A1")).number, "18000");
  logout("A1");
  auto by_pin = ask("A2", "18000", "864209");
  by_pin.by = LoginRequest::By::extension;
  EXPECT_EQ(login(by_pin).code, Code::done);

  EXPECT_EQ(make({.origin = administrator(), .name = "Two", .pin = "864209"}).user->extension, "18001");
  EXPECT_EQ(make({.origin = administrator(), .name = "Three", .pin = "864209"}).code, Code::policy_error) << "no extension is left";
  EXPECT_EQ(make({.origin = administrator(), .name = "John's", .extension = "11001", .pin = "864209"}).code, Code::policy_error);
  EXPECT_EQ(make({.origin = administrator(), .name = "Easy", .pin = "111111"}).code, Code::policy_error);
  EXPECT_EQ(make({.origin = {.door = "json"}, .name = "Nobody's"}).code, Code::no_proxy_right);

  for (int minute = 0; minute < 62; ++minute) pass(1min);
  EXPECT_EQ(at("A2"), "");
  EXPECT_FALSE(directory_->user(made.user->id));
  EXPECT_FALSE(directory_->number("18000"));
  EXPECT_TRUE(directory_->number("18001")) << "the other one stays a day";
}

TEST_F(LoginTest, AGuestChecksOut) {
  settings_.guests_from = 18000, settings_.guests_to = 18009;
  service_->configure(settings_);
  const auto made = wait(
      [&](MobilityDone done) { service_->make_guest({.origin = administrator(), .name = "Lea Guest", .device = "A1"}, std::move(done)); });
  ASSERT_TRUE(made.ok()) << made.text;
  LoginRequest request = ask("A1", "", "");
  request.token = made.token;
  ASSERT_TRUE(login(request).ok());
  const auto end = [&](const std::string& user) {
    return wait([&](MobilityDone done) { service_->end_guest(administrator(), user, std::move(done)); });
  };
  EXPECT_EQ(end(made.user->id).code, Code::done);
  settle();
  EXPECT_EQ(at("A1"), "");
  EXPECT_EQ(end(made.user->id).code, Code::no_user);
  EXPECT_EQ(end("john.doe").code, Code::no_user) << "no guest of ours";
  EXPECT_TRUE(directory_->user("john.doe"));
}

TEST_F(LoginTest, ATakenPhoneIsRefusedUnlessItMayBeTakenOver) {
  ASSERT_TRUE(login("A1", "john.doe", "719204").ok());
  const auto second = login("A1", "jane.white", "284615");
  EXPECT_EQ(second.code, Code::device_taken);
  EXPECT_EQ(second.text, "john.doe is logged in here");
  EXPECT_EQ(login("A1", "john.doe", "719204").code, Code::done) << "the same person again changes nothing";
  EXPECT_EQ(directory_->sessions().version("A1"), 1);

  std::string people = kPeople;
  people.replace(people.find("label = Desk 1\n"), 15, "label = Desk 1\ntake_over = yes\n");
  configs_.write("directory.ini", people);
  std::optional<Result<std::string>> reloaded;
  directory_->reload([&](Result<std::string> done) { reloaded.emplace(std::move(done)); });
  ASSERT_TRUE(loop_.run_until([&] { return reloaded.has_value(); }));
  ASSERT_TRUE(*reloaded) << reloaded->error().message;
  EXPECT_TRUE(login("A1", "jane.white", "284615").ok());
  EXPECT_EQ(at("A1"), "jane.white");
}

TEST_F(LoginTest, ASecondPhoneIsRefusedAllowedOrEndsTheFirst) {
  ASSERT_TRUE(login("A1", "john.doe", "719204").ok());
  EXPECT_EQ(login("A2", "john.doe", "719204").code, Code::elsewhere);
  settings_.multiple_login = SessionOrder::Elsewhere::allow;
  service_->configure(settings_);
  EXPECT_TRUE(login("A2", "john.doe", "719204").ok());
  EXPECT_THAT(directory_->devices_of("john.doe"), ElementsAre("A0", "A1", "A2"));
  settings_.multiple_login = SessionOrder::Elsewhere::end;
  service_->configure(settings_);
  std::vector<std::string> ended;
  const auto ear = static_cast<Events&>(events_).subscribe<SessionEnded>(
      [&](const SessionEnded& e) { ended.push_back(e.session.device + " " + std::string(e.why)); });
  EXPECT_TRUE(login("B1", "john.doe", "719204").ok());
  EXPECT_THAT(directory_->devices_of("john.doe"), ElementsAre("A0", "B1"));
  EXPECT_THAT(ended, ElementsAre("A1 elsewhere", "A2 elsewhere"));
}

TEST_F(LoginTest, OfSeveralProfilesOneIsChosen) {
  const auto asked = login("A1", "sam.night", "530968");
  ASSERT_EQ(asked.code, Code::choose);
  ASSERT_EQ(asked.profiles.size(), 2U);
  LoginRequest answer = ask("A1", "", "");
  answer.continuation = asked.continuation, answer.profile = "sam-ward";
  answer.device = "A2";
  EXPECT_EQ(login(answer).code, Code::try_again) << "only at the phone that was asked";
  answer.device = "A1";
  answer.profile = "john-8841";
  EXPECT_EQ(login(answer).code, Code::no_profile);
  EXPECT_EQ(login(answer).code, Code::try_again) << "used up";
  const auto again = login("A1", "sam.night", "530968");
  answer.continuation = again.continuation, answer.profile = "sam-ward";
  const auto done = login(answer);
  ASSERT_EQ(done.code, Code::done) << done.text;
  EXPECT_EQ(done.session->profile, "sam-ward");

  const auto late = login("A2", "jane.white", "284615");
  EXPECT_EQ(late.code, Code::done) << "one profile is not asked about";
}

TEST_F(LoginTest, AContinuationDoesNotLiveLong) {
  const auto asked = login("A1", "sam.night", "530968");
  loop_.advance(4min);
  LoginRequest answer = ask("A1", "", "");
  answer.continuation = asked.continuation, answer.profile = "sam-ward";
  EXPECT_EQ(login(answer).code, Code::try_again);
}

TEST_F(LoginTest, APhoneOfAnotherModelTakesWhatThereIs) {
  EXPECT_EQ(login("B1", "john.doe", "719204").session->profile, "john-8841") << "lines and speed dials are the person's";
  logout("B1");
  auto request = ask("B1", "guest.one", "");
  request.origin.by = "kiosk";
  const auto guest = login(request);
  ASSERT_EQ(guest.code, Code::done);
  EXPECT_EQ(guest.session->profile, "") << "the model's default fills in";
  EXPECT_EQ(directory_->occupant(*directory_->device("B1")).profile->id, "default-7841");
  request.device = "A1";
  logout("B1");
  EXPECT_EQ(login(request).code, Code::profile_absent);
}

TEST_F(LoginTest, AProfileMayHaveACallingClassOfItsOwn) {
  ASSERT_TRUE(login("A1", "jane.white", "284615").ok());
  EXPECT_EQ(directory_->occupant(*directory_->device("A1")).calling_class, "internal");
}

TEST_F(LoginTest, ThePolicyOfTheDialplanMayRefuseOrGiveAnotherProfile) {
  policies_.answer_ = Value("Not at this site");
  const auto refused = login("A1", "john.doe", "719204");
  EXPECT_EQ(refused.code, Code::policy_error);
  EXPECT_EQ(refused.text, "Not at this site");
  EXPECT_THAT(policies_.asked_.at(0), HasSubstr(R"("site":"hq")"));
  policies_.answer_ = Value{{"profile", "jane-8841"}};
  EXPECT_EQ(login("A1", "john.doe", "719204").session->profile, "jane-8841");
  logout("A1");
  policies_.answer_ = Error{ErrorCode::invalid, "a mistake in it"};
  EXPECT_EQ(login("A1", "john.doe", "719204").code, Code::policy_error) << "a rule that cannot be asked lets nobody in";
  policies_.answer_ = Value();
  EXPECT_TRUE(login("A1", "john.doe", "719204").ok());
}

TEST_F(LoginTest, OfTwoAtOnceOneWinsAndTheOtherIsToldWho) {
  std::vector<MobilityResult> results;
  const auto keep = [&](MobilityResult result) { results.push_back(std::move(result)); };
  service_->login(ask("A1", "john.doe", "719204"), keep);
  service_->login(ask("A1", "jane.white", "284615"), keep);
  ASSERT_TRUE(loop_.run_until([&] { return results.size() == 2; }));
  const bool first = results[0].ok();
  EXPECT_NE(results[0].ok(), results[1].ok());
  const auto& loser = results[first ? 1 : 0];
  EXPECT_EQ(loser.code, Code::device_taken);
  EXPECT_THAT(loser.text, HasSubstr(at("A1")));
}

TEST_F(LoginTest, OnePersonAtTwoPhonesAtOnceIsAtOne) {
  std::vector<MobilityResult> results;
  const auto keep = [&](MobilityResult result) { results.push_back(std::move(result)); };
  service_->login(ask("A1", "jane.white", "284615"), keep);
  service_->login(ask("A2", "jane.white", "284615"), keep);
  ASSERT_TRUE(loop_.run_until([&] { return results.size() == 2; }));
  EXPECT_EQ(directory_->devices_of("jane.white").size(), 1U);
}

TEST_F(LoginTest, BeyondTheLimitItIsBusy) {
  settings_.max_concurrent_requests = 1;
  service_->configure(settings_);
  std::vector<Code> codes;
  const auto keep = [&](const MobilityResult& result) { codes.push_back(result.code); };
  service_->login(ask("A1", "john.doe", "719204"), keep);
  service_->login(ask("A2", "jane.white", "284615"), keep);
  EXPECT_THAT(codes, ElementsAre(Code::busy));
  ASSERT_TRUE(loop_.run_until([&] { return codes.size() == 2; }));
  EXPECT_EQ(codes[1], Code::done);
  EXPECT_EQ(service_->under_way(), 0U);
}

TEST_F(LoginTest, AddressesAreLookedAtWhereThatIsWanted) {
  settings_.validate_address = true;
  settings_.trusted_addresses = {"198.51.100.7"};
  service_->configure(settings_);
  auto request = ask("A1", "john.doe", "719204");
  EXPECT_EQ(login(request).code, Code::untrusted_address);
  request.origin.address = "198.51.100.7";
  request.origin.via_proxy = true;
  EXPECT_EQ(login(request).code, Code::no_proxies);
  request.origin.via_proxy = false;
  EXPECT_EQ(login(request).code, Code::done);
  logout("A1");
  addresses_["A1"] = "192.0.2.1";
  EXPECT_EQ(login("A1", "john.doe", "719204").code, Code::done) << "where the phone itself is registered";
}

TEST_F(LoginTest, ATokenLogsInOnceAtItsPhone) {
  const auto made = wait(
      [&](MobilityDone done) { service_->make_token({.origin = administrator(), .user = "guest.one", .device = "B1"}, std::move(done)); });
  ASSERT_TRUE(made.ok());
  LoginRequest request = ask("A1", "", "");
  request.token = made.token;
  EXPECT_EQ(login(request).code, Code::try_again) << "another phone";
  request.device = "B1";
  EXPECT_EQ(login(request).code, Code::done);
  logout("B1");
  EXPECT_EQ(login(request).code, Code::try_again) << "used up";
  request.token = "0123456789abcdef0123456789abcdef";
  EXPECT_EQ(login(request).code, Code::try_again);

  const auto short_lived = wait(
      [&](MobilityDone done) { service_->make_token({.origin = administrator(), .user = "guest.one", .site = "annex"}, std::move(done)); });
  loop_.advance(6min);
  request.token = short_lived.token;
  EXPECT_EQ(login(request).code, Code::try_again) << "too old";
  EXPECT_EQ(wait([&](MobilityDone done) {
              service_->make_token({.origin = {.door = "json"}, .user = "guest.one", .device = "B1"}, std::move(done));
            }).code,
            Code::no_proxy_right);
}

TEST_F(LoginTest, EverybodyCanBeLoggedOut) {
  settings_.multiple_login = SessionOrder::Elsewhere::allow;
  service_->configure(settings_);
  for (const char* device : {"A1", "A2", "B1"}) ASSERT_TRUE(login(device, "john.doe", "719204").ok());
  std::optional<MobilityResult> result;
  service_->logout_all(administrator(), [&](MobilityResult done) { result.emplace(std::move(done)); });
  for (int i = 0; i < 50 && !result; ++i) pass(100ms);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->count, 3U);
  EXPECT_EQ(directory_->sessions().count(), 0);
}

TEST_F(LoginTest, WhoIsHereAndWhoWas) {
  EXPECT_EQ(service_->who_is_here("A1").last_user, "");
  ASSERT_TRUE(login("A1", "john.doe", "719204").ok());
  EXPECT_EQ(service_->who_is_here("A1").user->name, "John Doe");
  logout("A1");
  auto here = service_->who_is_here("A1");
  EXPECT_FALSE(here.session);
  EXPECT_EQ(here.last_user, "john.doe");
  EXPECT_EQ(here.prefill, "");
  settings_.remember_last_user = true;
  service_->configure(settings_);
  EXPECT_EQ(service_->who_is_here("A1").prefill, "john.doe");
  EXPECT_EQ(service_->who_is_here("A0").code, Code::logon_disabled);
  EXPECT_EQ(service_->who_is_here("Z9").code, Code::no_device);
}

TEST_F(LoginTest, EveryAttemptIsInTheHistoryWithItsPlace) {
  login("A1", "john.doe", "000000");
  login("A1", "john.doe", "719204");
  logout("A1");
  settle();
  const auto notes = history({.device = "A1", .user = {}, .since = {}, .most = 10});
  ASSERT_EQ(notes.size(), 3U);
  EXPECT_EQ(notes[0].what, "logout");
  EXPECT_EQ(notes[1].what, "login");
  EXPECT_EQ(notes[1].code, -1);
  EXPECT_EQ(notes[2].code, 201);
  for (const auto& note : notes) {
    EXPECT_EQ(note.user, "john.doe");
    EXPECT_EQ(note.site, "hq");
  }
}

TEST_F(LoginTest, ExplainSaysWhatALoginWouldMeet) {
  ASSERT_TRUE(login("A2", "john.doe", "719204").ok());
  ASSERT_TRUE(login("A1", "jane.white", "284615").ok());
  std::string all;
  for (const auto& [check, verdict] : service_->explain("A1", "11001")) all += check + ": " + verdict + "\n";
  EXPECT_THAT(all, HasSubstr("taken: refused: jane.white is logged in here (18)"));
  EXPECT_THAT(all, HasSubstr("elsewhere: refused: logged in at A2 (25)"));
  EXPECT_THAT(all, HasSubstr("profile: john-8841"));
  EXPECT_EQ(at("A1"), "jane.white");
}

TEST_F(LoginTest, SessionsOutliveARestart) {
  ASSERT_TRUE(login("A1", "john.doe", "719204").ok());
  open();
  EXPECT_EQ(at("A1"), "john.doe");
  EXPECT_THAT(directory_->devices_of("john.doe"), ElementsAre("A0", "A1"));
}

}  // namespace
}  // namespace tandem::test
