// "directory show" and "directory explain". Switch thread.
#pragma once

#include <vector>

#include "store/directory_store.h"
#include "tandem/console.h"

namespace tandem {

/// `directory` outlives the registrations. Words that are taken already are left out of what comes back.
std::vector<Registration> register_directory_commands(Console& console, DirectoryStore& directory);

}  // namespace tandem
