#include "diversion.h"

#include <gtest/gtest.h>

#include <string>

#include "parsed.h"

namespace tandem::test {
namespace {

std::string sent_on_by(const std::string& headers) {
  std::string text;
  for (const auto& one : diversions_of(Parsed("INVITE sip:a@b SIP/2.0", headers).sip()))
    text += one.from.name + "/" + one.from.number + "/" + one.reason + (one.from.restricted ? "/hidden " : " ");
  return text;
}

TEST(Diversions, AreRead) {
  EXPECT_EQ(sent_on_by(""), "");
  EXPECT_EQ(sent_on_by("Diversion: \"Jane, D\" <sip:+1-408-555-1002@h>;reason=user-busy;counter=1;privacy=off\r\n"),
            "Jane, D/+14085551002/user-busy ");
  EXPECT_EQ(sent_on_by("Diversion: <tel:2>;reason=\"no-answer\", <sip:1@h;user=phone>;privacy=full\r\nDiversion: sip:0@h;reason=away\r\n"),
            "/2/no-answer /1/unknown/hidden /0/away ");
  EXPECT_EQ(sent_on_by("Diversion: <sip:anonymous@anonymous.invalid>;reason=\"a b\"\r\n"), "//unknown ");
  std::string many;
  for (int i = 0; i < 100; ++i) many += "Diversion: <sip:" + std::to_string(i) + "@h>\r\n";
  EXPECT_EQ(diversions_of(Parsed("INVITE sip:a@b SIP/2.0", many).sip()).size(), kMostDiversions);
}

TEST(Diversions, OfTheHistory) {
  struct Row {
    const char *history, *diversions;
  };
  for (const Row& row :
       {Row{"<sip:1@h>;index=1", ""}, Row{"<sip:1@h>;index=1, <sip:2@h>;index=1.1;rc=1", ""},
        Row{"<sip:1@h>;index=1, <sip:2@h;cause=302>;index=1.1;mp=1", "/1/unconditional "},
        Row{"<sip:1@h>;index=1, <sip:2@h;cause=486>;index=1.1;mp=1, <sip:3@h;cause=408>;index=1.1.1;mp=1.1", "/2/no-answer /1/user-busy "},
        Row{"<sip:1@h;user=phone?Reason=SIP%3Bcause%3D486%3Btext%3D%22Busy%22>;index=1, <sip:2@h>;index=1.1", "/1/user-busy "},
        Row{"\"J, D\" <sip:1@h?Privacy=history>;index=1, <sip:2@h;cause=480>;index=1.1", "J, D/1/deflection/hidden "},
        Row{"<sip:1@h>;index=1, <sip:2@h;cause=999>;index=1.1", ""}, Row{"<sip:1@h", ""}}) {
    EXPECT_EQ(sent_on_by(std::string("History-Info: ") + row.history + "\r\n"), row.diversions) << row.history;
  }
  EXPECT_EQ(sent_on_by("History-Info: <sip:1@h>;index=1, <sip:2@h;cause=302>;index=1.1\r\nDiversion: <sip:9@h>;reason=away\r\n"),
            "/9/away ")
      << "Diversion counts where there are both";
}

TEST(Diversions, AreWritten) {
  const Diversion jane{{"11002", "Jane", false}, "user-busy"}, hidden{{"11003", "", true}, "no-answer"};
  EXPECT_EQ(diversion_lines({}, "t", "sip:5@h", true, DiversionHeaders::both), "");
  EXPECT_EQ(diversion_lines({jane}, "t", "sip:5@h", true, DiversionHeaders::none), "");
  EXPECT_EQ(diversion_lines({jane}, "t", "sip:5@h", false, DiversionHeaders::diversion),
            "Diversion: \"Jane\" <sip:11002@t>;reason=user-busy;counter=1;privacy=off\r\n");
  EXPECT_EQ(diversion_lines({hidden}, "t", "sip:5@h", false, DiversionHeaders::diversion),
            "Diversion: <sip:anonymous@t>;reason=no-answer;counter=1;privacy=full\r\n");
  EXPECT_EQ(
      diversion_lines({hidden, jane}, "t", "sip:5@h", true, DiversionHeaders::history_info),
      "History-Info: <sip:11002@t>;index=1, <sip:11003@t;cause=486?Privacy=history>;index=1.1, <sip:5@h;cause=408>;index=1.1.1;mp=1.1\r\n");
}

TEST(Diversions, ComeBackAsTheyWere) {
  const std::vector<Diversion> all{{{"11003", "", false}, "no-answer"}, {{"11002", "", false}, "unconditional"}};
  for (const auto which : {DiversionHeaders::diversion, DiversionHeaders::history_info, DiversionHeaders::both}) {
    EXPECT_EQ(sent_on_by(diversion_lines(all, "t", "sip:5@h", true, which)), "/11003/no-answer /11002/unconditional ")
        << static_cast<int>(which);
  }
}

}  // namespace
}  // namespace tandem::test
