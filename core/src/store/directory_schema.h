// The schema of directory.db. Any thread.
#pragma once

#include "tandem/store.h"

namespace tandem {

/// Every table has `owner`, who may change the row ("ini": configs/directory.ini; "api"), and `version`, which each change raises.
const Migrations& directory_migrations();

}  // namespace tandem
