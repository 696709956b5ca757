#include "wire.h"

namespace tandem::test {
namespace {

using StackTest = Wire;

TEST_F(StackTest, TellsThePortThatTheKernelPicked) {
  EXPECT_NE(stack->bound().port(), 0);
  EXPECT_EQ(stack->bound().host(), "127.0.0.1");
  EXPECT_EQ(stack->contact_host_port(), stack->bound().to_string());
}

TEST_F(StackTest, IsOneAProcess) {
  auto second = Stack::open(settings, loop);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::exists);
}

TEST_F(StackTest, SaysThatThePortIsTaken) {
  settings.udp = phone.local;
  TearDown();
  auto taken = Stack::open(settings, loop);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::io);
  EXPECT_NE(taken.error().message.find(phone.local.to_string() + " is taken"), std::string::npos) << taken.error().message;
  settings.udp = *SocketAddress::from("192.0.2.1", 5060);
  auto foreign = Stack::open(settings, loop);
  ASSERT_FALSE(foreign);
  EXPECT_NE(foreign.error().message.find("192.0.2.1:5060"), std::string::npos) << foreign.error().message;
}

TEST_F(StackTest, ServesAgainAfterEachReload) {
  for (int i = 0; i < 5; ++i) {
    TearDown();
    SetUp();
    EXPECT_EQ(status(phone, request(phone, "OPTIONS", "sip:127.0.0.1")), 200) << i;
  }
}

TEST_F(StackTest, GoesByAnotherNameOutside) {
  TearDown();
  settings.advertised = *SocketAddress::from("192.0.2.7", 0);
  SetUp();
  EXPECT_EQ(stack->contact_host_port(), "192.0.2.7:" + std::to_string(stack->bound().port()));
  EXPECT_EQ(status(phone, request(phone, "OPTIONS", "sip:127.0.0.1")), 200);
}

// 32 s of retransmission in no time: the transactions follow the loop's clock.
TEST_F(StackTest, TransactionsRunOnOurClock) {
  int final_status = 0;
  nta_leg_t* const leg = nta_leg_tcreate(stack->agent(), nullptr, nullptr, NTATAG_NO_DIALOG(1), SIPTAG_FROM_STR("<sip:a@127.0.0.1>"),
                                         SIPTAG_TO_STR("<sip:b@127.0.0.1>"), TAG_END());
  const std::string uri = "sip:x@" + phone.local.to_string();
  nta_outgoing_t* const request = nta_outgoing_tcreate(
      leg,
      [](void* magic, nta_outgoing_t*, const sip_t* sip) {
        *static_cast<int*>(magic) = sip->sip_status->st_status;
        return 0;
      },
      &final_status, nullptr, SIP_METHOD_OPTIONS, URL_STRING_MAKE(uri.c_str()), TAG_END());
  int sent = 0;
  for (int i = 0; i < 400 && final_status == 0; ++i) {
    loop.advance(std::chrono::milliseconds(100));
    for (int step = 0; step < 4; ++step) EXPECT_GE(stack->run(true).count(), 0);
    while (phone.receive()) ++sent;
  }
  EXPECT_EQ(final_status, 408);
  EXPECT_EQ(sent, 11);  // at 0, 0.5, 1.5, 3.5 s, then every 4 s
  nta_outgoing_destroy(request);
  nta_leg_destroy(leg);
}

}  // namespace
}  // namespace tandem::test
