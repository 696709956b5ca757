#include "host/console_editor.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

TEST(ConsoleEditor, TabAddsWhatIsCertain) {
  EXPECT_EQ(completion("sh", {"show"}), "ow ");
  EXPECT_EQ(completion("", {"calls", "channels"}), "c");
  EXPECT_EQ(completion("c", {"calls", "channels"}), "");
  EXPECT_EQ(completion("rel", {"reload", "reload-all"}), "oad");
  EXPECT_EQ(completion("x", {}), "");
}

}  // namespace
}  // namespace tandem
