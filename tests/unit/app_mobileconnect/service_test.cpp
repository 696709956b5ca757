// Destinations and lists as they are saved, found and kept.
#include <SQLiteCpp/SQLiteCpp.h>

#include "mobile_office.h"

namespace tandem::test {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(MobileOffice, WhatIsSavedIsLookedAt) {
  ASSERT_EQ(add("jane.white/mobile", "91 408 555-7002", {{"label", "Mobile"}}), "");
  const struct {
    const char *id, *number;
    Json more;
    const char* said;
  } rows[] = {
      {"no.body/mobile", "914085557009", {}, "there is no user \"no.body\""},
      {"sam.night/mobile", "4085557002", {}, "4085557002 is jane.white/mobile already"},
      {"sam.night/mobile", "+14085557001", {}, "+14085557001 is john.doe/mobile already"},
      {"jane.white/mobile", "914085557009", {}, "there is a destination \"jane.white/mobile\" already"},
      {"sam.night/mobile", "11002", {}, "11002 leads back into the office, to 11002 of Jane White"},
      {"sam.night/mobile", "4085551003", {}, "4085551003 leads back into the office, to +14085551003 of Sam Night"},
      {"sam.night/mobile", "5000", {}, "number: must be a number as one dials it here, 5 to 20 digits with or without a + in front"},
      {"sam.night/mobile", "911", {}, "number: must be a number as one dials it here, 5 to 20 digits with or without a + in front"},
      {"sam.night/mobile", "914085557009", {{"list", "friends"}}, "there is no access list \"friends\""},
      {"sam.night/mobile", "914085557009", {{"ring", "yes"}}, "\"ring\" must be true or false"},
      {"sam.night/mobile", "914085557009", {{"too_soon_ms", 1.5}}, "\"too_soon_ms\" must be milliseconds, a whole number"},
      {"sam.night/mobile", "914085557009", {{"colour", "red"}}, "\"colour\" is unknown"},
  };
  for (const auto& row : rows) EXPECT_EQ(add(row.id, row.number, row.more.is_null() ? Json::object() : row.more), row.said);
  EXPECT_EQ(service_->book().size(), 3u);
}

TEST_F(MobileOffice, APersonHasSoManyDestinations) {
  ASSERT_EQ(add("john.doe/a", "914085550001"), "");
  ASSERT_EQ(add("john.doe/b", "914085550002"), "");
  EXPECT_EQ(add("john.doe/c", "914085550003"), "john.doe has 4 destinations already, which is the limit");
  const auto limit = [this](const char* most) {
    return wait([&](auto done) {
      service_->edit_person(
          "john.doe", [most](PersonSettings& p) { return set_field(person_fields(), p, "limit", most); }, std::move(done));
    });
  };
  EXPECT_EQ(limit("11"), "limit: must be a number from 1 to 10");
  EXPECT_EQ(limit("10"), "");
  for (char name = 'c'; name <= 'h'; ++name)
    EXPECT_EQ(add(std::string("john.doe/") + name, std::string("91408555001") + std::to_string(name - 'a')), "");
  EXPECT_EQ(add("john.doe/i", "914085550099"), "john.doe has 10 destinations already, which is the limit");
}

TEST_F(MobileOffice, WhatWasSavedIsThereAfterARestart) {
  ASSERT_EQ(add("jane.white/mobile", "914085557002", {{"schedule", "Mon-Fri 08:00-18:00"}, {"list", "vips"}, {"delay_inside_ms", 2500}}),
            "");
  ASSERT_EQ(edit("jane.white/mobile", "label", "\xff"), "") << "which is no UTF-8";
  ASSERT_EQ(edit("jane.white/mobile", "label", "My phone"), "");
  open(kIni);
  const auto* const row = service_->book().find("jane.white/mobile");
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->owner, RowOwner::local);
  EXPECT_EQ(row->label, "My phone");
  EXPECT_EQ(row->schedule, "Mon-Fri 08:00-18:00");
  ASSERT_NE(row->hours, nullptr);
  EXPECT_EQ(row->delay_inside, milliseconds(2500));
  EXPECT_EQ(row->list, "vips");
  ASSERT_EQ(remove("jane.white/mobile"), "");
  EXPECT_FALSE(service_->match("914085557002"));
  open(kIni);
  EXPECT_EQ(service_->book().find("jane.white/mobile"), nullptr);
}

TEST_F(MobileOffice, RowsOfTheFileBelongToTheFile) {
  const std::string said = "john.doe/mobile is declared in mobileconnect.ini: change it there";
  EXPECT_EQ(edit("john.doe/mobile", "number", "914085557009"), said);
  EXPECT_EQ(remove("john.doe/mobile"), said);
  EXPECT_EQ(wait([&](auto done) { service_->remove_list("vips", std::move(done)); }),
            "vips is declared in mobileconnect.ini: change it there");
  // One that people have made stays when the file is read again, but gives way where the file says the same.
  ASSERT_EQ(add("jane.white/mobile", "914085557002"), "");
  ASSERT_TRUE(reload(kIni));
  EXPECT_TRUE(service_->match("914085557002"));
  ASSERT_TRUE(reload("[destination sam.night/mobile]\nnumber = 914085557002\n"));
  EXPECT_EQ(service_->match("914085557002")->id, "sam.night/mobile");
  EXPECT_EQ(service_->book().find("jane.white/mobile"), nullptr);
}

TEST_F(MobileOffice, ChangesAtOnceAreLookedAtOneAfterTheOther) {
  std::vector<std::string> said;
  for (const auto* user : {"jane.white", "sam.night"}) {
    Destination row;
    row.user = user, row.name = "mobile", row.number = "914085557002";
    service_->create(row, [&said](const Result<void>& done) { said.push_back(done ? "done" : done.error().message); });
  }
  settle();
  EXPECT_THAT(said, ElementsAre("done", "914085557002 is jane.white/mobile already"));
}

TEST_F(MobileOffice, CallersAreFoundByTheirNumber) {
  const auto whose = [this](const char* number) {
    const auto match = service_->match(number);
    return match ? match->id + (match->complete ? "" : " by its end") : "nobody's";
  };
  EXPECT_EQ(whose("914085557001"), "john.doe/mobile");
  EXPECT_EQ(whose("+14085557001"), "john.doe/mobile");
  EXPECT_EQ(whose("0014085557001"), "nobody's") << "complete is complete";
  for (const auto* none : {"", "anonymous", "11001", "914085559999"}) EXPECT_EQ(whose(none), "nobody's") << none;
  ASSERT_TRUE(reload("[service]\nmatching = partial\n" + std::string(kIni).substr(std::string_view("[service]\n").size())));
  EXPECT_EQ(whose("0014085557001"), "john.doe/mobile by its end");
  EXPECT_EQ(whose("5557001"), "nobody's");
  EXPECT_EQ(add("jane.white/mobile", "9011994085557001"),
            "the last 10 digits of 9011994085557001 are those of john.doe/mobile, and callers are told apart by them");
}

TEST_F(MobileOffice, OfTwoThatEndAlikeNeitherIsMeant) {
  ASSERT_EQ(add("jane.white/mobile", "9011994085557001"), "");
  ASSERT_TRUE(reload("[service]\nmatching = partial\n" + std::string(kIni).substr(std::string_view("[service]\n").size())));
  EXPECT_FALSE(service_->match("0004085557001"));
  EXPECT_EQ(service_->match("4085557001")->id, "john.doe/mobile") << "that is one of them, whole";
  EXPECT_THAT(service_->explain_match("0004085557001").why, HasSubstr("several destinations end like"));
}

TEST_F(MobileOffice, ACallerMayBeKnownAndYetNotBeLetInAsThePerson) {
  EXPECT_TRUE(service_->match("914085557001")->may_call_in);
  ASSERT_EQ(add("jane.white/mobile", "914085557002", {{"may_call_in", false}, {"may_move", false}}), "");
  EXPECT_FALSE(service_->match("914085557002")->may_call_in);
  EXPECT_THAT(service_->may_move_to("jane.white"), IsEmpty());
  const auto targets = service_->may_move_to("john.doe");
  ASSERT_EQ(targets.size(), 2u);
  EXPECT_EQ(targets[0].label, "Mobile");
  EXPECT_EQ(targets[1].label, "home") << "the name where there is no label";
  EXPECT_EQ(targets[0].number, "914085557001");
}

TEST_F(MobileOffice, ACallStraightToAMobileMayBeThePersonsLine) {
  EXPECT_EQ(service_->office_number("914085557001"), "") << "only where the office wants that";
  ASSERT_TRUE(reload("[service]\nreroute_to_office = yes\n[destination john.doe/mobile]\nnumber = 914085557001\n"));
  EXPECT_EQ(service_->office_number("914085557001"), "11001");
  EXPECT_EQ(service_->office_number("+14085557001"), "11001");
  EXPECT_EQ(service_->office_number("914085559999"), "");
  lines_.at_phone_ = DoNotDisturb::silent;
  EXPECT_EQ(service_->office_number("914085557001"), "11001") << "it makes no noise, but it shows the call";
  lines_.at_phone_ = DoNotDisturb::reject;
  EXPECT_EQ(service_->office_number("914085557001"), "");
  lines_.at_phone_ = DoNotDisturb::off;
  lines_.line_.dnd = DoNotDisturb::reject;
  EXPECT_EQ(service_->office_number("914085557001"), "");
  EXPECT_EQ(service_->nothing_rings({.user = "john.doe", .call = call_}), "the line is not to be disturbed");
}

TEST_F(MobileOffice, PeopleHaveSettingsOfTheirOwn) {
  EXPECT_EQ(service_->pickup_wait("john.doe"), milliseconds(10000));
  ASSERT_TRUE(reload(std::string(kIni) + "[people]\npickup_wait = 20s\nvoice_access = no\n[user john.doe]\nvoice_access = yes\n"));
  EXPECT_EQ(service_->pickup_wait("jane.white"), milliseconds(20000));
  EXPECT_TRUE(service_->voice_access("john.doe"));
  EXPECT_FALSE(service_->voice_access("jane.white"));
  EXPECT_EQ(wait([&](auto done) {
              service_->edit_person(
                  "john.doe", [](PersonSettings& p) { return set_field(person_fields(), p, "pickup_wait", "0"); }, std::move(done));
            }),
            "");
  EXPECT_EQ(service_->pickup_wait("john.doe"), milliseconds(0));
}

TEST_F(MobileOffice, AccessListsComeAndGo) {
  AccessList list;
  list.name = "friends";
  EXPECT_EQ(wait([&](auto done) { service_->create(list, std::move(done)); }), "a list that allows nobody would never let anything ring");
  ASSERT_TRUE(set_field(list_fields(), list, "members", "11002, +1415!"));
  EXPECT_EQ(wait([&](auto done) { service_->create(list, std::move(done)); }), "");
  EXPECT_EQ(wait([&](auto done) { service_->create(list, std::move(done)); }), "there is an access list \"friends\" already");
  ASSERT_EQ(add("jane.white/mobile", "914085557002", {{"list", "friends"}}), "");
  EXPECT_EQ(wait([&](auto done) { service_->remove_list("friends", std::move(done)); }),
            "jane.white/mobile uses the access list \"friends\"");
  open(kIni);
  ASSERT_NE(service_->book().list("friends"), nullptr);
  EXPECT_EQ(service_->book().list("friends")->patterns.size(), 2u);
  ASSERT_EQ(remove("jane.white/mobile"), "");
  EXPECT_EQ(wait([&](auto done) { service_->remove_list("friends", std::move(done)); }), "");
  EXPECT_EQ(wait([&](auto done) { service_->remove_list("friends", std::move(done)); }), "there is no access list \"friends\"");
}

TEST_F(MobileOffice, AGuestsMobileComesAndGoesWithTheGuest) {
  const Value came{{"user", "sam.night"}, {"name", "A Guest"}, {"mobile", "+1 408 555 7003"}};
  events_.publish(NamedEvent{"guest.came", came, {}});
  settle();
  ASSERT_TRUE(service_->match("914085557003"));
  EXPECT_EQ(service_->match("914085557003")->user, "sam.night");
  const Value left{{"user", "sam.night"}};
  events_.publish(NamedEvent{"guest.left", left, {}});
  settle();
  EXPECT_FALSE(service_->match("914085557003"));
  for (const auto* bad : {"", "no number", "914085557001", "4085551001"}) {
    const Value other{{"user", "sam.night"}, {"mobile", bad}};
    events_.publish(NamedEvent{"guest.came", other, {}});
    settle();
    EXPECT_EQ(service_->book().person("sam.night") == nullptr || service_->book().person("sam.night")->destinations.empty(), true) << bad;
  }
}

TEST_F(MobileOffice, GuestsWhoLeftWhileNobodyListenedAreForgottenAndBrokenRowsLeftOut) {
  service_.reset();
  {
    SQLite::Database db(state_.path() + "/mobileconnect.db", SQLite::OPEN_READWRITE);
    db.exec(R"sql(INSERT INTO destinations VALUES
      ('guest.gone', 'mobile', '{"number": "914085557004"}', 'guest', 1),
      ('user.away', 'mobile', '{"number": "914085557005"}', 'local', 1),
      ('jane.white', 'broken', '{"number": "914085557006", "too_soon_ms": "soon"}', 'local', 1),
      ('jane.white', 'nothing', 'no JSON', 'local', 1))sql");
  }
  open(kIni);
  EXPECT_FALSE(service_->match("914085557004")) << "the guest's";
  EXPECT_TRUE(service_->match("914085557005")) << "people may come back";
  EXPECT_FALSE(service_->match("914085557006"));
  EXPECT_EQ(service_->book().size(), 3u);
}

}  // namespace
}  // namespace tandem::test
