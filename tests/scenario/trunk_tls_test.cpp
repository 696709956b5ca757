// A trunk over TLS: one office is the carrier of another.
#include <thread>

#include "office.h"

namespace tandem::test {
namespace {

class TlsTrunk : public ::testing::Test {
 protected:
  void SetUp() override {
    // Whoever comes from this host over TLS is its trunk; where it would connect to itself nobody listens.
    carrier_ = std::make_unique<TandemProcess>(std::vector<std::string>{"sip/pstn/address=127.0.0.1:9", "sip/pstn/transport=tls"});
    jane_ = std::make_unique<Phone>(*carrier_, kJane, 880);
    jane_->must_enroll();
  }
  void open(const std::vector<std::string>& more = {}) {
    std::vector<std::string> settings{"sip/pstn/address=" + carrier_->listener("sip-tls").to_string(), "sip/pstn/transport=tls",
                                      "sip/pstn/probe_up=1s", "sip/pstn/tls_ca=" + carrier_->state() + "/tls/ca.pem"};
    settings.insert(settings.end(), more.begin(), more.end());
    office_ = std::make_unique<TandemProcess>(settings);
    john_ = std::make_unique<Phone>(*office_, kJohn, 440);
    john_->must_enroll();
  }
  void is_up() {
    office_->ask_until(
        "sip show trunk pstn", [](const auto& rows) { return rows.size() == 1 && rows[0].at("state") == "up"; }, std::chrono::seconds(15));
  }
  static void nothing_left(TandemProcess& office) {
    office.ask_until("core show calls", [](const auto& rows) { return rows.empty(); });
  }
  std::unique_ptr<TandemProcess> carrier_, office_;
  std::unique_ptr<Phone> john_, jane_;
};

TEST_F(TlsTrunk, CarriesACallWithItsSoundEncrypted) {
  open();
  is_up();
  auto dialog = john_->call("914085551002", john_->offer());
  const auto invite = jane_->expect_request("INVITE");  // no password was asked for: the carrier knows its trunk
  auto called = jane_->accept(invite);
  jane_->hear_of(invite);
  jane_->respond(called, invite, 200, "OK", jane_->offer());
  jane_->expect_request("ACK");
  john_->hear_of(john_->answered(dialog));
  expect_tones_both_ways(john_->audio, jane_->audio);
  bool encrypted = false;
  for (const auto& leg : office_->ask("core show channels"))
    encrypted = encrypted || leg.at("encryption").get<std::string>().find("AES") != std::string::npos;
  EXPECT_TRUE(encrypted) << office_->ask("core show channels").dump(1);
  jane_->bye(called);  // which comes back over the connection that the office has made
  john_->respond(dialog, john_->expect_request("BYE"), 200, "OK");
  nothing_left(*office_);
  nothing_left(*carrier_);
}

TEST_F(TlsTrunk, WithoutItsConnectionItTakesNoCalls) {
  open();
  is_up();
  carrier_->kill();
  office_->ask_until(
      "sip show trunk pstn", [](const auto& rows) { return rows[0].at("state") == "down"; }, std::chrono::seconds(20));
  auto dialog = john_->call("914085551002", john_->offer());
  const auto refused = john_->expect_final("INVITE");
  EXPECT_GE(refused.status(), 480);
  john_->ack(dialog, refused);
  nothing_left(*office_);
}

TEST_F(TlsTrunk, WhoIsSomebodyElseIsNotSpokenTo) {
  open({"sip/pstn/tls_name=other.example"});
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (office_->log().find("is not for other.example") == std::string::npos && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(Milliseconds(20));
  EXPECT_NE(office_->log().find("is not for other.example"), std::string::npos) << office_->log();
  auto dialog = john_->call("914085551002", john_->offer());
  const auto refused = john_->expect_final("INVITE");
  EXPECT_GE(refused.status(), 480);
  john_->ack(dialog, refused);
  EXPECT_TRUE(jane_->silent([](const auto& m) { return m.method() == "INVITE"; }, Milliseconds(100)));
}

TEST_F(TlsTrunk, NorWhoseAuthorityIsNotTrusted) {
  open({"sip/pstn/tls_ca="});
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (office_->log().find("certificate verify failed") == std::string::npos && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(Milliseconds(20));
  EXPECT_NE(office_->log().find("certificate verify failed"), std::string::npos) << office_->log();
}

}  // namespace
}  // namespace tandem::test
