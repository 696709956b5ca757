// Simulation: what the admin's tests work with: `simulate` runs the dialplan for a call that does not exist, with answers that the test
// gives; `expect` compares. Switch thread.
#pragma once

#include <memory>

#include "lua/environment.h"

namespace tandem {

class Simulation {
 public:
  Simulation(std::shared_ptr<Runtime> runtime, std::shared_ptr<const Environment> dialplan)
      : runtime_(std::move(runtime)), dialplan_(std::move(dialplan)) {}

  /// `simulate` and `expect` into the table on top; they keep a pointer to this.
  void add_functions(lua_State* L);

 private:
  static int simulate(lua_State* L);
  int run(lua_State* L);

  std::shared_ptr<Runtime> runtime_;
  std::shared_ptr<const Environment> dialplan_;
};

}  // namespace tandem
