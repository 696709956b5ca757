// How Number::Kind is written in directory.db and on the console. Any thread.
#pragma once

#include <string_view>

#include "tandem/directory.h"

namespace tandem {

inline const char* kind_name(Number::Kind kind) {
  switch (kind) {
    case Number::Kind::user:
      return "user";
    case Number::Kind::device:
      return "device";
    case Number::Kind::service:
      break;
  }
  return "service";
}

inline Number::Kind kind_from(std::string_view name) {
  if (name == "user") return Number::Kind::user;
  return name == "device" ? Number::Kind::device : Number::Kind::service;
}

}  // namespace tandem
