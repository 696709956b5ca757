// What the Registrar's own files share: one Contact of a REGISTER, checked.
#pragma once

#include "registrar.h"

namespace tandem {

struct Registrar::Change {
  Contact contact;
  bool remove = false;
};

inline Registrar::Answer refuse(int status, const char* phrase) { return {.status = status, .phrase = phrase, .list = false}; }

}  // namespace tandem
