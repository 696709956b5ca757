// Offer and answer without SDP: order, payload numbers, telephone-event, directions.
#include "call/negotiate.h"

#include <gtest/gtest.h>

namespace tandem::test {
namespace {

using D = MediaDirection;

Codec codec(const char* name, uint8_t number, uint32_t rate = 8000, uint8_t channels = 1) {
  return Codec{.name = name, .payload_type = number, .clock_rate = rate, .channels = channels, .fmtp = {}};
}
const Codec kPcmu = codec("PCMU", 0), kPcma = codec("PCMA", 8), kEvent = codec("TELEPHONE-EVENT", 101), kG729 = codec("G729", 18);

std::string names(const std::vector<Codec>& codecs) {
  std::string text;
  for (const auto& c : codecs) text += (text.empty() ? "" : " ") + c.name + "/" + std::to_string(c.payload_type);
  return text;
}
MediaDescription description(std::vector<Codec> codecs, D direction = D::sendrecv) {
  MediaDescription media;
  media.rtp = *SocketAddress::from("192.0.2.1", 4000);
  media.codecs = std::move(codecs);
  media.direction = direction;
  return media;
}
std::string answered(const MediaDescription& offer, const std::vector<Codec>& wanted) {
  const auto answer = make_answer(offer, wanted, description({}));
  return answer ? names(answer->codecs) : std::string(to_string(answer.error().code));
}

TEST(Negotiate, CommonKeepsOrderAndNumbersOfTheFirst) {
  EXPECT_EQ(names(common_codecs({kPcma, codec("TELEPHONE-EVENT", 96), kG729, kPcmu}, {kPcmu, kPcma, kEvent})),
            "PCMA/8 TELEPHONE-EVENT/96 PCMU/0");
  EXPECT_EQ(names(common_codecs({kG729}, {kPcmu})), "");
  EXPECT_EQ(names(common_codecs({}, {kPcmu})), "");
}

TEST(Negotiate, AFormatIsNameRateAndChannels) {
  EXPECT_EQ(names(common_codecs({codec("L16", 96, 44100, 2)}, {codec("L16", 96, 44100, 1)})), "");
  EXPECT_EQ(names(common_codecs({codec("TELEPHONE-EVENT", 101, 48000)}, {kEvent})), "")
      << "events of another clock cannot be relayed as they are";
}

TEST(Negotiate, AudioIsMoreThanEvents) {
  EXPECT_FALSE(has_audio({}));
  EXPECT_FALSE(has_audio({kEvent}));
  EXPECT_TRUE(has_audio({kEvent, kPcma}));
  EXPECT_EQ(first_audio({kEvent, kPcma})->name, "PCMA");
  EXPECT_EQ(first_audio({kEvent}), nullptr);
}

TEST(Negotiate, AnswerIsOneFormatByOurWishUnderTheirNumbers) {
  const auto offer = description({codec("PCMU", 100), kPcma, codec("TELEPHONE-EVENT", 97)});
  EXPECT_EQ(answered(offer, {kPcma, kPcmu, kEvent}), "PCMA/8 TELEPHONE-EVENT/97");
  EXPECT_EQ(answered(offer, {kG729, kPcmu}), "PCMU/100") << "no event unless both sides have it";
  EXPECT_EQ(answered(description({kPcmu}), {kPcmu, kEvent}), "PCMU/0");
  EXPECT_EQ(answered(offer, {kEvent, kPcmu}), "PCMU/100 TELEPHONE-EVENT/97") << "audio comes first, whatever the order of wishes";
}

TEST(Negotiate, NothingInCommonIsUnsupported) {
  EXPECT_EQ(answered(description({kG729, kEvent}), {kPcmu, kEvent}), "unsupported") << "telephone-event alone is no call";
  EXPECT_EQ(answered(description({}), {kPcmu}), "unsupported");
  EXPECT_EQ(answered(description({kPcmu}), {}), "unsupported");
}

TEST(Negotiate, AnswerKeepsOurAddressAndTheirPacketTime) {
  auto offer = description({kPcmu});
  offer.ptime_ms = 30;
  auto local = description({kPcma});
  local.rtp = *SocketAddress::from("127.0.0.1", 20000);
  const auto answer = make_answer(offer, {kPcmu}, local);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->rtp, local.rtp);
  EXPECT_EQ(answer->ptime_ms, 30);
  EXPECT_EQ(names(answer->codecs), "PCMU/0");
}

// RFC 3264 6.1.
TEST(Negotiate, Directions) {
  for (const auto& [offered, answer] : std::initializer_list<std::pair<D, D>>{
           {D::sendrecv, D::sendrecv}, {D::sendonly, D::recvonly}, {D::recvonly, D::sendonly}, {D::inactive, D::inactive}}) {
    EXPECT_EQ(answer_direction(offered), answer);
    const auto made = make_answer(description({kPcmu}, offered), {kPcmu}, description({}));
    ASSERT_TRUE(made);
    EXPECT_EQ(made->direction, answer);
    EXPECT_EQ(sends(offered), receives(answer));
    EXPECT_EQ(receives(offered), sends(answer));
  }
}

TEST(Negotiate, MergeAddsWhatIsMissingUnderFreeNumbers) {
  const auto first = {codec("OPUS", 96, 48000, 2), kPcmu, codec("TELEPHONE-EVENT", 97)};
  EXPECT_EQ(names(merge_codecs(first, {kPcma, codec("L16", 96), codec("L16", 97, 16000), kPcmu, kEvent})),
            "OPUS/96 PCMU/0 PCMA/8 L16/98 L16/99 TELEPHONE-EVENT/97");
  EXPECT_EQ(names(merge_codecs({}, {kPcmu, kEvent})), "PCMU/0 TELEPHONE-EVENT/101");
}

TEST(Negotiate, WhoCanTalkToWhom) {
  EXPECT_TRUE(can_talk({kPcmu}, {kPcma})) << "transcoded";
  EXPECT_TRUE(can_talk({kG729}, {kPcma, kG729})) << "passed on";
  EXPECT_FALSE(can_talk({kG729}, {kPcma}));
  EXPECT_FALSE(can_talk({kEvent}, {kEvent})) << "events are no sound";
}

}  // namespace
}  // namespace tandem::test
