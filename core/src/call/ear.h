// Ear: a verb that waits for what the caller's leg brings: keys, the end of what is played. At most one a call, since a script does one
// thing at a time. Switch thread.
#pragma once

#include <cstdint>

namespace tandem {

class Ear {
 public:
  virtual ~Ear() = default;
  virtual void hear_digit(char digit) = 0;
  virtual void played(uint32_t id) = 0;
};

}  // namespace tandem
