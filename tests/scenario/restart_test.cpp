// kill -9, and start again on what is left.
#include <thread>

#include "office.h"

namespace tandem::test {
namespace {

class Restarts : public Office {
 protected:
  void SetUp() override {
    Office::SetUp();
    john_ = std::make_unique<Phone>(*tandem_, kJohn, 440);
    jane_ = std::make_unique<Phone>(*tandem_, kJane, 880);
    john_->must_enroll();
    jane_->must_enroll();
  }
  void crash_and_restart() {
    tandem_->kill();
    tandem_->start();
    for (SipPeer* peer : {static_cast<SipPeer*>(john_.get()), static_cast<SipPeer*>(jane_.get()), gateway_.get()})
      peer->aim(tandem_->sip());
  }
  std::unique_ptr<Phone> john_, jane_;
};

TEST_F(Restarts, KeepRegistrationsAndFinishedRecords) {
  auto call = converse(*john_, *jane_, "11002");
  john_->bye(call.caller);
  jane_->respond(call.called, jane_->expect_request("BYE"), 200, "OK");
  const auto before = records(1);
  // A registration is durable within a second of its 200.
  std::this_thread::sleep_for(std::chrono::seconds(1));
  crash_and_restart();
  EXPECT_EQ(tandem_->ask("sip show registrations").size(), 2u);
  EXPECT_EQ(tandem_->ask("cdr show"), before);
  auto again = converse(*john_, *jane_, "11002");
  expect_tones_both_ways(john_->audio, jane_->audio, Milliseconds(200));
  john_->bye(again.caller);
  jane_->respond(again.called, jane_->expect_request("BYE"), 200, "OK");
  records(2);
}

// Durable before the answer: the BYE's 200 says that the call is on record. The second call's record has to wait for its turn here.
TEST_F(Restarts, WhatABYEHasBeenAnsweredForIsOnRecord) {
  open({"cdr/cdr/commit_interval=150ms"});
  Phone john(*tandem_, kJohn), jane(*tandem_, kJane);
  john.must_enroll();
  jane.must_enroll();
  for (int i = 0; i < 2; ++i) {
    auto call = converse(john, jane, "11002");
    john.bye(call.caller);
  }
  crash_and_restart();
  const auto rows = records(2);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1].at("disposition"), "answered");
}

TEST_F(Restarts, CloseTheRecordsOfCallsThatDiedWithTheProcess) {
  auto call = converse(*john_, *jane_, "11002");
  std::this_thread::sleep_for(Milliseconds(300));  // a start row is durable within 200 ms
  crash_and_restart();
  const auto rows = records(1);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].at("dialled"), "11002");
  EXPECT_EQ(tandem_->ask("core show calls").size(), 0u);
  john_->send(john_->in_dialog(call.caller, "BYE"));
  EXPECT_EQ(john_->expect_final("BYE").status(), 481) << "RFC 3261, 12.2.2: a dialog of the former life";
}

TEST_F(Restarts, AnOrderlyEndHangsUpWhoIsTalking) {
  auto call = converse(*john_, *jane_, "11002");
  EXPECT_EQ(tandem_->stop(), 0);
  john_->expect_request("BYE");
  jane_->expect_request("BYE");
}

}  // namespace
}  // namespace tandem::test
