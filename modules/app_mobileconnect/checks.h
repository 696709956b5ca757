// What is looked at before a row is saved: each refusal is a sentence that says what to do about it. Switch thread.
#pragma once

#include "book.h"
#include "settings.h"
#include "tandem/directory.h"

namespace tandem {

struct SaveChecks {
  const RemoteBook& book;
  Directory& directory;
  const MobileSettings& settings;

  /// As it stands now: a number of this office, however it is dialled. Empty: it is none.
  std::string office_number(std::string_view number) const;
  int64_t limit_of(std::string_view user) const;

  Result<void> destination(const Destination& row) const;
  Result<void> list(const AccessList& row) const;
};

}  // namespace tandem
