// What people have set for their lines: on disk, with the profile of a login, and after a restart.
#include <gtest/gtest.h>

#include "base/config_folder.h"
#include "store/directory_store.h"
#include "store/store_folder.h"
#include "support/fake_loop.h"
#include "unit/store/temporary_folder.h"

namespace tandem {
namespace {

constexpr const char* kOffice = R"([general]
secrets = secrets.ini
[site hq]
location = Main Street
emergency_callback = +14085551000
[user ann]
name = Ann
extension = 11001
[profile ann-8841]
user = ann
model = CP-8841
[profile ann-quiet]
user = ann
model = CP-8841
dnd = yes
[device own]
model = CP-8841
site = hq
owner = ann
[device desk]
model = CP-8841
site = hq
extension = 19001
label = Desk
extension_mobility = yes
)";

class LineStoreTest : public testing::Test {
 protected:
  LineStoreTest() {
    configs_.write("directory.ini", kOffice);
    configs_.write("secrets.ini", "[devices]\ndefault = a-good-one\n");
    open();
  }
  void open() {
    directory_.reset();
    auto opened = DirectoryStore::open(store_, config_);
    ASSERT_TRUE(opened) << opened.error().message;
    directory_ = std::move(*opened);
  }
  LineStore& lines() { return directory_->lines(); }
  Result<void> waited(const std::function<void(LineBook::Done)>& ask) {
    std::optional<Result<void>> result;
    ask([&](Result<void> told) { result = std::move(told); });
    EXPECT_TRUE(loop_.run_until([&] { return result.has_value(); }));
    return *result;
  }
  Result<void> change(const LineChange& what, const std::string& user = "ann") {
    return waited([&](LineBook::Done done) { lines().change(user, what, std::move(done)); });
  }
  Result<void> dnd_at(const std::string& device, DoNotDisturb dnd) {
    return waited([&](LineBook::Done done) { lines().set_dnd_at(device, dnd, std::move(done)); });
  }
  DoNotDisturb at(const std::string& device) { return lines().dnd_at(*directory_->device(device)); }
  void log_in(const std::string& profile) {
    bool done = false;
    SessionOrder order{.device = "desk", .user = "ann", .profile = profile, .site = "hq"};
    order.now = loop_.clock().wall();
    directory_->sessions().begin(order, [&](Result<SessionChange> change) {
      EXPECT_TRUE(change);
      done = true;
    });
    EXPECT_TRUE(loop_.run_until([&] { return done; }));
  }
  test::TemporaryFolder configs_, state_;
  test::FakeLoop loop_;
  StoreFolder store_{state_.path(), loop_};
  ConfigFolder config_{configs_.path(), {}};
  std::unique_ptr<DirectoryStore> directory_;
};

TEST_F(LineStoreTest, NothingIsSetAtFirst) {
  EXPECT_EQ(*lines().of("ann"), LineSettings());
  EXPECT_EQ(*lines().of("nobody"), LineSettings());
  EXPECT_EQ(at("own"), DoNotDisturb::off);
}

TEST_F(LineStoreTest, ChangesAddUpAndOutliveARestart) {
  ASSERT_TRUE(change({.forward_all = "11002"}));
  ASSERT_TRUE(change({.forward_busy = "914085557001", .dnd = DoNotDisturb::silent}));
  EXPECT_EQ(lines().of("ann")->forward_all, "11002");
  open();
  EXPECT_EQ(*lines().of("ann"), (LineSettings{"11002", "914085557001", "", "", DoNotDisturb::silent}));
  ASSERT_TRUE(change({.forward_all = ""}));
  EXPECT_EQ(lines().of("ann")->forward_all, "");
  EXPECT_EQ(lines().of("ann")->forward_busy, "914085557001");
}

TEST_F(LineStoreTest, WhatCannotBe) {
  EXPECT_EQ(change({.forward_all = "11002"}, "nobody").error().code, ErrorCode::not_found);
  EXPECT_EQ(change({.forward_all = "sip:me@example.org"}).error().code, ErrorCode::invalid);
  EXPECT_EQ(change({.forward_all = std::string(100, '1')}).error().code, ErrorCode::invalid);
  EXPECT_EQ(dnd_at("desk", DoNotDisturb::reject).error().code, ErrorCode::not_found) << "nobody is there";
  EXPECT_EQ(dnd_at("none", DoNotDisturb::reject).error().code, ErrorCode::not_found);
}

TEST_F(LineStoreTest, AtOnesOwnPhoneItIsThePersons) {
  ASSERT_TRUE(dnd_at("own", DoNotDisturb::reject));
  EXPECT_EQ(lines().of("ann")->dnd, DoNotDisturb::reject);
  log_in("ann-8841");
  EXPECT_EQ(at("desk"), DoNotDisturb::reject) << "wherever she is";
}

TEST_F(LineStoreTest, WhereOneIsLoggedInItIsKeptWithTheProfile) {
  log_in("ann-8841");
  ASSERT_TRUE(dnd_at("desk", DoNotDisturb::reject));
  EXPECT_EQ(at("desk"), DoNotDisturb::reject);
  EXPECT_EQ(at("own"), DoNotDisturb::off);
  EXPECT_EQ(lines().of("ann")->dnd, DoNotDisturb::off);
  open();
  EXPECT_EQ(at("desk"), DoNotDisturb::reject) << "the next login brings it back";
  ASSERT_TRUE(dnd_at("desk", DoNotDisturb::off));
  EXPECT_EQ(at("desk"), DoNotDisturb::off);
}

TEST_F(LineStoreTest, AProfileMayBeDeclaredSo) {
  log_in("ann-quiet");
  EXPECT_EQ(at("desk"), DoNotDisturb::reject);
  ASSERT_TRUE(dnd_at("desk", DoNotDisturb::off));
  EXPECT_EQ(at("desk"), DoNotDisturb::off) << "her word is newer than the file's";
}

TEST_F(LineStoreTest, OffEndsBoth) {
  log_in("ann-8841");
  ASSERT_TRUE(change({.dnd = DoNotDisturb::reject}));
  ASSERT_TRUE(dnd_at("desk", DoNotDisturb::off));
  EXPECT_EQ(lines().of("ann")->dnd, DoNotDisturb::off);
}

}  // namespace
}  // namespace tandem
