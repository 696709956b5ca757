// Anything, in any order: the legs of one call answer, refuse, hang up, press keys and are sent about as a dice says. Whatever happens, no
// leg is left over and nobody sits in silence; the fixture counts channels, ports and timers at the end.
#include <random>

#include "move_fixture.h"

namespace tandem::test {
namespace {

class MoveSoak : public MoveTest, public ::testing::WithParamInterface<uint32_t> {
 protected:
  size_t dice(size_t sides) { return random_() % sides; }
  std::vector<ChannelId> living() const {
    std::vector<ChannelId> all;
    for (const auto* call : calls.all()) {
      for (const auto& leg : call->legs()) {
        if (leg->alive()) all.push_back(leg->id());
      }
    }
    return all;
  }
  void one_step() {
    const auto legs = living();
    if (legs.empty()) return;
    const ChannelId any = legs[dice(legs.size())];
    const bool up = state_of(any) == ChannelState::up;
    switch (dice(13)) {
      case 0:
        return up ? void(calls.send_to_mobile(name_of(any), dice(2) == 0 ? "" : "Mobile")) : calls.ringing(any);
      case 1:
        return void(calls.pick_up(name_of(any), ""));
      case 2:
      case 3:
      case 4:
        return up ? first_packet(any) : calls.answered(any, sdp("192.0.2.70", {pcmu(), default_codecs().back()}));
      case 5:
        return up ? loop.advance(seconds(dice(12))) : calls.ended(any, {Cause::busy, "", 486});
      case 6:
        return dice(4) == 0 ? calls.ended(any, {}) : loop.advance(milliseconds(dice(900)));
      case 7:
      case 8: {
        const char* const codes[] = {"*81", "*82", "*83", "*74", "*86", "*87", "*8411003#", "*5", "123"};
        return up && port_of(any) != nullptr ? press_in_media(any, codes[dice(9)]) : loop.advance(seconds(2));
      }
      case 9: {
        auto leg = leg_from(dice(4) == 0 ? kJane : kJohn, "x");
        leg.replaces = any;
        return void(calls.incoming(sip, std::move(leg)));
      }
      case 10:
        return up ? calls.offered(any, sdp("192.0.2.1", {dice(2) == 0 ? pcmu() : pcma()},
                                           dice(3) == 0 ? MediaDirection::sendonly : MediaDirection::sendrecv))
                  : calls.progress(any, sdp("192.0.2.70", {pcmu()}));
      case 11:
        return calls.offer_answered(any,
                                    dice(2) == 0 ? Result<MediaDescription>(sdp("192.0.2.9", {pcmu()})) : Error{ErrorCode::busy, "491"});
      default: {
        dialplan.body_ = [](FakeDialplan::Run& run) {
          run.verb("take_mobile_call", Value::array(), [&run](const Result<Value>&) { run.finish(); });
        };
        john_calls("*74");
        return script_dials("user/jane.white");
      }
    }
  }
  /// Two parties of a call that are up hear one another, or one of them is held, waits, or holds.
  void expect_nobody_in_silence() {
    for (const auto* call : calls.all()) {
      for (const auto& leg : call->legs()) {
        if (leg->state() == ChannelState::up && leg->hears_music() && leg->media() != nullptr) {
          EXPECT_TRUE(static_cast<FakePort*>(leg->media())->playing_) << "music was promised to " << leg->facts().channel;
        }
      }
    }
  }
  std::mt19937 random_{GetParam()};
};

TEST_P(MoveSoak, NothingIsLeft) {
  jane_talks_to_johns_desk();
  for (int i = 0; i < 120; ++i) {
    one_step();
    loop.settle();
    media.sounds_.answer();
    loop.settle();
    expect_nobody_in_silence();
    if (HasFailure()) return;
  }
  loop.advance(seconds(60));
  for (const ChannelId leg : living()) calls.ended(leg, {});
  loop.settle();
  loop.advance(seconds(60));
  EXPECT_EQ(calls.calls(), 0U);
  for (const auto& [destination, count] : destinations.in_calls_) EXPECT_EQ(count, 0) << destination;
}

INSTANTIATE_TEST_SUITE_P(Dice, MoveSoak, ::testing::Range(1U, 21U));

}  // namespace
}  // namespace tandem::test
