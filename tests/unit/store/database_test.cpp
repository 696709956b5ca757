#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <future>
#include <thread>

#include "store/store_folder.h"
#include "support/fake_loop.h"
#include "unit/store/temporary_folder.h"

namespace tandem {
namespace {

using testing::HasSubstr;

const Migrations kNotes = {"CREATE TABLE notes(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)"};

/// A loop whose mailbox is full until the test says otherwise.
class FullLoop final : public Loop {
 public:
  Clock& clock() override { return inner.clock(); }
  bool post(Task task, Share share) override {
    if (full) {
      ++refused;
      return false;
    }
    return inner.post(std::move(task), share);
  }
  double pressure() const override { return full ? 1 : 0; }
  Registration watch(int fd, uint32_t events, UniqueFunction<void(uint32_t)> ready) override {
    return inner.watch(fd, events, std::move(ready));
  }
  Registration attach(LoopSource& source) override { return inner.attach(source); }
  void defer(Task task) override { inner.defer(std::move(task)); }
  uint64_t arm(Instant when, UniqueFunction<void()> fire) override { return inner.arm(when, std::move(fire)); }
  void disarm(uint64_t id) override { inner.disarm(id); }

  std::atomic<bool> full{false};
  std::atomic<int> refused{0};
  test::FakeLoop inner;
};

class DatabaseTest : public testing::Test {
 protected:
  DatabaseTest() { open(); }
  void open(const Migrations& migrations = kNotes, Durability durability = Durability::full) {
    db_.reset();
    auto opened = store_.open("test.db", migrations, durability);
    ASSERT_TRUE(opened) << opened.error().message;
    db_ = std::move(*opened);
  }
  Error refused(const Migrations& migrations = kNotes) {
    db_.reset();
    auto opened = store_.open("test.db", migrations, Durability::full);
    EXPECT_FALSE(opened);
    return opened ? Error{} : opened.error();
  }
  static auto note(std::string text) {
    return [text = std::move(text)](SQLite::Database& db) -> Result<void> {
      SQLite::Statement insert(db, "INSERT INTO notes(text) VALUES (?)");
      insert.bind(1, text);
      insert.exec();
      return {};
    };
  }
  /// Puts a change and remembers how it ended under `name`.
  void put(const std::string& name, UniqueFunction<Result<void>(SQLite::Database&)> change) {
    ++asked_;
    auto done = [this, name](Result<void> result) { outcomes_[name] = result ? "ok" : result.error().message; };
    const auto queued = db_->write(std::move(change), done, Share::new_work);
    ASSERT_TRUE(queued) << queued.error().message;
  }
  bool settled() {
    return loop_.inner.run_until([this] { return outcomes_.size() == asked_; });
  }
  /// The writer sleeps in a change of its own until the test lets it go, so that what follows gathers for one commit.
  std::promise<void> hold_writer() {
    std::promise<void> release;
    auto entered = std::make_shared<std::promise<void>>();
    auto in = entered->get_future();
    put("hold", [gate = release.get_future().share(), entered](SQLite::Database&) -> Result<void> {
      entered->set_value();
      gate.wait();
      return {};
    });
    in.wait();
    return release;
  }
  int64_t count() { return db_->reader().execAndGet("SELECT count(*) FROM notes").getInt64(); }

  test::TemporaryFolder state_;
  FullLoop loop_;
  StoreFolder store_{state_.path(), loop_};
  std::unique_ptr<Database> db_;
  std::map<std::string, std::string> outcomes_;
  size_t asked_ = 0;
};

TEST_F(DatabaseTest, AChangeIsThereWhenItsCallbackRuns) {
  int64_t seen = -1;
  ASSERT_TRUE(db_->write(
      note("a"), [&](Result<void> result) { seen = result ? count() : -2; }, Share::new_work));
  ASSERT_TRUE(loop_.inner.run_until([&] { return seen != -1; }));
  EXPECT_EQ(seen, 1);
  EXPECT_EQ(db_->backlog(), 0U);
}

TEST_F(DatabaseTest, FilesArePrivate) {
  ASSERT_TRUE(db_->write_now(note("a")));
  for (const char* name : {"test.db", "test.db-wal", "test.db-shm"}) {
    struct stat status {};
    ASSERT_EQ(::stat(state_.file(name).c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_mode & 0777, 0600U) << name;
  }
}

TEST_F(DatabaseTest, AChangeThatFailsIsUndoneAloneInTheMiddleOfACommit) {
  auto release = hold_writer();
  put("first", note("one"));
  put("duplicate", [](SQLite::Database& db) -> Result<void> {
    db.exec("INSERT INTO notes(text) VALUES ('half')");
    db.exec("INSERT INTO notes(text) VALUES ('one')");
    return {};
  });
  put("refuses", [](SQLite::Database& db) -> Result<void> {
    db.exec("INSERT INTO notes(text) VALUES ('never')");
    return Error{ErrorCode::forbidden, "not today"};
  });
  put("throws", [](SQLite::Database&) -> Result<void> { throw std::runtime_error("odd"); });
  put("last", note("two"));
  EXPECT_EQ(db_->backlog(), 6U);
  release.set_value();
  ASSERT_TRUE(settled());
  EXPECT_EQ(outcomes_["first"], "ok");
  EXPECT_THAT(outcomes_["duplicate"], HasSubstr("UNIQUE constraint failed: notes.text"));
  EXPECT_EQ(outcomes_["refuses"], "not today");
  EXPECT_THAT(outcomes_["throws"], HasSubstr("odd"));
  EXPECT_EQ(outcomes_["last"], "ok");
  EXPECT_EQ(count(), 2);
}

TEST_F(DatabaseTest, WhatGathersIsOneCommit) {
  auto release = hold_writer();
  for (int i = 0; i < 100; ++i) put(fmt::format("{}", i), note(fmt::format("{}", i)));
  // Each commit raises the version that the reader sees; all hundred raise it once.
  release.set_value();
  bool together = true;
  ASSERT_TRUE(loop_.inner.run_until([&] {
    const int64_t now = count();
    together = together && (now == 0 || now == 100);
    return now == 100;
  }));
  EXPECT_TRUE(together);
  ASSERT_TRUE(settled());
}

TEST_F(DatabaseTest, AChangeThatEndsTheTransactionIsTold) {
  auto release = hold_writer();
  put("before", note("a"));
  put("commits", [](SQLite::Database& db) -> Result<void> {
    db.exec("ROLLBACK");
    return {};
  });
  put("after", note("b"));
  release.set_value();
  ASSERT_TRUE(settled());
  EXPECT_THAT(outcomes_["before"], HasSubstr("a change ended the transaction"));
  EXPECT_THAT(outcomes_["commits"], HasSubstr("a change ended the transaction"));
  EXPECT_EQ(outcomes_["after"], "ok");
  EXPECT_EQ(count(), 1);
}

TEST_F(DatabaseTest, AFullDiskIsAnErrorAndNothingMore) {
  ASSERT_TRUE(db_->write_now([](SQLite::Database& db) -> Result<void> {
    db.execAndGet("PRAGMA max_page_count = 1");
    return {};
  }));
  auto release = hold_writer();
  for (int i = 0; i < 20; ++i) put(fmt::format("{}", i), note(fmt::format("{}{}", std::string(3000, 'x'), i)));
  release.set_value();
  ASSERT_TRUE(settled());
  // Whoever was told that it is there finds it there, and nobody else does.
  int64_t acknowledged = 0;
  for (const auto& [name, outcome] : outcomes_) acknowledged += name != "hold" && outcome == "ok" ? 1 : 0;
  EXPECT_LT(acknowledged, 20);
  EXPECT_EQ(count(), acknowledged);
  EXPECT_THAT(outcomes_["19"], HasSubstr("database or disk is full"));
  ASSERT_TRUE(db_->write_now([](SQLite::Database& db) -> Result<void> {
    db.execAndGet("PRAGMA max_page_count = 100000");
    return {};
  }));
  EXPECT_TRUE(db_->write_now(note("room again")));
}

TEST_F(DatabaseTest, AnotherProgramThatHoldsTheFileIsNamedInTheError) {
  ASSERT_TRUE(db_->write_now([](SQLite::Database& db) -> Result<void> {
    db.setBusyTimeout(0);
    return {};
  }));
  SQLite::Database other(state_.file("test.db"), SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");
  const auto failed = db_->write_now(note("a"));
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("another program holds it"));
  other.exec("ROLLBACK");
  EXPECT_TRUE(db_->write_now(note("a")));
}

TEST_F(DatabaseTest, NewWorkMayFillThreeQuartersOfTheQueueTheRestIsForCallsThatExist) {
  auto release = hold_writer();
  size_t fresh = 0, existing = 0;
  const auto nothing = [](Result<void>) {};
  const auto noop = [](SQLite::Database&) -> Result<void> { return {}; };
  while (db_->write(noop, nothing, Share::new_work)) ++fresh;
  const auto refused_one = db_->write(noop, nothing, Share::new_work);
  while (db_->write(noop, nothing, Share::existing)) ++existing;
  EXPECT_EQ(fresh, 3 * existing);
  EXPECT_EQ(refused_one.error().code, ErrorCode::exhausted);
  EXPECT_EQ(db_->backlog(), fresh + existing + 1);
  release.set_value();
  EXPECT_TRUE(loop_.inner.run_until([&] { return db_->backlog() == 0; }));
  EXPECT_TRUE(db_->write(noop, nothing, Share::new_work));
}

TEST_F(DatabaseTest, AFullMailboxDelaysAnOutcomeButNeverLosesIt) {
  loop_.full = true;
  put("a", note("a"));
  ASSERT_TRUE(loop_.inner.run_until([&] { return loop_.refused > 3; }));
  EXPECT_TRUE(outcomes_.empty());
  loop_.full = false;
  ASSERT_TRUE(settled());
  EXPECT_EQ(outcomes_["a"], "ok");
}

TEST_F(DatabaseTest, DestroyingItWritesWhatIsQueuedAndCallsNobodyAfterwards) {
  auto release = hold_writer();
  for (int i = 0; i < 50; ++i) put(fmt::format("{}", i), note(fmt::format("{}", i)));
  std::thread later([&] { release.set_value(); });
  db_.reset();
  later.join();
  loop_.inner.settle();
  EXPECT_TRUE(outcomes_.empty());
  open();
  EXPECT_EQ(count(), 50);
}

TEST_F(DatabaseTest, ACallbackMayDestroyTheDatabase) {
  auto release = hold_writer();
  bool second = false;
  ASSERT_TRUE(db_->write(
      note("a"), [this](Result<void>) { db_.reset(); }, Share::new_work));
  ASSERT_TRUE(db_->write(
      note("b"), [&](Result<void>) { second = true; }, Share::new_work));
  release.set_value();
  ASSERT_TRUE(loop_.inner.run_until([this] { return db_ == nullptr; }));
  loop_.inner.settle();
  EXPECT_FALSE(second);
}

TEST_F(DatabaseTest, ReportsReadOnAThreadOfTheirOwnAndCannotWrite) {
  ASSERT_TRUE(db_->write_now(note("a")));
  const auto here = std::this_thread::get_id();
  bool elsewhere = false;
  std::string outcome;
  const auto keep = [&](Result<void> result) { outcome = result ? "ok" : result.error().message; };
  ASSERT_TRUE(db_->read(
      [&, here](SQLite::Database& db) -> Result<void> {
        elsewhere = std::this_thread::get_id() != here && db.execAndGet("SELECT count(*) FROM notes").getInt() == 1;
        return {};
      },
      keep));
  ASSERT_TRUE(loop_.inner.run_until([&] { return !outcome.empty(); }));
  EXPECT_EQ(outcome, "ok");
  EXPECT_TRUE(elsewhere);
  outcome.clear();
  ASSERT_TRUE(db_->read(note("b"), keep));
  ASSERT_TRUE(loop_.inner.run_until([&] { return !outcome.empty(); }));
  EXPECT_THAT(outcome, HasSubstr("readonly"));
}

TEST_F(DatabaseTest, ClosingDoesNotWaitForALongReport) {
  auto entered = std::make_shared<std::promise<void>>();
  auto in = entered->get_future();
  ASSERT_TRUE(db_->read(
      [entered](SQLite::Database& db) -> Result<void> {
        entered->set_value();
        db.execAndGet("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n");
        return {};
      },
      [](Result<void>) {}));
  in.wait();
  db_.reset();
}

TEST_F(DatabaseTest, HostileStringsComeBackAsTheyWere) {
  const std::vector<std::string> hostile = {"'); DROP TABLE notes; --", std::string("a\0b", 3), std::string(1 << 20, '\''), "\xff\xfe", ""};
  for (const auto& text : hostile) ASSERT_TRUE(db_->write_now(note(text)));
  SQLite::Statement all(db_->reader(), "SELECT text FROM notes ORDER BY id");
  for (const auto& text : hostile) {
    ASSERT_TRUE(all.executeStep());
    EXPECT_EQ(all.getColumn(0).getString(), text);
  }
}

TEST_F(DatabaseTest, OpenTwiceIsRefusedUntilTheFirstIsGone) {
  const auto twice = store_.open("test.db", kNotes, Durability::full);
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, ErrorCode::busy);
  open();
}

TEST_F(DatabaseTest, MigrationsAreAppliedOnceEachAndKeepWhatIsThere) {
  ASSERT_TRUE(db_->write_now(note("old")));
  Migrations newer = kNotes;
  newer.push_back("ALTER TABLE notes ADD COLUMN colour TEXT NOT NULL DEFAULT 'grey'");
  newer.push_back("UPDATE notes SET colour = colour || '!'; CREATE INDEX by_colour ON notes(colour)");
  open(newer);
  EXPECT_EQ(db_->reader().execAndGet("SELECT colour FROM notes WHERE text = 'old'").getString(), "grey!");
  open(newer);
  EXPECT_EQ(db_->reader().execAndGet("SELECT colour FROM notes WHERE text = 'old'").getString(), "grey!");
  EXPECT_EQ(db_->reader().execAndGet("PRAGMA user_version").getInt(), 3);
}

TEST_F(DatabaseTest, ANewerSchemaIsRefused) {
  Migrations newer = kNotes;
  newer.push_back("CREATE TABLE more(x)");
  open(newer);
  const Error error = refused();
  EXPECT_EQ(error.code, ErrorCode::unavailable);
  EXPECT_THAT(error.message, HasSubstr("test.db: schema 2 was made by a newer Tandem, this one knows 1"));
  open(newer);
}

TEST_F(DatabaseTest, AMigrationThatFailsLeavesTheOldSchema) {
  Migrations broken = kNotes;
  broken.push_back("CREATE TABLE more(x); INSERT INTO nowhere VALUES (1)");
  const Error error = refused(broken);
  EXPECT_EQ(error.code, ErrorCode::io);
  EXPECT_THAT(error.message, HasSubstr("no such table: nowhere (while the schema went from 1 to 2)"));
  open();
  EXPECT_EQ(db_->reader().execAndGet("SELECT count(*) FROM sqlite_master WHERE name = 'more'").getInt(), 0);
}

TEST_F(DatabaseTest, ADamagedFileIsSaidToBeDamaged) {
  db_.reset();
  state_.write("test.db", std::string(10000, 'z'));
  const Error error = refused();
  EXPECT_EQ(error.code, ErrorCode::io);
  EXPECT_THAT(error.message, HasSubstr("test.db: file is not a database: the file is damaged"));
}

TEST_F(DatabaseTest, APathThatCannotBeOpenedIsSaid) {
  const auto missing = store_.open("no/such/folder.db", kNotes, Durability::full);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("folder.db: No such file or directory"));
}

TEST_F(DatabaseTest, ForeignKeysAreOnAndDurabilityIsAsAsked) {
  const auto pragma = [this](const char* name) {
    int value = -1;
    EXPECT_TRUE(db_->write_now([&](SQLite::Database& db) -> Result<void> {
      value = db.execAndGet(fmt::format("PRAGMA {}", name)).getInt();
      return {};
    }));
    return value;
  };
  EXPECT_EQ(pragma("foreign_keys"), 1);
  EXPECT_EQ(pragma("synchronous"), 2);
  open(kNotes, Durability::normal);
  EXPECT_EQ(pragma("synchronous"), 1);
}

/// A process of its own that writes without end, says each acknowledged number through the pipe, and is killed in the middle.
TEST_F(DatabaseTest, EverythingAcknowledgedSurvivesAKill) {
  for (const auto durability : {Durability::full, Durability::normal}) {
    db_.reset();
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::alarm(30);
      test::FakeLoop loop;
      StoreFolder store(state_.path(), loop);
      auto db = store.open("test.db", kNotes, durability);
      for (int32_t n = 0;; ++n) {
        const std::string text = fmt::format("{}-{}", static_cast<int>(durability), n);
        (void)(*db)->write(
            note(text), [n, &pipe_ends](Result<void> r) { (void)!::write(pipe_ends[1], &n, r ? sizeof n : 0); }, Share::existing);
        if (n % 7 == 0) loop.run_until([&] { return (*db)->backlog() < 50; });
      }
    }
    int32_t last = -1;
    while (last < 500) ASSERT_EQ(::read(pipe_ends[0], &last, sizeof last), static_cast<ssize_t>(sizeof last));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(pipe_ends[1]);
    for (int32_t n = 0; ::read(pipe_ends[0], &n, sizeof n) == static_cast<ssize_t>(sizeof n);) last = n;
    ::close(pipe_ends[0]);

    open(kNotes, durability);
    EXPECT_EQ(db_->reader().execAndGet("PRAGMA integrity_check").getString(), "ok");
    SQLite::Statement find(db_->reader(), "SELECT 1 FROM notes WHERE text = ?");
    for (int32_t n = 0; n <= last; ++n) {
      find.bind(1, fmt::format("{}-{}", static_cast<int>(durability), n));
      ASSERT_TRUE(find.executeStep()) << n << " of " << last;
      find.reset();
    }
  }
}

}  // namespace
}  // namespace tandem
