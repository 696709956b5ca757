// Which destinations ring, when, and whom they are shown.
#include "mobile_office.h"

namespace tandem::test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kStranger = "914085559999";

TEST_F(MobileOffice, TheThresholdIsAnotherForCallsFromInside) {
  const auto outside = call(kStranger);
  EXPECT_THAT(ids(outside), ElementsAre("john.doe/mobile", "john.doe/home"));
  EXPECT_EQ(outside.legs[0].delay, milliseconds(0));
  EXPECT_EQ(outside.legs[0].too_soon, milliseconds(1500));
  EXPECT_EQ(outside.legs[0].too_late, milliseconds(19000));
  EXPECT_FALSE(outside.legs[0].control);
  EXPECT_THAT(outside.decisions, ElementsAre("john.doe/mobile rings at once", "john.doe/home rings at once"));
  inside_ = true;
  const auto inside = call("11002");
  EXPECT_EQ(inside.legs[1].delay, milliseconds(4000));
  EXPECT_EQ(inside.decisions[1], "john.doe/home rings after 4 s");
  EXPECT_THAT(ids(call(kStranger, "jane.white")), IsEmpty());
  EXPECT_THAT(call(kStranger, "jane.white").decisions, IsEmpty()) << "who has none costs no words";
}

// Within and outside a schedule, with each kind of list, a member and a stranger calling.
TEST_F(MobileOffice, ScheduleAndListCombine) {
  const struct {
    const char *schedule, *list, *caller, *why;
  } rows[] = {
      {"Sun 08:00-18:00", "", kStranger, ""},
      {"Mon-Fri 08:00-18:00", "", kStranger, "outside its schedule (Mon-Fri 08:00-18:00 America/Los_Angeles)"},
      {"", "vips", "914085559999", ""},
      {"", "vips", "4085559999", ""},
      {"", "vips", "914155559999", "914155559999 is not in its list vips (allowed)"},
      {"", "vips", "", "a caller without a number is not in its list vips (allowed)"},
      {"", "nobody-hidden", kStranger, ""},
      {"", "nobody-hidden", "", "a caller without a number is in its list nobody-hidden (blocked)"},
      {"", "nobody-hidden", "919005551234", "919005551234 is in its list nobody-hidden (blocked)"},
      {"", "nobody-hidden", "anonymous", "a caller whose number is withheld is in its list nobody-hidden (blocked)"},
      {"Sun 08:00-18:00", "vips", "914085559999", ""},
      {"Sun 08:00-18:00", "vips", "914155559999", "914155559999 is not in its list vips (allowed)"},
      {"Sat 08:00-18:00", "vips", "914085559999", "outside its schedule (Sat 08:00-18:00 America/Los_Angeles)"},
  };
  ASSERT_EQ(add("jane.white/mobile", "914085557002", {{"delay_ms", 0}}), "");
  for (const auto& row : rows) {
    ASSERT_EQ(edit("jane.white/mobile", "schedule", row.schedule), "");
    ASSERT_EQ(edit("jane.white/mobile", "list", row.list), "");
    const auto plan = call(row.caller, "jane.white");
    const std::string why = row.why;
    EXPECT_THAT(plan.decisions, ElementsAre("jane.white/mobile " + (why.empty() ? "rings at once" : "not rung: " + why)));
    EXPECT_EQ(plan.legs.size(), why.empty() ? 1u : 0u);
  }
}

TEST_F(MobileOffice, AScheduleIsThatOfItsZone) {
  ASSERT_EQ(add("jane.white/mobile", "914085557002", {{"schedule", "Mon 01:30-03:00"}, {"time_zone", "Europe/Berlin"}}), "");
  EXPECT_EQ(call(kStranger, "jane.white").legs.size(), 1u) << "02:00 in Berlin";
  loop_.advance(hours(1));
  EXPECT_EQ(call(kStranger, "jane.white").legs.size(), 0u) << "the end of a time is not part of it";
}

TEST_F(MobileOffice, NobodyIsRungAtThePlaceWhereTheyCallFrom) {
  EXPECT_THAT(ids(call("914085557001")), ElementsAre("john.doe/home"));
  EXPECT_THAT(ids(call("4085557001")), ElementsAre("john.doe/home"));
  call_.recognised("john.doe", "john.doe/home");
  const auto plan = call("11001");
  EXPECT_THAT(ids(plan), ElementsAre("john.doe/mobile"));
  EXPECT_EQ(plan.decisions[1], "john.doe/home not rung: the caller is there");
}

TEST_F(MobileOffice, ACallThatHasBeenSentOnByItsOwnLineRingsNoDestination) {
  const struct {
    const char* by;
    size_t legs;
  } rows[] = {{"+14085551001", 0}, {"4085551001", 0},   {"11001", 0},       {"+14085557001", 0},
              {"914089717272", 0}, {"+14085551002", 2}, {"+14155550000", 2}};
  for (const auto& row : rows) {
    call_.diversions_ = {Diversion{{"+14155550001", "", false}, "deflection"}, Diversion{{row.by, "", false}, "unconditional"}};
    const auto plan = call(kStranger);
    EXPECT_EQ(plan.legs.size(), row.legs) << row.by;
    if (row.legs > 0) continue;
    EXPECT_THAT(plan.decisions,
                ElementsAre("john.doe: no destination rung: the call has been sent on by " + std::string(row.by) + " already"));
  }
}

TEST_F(MobileOffice, ADestinationHasSixCallsAtMost) {
  std::vector<Registration> calls;
  for (int i = 0; i < 6; ++i) {
    auto one = service_->occupy("john.doe/mobile");
    ASSERT_TRUE(one);
    calls.push_back(std::move(*one));
  }
  const auto seventh = service_->occupy("john.doe/mobile");
  ASSERT_FALSE(seventh);
  EXPECT_EQ(seventh.error().code, ErrorCode::exhausted);
  EXPECT_EQ(call(kStranger).decisions[0], "john.doe/mobile not rung: it has 6 calls already");
  calls.pop_back();
  EXPECT_THAT(ids(call(kStranger)), ElementsAre("john.doe/mobile", "john.doe/home"));
  EXPECT_EQ(service_->occupy("john.doe/boat").error().code, ErrorCode::not_found);
  service_.reset();
  calls.clear();  // whoever still holds one does not mind that the module is gone
}

TEST_F(MobileOffice, SwitchedOffMeansSilent) {
  ASSERT_EQ(edit("john.doe/home", "ring", "no"), "") << "a switch may be thrown though the row is the file's";
  EXPECT_EQ(call(kStranger).decisions[1], "john.doe/home not rung: it is switched off");
  ASSERT_EQ(wait([&](auto done) { (void)service_->set_mobility("john.doe", false, std::move(done)); }), "");
  EXPECT_THAT(call(kStranger).decisions, ElementsAre("john.doe: no destination rung: Mobile Connect is switched off"));
  EXPECT_THAT(service_->may_move_to("john.doe"), IsEmpty());
  EXPECT_FALSE(service_->voice_access("john.doe"));
  open(kIni);  // on disk
  EXPECT_FALSE(service_->mobility("john.doe"));
  ASSERT_EQ(wait([&](auto done) { (void)service_->set_mobility("john.doe", true, std::move(done)); }), "");
  EXPECT_THAT(ids(call(kStranger)), ElementsAre("john.doe/mobile"));
}

TEST_F(MobileOffice, InAGroupThePersonSaysWithAKeyThatItIsThem) {
  const auto plan = call(kStranger, "john.doe", true);
  ASSERT_TRUE(plan.legs.at(0).control);
  EXPECT_EQ(plan.legs[0].control->take, '1');
  EXPECT_FALSE(call(kStranger).legs.at(0).control);
  ASSERT_TRUE(reload(std::string(kIni) + "user_control = off\n[user_control]\nenabled = yes\nwindow = 5s\ntake = any\nrefuse =\n"));
  const auto all = call(kStranger);
  ASSERT_TRUE(all.legs.at(0).control);
  EXPECT_EQ(all.legs[0].control->take, 0);
  EXPECT_EQ(all.legs[0].control->refuse, 0);
  EXPECT_EQ(all.legs[0].control->window, milliseconds(5000));
  EXPECT_FALSE(all.legs.at(1).control) << "that one says otherwise";
}

TEST_F(MobileOffice, WhomTheMobileIsShown) {
  const auto shown = [this](const std::string& number) { return call(number).legs.at(0).shown_as.value_or(Party{"none", "", false}); };
  call_.identity_.name = "A Stranger";
  EXPECT_EQ(shown(kStranger).number, "+14085559999");
  EXPECT_EQ(shown(kStranger).name, "A Stranger");
  EXPECT_EQ(shown("9011442079460000").number, "+442079460000");
  inside_ = true;
  call_.occupant_.user = directory_.user("jane.white");
  EXPECT_EQ(shown("11002").number, "+14085551002") << "people of the office with their outside numbers";
  call_.occupant_.user = nullptr;
  call_.device_ = directory_.device("SEP0011223300A1");
  EXPECT_EQ(shown("19001").number, "+14085551000") << "a phone with nobody at it: the site's";
  inside_ = false;
  call_.device_ = nullptr;
  call_.identity_.restricted = true;
  EXPECT_TRUE(shown(kStranger).restricted);
  call_.identity_.restricted = false;

  ASSERT_TRUE(reload(std::string(kIni) + "[trunk pstn]\nforeign_numbers = no\ntoo_soon_from_invite = yes\n"));
  call_.identity_.name.clear();
  EXPECT_EQ(shown(kStranger).number, "+14085551001") << "the carrier takes numbers of the office alone";
  EXPECT_EQ(shown(kStranger).name, "+14085559999");
  EXPECT_EQ(shown("11002").number, "+14085551002") << "which that is";
  EXPECT_TRUE(call(kStranger).legs.at(0).too_soon_from_invite);
}

TEST_F(MobileOffice, PoliciesNarrowWhatTheDataSay) {
  policies_.answers_["access"] = true;
  policies_.answers_["ring_threshold"] = nullptr;
  EXPECT_EQ(call(kStranger).legs.size(), 2u);
  EXPECT_EQ(policies_.asked_.size(), 4u);
  const Value& asked = policies_.asked_.at(0);
  EXPECT_EQ(asked["destination"]["id"], "john.doe/mobile");
  EXPECT_EQ(asked["call"]["caller"]["number"], kStranger);
  EXPECT_EQ(asked["call"]["inside"], false);

  policies_.answers_["access"] = "quiet hours";
  EXPECT_EQ(call(kStranger).decisions[0], "john.doe/mobile not rung: policy access: quiet hours");
  policies_.answers_["access"] = false;
  EXPECT_EQ(call(kStranger).decisions[0], "john.doe/mobile not rung: policy access says no");

  policies_.answers_.erase("access");
  const struct {
    Value answer;
    milliseconds delay;
  } rows[] = {{7.5, milliseconds(7500)}, {0, milliseconds(0)}, {99, milliseconds(30000)}, {-3, milliseconds(0)}, {"soon", milliseconds(0)}};
  for (const auto& row : rows) {
    policies_.answers_["ring_threshold"] = row.answer;
    EXPECT_EQ(call(kStranger).legs.at(0).delay, row.delay) << row.answer;
  }
  policies_.answers_["ring_threshold"] = 7.5;
  EXPECT_EQ(call(kStranger).decisions[0], "john.doe/mobile rings after 7.5 s, as policy ring_threshold says");
  policies_.answers_["ring_threshold"] = false;
  EXPECT_EQ(call(kStranger).decisions[0], "john.doe/mobile not rung: policy ring_threshold says so");

  policies_.answers_ = {{"caller_id", Value{{"number", "+14085551000"}, {"name", "Office"}}}};
  EXPECT_EQ(call(kStranger).legs.at(0).shown_as->number, "+14085551000");
  EXPECT_EQ(call(kStranger).legs.at(0).shown_as->name, "Office");
  policies_.answers_ = {{"caller_id", Value{{"number", "bad\r\nheader"}}}};
  EXPECT_EQ(call(kStranger).legs.at(0).shown_as->number, "+14085559999") << "what cannot be shown is not taken";
}

TEST_F(MobileOffice, WithoutPoliciesNobodyIsAsked) {
  EXPECT_EQ(call(kStranger).legs.size(), 2u);
  EXPECT_THAT(policies_.asked_, IsEmpty());
}

}  // namespace
}  // namespace tandem::test
