// configs/mobileconnect.ini: what it may say, and every mistake with its line.
#include "mobile_office.h"

namespace tandem::test {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

TEST_F(MobileOffice, TheDefaultsAreThosePublished) {
  const Destination fresh;
  EXPECT_EQ(fresh.delay_inside, milliseconds(4000));
  EXPECT_EQ(fresh.too_soon, milliseconds(1500));
  EXPECT_EQ(fresh.too_late, milliseconds(19000));
  const MobileSettings settings;
  EXPECT_EQ(settings.pickup_wait, milliseconds(10000));
  EXPECT_EQ(settings.destinations_per_user, 4);
  EXPECT_EQ(settings.calls_per_destination, 6);
  EXPECT_EQ(settings.partial_digits, 10);
  EXPECT_FALSE(settings.partial);
}

TEST_F(MobileOffice, MistakesOfTheFileAreNamedWithTheirLine) {
  const struct {
    const char *ini, *said;
  } rows[] = {
      {"[service]\nmatching = sometimes\n", "mobileconnect.ini:2: [service] matching"},
      {"[service]\ntime_zone = Mars/Olympus\n", "no such time zone"},
      {"[servise]\n", "unknown section"},
      {"[numbers]\ncountry = one\n", "must be at most 8 digits"},
      {"[user_control]\ntake = 5\nrefuse = 5\n", "one key cannot mean two things"},
      {"[user_control]\nwindow = 2h\n", "must be from 1s to 1m"},
      {"[trunk pstn]\nforeign = no\n", "mobileconnect.ini:2: [trunk pstn] foreign"},
      {"[destination mobile]\nnumber = 914085557001\n", "must be named like [destination john.doe/mobile]"},
      {"[destination john.doe/mobile]\nlabel = Mobile\n", "[destination john.doe/mobile] number"},
      {"[destination john.doe/mobile]\nnumber = office\n", "number: must be a number as one dials it here"},
      {"[destination john.doe/mobile]\nnumber = 914085557001\ndelay = 31s\n", "delay: must be a time from 0 s to 30 s"},
      {"[destination john.doe/mobile]\nnumber = 914085557001\ntoo_late = 5s\n", "must be a time from 10 s to 60 s, or 0"},
      {"[destination john.doe/mobile]\nnumber = 914085557001\nschedule = Mon-Fri 8-18\n", "schedule: \"8-18\" is no"},
      {"[destination john.doe/mobile]\nnumber = 914085557001\ntime_zone = Nowhere\n", "there is no time zone \"Nowhere\""},
      {"[destination john.doe/mobile]\nnumber = 914085557001\nring = perhaps\n", "ring: must be yes or no"},
      {"[destination john.doe/mobile]\nnumber = 914085557001\ncolour = red\n", "colour"},
      {"[list vips]\nmembers = 11002\n", "[list vips] kind"},
      {"[list vips]\nkind = allowed\nmembers = 11002, Jane\n", "\"Jane\" is no pattern"},
      {"[list vips]\nkind = allowed\n", "a list that allows nobody"},
      // These need the office.
      {"[destination no.body/mobile]\nnumber = 914085557001\n", "mobileconnect.ini:1: [destination no.body/mobile] there is no user"},
      {"[destination john.doe/mobile]\nnumber = 914085551002\n", "leads back into the office, to +14085551002 of Jane White"},
      {"[destination john.doe/mobile]\nnumber = 914085557001\nlist = friends\n", "there is no access list \"friends\""},
      {"[destination john.doe/mobile]\nnumber = 914085557001\n[destination jane.white/mobile]\nnumber = +14085557001\n",
       "mobileconnect.ini:3: [destination jane.white/mobile] +14085557001 is john.doe/mobile already"},
  };
  for (const auto& row : rows) {
    const auto opened = try_open(row.ini);
    ASSERT_FALSE(opened) << row.ini;
    EXPECT_THAT(opened.error().message, HasSubstr(row.said));
    EXPECT_EQ(opened.error().code, ErrorCode::invalid);
  }
}

TEST_F(MobileOffice, AReloadThatIsWrongChangesNothing) {
  EXPECT_FALSE(reload("[destination john.doe/mobile]\nnumber = 914085551001\n"));
  EXPECT_EQ(service_->book().size(), 2u);
  EXPECT_TRUE(reload("[destination john.doe/mobile]\nnumber = 914085557009\n"));
  EXPECT_EQ(service_->book().size(), 1u);
  EXPECT_TRUE(service_->match("4085557009"));
  EXPECT_FALSE(service_->match("4085557001"));
}

TEST_F(MobileOffice, TheSampleOfficeIsServed) {
  std::ifstream file(TANDEM_SOURCE_DIR "/configs/mobileconnect.ini");
  open(std::string(std::istreambuf_iterator<char>(file), {}));
  const auto plan = call("914085559999");
  EXPECT_EQ(ids(plan), (std::vector<std::string>{"john.doe/mobile", "john.doe/home"}));
  EXPECT_EQ(plan.legs[0].number, "914085557001");
  EXPECT_EQ(plan.legs[0].delay, milliseconds(0));
}

TEST(Times, AreReadAsPeopleWriteThem) {
  EXPECT_EQ(read_time("4"), milliseconds(4000));
  EXPECT_EQ(read_time("1.5s"), milliseconds(1500));
  EXPECT_EQ(read_time("500ms"), milliseconds(500));
  EXPECT_EQ(read_time("1m"), milliseconds(60000));
  for (const auto* bad : {"", "s", "-1s", "4 s", "4h", "nan", "inf", "1e9"}) EXPECT_FALSE(read_time(bad)) << bad;
}

}  // namespace
}  // namespace tandem::test
