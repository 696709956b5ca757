// The console's view of the web server. Switch thread.
#pragma once

#include <vector>

#include "web_server.h"

namespace tandem {

Result<std::vector<Registration>> register_http_commands(Console& console, const WebServer& server);

}  // namespace tandem
