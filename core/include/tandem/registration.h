// Registration: the receipt for something put into a table of the core (verb, driver, console command, event handler, descriptor).
#pragma once

#include <utility>

#include "tandem/function.h"

namespace tandem {

/// Move-only. Destroying it undoes the registration, on the thread that made it (the switch thread where nothing else is said).
/// A module keeps its Registrations as members, so destroying the module's object undoes everything it did.
class [[nodiscard]] Registration {
 public:
  Registration() = default;
  explicit Registration(Task undo) : undo_(std::move(undo)) {}
  Registration(Registration&& other) noexcept : undo_(std::exchange(other.undo_, nullptr)) {}
  Registration& operator=(Registration&& other) noexcept {
    if (this != &other) {
      reset();
      undo_ = std::exchange(other.undo_, nullptr);
    }
    return *this;
  }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;
  ~Registration() { reset(); }

  void reset() {
    if (undo_) std::exchange(undo_, nullptr)();
  }
  explicit operator bool() const { return static_cast<bool>(undo_); }

 private:
  Task undo_;
};

}  // namespace tandem
