#include "host/console_words.h"

#include <gmock/gmock.h>

namespace tandem {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ConsoleWords, SplitsAtBlanksAndKeepsWhatIsQuoted) {
  EXPECT_THAT(*split_words("  core  show\tcalls \n"), ElementsAre("core", "show", "calls"));
  EXPECT_THAT(*split_words(R"(a "b c" 'd "e' f"g h"i)"), ElementsAre("a", "b c", "d \"e", "fg hi"));
  EXPECT_THAT(*split_words(R"("a\"b\\c" 'a\b' a\b "")"), ElementsAre("a\"b\\c", "a\\b", "a\\b", ""));
  EXPECT_THAT(*split_words(""), IsEmpty());
}

TEST(ConsoleWords, RefusesAnOpenQuote) {
  EXPECT_FALSE(split_words("show \"calls"));
  EXPECT_FALSE(split_words("it's"));
  EXPECT_FALSE(split_words(R"("ends in a backslash\")"));
}

TEST(ConsoleWords, JoinsIntoALineThatSplitsIntoTheSame) {
  const std::vector<std::string> words{"dialplan", "trace", "", "John Doe", "a\"b\\", "it's", "*97"};
  EXPECT_EQ(*split_words(join_words(words)), words);
}

TEST(ConsoleWords, MeasuresHowFarTwoWordsAreApart) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("show", "shwo"), 2u);
  EXPECT_EQ(edit_distance("core show cals", "core show calls"), 1u);
}

}  // namespace
}  // namespace tandem
