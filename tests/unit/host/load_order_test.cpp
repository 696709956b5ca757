#include "host/load_order.h"

#include <gmock/gmock.h>

namespace tandem {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(LoadOrder, PutsWhatIsRequiredFirstAndTheRestByName) {
  const auto plan = load_order({{"app_a", {"res_z", "chan_m"}}, {"chan_m", {"res_z"}}, {"app_b", {}}, {"res_z", {}}});
  EXPECT_THAT(plan.order, ElementsAre("res_z", "chan_m", "app_a", "app_b"));
  EXPECT_THAT(plan.circles, IsEmpty());
}

TEST(LoadOrder, LeavesOutWhatIsNotToBeLoaded) { EXPECT_THAT(load_order({{"app_a", {"app_missing"}}}).order, ElementsAre("app_a")); }

TEST(LoadOrder, NamesACircleAndLoadsTheOthers) {
  const auto plan = load_order({{"a", {"b"}}, {"b", {"c"}}, {"c", {"b"}}, {"d", {}}});
  EXPECT_THAT(plan.order, ElementsAre("a", "d"));  // "a" then fails by itself, since "b" does not run
  EXPECT_THAT(plan.circles, ElementsAre(Pair("b", "b requires c requires b"), Pair("c", "b requires c requires b")));
}

TEST(LoadOrder, AModuleThatRequiresItselfIsACircle) {
  EXPECT_THAT(load_order({{"a", {"a"}}}).circles, ElementsAre(Pair("a", "a requires a")));
}

}  // namespace
}  // namespace tandem
