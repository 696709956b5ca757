#include "cdr_book.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "base/config_folder.h"
#include "cdr_report.h"
#include "cdr_schema.h"
#include "store/store_folder.h"
#include "support/fake_loop.h"
#include "unit/store/temporary_folder.h"

namespace tandem {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

CallRecord a_call(const std::string& id, WallTime start) {
  CallRecord call{.call = id, .linked_id = id, .context = "phones", .dialled = "11002"};
  call.caller = {"11001", "John Doe", false};
  call.start = start;
  call.answer = start + seconds(2);
  call.end = start + seconds(10);
  call.disposition = "answered";
  call.ending = {Cause::normal, "Goodbye", 200};
  call.decisions = {"11002 is the user jane.white", "ring jane.white at SEP001122330002: registered"};
  call.legs.push_back(
      {.channel = "sip-1", .endpoint = "SEP001122330001", .user = "john.doe", .number = "11001", .protocol_id = "abc@host"});
  call.legs.push_back({.channel = "sip-2", .outgoing = true, .endpoint = "SEP001122330002", .user = "jane.white", .codec = "PCMU"});
  for (auto& leg : call.legs) {
    leg.start = start;
    leg.end = call.end;
    leg.answer = call.answer;
    leg.ending = call.ending;
  }
  call.legs[1].ringing = start + seconds(1);
  call.legs[1].hung_up_first = true;
  call.legs[0].media = {500, 86000, 499, 85828, 1};
  return call;
}

CallRecord opening(CallRecord call) {
  call.answer.reset();
  call.end = {};
  call.disposition.clear();
  call.decisions.clear();
  call.legs.resize(1);
  return call;
}

class CdrBookTest : public testing::Test {
 protected:
  CdrBookTest() { open(); }
  void open(const CdrSettings& settings = {}) {
    book_.reset();
    auto book = CdrBook::open(store_, loop_, settings);
    ASSERT_TRUE(book) << book.error().message;
    book_ = std::move(*book);
  }
  CallRecord call(const std::string& id) { return a_call(id, loop_.clock().wall()); }
  /// Until nothing waits any more; timers fire as they come.
  void written() {
    ASSERT_TRUE(loop_.run_until([this] {
      if (book_->status().waiting > 0) loop_.advance(milliseconds(1));
      return book_->status().waiting == 0;
    }));
  }
  Json answer(const std::vector<std::string>& question) {
    auto parsed = parse_cdr_question(question, loop_.clock().wall());
    if (!parsed) return parsed.error().message;
    SQLite::Database db(state_.file("cdr.db"), SQLite::OPEN_READWRITE);
    auto found = answer_cdr_question(db, *parsed);
    return found ? *found : Json(found.error().message);
  }
  int64_t ask(const std::string& sql) { return SQLite::Database(state_.file("cdr.db"), SQLite::OPEN_READWRITE).execAndGet(sql).getInt64(); }
  /// The disk takes no page more from now on, as when it is full.
  void fill_disk() {
    ASSERT_TRUE(book_->database().write_now([](SQLite::Database& db) -> Result<void> {
      db.execAndGet("PRAGMA max_page_count = 1");
      return {};
    }));
  }
  void empty_disk() {
    ASSERT_TRUE(book_->database().write_now([](SQLite::Database& db) -> Result<void> {
      db.execAndGet("PRAGMA max_page_count = 1000000");
      return {};
    }));
  }

  test::TemporaryFolder state_;
  test::FakeLoop loop_;
  StoreFolder store_{state_.path(), loop_};
  std::unique_ptr<CdrBook> book_;
};

TEST_F(CdrBookTest, AFinishedCallIsShownWithItsLegsAndDecisions) {
  book_->started(opening(call("C-1")));
  book_->ended(call("C-1"));
  written();
  const Json list = answer({});
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0]["call"], "C-1");
  EXPECT_EQ(list[0]["caller"], "11001");
  EXPECT_EQ(list[0]["dialled"], "11002");
  EXPECT_EQ(list[0]["disposition"], "answered");
  EXPECT_EQ(list[0]["cause"], "normal");
  EXPECT_EQ(list[0]["duration"], 10.0);
  EXPECT_EQ(list[0]["talked"], 8.0);
  const Json one = answer({"call", "C-1"});
  EXPECT_EQ(one["start"], "2026-11-02T01:00:00.000Z");
  EXPECT_EQ(one["end"], "2026-11-02T01:00:10.000Z");
  EXPECT_EQ(one["reason"], "Goodbye");
  EXPECT_EQ(one["decisions"][1], "ring jane.white at SEP001122330002: registered");
  ASSERT_EQ(one["legs"].size(), 2U);
  EXPECT_EQ(one["legs"][0]["direction"], "incoming");
  EXPECT_EQ(one["legs"][0]["received_packets"], 500);
  EXPECT_EQ(one["legs"][0]["dropped_packets"], 1);
  EXPECT_EQ(one["legs"][0]["ringing"], nullptr);
  EXPECT_EQ(one["legs"][1]["ringing"], "2026-11-02T01:00:01.000Z");
  EXPECT_EQ(one["legs"][1]["hung_up_first"], true);
  EXPECT_EQ(one["legs"][1]["codec"], "PCMU");
  EXPECT_EQ(book_->status().written, 1U);
}

TEST_F(CdrBookTest, ALoneCallIsWrittenAtOnceWithoutAnyTimer) {
  book_->ended(call("C-1"));
  EXPECT_TRUE(loop_.run_until([this] { return book_->status().written == 1; }));
  EXPECT_EQ(loop_.timers(), 0U);
}

TEST_F(CdrBookTest, CallsThatEndTogetherShareAWriteWithinTheInterval) {
  book_->ended(call("C-1"));
  ASSERT_TRUE(loop_.run_until([this] { return book_->status().written == 1; }));
  for (int i = 2; i <= 9; ++i) book_->ended(call(fmt::format("C-{}", i)));
  EXPECT_EQ(book_->database().backlog(), 0U);
  loop_.advance(milliseconds(20));
  EXPECT_TRUE(loop_.run_until([this] { return book_->status().written == 9; }));
}

TEST_F(CdrBookTest, ACallThatGoesOnHasARowWithin200MillisecondsAShortOneOnlyItsLast) {
  book_->started(opening(call("C-1")));
  book_->started(opening(call("C-2")));
  book_->ended(call("C-2"));
  loop_.advance(milliseconds(150));
  written();
  EXPECT_EQ(ask("SELECT count(*) FROM calls WHERE ended IS NULL"), 1);
  EXPECT_EQ(answer({"call", "C-1"})["disposition"], "open");
  EXPECT_EQ(book_->status().open, 1U);
  book_->ended(call("C-1"));
  loop_.advance(milliseconds(20));
  written();
  EXPECT_EQ(ask("SELECT count(*) FROM calls"), 2);
  EXPECT_EQ(ask("SELECT count(*) FROM calls WHERE ended IS NULL"), 0);
  EXPECT_EQ(ask("SELECT count(*) FROM legs"), 4);
}

TEST_F(CdrBookTest, ACallThatBeganBeforeTheModuleIsRecordedAllTheSame) {
  book_->ended(call("C-7"));
  written();
  EXPECT_EQ(answer({}).size(), 1U);
}

TEST_F(CdrBookTest, WhatACrashLeavesOpenIsClosedAtTheNextStart) {
  // The crash: a process of its own that is killed while two calls go on and a third is over.
  book_.reset();
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(30);
    test::FakeLoop loop;
    StoreFolder store(state_.path(), loop);
    auto book = CdrBook::open(store, loop, {});
    for (const char* id : {"C-1", "C-2", "C-3"}) (*book)->started(opening(a_call(id, loop.clock().wall())));
    loop.advance(milliseconds(150));
    (*book)->ended(a_call("C-3", loop.clock().wall()));
    loop.advance(milliseconds(50));
    const bool done = loop.run_until([&] {
      loop.advance(milliseconds(1));
      return (*book)->status().waiting == 0;
    });
    (void)!::write(pipe_ends[1], done ? "y" : "n", 1);
    ::pause();
    ::_exit(1);
  }
  char said = 0;
  ASSERT_EQ(::read(pipe_ends[0], &said, 1), 1);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ASSERT_EQ(said, 'y');

  open();
  EXPECT_EQ(book_->status().crashed, 2);
  EXPECT_EQ(answer({"call", "C-1"})["disposition"], "crashed");
  EXPECT_EQ(answer({"call", "C-1"})["cause"], "temporary-failure");
  EXPECT_EQ(answer({"call", "C-1"})["end"], "2026-11-02T01:00:00.000Z");
  EXPECT_EQ(answer({"call", "C-1"})["legs"][0]["end"], "2026-11-02T01:00:00.000Z");
  EXPECT_EQ(answer({"call", "C-3"})["disposition"], "answered");
  EXPECT_EQ(ask("SELECT count(*) FROM calls WHERE ended IS NULL"), 0);
  // Names begin anew, rows do not.
  book_->ended(call("C-1"));
  written();
  EXPECT_EQ(answer({}).size(), 4U);
  EXPECT_EQ(answer({"call", "C-1"})["disposition"], "answered");
  open();
  EXPECT_EQ(book_->status().crashed, 0);
}

TEST_F(CdrBookTest, AFullDiskLosesNothingAndIsTriedAgain) {
  book_->ended(call("C-0"));
  written();
  fill_disk();
  for (int i = 1; i <= 200; ++i) book_->ended(call(fmt::format("C-{}", i)));
  loop_.advance(milliseconds(20));
  ASSERT_TRUE(loop_.run_until([this] { return book_->status().failed == 1; }));
  EXPECT_THAT(book_->status().error, HasSubstr("full"));
  EXPECT_EQ(book_->status().waiting, 200U);
  book_->ended(call("C-201"));
  loop_.advance(seconds(1));
  ASSERT_TRUE(loop_.run_until([this] { return book_->status().failed == 2; }));
  empty_disk();
  loop_.advance(seconds(1));
  written();
  EXPECT_EQ(book_->status().written, 202U);
  EXPECT_EQ(book_->status().error, "");
  EXPECT_EQ(ask("SELECT count(*) FROM calls"), 202);
  EXPECT_EQ(ask("SELECT count(*) FROM legs"), 404);
}

TEST_F(CdrBookTest, TheBacklogIsBounded) {
  fill_disk();
  CallRecord small;
  for (int i = 0; i < 100010; ++i) {
    small.call = fmt::format("C-{}", i);
    book_->ended(small);
  }
  EXPECT_EQ(book_->status().waiting, 100000U);
  EXPECT_EQ(book_->status().lost, 10U);
  EXPECT_THAT(book_->refusal(), HasSubstr("100000 call records wait"));
  empty_disk();
  written();
  EXPECT_EQ(book_->refusal(), "");
  EXPECT_EQ(ask("SELECT count(*) FROM calls"), 100000);
}

TEST_F(CdrBookTest, TheEndWritesWhatWaitsAndLeavesOpenCallsOpen) {
  book_->ended(call("C-1"));
  for (int i = 2; i <= 50; ++i) book_->ended(call(fmt::format("C-{}", i)));
  book_->started(opening(call("C-99")));
  book_.reset();
  EXPECT_EQ(ask("SELECT count(*) FROM calls"), 51);
  EXPECT_EQ(ask("SELECT count(*) FROM calls WHERE ended IS NULL"), 1);
}

TEST_F(CdrBookTest, WhoAsksIsAnsweredAfterWhatEndedBefore) {
  bool told = false;
  book_->when_written([&] { told = true; });
  EXPECT_TRUE(told) << "nothing waits: at once";
  told = false;
  book_->ended(call("C-1"));
  book_->ended(call("C-2"));
  book_->when_written([&] { told = ask("SELECT count(*) FROM calls") == 2; });
  EXPECT_FALSE(told);
  written();
  EXPECT_TRUE(told);
}

TEST_F(CdrBookTest, WhileTheDiskRefusesAQuestionIsAnsweredAllTheSame) {
  fill_disk();
  book_->ended(call("C-1"));
  bool told = false;
  book_->when_written([&] { told = true; });
  EXPECT_TRUE(loop_.run_until([&] { return told; }));
  told = false;
  book_->when_written([&] { told = true; });
  EXPECT_TRUE(told);
  empty_disk();
}

TEST_F(CdrBookTest, HostileTextsAreKeptWithinBounds) {
  CallRecord hostile = call("C-1");
  hostile.caller.name = "'); DROP TABLE calls; --";
  hostile.caller.number = std::string("a\0b", 3);
  hostile.dialled = std::string(1 << 20, 'x');
  hostile.decisions = std::vector<std::string>(1000, std::string(5000, '"'));
  hostile.decisions[0] = "\xff\xfe broken";
  hostile.legs[0].protocol_id = "\xc3(";
  hostile.legs.resize(1000);
  book_->ended(hostile);
  written();
  const Json one = answer({"call", "C-1"});
  EXPECT_EQ(one["caller_name"], "'); DROP TABLE calls; --");
  EXPECT_EQ(one["caller"], std::string("a\0b", 3));
  EXPECT_EQ(one["dialled"].get<std::string>().size(), 1024U);
  EXPECT_EQ(one["decisions"].size(), 256U);
  EXPECT_EQ(one["legs"].size(), 256U);
  EXPECT_NO_THROW((void)one.dump());
}

TEST_F(CdrBookTest, ADecisionIsOneLineWhateverItSays) {
  CallRecord tricky = call("C-1");
  tricky.decisions = {"first", "dialled 11002\nring nobody", "third"};
  book_->ended(tricky);
  written();
  EXPECT_EQ(answer({"call", "C-1"})["decisions"], Json({"first", "dialled 11002 ring nobody", "third"}));
}

TEST_F(CdrBookTest, QuestionsAreUnderstoodOrRefused) {
  book_->ended(a_call("C-old", loop_.clock().wall() - std::chrono::hours(40)));
  for (int i = 1; i <= 30; ++i) book_->ended(call(fmt::format("C-{}", i)));
  written();
  loop_.advance(milliseconds(20));
  written();
  EXPECT_EQ(answer({}).size(), 20U);
  EXPECT_EQ(answer({})[19]["call"], "C-30");
  EXPECT_EQ(answer({"last", "31"})[0]["call"], "C-old");
  EXPECT_EQ(answer({"last", "2"})[0]["call"], "C-29");
  EXPECT_EQ(answer({"today"}).size(), 30U);
  EXPECT_THAT(answer({"call", "C-77"}).get<std::string>(), HasSubstr("no record"));
  for (const std::vector<std::string>& bad : std::vector<std::vector<std::string>>{{"last"},
                                                                                   {"last", "0"},
                                                                                   {"last", "-1"},
                                                                                   {"last", "10001"},
                                                                                   {"last", "3x"},
                                                                                   {"yesterday"},
                                                                                   {"call"},
                                                                                   {"today", "2"},
                                                                                   {"user"},
                                                                                   {"user", ""},
                                                                                   {"since", "noon"},
                                                                                   {"since", "2026-11-02T01:00x"}}) {
    EXPECT_THAT(answer(bad).get<std::string>(), HasSubstr("cdr show [call ID]"));
  }
}

TEST_F(CdrBookTest, CallsAreFoundByWhoWhereWhenAndHowTheyEnded) {
  CallRecord busy = call("C-busy");
  busy.disposition = "busy";
  busy.caller.number = "11003";
  busy.legs.resize(1);
  busy.legs[0].user = "o'hara";
  busy.legs[0].endpoint = "lobby-1";
  book_->ended(a_call("C-yesterday", loop_.clock().wall() - std::chrono::hours(24)));
  book_->ended(busy);
  book_->ended(call("C-jane"));
  written();
  const auto ids = [this](const std::vector<std::string>& question) {
    std::string found;
    for (const auto& row : answer(question)) found += row["call"].get<std::string>() + " ";
    return found;
  };
  EXPECT_EQ(ids({"user", "o'hara"}), "C-busy ");
  EXPECT_EQ(ids({"user", "jane.white", "since", "2026-11-02T00:00Z"}), "C-jane ");
  EXPECT_EQ(ids({"until", "2026-11-02T00:00:00Z"}), "C-yesterday ");
  EXPECT_EQ(ids({"endpoint", "lobby-1"}), "C-busy ");
  EXPECT_EQ(ids({"number", "11003"}), "C-busy ");
  EXPECT_EQ(ids({"number", "11002", "last", "1"}), "C-jane ");
  EXPECT_EQ(ids({"disposition", "busy"}), "C-busy ");
  EXPECT_EQ(ids({"disposition", "' OR 1=1 --"}), "");
}

TEST_F(CdrBookTest, QualityAndRouteAreKept) {
  CallRecord record = call("C-1");
  record.route = "_1XXXX in inside (main.lua:31)";
  record.legs[0].media.lost_packets = 7;
  record.legs[0].media.jitter_us = 1500;
  record.legs[0].media.round_trip_us = 20'000;
  record.legs[0].media.mos = 412;
  record.legs[0].media.remote_mos = 380;
  book_->ended(record);
  written();
  const Json one = answer({"call", "C-1"});
  EXPECT_EQ(one["route"], record.route);
  EXPECT_EQ(one["legs"][0]["lost_packets"], 7);
  EXPECT_EQ(one["legs"][0]["jitter_ms"], 1.5);
  EXPECT_EQ(one["legs"][0]["round_trip_ms"], 20.0);
  EXPECT_EQ(one["legs"][0]["mos"], 4.12);
  EXPECT_EQ(one["legs"][0]["remote_mos"], 3.8);
}

TEST_F(CdrBookTest, ATextFileStandsBesideTheDatabase) {
  open({.csv = "calls.csv"});
  book_->ended(call("C-1"));
  written();
  CallRecord second = call("C-2");
  second.caller.name = "=cmd|'/c calc'!A0, \"quoted\"";
  book_->ended(second);
  book_.reset();  // the end leaves nothing behind
  std::ifstream file(state_.file("calls.csv"));
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_THAT(lines[0], testing::StartsWith("call,linked,start,answer,end,duration,talked,caller_number"));
  EXPECT_THAT(lines[1], testing::StartsWith(
                            "C-1,C-1,2026-11-02T01:00:00.000Z,2026-11-02T01:00:02.000Z,2026-11-02T01:00:10.000Z,10.000,8.000,11001,"));
  EXPECT_THAT(lines[1], HasSubstr(",answered,normal,200,SEP001122330001,john.doe,"));
  EXPECT_THAT(lines[2], HasSubstr(R"(,"'=cmd|'/c calc'!A0, ""quoted""",)"));
}

TEST_F(CdrBookTest, ATextFileThatCannotBeWrittenIsTriedAgain) {
  open({.csv = "folder/calls.csv"});
  book_->ended(call("C-1"));
  written();
  ASSERT_TRUE(loop_.run_until([this] { return !book_->status().csv_error.empty(); }));
  std::filesystem::create_directory(state_.file("folder"));
  book_->ended(call("C-2"));
  ASSERT_TRUE(loop_.run_until([this] {
    loop_.advance(milliseconds(1));
    return book_->status().csv_error.empty();
  }));
  std::ifstream file(state_.file("folder/calls.csv"));
  EXPECT_EQ(std::count(std::istreambuf_iterator<char>(file), {}, '\n'), 3);
}

TEST_F(CdrBookTest, AWallClockThatGoesBackDisturbsNothing) {
  book_->ended(a_call("C-future", loop_.clock().wall() + std::chrono::hours(24 * 365)));
  book_->ended(call("C-1"));
  book_->ended(call("C-2"));
  written();
  EXPECT_EQ(answer({}).size(), 3U);
  EXPECT_EQ(answer({"call", "C-2"})["start"], "2026-11-02T01:00:00.000Z");
}

TEST(CdrSettingsTest, ShippedFileIsTheDefault) {
  const ConfigFolder config(std::string(TANDEM_SOURCE_DIR) + "/configs", {});
  const auto settings = read_cdr_settings(config);
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_TRUE(settings->enabled);
  EXPECT_EQ(settings->commit_interval, CdrSettings{}.commit_interval);
}

TEST(CdrSettingsTest, MistakesAreNamed) {
  test::TemporaryFolder folder;
  const ConfigFolder config(folder.path(), {});
  EXPECT_TRUE(read_cdr_settings(config)) << "no file: the defaults";
  folder.write("cdr.ini", "[cdr]\nenabled = perhaps\ncommit_interval = 5s\ncolour = red\n[records]\nx = 1\n");
  const auto settings = read_cdr_settings(config);
  ASSERT_FALSE(settings);
  for (const char* complaint :
       {"cdr.ini:2: [cdr] enabled", "cdr.ini:3: [cdr] commit_interval", "cdr.ini:4: [cdr] colour", "cdr.ini:6: [records] x"}) {
    EXPECT_THAT(settings.error().message, HasSubstr(complaint));
  }
}

}  // namespace
}  // namespace tandem
