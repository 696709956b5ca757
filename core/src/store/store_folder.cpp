#include "store/store_folder.h"

#include <fmt/format.h>

#include "store/database.h"

namespace tandem {

Result<std::unique_ptr<Database>> StoreFolder::open(std::string_view name, const Migrations& migrations, Durability durability) {
  auto& mark = open_[std::string(name)];
  if (!mark.expired()) return Error{ErrorCode::busy, fmt::format("{}/{} is open already", folder_, name)};
  auto held = std::make_shared<char>();
  mark = held;
  return DatabaseFile::open(fmt::format("{}/{}", folder_, name), migrations, durability, loop_, std::move(held));
}

}  // namespace tandem
