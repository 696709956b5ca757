// SpeaksFor: a call that another person may take on, who has shown by a PIN who it is: rights, number and books are that person's from then
// on. Switch thread.
#pragma once

#include <memory>

#include "tandem/directory.h"

namespace tandem {

class SpeaksFor {
 public:
  virtual ~SpeaksFor() = default;
  virtual void act_for(std::shared_ptr<const User> user) = 0;
};

}  // namespace tandem
