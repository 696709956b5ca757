// Office: what every scenario starts from: the sample office in a process of its own, and the gateway of its trunk played by the test.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "support/sip_peer.h"
#include "support/tandem_process.h"
#include "support/tone.h"

namespace tandem::test {

inline constexpr const char* kJohn = "SEP001122330001";     ///< 11001, international
inline constexpr const char* kJane = "SEP001122330002";     ///< 11002, national
inline constexpr const char* kHotDesk = "SEP0011223300A1";  ///< 19001 while nobody is there
inline constexpr const char* kSecret = "office-demo";

/// A phone of the sample office, with an ear and a voice.
class Phone : public SipPeer {
 public:
  /// A phone that knows the server by this address.
  Phone(const SocketAddress& server, const std::string& device, Over over) : SipPeer(server, device, kSecret, over) {}
  Phone(const TandemProcess& tandem, const std::string& device, double tone = 0, Over over = Over::udp)
      : SipPeer(over == Over::tcp ? tandem.listener("sip-tcp") : tandem.sip(), device, kSecret, over) {
    audio.tone = tone;
  }
  std::string offer(const std::vector<int>& formats = {0, 8}, int event = 101) const { return make_sdp(audio.port(), formats, event); }
  /// Registered, or the test ends here.
  void must_enroll() {
    const auto response = enroll();
    if (response.status() != 200) throw std::runtime_error("REGISTER of " + credentials.user + ": " + response.start);
  }
  /// Sends its voice to where the far side's SDP says.
  void hear_of(const SipMessage& message) { audio.remote = Sdp::parse(message.body).rtp; }
  RtpEnd audio;
};

class Office : public ::testing::Test {
 protected:
  void SetUp() override { open({}); }
  /// Binds the trunk's gateway, then starts an office that knows its port; `overrides` are more values for --set. `more_directory`: lines
  /// that are added to a copy of directory.ini.
  void open(const std::vector<std::string>& overrides, const std::string& more_directory = {});

  SipPeer& gateway() { return *gateway_; }
  /// The rows of `cdr show`, oldest first, as soon as there are `count` and all have ended.
  nlohmann::json records(size_t count);
  /// What was decided in the last of `count` calls, one sentence a line.
  std::string decisions(size_t count);
  /// No call and no leg is left behind, on any account.
  void expect_nothing_left();

  std::unique_ptr<TemporaryFolder> other_office_;
  std::unique_ptr<SipPeer> gateway_;
  std::unique_ptr<TandemProcess> tandem_;
};

/// The office with John's and Jane's phones registered, each with a voice of its own.
class TwoPhones : public Office {
 protected:
  void SetUp() override {
    Office::SetUp();
    john_ = std::make_unique<Phone>(*tandem_, kJohn, 440);
    jane_ = std::make_unique<Phone>(*tandem_, kJane, 880);
    john_->must_enroll();
    jane_->must_enroll();
  }
  std::unique_ptr<Phone> john_, jane_;
};

/// A call between two phones, answered, with the SDP of both sides known to both.
struct Conversation {
  Dialog caller, called;
  SipMessage invite, answer;
};
/// `from` calls `number`, `to` rings and answers.
Conversation converse(Phone& from, Phone& to, const std::string& number);
/// Both speak and both hear the other's tone, and hardly anything else.
void expect_tones_both_ways(RtpEnd& one, RtpEnd& two, Milliseconds how_long = Milliseconds(400));

}  // namespace tandem::test
