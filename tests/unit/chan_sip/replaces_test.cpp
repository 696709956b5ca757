#include "replaces.h"

#include <gtest/gtest.h>

#include <string>

#include "parsed.h"

namespace tandem::test {
namespace {

ReplacesWish wish(const std::string& headers) { return read_replaces(Parsed("INVITE sip:a@b SIP/2.0", headers).sip()); }

TEST(Replaces, IsRead) {
  EXPECT_FALSE(wish("").dialog);
  EXPECT_EQ(wish("").wrong, nullptr);
  const auto plain = wish("Replaces: 12@here;to-tag=ours;from-tag=theirs\r\n");
  ASSERT_TRUE(plain.dialog);
  EXPECT_EQ(plain.dialog->call_id, "12@here");
  EXPECT_EQ(plain.dialog->local_tag, "ours");
  EXPECT_EQ(plain.dialog->remote_tag, "theirs");
  EXPECT_FALSE(plain.early_only);
  EXPECT_TRUE(wish("Replaces: 12@here;from-tag=theirs;early-only;to-tag=ours;more=x\r\n").early_only);
}

TEST(Replaces, WhatIsNone) {
  const std::string good = "Replaces: a;to-tag=1;from-tag=2\r\n", longest(300, 'x');
  for (const std::string& headers : {good + good, std::string("Replaces: a;to-tag=1\r\n"), std::string("Replaces: a;from-tag=1\r\n"),
                                     std::string("Replaces: ;to-tag=1\r\n"), "Replaces: " + longest + ";to-tag=1;from-tag=2\r\n",
                                     "Replaces: a;to-tag=" + longest + ";from-tag=2\r\n"}) {
    const auto read = wish(headers);
    EXPECT_NE(read.wrong, nullptr) << headers;
    EXPECT_FALSE(read.dialog) << headers;
  }
}

TEST(Replaces, WhosePlaceCanBeHad) {
  struct Row {
    DialogPhase phase;
    int usual, early_only;
  };
  for (const Row& row : {Row{DialogPhase::none, 481, 481}, Row{DialogPhase::ended, 603, 603}, Row{DialogPhase::early, 0, 0},
                         Row{DialogPhase::early_of_caller, 481, 481}, Row{DialogPhase::confirmed, 0, 486}}) {
    EXPECT_EQ(refusal_of_replaces(row.phase, false), row.usual) << static_cast<int>(row.phase);
    EXPECT_EQ(refusal_of_replaces(row.phase, true), row.early_only) << static_cast<int>(row.phase);
  }
}

TEST(Replaces, EndedDialogsAreRememberedForAWhile) {
  EndedDialogs ended;
  const DialogName one{"call", "ours", "theirs"};
  EXPECT_FALSE(ended.has(one));
  ended.note(one);
  EXPECT_TRUE(ended.has(one));
  EXPECT_FALSE(ended.has({"call", "theirs", "ours"})) << "the tags have their sides";
  EXPECT_FALSE(ended.has({"call", "ours", "other"}));
  for (int i = 0; i < 1000; ++i) ended.note({"call", std::to_string(i), "x"});
  EXPECT_FALSE(ended.has(one)) << "and no longer";
}

}  // namespace
}  // namespace tandem::test
