#include "store/store_folder.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>

#include "store/database.h"

namespace tandem {

StoreFolder::StoreFolder(std::string folder, Loop& loop) : folder_(std::move(folder)), loop_(loop) {
  // Statistics that nobody asks for would take one lock for each allocation in every thread. Refused, without harm, once SQLite is in use.
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

Result<std::unique_ptr<Database>> StoreFolder::open(std::string_view name, const Migrations& migrations, Durability durability) {
  auto& mark = open_[std::string(name)];
  if (!mark.expired()) return Error{ErrorCode::busy, fmt::format("{}/{} is open already", folder_, name)};
  auto held = std::make_shared<char>();
  mark = held;
  return DatabaseFile::open(fmt::format("{}/{}", folder_, name), migrations, durability, loop_, std::move(held));
}

}  // namespace tandem
