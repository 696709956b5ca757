// The OpenAPI document of the JSON API, put together from what the routes say of themselves. Switch thread.
#pragma once

#include "web_server.h"

namespace tandem {

Json api_document(const WebServer& server);

}  // namespace tandem
