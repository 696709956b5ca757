// What a call is to whom, and how histories are kept and read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cdr_book.h"
#include "cdr_report.h"
#include "history_desk.h"
#include "store/store_folder.h"
#include "support/fake_loop.h"
#include "support/office_directory.h"
#include "unit/store/temporary_folder.h"

namespace tandem {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::ElementsAre;

constexpr const char* kJohnsPhone = "SEP001122330001";
constexpr const char* kJanesPhone = "SEP001122330002";

/// John calls Jane; the rest is each test's.
CallRecord john_calls_jane(WallTime start = WallTime(hours(24 * 20000))) {
  CallRecord call{.call = "C-1", .dialled = "11002", .caller = {"11001", "John Doe", false}, .start = start, .end = start + seconds(20)};
  call.legs.push_back({.channel = "sip-1", .endpoint = kJohnsPhone, .user = "john.doe", .start = start, .end = call.end});
  return call;
}
LegRecord& ring(CallRecord& call, const std::string& user, const std::string& endpoint, Cause ended = Cause::no_answer) {
  call.legs.push_back({.channel = "sip-" + std::to_string(call.legs.size() + 1), .outgoing = true, .endpoint = endpoint, .user = user});
  auto& leg = call.legs.back();
  leg.start = call.start;
  leg.end = call.end;
  leg.ending.cause = ended;
  return leg;
}
void answer(CallRecord& call, LegRecord& leg, seconds after) {
  leg.answer = call.start + after;
  leg.ending.cause = Cause::normal;
  if (!call.answer) call.answer = leg.answer;
}
/// "john.doe placed SEP001122330001 11002 15", one a person.
std::vector<std::string> told(const CallRecord& call) {
  test::OfficeDirectory office;
  std::vector<std::string> rows;
  for (const auto& [user, e] : histories_of(call, office)) {
    rows.push_back(fmt::format("{} {} {} {} {}", user, to_string(e.kind), e.place.empty() ? "-" : e.place,
                               e.number.empty() ? "-" : e.number, e.talked.count() / 1000));
  }
  return rows;
}

TEST(Histories, WhoPlacedItAndWhoTookIt) {
  auto call = john_calls_jane();
  answer(call, ring(call, "jane.white", kJanesPhone), seconds(5));
  EXPECT_THAT(told(call), ElementsAre("john.doe placed SEP001122330001 11002 15", "jane.white received SEP001122330002 11001 15"));
}

TEST(Histories, MissedOnlyWhenReallyMissed) {
  auto call = john_calls_jane();
  EXPECT_THAT(told(call), ElementsAre("john.doe placed SEP001122330001 11002 0", "jane.white missed - 11001 0")) << "she was at no phone";
  ring(call, "jane.white", kJanesPhone);
  EXPECT_EQ(told(call)[1], "jane.white missed - 11001 0");
  call.answer = call.start + seconds(12);
  EXPECT_EQ(told(call)[1], "jane.white missed - 11001 0") << "the mailbox took it";
  ring(call, "jane.white", "SEP0011223300A1", Cause::rejected);
  EXPECT_EQ(told(call)[1], "jane.white declined - 11001 0");
}

TEST(Histories, TakenAtAnotherPhoneOrOnTheMobileIsNotMissed) {
  auto call = john_calls_jane();
  ring(call, "jane.white", kJanesPhone, Cause::answered_elsewhere);
  auto& mobile = ring(call, "", "pstn");
  mobile.destination = "jane.white/mobile";
  answer(call, mobile, seconds(6));
  EXPECT_THAT(told(call), ElementsAre("john.doe placed SEP001122330001 11002 14", "jane.white received jane.white/mobile 11001 14"));
}

TEST(Histories, AMachineThatAnsweredTooSoonTookNothing) {
  auto call = john_calls_jane();
  auto& mobile = ring(call, "", "pstn");
  mobile.destination = "jane.white/mobile";
  answer(call, mobile, seconds(1));
  mobile.ending.cause = Cause::no_answer;
  call.answer.reset();
  EXPECT_EQ(told(call)[1], "jane.white missed - 11001 0");
}

TEST(Histories, WhatAColleagueTookByPickupIsNotMissed) {
  auto call = john_calls_jane();
  ring(call, "jane.white", kJanesPhone, Cause::answered_elsewhere);
  answer(call, ring(call, "sam.night", "SEP0011223300A1"), seconds(3));
  EXPECT_THAT(told(call), ElementsAre("john.doe placed SEP001122330001 11002 17", "jane.white answered-elsewhere - 11001 0",
                                      "sam.night received SEP0011223300A1 11001 17"));
}

TEST(Histories, AMovedCallIsOneEntryAtItsLastPlace) {
  auto call = john_calls_jane();
  answer(call, ring(call, "jane.white", kJanesPhone), seconds(2));
  auto& mobile = ring(call, "", "pstn");
  mobile.destination = "jane.white/mobile";
  answer(call, mobile, seconds(9));
  EXPECT_THAT(told(call), ElementsAre("john.doe placed SEP001122330001 11002 18", "jane.white received jane.white/mobile 11001 18"));
}

TEST(Histories, FromOutsideByAnyFormOfTheNumberAndWithheldStaysWithheld) {
  auto call = john_calls_jane();
  call.legs.clear();
  call.legs.push_back({.channel = "sip-1", .endpoint = "pstn"});
  call.caller = {"14085550000", "Somebody", true};
  for (const char* const dialled : {"+14085551002", "14085551002"}) {
    call.dialled = dialled;
    EXPECT_THAT(told(call), ElementsAre("jane.white missed - - 0")) << dialled;
  }
}

class HistoryOnDisk : public testing::Test {
 protected:
  HistoryOnDisk() {
    auto book = CdrBook::open(store_, loop_, settings_);
    book_ = std::move(*book);
    book_->tell_histories([this](const CallRecord& record) { return histories_of(record, office_); });
    desk_ = std::make_unique<HistoryDesk>(*book_, loop_, settings_);
  }
  std::vector<HistoryEntry> ask(CallHistory::Question question) {
    std::optional<Result<std::vector<HistoryEntry>>> got;
    desk_->ask(std::move(question), [&](Result<std::vector<HistoryEntry>> found) { got.emplace(std::move(found)); });
    EXPECT_TRUE(loop_.run_until([&] {
      if (!got) loop_.advance(std::chrono::milliseconds(1));
      return got.has_value();
    }));
    return got && *got ? **got : std::vector<HistoryEntry>();
  }
  test::TemporaryFolder state_;
  test::FakeLoop loop_;
  test::OfficeDirectory office_;
  StoreFolder store_{state_.path(), loop_};
  CdrSettings settings_{.history_calls = 5};
  std::unique_ptr<CdrBook> book_;
  std::unique_ptr<HistoryDesk> desk_;
};

TEST_F(HistoryOnDisk, TheLatestFirstByKindByPageAndNeverMoreThanIsKept) {
  const WallTime now = loop_.clock().wall();
  for (int i = 8; i >= 1; --i) {
    auto call = john_calls_jane(now - hours(i));
    call.call = fmt::format("C-{}", i);
    if (i % 2 == 0) answer(call, ring(call, "jane.white", kJanesPhone), seconds(5));
    book_->ended(call);
  }
  const auto all = ask({.user = "jane.white"});
  ASSERT_EQ(all.size(), 5u);
  EXPECT_EQ(all[0].call, "C-1");
  EXPECT_EQ(all[0].kind, HistoryKind::missed);
  EXPECT_EQ(all[1].kind, HistoryKind::received);
  EXPECT_EQ(all[1].name, "John Doe");
  const auto missed = ask({.user = "jane.white", .kind = HistoryKind::missed});
  ASSERT_EQ(missed.size(), 4u);
  EXPECT_EQ(missed[3].call, "C-7");
  const auto page = ask({.user = "jane.white", .kind = {}, .before = all[1].at, .most = 2});
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0].call, "C-3");
  EXPECT_TRUE(ask({.user = "sam.night"}).empty());
}

TEST_F(HistoryOnDisk, GoesAfterThirtyDaysAndTheRecordsStay) {
  book_->ended(john_calls_jane(loop_.clock().wall()));
  EXPECT_EQ(ask({.user = "jane.white"}).size(), 1u);
  loop_.advance(hours(24 * 31));
  EXPECT_TRUE(ask({.user = "jane.white"}).empty());
  const auto count = [this](const char* sql) { return SQLite::Database(state_.file("cdr.db")).execAndGet(sql).getInt64(); };
  EXPECT_TRUE(loop_.run_until([&] {
    loop_.advance(seconds(1));
    return count("SELECT count(*) FROM history") == 0;
  }));
  EXPECT_EQ(count("SELECT count(*) FROM calls"), 1);
}

TEST_F(HistoryOnDisk, MovesAndDestinationsAreInTheRecord) {
  auto call = john_calls_jane(loop_.clock().wall());
  answer(call, ring(call, "jane.white", kJanesPhone), seconds(2));
  call.legs.back().destination = "jane.white/mobile";
  call.moves.push_back({call.start + seconds(4), "sip-2", "sip-3", "desk pickup"});
  book_->ended(call);
  (void)ask({.user = "jane.white"});
  SQLite::Database db(state_.file("cdr.db"));
  const auto shown = answer_cdr_question(db, {.call = "C-1"});
  ASSERT_TRUE(shown);
  EXPECT_EQ((*shown)["moves"][0]["how"], "desk pickup");
  EXPECT_EQ((*shown)["moves"][0]["from"], "sip-2");
  EXPECT_EQ((*shown)["legs"][1]["destination"], "jane.white/mobile");
}

}  // namespace
}  // namespace tandem
