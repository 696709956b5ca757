#include "state_bodies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lamp_packages.h"
#include "support/fake_call.h"
#include "support/office_directory.h"

namespace tandem::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Line ringing() {
  Line line;
  line.channel = 7;
  line.state = Line::State::early;
  line.other = {"11001", "John \"J\" <Doe> & Co", false};
  line.dialog = DialogName{"abc@x", "ours", "theirs"};
  return line;
}

TEST(DialogInfo, OfSomebodyIdle) {
  const auto xml = dialog_info("sip:11002@office", 3, {}, ShowParties::always);
  EXPECT_THAT(xml, HasSubstr("version=\"3\" state=\"full\" entity=\"sip:11002@office\""));
  EXPECT_THAT(xml, Not(HasSubstr("<dialog ")));
}

TEST(DialogInfo, OfACallThatRingsTellsHowToPickItUp) {
  const Line line = ringing();
  const auto xml = dialog_info("sip:11002@office", 0, {&line}, ShowParties::ringing);
  EXPECT_THAT(xml, HasSubstr("call-id=\"abc@x\" local-tag=\"theirs\" remote-tag=\"ours\" direction=\"recipient\""));
  EXPECT_THAT(xml, HasSubstr("<state>early</state>"));
  EXPECT_THAT(xml, HasSubstr("display=\"John &quot;J&quot; &lt;Doe&gt; &amp; Co\""));
  EXPECT_THAT(xml, HasSubstr("sip:11001@office"));
}

TEST(DialogInfo, PartiesAreNamedAsThePolicySays) {
  struct Row {
    Line::State state;
    bool restricted;
    ShowParties parties;
    bool named;
  };
  using S = Line::State;
  for (const Row& row : {Row{S::early, false, ShowParties::never, false}, Row{S::early, false, ShowParties::ringing, true},
                         Row{S::confirmed, false, ShowParties::ringing, false}, Row{S::confirmed, false, ShowParties::always, true},
                         Row{S::trying, false, ShowParties::ringing, false}, Row{S::early, true, ShowParties::always, false}}) {
    Line line = ringing();
    line.state = row.state;
    line.other.restricted = row.restricted;
    const auto xml = dialog_info("sip:11002@office", 0, {&line}, row.parties);
    if (row.state == S::trying) {
      EXPECT_EQ(xml.find("<dialog "), std::string::npos) << "it does not ring yet";
      line.initiator = true;
      EXPECT_NE(dialog_info("sip:11002@office", 0, {&line}, row.parties).find("<state>trying</state>"), std::string::npos);
    }
    EXPECT_EQ(xml.find("<remote>") != std::string::npos, row.named) << static_cast<int>(row.state) << static_cast<int>(row.parties);
    EXPECT_EQ(xml.find("call-id=") != std::string::npos, row.state == S::early) << "a conversation is not to be taken";
  }
}

TEST(DialogInfo, WhoHoldsDoesNotRender) {
  Line line = ringing();
  line.state = Line::State::confirmed;
  EXPECT_THAT(dialog_info("sip:a@b", 0, {&line}, ShowParties::never), Not(HasSubstr("sip.rendering")));
  line.holds = true;
  EXPECT_THAT(dialog_info("sip:a@b", 0, {&line}, ShowParties::never), HasSubstr("<param pname=\"+sip.rendering\" pval=\"no\"/>"));
}

TEST(DialogInfo, WhatMayBeTakenUpIsNamedToItsOwnPersonAlone) {
  Line line = ringing();
  line.state = Line::State::confirmed;
  line.open = true;
  line.initiator = true;  // who has called from a mobile may go on at the desk as well
  EXPECT_THAT(dialog_info("sip:a@b", 0, {&line}, ShowParties::never), Not(HasSubstr("call-id")));
  const auto own = dialog_info("sip:a@b", 0, {&line}, ShowParties::never, true);
  EXPECT_THAT(own, HasSubstr("call-id=\"abc@x\" local-tag=\"theirs\" remote-tag=\"ours\""));
  EXPECT_THAT(own, HasSubstr("<remote>"));
  line.open = false;
  EXPECT_THAT(dialog_info("sip:a@b", 0, {&line}, ShowParties::never, true), Not(HasSubstr("call-id")));
}

TEST(Pidf, SaysWhatOnePersonDoes) {
  Line line = ringing();
  EXPECT_THAT(pidf("sip:11002@office", {}), HasSubstr("<note>Available</note>"));
  EXPECT_THAT(pidf("sip:11002@office", {&line}), HasSubstr("<ce:alerting/>"));
  line.state = Line::State::confirmed;
  EXPECT_THAT(pidf("sip:11002@office", {&line}), HasSubstr("<rpid:on-the-phone/>"));
}

TEST(MessageSummary, IsAsTheRfcWritesIt) {
  EXPECT_EQ(message_summary({2, 8, 0, 2}, "sip:*97@office"),
            "Messages-Waiting: yes\r\nMessage-Account: sip:*97@office\r\nVoice-Message: 2/8 (0/2)\r\n");
  EXPECT_EQ(message_summary({}, ""), "Messages-Waiting: no\r\nVoice-Message: 0/0 (0/0)\r\n");
}

TEST(LineStates, ACallCountsForThePersonAndThePhone) {
  std::vector<std::string> told;
  LineStates lines([&](const std::string& key) { told.push_back(key); });
  FakeChannel leg;
  leg.outgoing_ = true;
  leg.endpoint_ = "SEP001122330002";
  const Party john{"11001", "John Doe", false};
  lines.leg_changed({"C-1", leg, "jane.white", john, false});
  EXPECT_THAT(told, ElementsAre("user/jane.white", "device/SEP001122330002"));
  EXPECT_EQ(lines.of("user/jane.white").at(0)->state, Line::State::trying);
  leg.state_ = ChannelState::ringing;
  lines.leg_changed({"C-1", leg, "jane.white", john, false});
  EXPECT_EQ(lines.of("device/SEP001122330002").at(0)->state, Line::State::early);
  EXPECT_FALSE(lines.of("device/SEP001122330002").at(0)->initiator);
  leg.state_ = ChannelState::up;
  lines.leg_changed({"C-1", leg, "jane.white", john, true});
  EXPECT_EQ(lines.of("user/jane.white").at(0)->state, Line::State::confirmed);
  EXPECT_TRUE(lines.of("user/jane.white").at(0)->holds);
  leg.state_ = ChannelState::ending;
  lines.leg_changed({"C-1", leg, "jane.white", john, false});
  leg.state_ = ChannelState::ended;
  told.clear();
  lines.leg_changed({"C-1", leg, "jane.white", john, false});
  EXPECT_TRUE(told.empty()) << "that was known";
  EXPECT_EQ(lines.size(), 0U);
  EXPECT_TRUE(lines.of("user/jane.white").empty());
}

TEST(LampKeys, AnAddressMeansAPersonOrAPhone) {
  OfficeDirectory office;
  const auto desk = office.device("SEP0011223300A1");
  office.at_["SEP0011223300A1"] = "john.doe";
  const Occupant who = office.occupant(*desk);
  const Watcher watcher{*desk, who};
  const auto key = [&](std::string_view resource) {
    const auto found = key_of(office, watcher, resource);
    return found ? *found : std::string(to_string(found.error().code));
  };
  EXPECT_EQ(key("11002"), "user/jane.white");
  EXPECT_EQ(key("+14085551002"), "user/jane.white");
  EXPECT_EQ(key("19003"), "device/SEP0011223300B1");
  EXPECT_EQ(key("jane.white"), "user/jane.white");
  EXPECT_EQ(key("SEP001122330002"), "device/SEP001122330002");
  EXPECT_EQ(key("SEP0011223300A1"), "user/john.doe") << "itself: whoever is there";
  EXPECT_FALSE(key_of(office, watcher, "5000")) << "a service has no calls";
  EXPECT_FALSE(key_of(office, watcher, ""));
  EXPECT_FALSE(key_of(office, watcher, std::string(5000, '1')));
}

}  // namespace
}  // namespace tandem::test
