#include <SQLiteCpp/SQLiteCpp.h>

#include "boxes.h"

namespace tandem::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

TEST_F(Boxes, AMessageIsInItsBoxAndNowhereElse) {
  const int64_t id = leave("jane.white");
  const auto messages = box("jane.white");
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].id, id);
  EXPECT_EQ(messages[0].state, MessageState::fresh);
  EXPECT_EQ(messages[0].number, "11001");
  EXPECT_EQ(messages[0].name, "John Doe");
  EXPECT_EQ(messages[0].length, seconds(3));
  EXPECT_TRUE(box("john.doe").empty());
  EXPECT_EQ(voicemail_->messages("jane.white")->fresh, 1u);
  EXPECT_EQ(times_published(MessagesChanged::kEvent), 1u);
  EXPECT_EQ(voicemail_->tally().left, 1u);
  open();
  EXPECT_EQ(box("jane.white").size(), 1u) << "after a restart too";
}

TEST_F(Boxes, AWithheldNumberStaysWithheld) {
  FakeCall call;
  call.identity_ = {"14085551234", "Somebody", true};
  const auto taken = take(call, "jane.white");
  began(call, taken->name);
  recorded(call, taken->name, 3);
  ASSERT_TRUE(keep(call, taken->id));
  EXPECT_EQ(box("jane.white")[0].number, "");
  EXPECT_EQ(box("jane.white")[0].name, "");
}

TEST_F(Boxes, WhatIsTooShortIsNoMessage) {
  FakeCall call;
  const auto taken = take(call, "jane.white");
  began(call, taken->name);
  recorded(call, taken->name, 1.9);
  const auto kept = keep(call, taken->id);
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().code, ErrorCode::invalid);
  settle();
  EXPECT_TRUE(box("jane.white").empty());
  EXPECT_EQ(files(), 0u);
  EXPECT_EQ(times_published(MessagesChanged::kEvent), 0u);
}

TEST_F(Boxes, NothingIsKeptOfAnothersCallOrBeforeItIsRecorded) {
  FakeCall call, other;
  other.id_ = "C-other";
  const auto taken = take(call, "jane.white");
  EXPECT_FALSE(keep(call, taken->id)) << "not recorded yet";
  began(call, taken->name);
  EXPECT_FALSE(keep(call, taken->id)) << "being recorded";
  recorded(call, taken->name, 3);
  EXPECT_FALSE(keep(other, taken->id));
  EXPECT_TRUE(keep(call, taken->id));
}

TEST_F(Boxes, WhoHangsUpInTheMiddleHasLeftAMessageIfItIsLongEnough) {
  // The end of the call and the end of the file are told in either order; once the script has gone nothing else decides.
  for (const bool call_first : {true, false}) {
    for (const double length : {1.0, 3.0}) {
      FakeCall call;
      call.id_ = "C-" + std::to_string(++calls_);
      const auto taken = take(call, "jane.white");
      ASSERT_TRUE(taken);
      began(call, taken->name);
      auto token = std::make_shared<int>();
      const std::weak_ptr<int> held = token;
      if (call_first) hang_up(call, token);
      if (call_first) token.reset();
      if (call_first) {
        EXPECT_FALSE(held.expired()) << "whoever hung up is answered when the message is safe";
      }
      recorded(call, taken->name, length);
      if (!call_first) hang_up(call, std::move(token));
      settle();
      EXPECT_TRUE(held.expired());
      EXPECT_EQ(voicemail_->open_takes(), 0u);
    }
  }
  EXPECT_EQ(box("jane.white").size(), 2u);
  EXPECT_EQ(files(), 2u);
  EXPECT_EQ(voicemail_->tally().interrupted, 4u);
}

TEST_F(Boxes, WhoHangsUpDuringTheGreetingHasLeftNothing) {
  FakeCall call;
  ASSERT_TRUE(take(call, "jane.white"));
  hang_up(call);
  settle();
  EXPECT_TRUE(box("jane.white").empty());
  EXPECT_EQ(voicemail_->open_takes(), 0u);
  open();
  EXPECT_EQ(store_->swept().too_short, 0) << "the row is gone too";
}

TEST_F(Boxes, WhoHangsUpBeforeThePlaceIsThereLeavesNoPlaceBehind) {
  FakeCall call;
  bool told = false;
  voicemail_->take_message(call, {}, "jane.white", false, [&](const Result<Voicemail::Take>&) { told = true; });
  hang_up(call);
  settle();
  EXPECT_FALSE(told);
  EXPECT_EQ(voicemail_->open_takes(), 0u);
  open();
  EXPECT_EQ(store_->swept().too_short, 0);
}

TEST_F(Boxes, ARecordingThatIsRecordedAnewIsNotReadyBetween) {
  FakeCall call;
  const auto taken = take(call, "jane.white");
  began(call, taken->name);
  recorded(call, taken->name, 3);
  began(call, taken->name);
  EXPECT_FALSE(keep(call, taken->id));
  recorded(call, taken->name, 5);
  EXPECT_EQ(*keep(call, taken->id), seconds(5));
}

TEST_F(Boxes, NoMailboxNoMessage) {
  FakeCall call;
  EXPECT_EQ(take(call, "nobody").error().code, ErrorCode::not_found);
  settings_.enabled = false;
  configure();
  EXPECT_EQ(take(call, "jane.white").error().code, ErrorCode::not_found);
  EXPECT_FALSE(voicemail_->messages("jane.white"));
}

TEST_F(Boxes, AFullBoxTakesNoMore) {
  settings_.max_messages = 2;
  configure();
  leave("jane.white");
  FakeCall one, other;
  EXPECT_TRUE(take(one, "jane.white")) << "the last place";
  const auto late = take(other, "jane.white");
  ASSERT_FALSE(late) << "one that is being left has its place already";
  EXPECT_EQ(late.error().code, ErrorCode::exhausted);
  EXPECT_TRUE(take(other, "john.doe"));
  EXPECT_EQ(voicemail_->tally().full, 1u);
}

TEST_F(Boxes, SoDoesOneWithTooManySeconds) {
  settings_.max_total = seconds(5);
  configure();
  leave("jane.white", 3);
  leave("jane.white", 3);
  FakeCall call;
  EXPECT_EQ(take(call, "jane.white").error().code, ErrorCode::exhausted);
}

TEST_F(Boxes, AndADiskThatIsAlmostFull) {
  settings_.min_free = int64_t{1} << 60;
  configure();
  FakeCall call;
  const auto taken = take(call, "jane.white");
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::exhausted);
  EXPECT_THAT(taken.error().message, HasSubstr("min_free"));
}

TEST_F(Boxes, HeardSavedAndDeleted) {
  const int64_t one = leave("jane.white"), two = leave("jane.white");
  const auto mark = [this](const std::string& user, int64_t id, MessageState state) {
    return answer<Message>([&](auto done) { voicemail_->mark(user, id, state, std::move(done)); });
  };
  EXPECT_TRUE(mark("jane.white", one, MessageState::heard));
  EXPECT_EQ(mark("john.doe", two, MessageState::heard).error().code, ErrorCode::not_found) << "somebody else's";
  auto counts = *voicemail_->messages("jane.white");
  EXPECT_EQ(counts.fresh, 1u);
  EXPECT_EQ(counts.heard, 1u);
  EXPECT_TRUE(mark("jane.white", two, MessageState::saved));
  counts = *voicemail_->messages("jane.white");
  EXPECT_EQ(counts.fresh, 0u);
  EXPECT_EQ(counts.heard, 2u);
  EXPECT_EQ(box("jane.white", MessageState::saved).size(), 1u);
  EXPECT_TRUE(answer<Message>([&](auto done) { voicemail_->remove("jane.white", one, std::move(done)); }));
  EXPECT_FALSE(answer<Message>([&](auto done) { voicemail_->remove("jane.white", one, std::move(done)); })) << "once";
  settle();
  EXPECT_EQ(files(), 1u);
}

TEST_F(Boxes, UrgentOnesComeFirst) {
  const int64_t first = leave("jane.white");
  FakeCall call;
  const auto taken = take(call, "jane.white");
  began(call, taken->name);
  recorded(call, taken->name, 3);
  ASSERT_TRUE(keep(call, taken->id, true));
  const auto messages = box("jane.white");
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].id, taken->id);
  EXPECT_EQ(messages[1].id, first);
  EXPECT_EQ(voicemail_->messages("jane.white")->urgent_fresh, 1u);
}

TEST_F(Boxes, AForwardedMessageIsAMessageOfItsOwn) {
  const int64_t id = leave("jane.white");
  const auto forward = [&](const std::string& to) {
    return answer<Message>([&](auto done) { voicemail_->forward("jane.white", id, to, std::move(done)); });
  };
  ASSERT_TRUE(forward("john.doe"));
  EXPECT_EQ(forward("nobody").error().code, ErrorCode::not_found);
  EXPECT_TRUE(answer<Message>([&](auto done) { voicemail_->remove("jane.white", id, std::move(done)); }));
  settle();
  const auto messages = box("john.doe");
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].forwarded_by, "jane.white");
  EXPECT_EQ(messages[0].number, "11001");
  EXPECT_TRUE(std::filesystem::exists(path(messages[0].file)));
}

TEST_F(Boxes, AGreetingIsReplacedAndDeletedWithItsFile) {
  FakeCall call;
  const auto record = [&](double length) {
    const auto taken = voicemail_->take_greeting(call, "jane.white", "busy");
    began(call, taken->name);
    recorded(call, taken->name, length);
    return keep(call, taken->id);
  };
  EXPECT_FALSE(voicemail_->take_greeting(call, "jane.white", "holiday"));
  EXPECT_EQ(voicemail_->greeting("jane.white", "busy"), "");
  ASSERT_TRUE(record(3));
  const auto first = voicemail_->greeting("jane.white", "busy");
  EXPECT_NE(first, "");
  EXPECT_EQ(voicemail_->greeting("jane.white", "unavailable"), "");
  EXPECT_FALSE(record(0.1)) << "the old one stays";
  EXPECT_EQ(voicemail_->greeting("jane.white", "busy"), first);
  ASSERT_TRUE(record(4));
  settle();
  EXPECT_NE(voicemail_->greeting("jane.white", "busy"), first);
  EXPECT_EQ(files(), 1u);
  EXPECT_TRUE(*answer<bool>([&](auto done) { voicemail_->drop_greeting("jane.white", "busy", std::move(done)); }));
  EXPECT_FALSE(*answer<bool>([&](auto done) { voicemail_->drop_greeting("jane.white", "busy", std::move(done)); }));
  settle();
  EXPECT_EQ(files(), 0u);
}

TEST_F(Boxes, WithoutABusyGreetingTheOtherOneIsHeard) {
  FakeCall call;
  const auto taken = voicemail_->take_greeting(call, "jane.white", "unavailable");
  began(call, taken->name);
  recorded(call, taken->name, 3);
  ASSERT_TRUE(keep(call, taken->id));
  EXPECT_EQ(voicemail_->greeting("jane.white", "busy"), taken->name);
  EXPECT_EQ(voicemail_->greeting("jane.white", "name"), "");
}

TEST_F(Boxes, AGreetingThatWasNotConfirmedIsNone) {
  FakeCall call;
  const auto taken = voicemail_->take_greeting(call, "jane.white", "busy");
  began(call, taken->name);
  recorded(call, taken->name, 3);
  hang_up(call);
  settle();
  EXPECT_EQ(files(), 0u);
  EXPECT_EQ(voicemail_->greeting("jane.white", "busy"), "");
}

TEST_F(Boxes, AfterACrashNoRowIsWithoutAFileAndNoFileWithoutARow) {
  const int64_t lost = leave("jane.white");
  const std::string gone = box("jane.white")[0].file;
  FakeCall spoken, brief;
  const auto long_one = take(spoken, "john.doe"), short_one = take(brief, "john.doe");
  write_wave(path(long_one->name), 4);
  write_wave(path(short_one->name), 0.5);
  std::filesystem::remove(path(gone));
  const std::string stray = MessageStore::fresh_name();
  write_wave(path(stray), 3);
  write_wave(path("voicemail/mine"), 3);
  open();
  EXPECT_EQ(store_->swept().recovered, 1);
  EXPECT_EQ(store_->swept().too_short, 1);
  EXPECT_EQ(store_->swept().rows, 1);
  EXPECT_EQ(store_->swept().files, 2) << "the stray one, and the short one's";
  EXPECT_FALSE(answer<Message>([&](auto done) { store_->find("jane.white", lost, std::move(done)); }));
  const auto messages = box("john.doe");
  ASSERT_EQ(messages.size(), 1u) << "what was being said when Tandem ended";
  EXPECT_EQ(messages[0].length, seconds(4));
  EXPECT_EQ(files(), 2u);
  EXPECT_TRUE(std::filesystem::exists(path("voicemail/mine"))) << "not ours to delete";
}

TEST_F(Boxes, WhatIsOldGoesByItself) {
  settings_.heard_days = 30;
  configure();
  const int64_t heard = leave("jane.white"), fresh = leave("jane.white");
  EXPECT_TRUE(answer<Message>([&](auto done) { voicemail_->mark("jane.white", heard, MessageState::heard, std::move(done)); }));
  const auto days = [this](int n) {
    loop_.advance(std::chrono::hours(24) * n);
    settle();
    loop_.advance(std::chrono::hours(1));
    settle();
  };
  days(29);
  EXPECT_EQ(box("jane.white").size(), 2u);
  days(2);
  const auto left = box("jane.white");
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].id, fresh) << "a message that nobody has heard stays";
  EXPECT_EQ(files(), 1u);
}

TEST_F(Boxes, WhenTheDiskRefusesTheCallerIsToldAndNothingStays) {
  FakeCall call;
  const auto taken = take(call, "jane.white");
  began(call, taken->name);
  recorded(call, taken->name, 3);
  std::filesystem::remove(path(taken->name));
  const auto kept = keep(call, taken->id);
  ASSERT_FALSE(kept);
  settle();
  EXPECT_TRUE(box("jane.white").empty());
  EXPECT_EQ(voicemail_->open_takes(), 0u);
}

}  // namespace
}  // namespace tandem::test
