// Numbers as they are compared, patterns, and whose destination a caller's number is.
#include "numbers.h"

#include <gtest/gtest.h>

#include "number_index.h"

namespace tandem {
namespace {

TEST(Numbers, AreComparedInTheFormInWhichOneDialsThem) {
  const DialRules rules;
  for (const auto* same : {"4085557001", "14085557001", "+14085557001", "94085557001", "914085557001"}) {
    EXPECT_EQ(as_dialled(rules, same), "914085557001") << same;
    EXPECT_EQ(as_e164(rules, same), "+14085557001") << same;
  }
  EXPECT_EQ(as_dialled(rules, "901114085557001"), "914085557001") << "from abroad, so to say";
  EXPECT_EQ(as_dialled(rules, "+442079460000"), "9011442079460000");
  EXPECT_EQ(as_e164(rules, "9011442079460000"), "+442079460000");
  for (const auto* other : {"11001", "", "anonymous", "+", "*97"}) {
    EXPECT_EQ(as_dialled(rules, other), other);
    EXPECT_EQ(as_e164(rules, other), "") << other;
  }
}

TEST(Numbers, AreReadAsPeopleWriteThem) {
  EXPECT_EQ(bare_number("9 1 (408) 555-7001"), "914085557001");
  EXPECT_EQ(bare_number("+1 408.555.7001"), "+14085557001");
  for (const auto* none : {"", "+", "1+2", "office", "914085557001914085557001", "12;34"}) EXPECT_EQ(bare_number(none), "") << none;
}

TEST(Patterns, Fit) {
  const struct {
    const char *pattern, *number;
    bool fits;
  } rows[] = {{"1100X", "11001", true},
              {"1100X", "1100", false},
              {"1100X", "110011", false},
              {"+1408!", "+14085557001", true},
              {"+1408!", "+1408", true},
              {"+1408!", "+1409", false},
              {"!7001", "914085557001", true},
              {"!7001", "7001x", false},
              {"9!1!7XX1", "914085557001", true},
              {"!", "", true},
              {"!", "*97", false},
              {"*9X#", "*97#", true},
              {"XXX", "12a", false},
              {"9!!1", "91", true},
              {"x1", "71", true}};
  for (const auto& row : rows) {
    const auto pattern = NumberPattern::parse(row.pattern);
    ASSERT_TRUE(pattern) << row.pattern;
    EXPECT_EQ(pattern->fits(row.number), row.fits) << row.pattern << " and " << row.number;
  }
}

TEST(Patterns, AreRefusedWithASentence) {
  for (const auto* bad : {"", "408-555", "N11", "[2-9]", "private", "123456789012345678901234567890123"})
    EXPECT_FALSE(NumberPattern::parse(bad)) << bad;
}

TEST(Patterns, WithManyRunsCostLittle) {
  const auto pattern = NumberPattern::parse("!1!1!1!1!1!1!1!1!1!1!1!1!1!1!1!2");
  ASSERT_TRUE(pattern);
  EXPECT_FALSE(pattern->fits(std::string(1000, '1')));
}

class Index : public testing::Test {
 protected:
  const Destination* at(int i) const { return reinterpret_cast<const Destination*>(&places_[i]); }
  char places_[8] = {};
  NumberIndex index_;
};

TEST_F(Index, FindsTheWholeNumber) {
  EXPECT_TRUE(index_.add("914085557001", at(0)));
  EXPECT_FALSE(index_.add("914085557001", at(1))) << "it is taken";
  for (const auto* bad : {"", "12x", "12345678901234567890123456789012"}) EXPECT_FALSE(index_.add(bad, at(1)));
  EXPECT_EQ(index_.find("914085557001").destination, at(0));
  EXPECT_EQ(index_.find("14085557001").destination, nullptr);
  EXPECT_EQ(index_.find("").destination, nullptr);
  index_.remove("914085557001");
  EXPECT_EQ(index_.find("914085557001").destination, nullptr);
}

TEST_F(Index, FindsByTheEnd) {
  index_.add("914085557001", at(0));
  index_.add("914155557001", at(1));
  index_.add("9011442079460000", at(2));
  const auto found = [this](const char* number, size_t least) { return index_.find_by_end(number, least); };
  EXPECT_EQ(found("4085557001", 10).destination, at(0));
  EXPECT_FALSE(found("4085557001", 10).complete);
  EXPECT_TRUE(found("914085557001", 10).complete);
  EXPECT_EQ(found("5557001", 10).destination, nullptr) << "too short to say";
  EXPECT_TRUE(found("5557001", 7).ambiguous);
  EXPECT_TRUE(found("7775557001", 7).ambiguous) << "both have seven in common";
  EXPECT_EQ(found("004085557001", 7).destination, at(0)) << "the one with most digits in common";
  EXPECT_FALSE(found("004085557001", 7).ambiguous);
  EXPECT_EQ(found("02079460000", 10).destination, at(2));
  EXPECT_EQ(found("", 1).destination, nullptr);
}

TEST_F(Index, TellsWhoWouldBeMistaken) {
  index_.add("914085557001", at(0));
  EXPECT_EQ(index_.clash("0114085557001", 10, nullptr), at(0));
  EXPECT_EQ(index_.clash("0114085557001", 10, at(0)), nullptr);
  EXPECT_EQ(index_.clash("914085557001", 12, nullptr), at(0));
  EXPECT_EQ(index_.clash("4085557001", 11, nullptr), nullptr);
}

}  // namespace
}  // namespace tandem
