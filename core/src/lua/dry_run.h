// Dry run: what the dialplan would do with a call that does not exist. Switch thread.
#pragma once

#include <memory>
#include <string_view>

#include "call/dialplan.h"
#include "lua/environment.h"
#include "tandem/console.h"

namespace tandem {

/// See Dialplan::route.
Result<NumberRoute> imagined_route(const std::shared_ptr<Runtime>& runtime, const std::shared_ptr<const Environment>& environment,
                                   std::string_view device, std::string_view number);
Result<NumberRoute> imagined_route_as(const std::shared_ptr<Runtime>& runtime, const std::shared_ptr<const Environment>& environment,
                                      std::string_view user, std::string_view number);
/// See LuaDialplan::trace.
Result<Json> dry_run(const std::shared_ptr<Runtime>& runtime, const std::shared_ptr<const Environment>& environment, std::string_view from,
                     std::string_view to, std::string_view at);

}  // namespace tandem
