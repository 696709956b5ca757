// IPv6 beside IPv4: each far end sees addresses of its own family.
#include <sys/socket.h>
#include <unistd.h>

#include "office.h"

namespace tandem::test {
namespace {

bool machine_has_ipv6() {
  const int fd = ::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const auto any = SocketAddress::from("::1", 0);
  const bool there = fd >= 0 && ::bind(fd, any->sa(), any->length()) == 0;
  if (fd >= 0) ::close(fd);
  return there;
}

class DualStack : public Office {
 protected:
  void SetUp() override {
    if (!machine_has_ipv6()) GTEST_SKIP() << "this machine has no ::1";
    open({"sip/udp/address=127.0.0.1,::1"});
    v4_ = std::make_unique<Phone>(*tandem_, kJohn);
    v4_->must_enroll();
    v6_ = std::make_unique<Phone>(tandem_->listener("sip-udp-second"), kJane, SipPeer::Over::udp);
    v6_->must_enroll();
  }
  std::unique_ptr<Phone> v4_, v6_;
};

TEST_F(DualStack, CallsCrossFromOneFamilyToTheOther) {
  for (const auto& [from, to, number] : {std::tuple(v4_.get(), v6_.get(), "11002"), std::tuple(v6_.get(), v4_.get(), "11001")}) {
    const bool called_v6 = to == v6_.get();
    auto talk = converse(*from, *to, number);
    EXPECT_EQ(talk.invite.header("Contact").find("[::1]") != std::string::npos, called_v6) << talk.invite.raw;
    EXPECT_EQ(talk.invite.header("Via").find("[::1]") != std::string::npos, called_v6) << talk.invite.raw;
    EXPECT_EQ(talk.answer.header("Contact").find("[::1]") != std::string::npos, !called_v6) << talk.answer.raw;
    from->send(from->in_dialog(talk.caller, "BYE"));
    to->respond(talk.called, to->expect_request("BYE"), 200, "OK");
    from->expect(200, "BYE");
  }
  expect_nothing_left();
}

TEST_F(DualStack, AndOverConnections) {
  Phone tcp(tandem_->listener("sip-tcp-second"), kHotDesk, SipPeer::Over::tcp);
  tcp.must_enroll();
  auto talk = converse(tcp, *v4_, "11001");
  EXPECT_NE(talk.answer.header("Contact").find("[::1]"), std::string::npos) << talk.answer.raw;
  EXPECT_NE(talk.answer.header("Contact").find("transport=tcp"), std::string::npos) << talk.answer.raw;
  v4_->send(v4_->in_dialog(talk.called, "BYE"));
  tcp.respond(talk.caller, tcp.expect_request("BYE"), 200, "OK");
  v4_->expect(200, "BYE");
}

class DualStackTrunk : public Office {
  void SetUp() override {}
};

TEST_F(DualStackTrunk, AGatewayAtAnIpv6Address) {
  if (!machine_has_ipv6()) GTEST_SKIP() << "this machine has no ::1";
  SipPeer gateway(*SocketAddress::parse("[::1]:1"), "pstn");
  tandem_ = std::make_unique<TandemProcess>(
      std::vector<std::string>{"sip/udp/address=127.0.0.1,::1", "sip/pstn/address=" + gateway.local().to_string()});
  gateway.aim(tandem_->listener("sip-udp-second"));
  Phone john(*tandem_, kJohn);
  john.must_enroll();
  auto dialog = john.call("914085551234", john.offer());
  const auto invite = gateway.expect_request("INVITE");
  EXPECT_EQ(user_of(invite.uri()), "+14085551234");
  EXPECT_NE(invite.header("Contact").find("[::1]"), std::string::npos) << invite.raw;
  gateway.respond(gateway.accept(invite), invite, 404, "Not Found");
  gateway.expect_request("ACK");
  john.ack(dialog, john.expect_final("INVITE"));
  auto in = gateway.invite("+14085559999", make_sdp(40000));
  const auto unknown = gateway.expect_final("INVITE");
  EXPECT_EQ(unknown.status(), 404) << "its calls are not challenged";
  gateway.ack(in, unknown);
}

}  // namespace
}  // namespace tandem::test
