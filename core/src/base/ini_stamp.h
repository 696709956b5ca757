// IniStamp: what a read of ini files took from the machine, so that a later look tells, without parsing, whether it would take the same.
// Any thread; one object a read.
#pragma once

#include <string>
#include <string_view>

#include "base/ini.h"

namespace tandem {

class IniStamp {
 public:
  /// `source`, which must outlive what comes back, with a memory: what is asked of it goes into this stamp.
  IniSource recording(const IniSource& source);

  /// Lines of "file HASH PATH" and "variable HASH NAME", in the order of asking, so the file that was read itself comes first. Hashes only
  /// (BLAKE2b, keyed with nothing): a secret cannot be read out of it. Differs whenever what was read would.
  const std::string& text() const { return text_; }

  /// True when every file and variable of `text` is what it was. Costs reading the files and hashing them.
  static bool holds(std::string_view text, const IniSource& source);
  static std::string hash(std::string_view bytes);

 private:
  std::string text_;
};

}  // namespace tandem
