// Sessions and profiles in directory.db: what the ini file may say of them, and that a migration keeps what was there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/config_folder.h"
#include "store/directory_schema.h"
#include "store/directory_store.h"
#include "store/store_folder.h"
#include "support/fake_loop.h"
#include "unit/store/temporary_folder.h"

namespace tandem {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kOffice = R"([general]
secrets = secrets.ini
[site hq]
location = Main Street
emergency_callback = +14085551000
[user ann]
name = Ann
extension = 11001
badge = 4711
home_site = hq
max_login_time = 8:30
multiple_login = auto-logout
default_profile = ann-8841
second_factor = yes
[profile ann-8841]
user = ann
model = CP-8841
lines = 11001 Ann, 11009 Desk
speed_dials = 11002 Bob, *97 Voicemail
services = directory, weather
locale = de_DE
ring = Chirp1
calling_class = internal
dnd = yes
[profile standard]
model = CP-8841
[device desk]
model = CP-8841
site = hq
extension = 19001
label = Desk
extension_mobility = yes
take_over = yes
logout_profile = standard
)";

class SessionStoreTest : public testing::Test {
 protected:
  SessionStoreTest() {
    configs_.write("directory.ini", kOffice);
    configs_.write("secrets.ini", "[devices]\ndefault = a-good-one\n");
  }
  std::string complaint(const std::string& old, const std::string& fresh) {
    std::string text = kOffice;
    const auto at = text.find(old);
    EXPECT_NE(at, std::string::npos) << old;
    configs_.write("directory.ini", text.replace(at, old.size(), fresh));
    const auto opened = DirectoryStore::open(store_, config_);
    return opened ? "" : opened.error().message;
  }
  test::TemporaryFolder configs_, state_;
  test::FakeLoop loop_;
  StoreFolder store_{state_.path(), loop_};
  ConfigFolder config_{configs_.path(), {}};
};

TEST_F(SessionStoreTest, RowsHoldWhatALoginBrings) {
  const auto directory = std::move(*DirectoryStore::open(store_, config_));
  const auto ann = directory->user("ann");
  EXPECT_EQ(ann->badge, "4711");
  EXPECT_EQ(ann->home_site, "hq");
  EXPECT_EQ(ann->max_login_time, "8:30");
  EXPECT_EQ(ann->multiple_login, "auto-logout");
  EXPECT_EQ(ann->default_profile, "ann-8841");
  EXPECT_TRUE(ann->second_factor);
  const auto profile = directory->profile("ann-8841");
  EXPECT_THAT(profile->lines, ElementsAre("11001 Ann", "11009 Desk"));
  EXPECT_THAT(profile->speed_dials, ElementsAre("11002 Bob", "*97 Voicemail"));
  EXPECT_THAT(profile->services, ElementsAre("directory", "weather"));
  EXPECT_EQ(profile->locale, "de_DE");
  EXPECT_EQ(profile->ring, "Chirp1");
  EXPECT_TRUE(profile->dnd);
  EXPECT_TRUE(directory->device("desk")->take_over);
  EXPECT_EQ(directory->user_by_badge("4711")->id, "ann");
  EXPECT_FALSE(directory->user_by_badge(""));
  EXPECT_EQ(directory->default_profile("CP-8841")->id, "standard");
  EXPECT_FALSE(directory->default_profile("CP-7841"));
  EXPECT_EQ(directory->profiles_of("ann").size(), 1U);
  EXPECT_EQ(directory->occupant(*directory->device("desk")).profile->id, "standard") << "what it carries while nobody is there";
}

TEST_F(SessionStoreTest, WhatCannotBeIsSaid) {
  EXPECT_THAT(complaint("max_login_time = 8:30", "max_login_time = 200:00"), HasSubstr("168:00"));
  EXPECT_THAT(complaint("home_site = hq", "home_site = moon"), HasSubstr("no site \"moon\""));
  EXPECT_THAT(complaint("default_profile = ann-8841", "default_profile = none"), HasSubstr("no profile \"none\""));
  EXPECT_THAT(complaint("logout_profile = standard", "logout_profile = none"), HasSubstr("no profile \"none\""));
  EXPECT_THAT(complaint("speed_dials = 11002 Bob", "speed_dials = Bob 11002"), HasSubstr("a number and a label"));
  EXPECT_THAT(complaint("[profile standard]", "[profile other]\nmodel = CP-8841\n[profile standard]"), HasSubstr("two default profiles"));
  EXPECT_THAT(complaint("[profile standard]", "[user bob]\nname = Bob\nextension = 11002\nbadge = 4711\n[profile standard]"),
              HasSubstr("badge 4711"));
}

TEST(LoginTime, IsHoursAndMinutes) {
  using std::chrono::minutes;
  EXPECT_EQ(login_time("8:00"), minutes(480));
  EXPECT_EQ(login_time(":30"), minutes(30));
  EXPECT_EQ(login_time("168:00"), minutes(10080));
  EXPECT_EQ(login_time("0:00"), minutes(0));
  for (const char* bad : {"", "8", "8:0", "168:01", "1:60", "-1:00", "a:00", "1000:00", "8:000"}) EXPECT_FALSE(login_time(bad)) << bad;
}

/// A file of the first releases, with its rows, opened by this one.
TEST_F(SessionStoreTest, AnOldFileIsBroughtUpToDateWithItsRows) {
  Migrations old = directory_migrations();
  old.resize(2);
  {
    auto database = std::move(*store_.open("directory.db", old, Durability::full));
    ASSERT_TRUE(database->write_now([](SQLite::Database& db) -> Result<void> {
      db.exec("INSERT INTO users VALUES ('kept', 'Kept', '12001', 'internal', '', 'import', 4)");
      db.exec("INSERT INTO profiles VALUES ('kept-8841', 'kept', 'CP-8841', 'import', 2)");
      return {};
    }));
  }
  const auto directory = std::move(*DirectoryStore::open(store_, config_));
  ASSERT_TRUE(directory->user("kept"));
  EXPECT_EQ(directory->user("kept")->badge, "");
  EXPECT_THAT(directory->profile("kept-8841")->lines, testing::IsEmpty());
}

}  // namespace
}  // namespace tandem
