// StoreFolder: the state folder and the databases in it. Switch thread.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "tandem/loop.h"
#include "tandem/store.h"

namespace tandem {

/// `folder` exists already. The loop outlives every database.
class StoreFolder final : public Store {
 public:
  StoreFolder(std::string folder, Loop& loop);

  Result<std::unique_ptr<Database>> open(std::string_view name, const Migrations& migrations, Durability durability) override;
  std::string folder() const override { return folder_; }

 private:
  const std::string folder_;
  Loop& loop_;
  std::map<std::string, std::weak_ptr<void>, std::less<>> open_;  ///< two writers of one file would wait for one another
};

}  // namespace tandem
