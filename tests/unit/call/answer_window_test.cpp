// When an answer is a person's: the table of thresholds.
#include "call/answer_window.h"

#include <gtest/gtest.h>

#include "call/person_check.h"

namespace tandem::test {
namespace {

using std::chrono::milliseconds;

struct Case {
  const char* what;
  int too_soon;
  bool from_invite;
  std::vector<int> rang;  ///< milliseconds after the INVITE
  int answered;
  bool refused;
};

TEST(AnswerWindowTest, TooSoon) {
  const Case cases[] = {
      {"at once, without ringing", 1500, false, {}, 0, true},
      {"without ringing the INVITE counts", 1500, false, {}, 1499, true},
      {"late enough after the INVITE", 1500, false, {}, 1500, false},
      {"from the first ringing", 1500, false, {2000}, 3499, true},
      {"late enough after ringing", 1500, false, {2000}, 3500, false},
      {"the first of several counts", 1500, false, {200, 1900}, 1800, false},
      {"from the INVITE where the trunk is set so", 1500, true, {2000}, 2100, false},
      {"the same, too soon", 1500, true, {1000}, 1400, true},
      {"never too soon", 0, false, {}, 0, false},
      {"never too soon, ringing", 0, false, {100}, 100, false},
  };
  const Instant invited{std::chrono::seconds(100)};
  for (const Case& c : cases) {
    RemoteLeg leg;
    leg.too_soon = milliseconds(c.too_soon);
    leg.too_soon_from_invite = c.from_invite;
    AnswerWindow window(leg, invited);
    for (const int at : c.rang) window.rang(invited + milliseconds(at));
    EXPECT_EQ(window.too_soon(invited + milliseconds(c.answered)), c.refused) << c.what;
  }
}

TEST(AnswerWindowTest, SaysWhy) {
  const Instant invited{std::chrono::seconds(100)};
  AnswerWindow window(RemoteLeg{}, invited);
  window.rang(invited + milliseconds(400));
  EXPECT_EQ(window.sentence(invited + milliseconds(1000)), "answered after 0.6 s, too soon (1.5 s)");
}

TEST(AnswerWindowTest, TooLate) {
  RemoteLeg leg;
  EXPECT_FALSE(AnswerWindow(leg, Instant()).limit());
  leg.too_late = milliseconds(19'000);
  EXPECT_EQ(AnswerWindow(leg, Instant()).limit(), milliseconds(19'000));
}

TEST(PersonCheckTest, WhatAKeyMeans) {
  using Verdict = PersonCheck::Verdict;
  const UserControl usual;
  EXPECT_EQ(PersonCheck::meaning(usual, '1'), Verdict::take);
  EXPECT_EQ(PersonCheck::meaning(usual, '2'), Verdict::refuse);
  EXPECT_EQ(PersonCheck::meaning(usual, '3'), Verdict::voicemail);
  EXPECT_EQ(PersonCheck::meaning(usual, '9'), Verdict::reject_all);
  EXPECT_EQ(PersonCheck::meaning(usual, '5'), std::nullopt);
  EXPECT_EQ(PersonCheck::meaning(usual, '#'), std::nullopt);
  UserControl any;
  any.take = 0;
  any.voicemail = 0;
  EXPECT_EQ(PersonCheck::meaning(any, '5'), Verdict::take);
  EXPECT_EQ(PersonCheck::meaning(any, '3'), Verdict::take) << "there is no such key";
  EXPECT_EQ(PersonCheck::meaning(any, '2'), Verdict::refuse);
}

}  // namespace
}  // namespace tandem::test
