// MoveTest: John has a mobile behind the trunk; a caller from outside or a colleague talks to him, and the call moves. Test's thread.
#pragma once

#include <gmock/gmock.h>

#include "call_fixture.h"
#include "support/fake_remote_destinations.h"

namespace tandem::test {

class MoveTest : public CallTest {
 protected:
  static constexpr auto kMobile = "john.doe/mobile";
  static constexpr auto kHome = "john.doe/home";

  MoveTest() {
    sip.place(kJohn, {"sip:john@desk"});
    sip.place("pstn", {"gw"});
    calls.set_remote_destinations([this] { return &destinations; });
    destinations.wait_ = seconds(10);
    destinations.targets_["john.doe"] = {{kMobile, "Mobile", "914085557001"}, {kHome, "Home", "914089717272"}};
    dialplan.routes_["914085557001"] = {Value::array({"sip/pstn/+14085557001"}), std::nullopt};
    dialplan.routes_["914089717272"] = {Value::array({"sip/pstn/+14089717272"}), std::nullopt};
  }

  /// Jane, at her phone, has called John, who has answered at his: far_ is Jane, near_ John.
  void jane_talks_to_johns_desk() {
    script_dials("user/john.doe");
    auto leg = leg_from(kJane, "11001");
    far_ = leg.channel;
    ASSERT_TRUE(calls.incoming(sip, std::move(leg)));
    loop.settle();
    near_ = out(0);
    answer(near_, "192.0.2.9");
    ASSERT_EQ(state_of(far_), ChannelState::up);
  }
  /// The same, and the call has been sent to the mobile: near_ is that.
  void jane_talks_to_johns_mobile() {
    jane_talks_to_johns_desk();
    const auto rings = calls.send_to_mobile(name_of(near_), "Mobile");
    ASSERT_TRUE(rings) << rings.error().message;
    const ChannelId desk = std::exchange(near_, last());
    calls.ringing(near_);
    loop.advance(seconds(2));
    answer(near_, "192.0.2.70");
    first_packet(near_);
    loop.advance(milliseconds(20));
    ASSERT_EQ(state_of(desk), ChannelState::ended);
  }

  void answer(ChannelId channel, const std::string& host, std::vector<Codec> codecs = default_codecs()) {
    if (codecs.size() > 1) codecs = {codecs[0], codecs.back()};
    calls.answered(channel, sdp(host, std::move(codecs)));
    loop.settle();
  }
  void first_packet(ChannelId channel) { port_of(channel)->counts_.received_packets = 1; }
  ChannelId last() const { return sip.out_.back().channel; }
  std::string name_of(ChannelId channel) const {
    for (const auto* call : calls.all()) {
      for (const auto& leg : call->legs()) {
        if (leg->id() == channel) return leg->facts().channel;
      }
    }
    return "nobody";
  }
  bool together(ChannelId one, ChannelId other) const {
    return port_of(one) != nullptr && port_of(other) != nullptr && port_of(one)->to_ == port_of(other) &&
           port_of(other)->to_ == port_of(one);
  }
  void press(ChannelId channel, const std::string& keys) {
    for (const char key : keys) {
      calls.digit(channel, key);
      loop.settle();
    }
  }
  /// As the media thread tells it: whatever it keeps is marked so.
  void press_in_media(ChannelId channel, const std::string& keys) {
    bool shut = false;
    for (const char key : keys) {
      FakePort* const port = port_of(channel);
      const size_t orders = port->key_orders_;
      shut = port->holds_keys_ && (shut || key == '*');
      port->listener_({MediaEvent::Kind::digit, key, 0, shut});
      loop.settle();
      if (port_of(channel) == port && port->key_orders_ != orders) shut = false;
    }
  }
  std::vector<MovableCall> shown() { return calls.movable_calls("john.doe"); }

  FakeRemoteDestinations destinations;
  ChannelId far_ = 0, near_ = 0;
};

}  // namespace tandem::test
