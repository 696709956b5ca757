// "directory import" and "directory export". Switch thread; the work is done by the writer and the report worker of directory.db.
#pragma once

#include <vector>

#include "store/directory_store.h"
#include "tandem/console.h"

namespace tandem {

/// `directory` outlives the registrations. Words that are taken already are left out of what comes back.
std::vector<Registration> register_exchange_commands(Console& console, DirectoryStore& directory);

}  // namespace tandem
