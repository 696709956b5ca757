// The web server's own numbers. Switch thread.
#pragma once

#include <vector>

#include "tandem/metrics.h"
#include "web_server.h"

namespace tandem {

std::vector<Registration> register_http_metrics(Metrics& metrics, const WebServer& server);

}  // namespace tandem
