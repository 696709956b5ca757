// `tandem check`: everything that an admin can get wrong, looked at without starting or binding anything. The process's only thread.
#pragma once

#include <string>
#include <vector>

#include "host/options.h"

namespace tandem {

/// All complaints, one mistake each, with file and line where there is one. Empty: it would start.
std::vector<std::string> check_everything(const Options& options);

}  // namespace tandem
