// Which dialog an INVITE wants to take the place in (RFC 3891), and which of ours have ended. Pure functions, and a small memory.
// Switch thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "sofia.h"
#include "tandem/driver.h"

namespace tandem {

/// "CALL-ID;to-tag=X;from-tag=Y", tags as we see them. Hostile text; empty: broken.
std::optional<DialogName> parse_replaces(std::string_view value);

/// What a request says with Replaces.
struct ReplacesWish {
  const char* wrong = nullptr;       ///< the phrase of a 400
  std::optional<DialogName> dialog;  ///< empty: it says nothing
  bool early_only = false;
};
ReplacesWish read_replaces(const sip_t* sip);

/// How a dialog of ours stands for somebody who wants to take a place in it.
enum class DialogPhase : uint8_t { none, ended, early, early_of_caller, confirmed };

/// RFC 3891 3: 0 when its place may be taken, else the answer.
int refusal_of_replaces(DialogPhase phase, bool early_only);

/// The dialogs that have ended lately, without their names: who wants the place of one of these learns that it is over (603) and not that
/// it never was.
class EndedDialogs {
 public:
  void note(const DialogName& name);
  bool has(const DialogName& name) const;

 private:
  static uint64_t mark(const DialogName& name);
  std::array<uint64_t, 512> marks_{};
  size_t next_ = 0;
};

}  // namespace tandem
