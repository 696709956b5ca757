// call:line{...}: what the caller has set for their own line. Switch thread.
#pragma once

#include <vector>

#include "call/verb_table.h"
#include "tandem/line_settings.h"

namespace tandem {

class Switch;

std::vector<Registration> register_line_verbs(VerbTable& verbs, Switch& calls);

/// Whether `user` may send calls on to `number`: whatever that person may dial, and no emergency number.
Result<void> may_forward(Switch& calls, std::string_view user, const std::string& number);
/// Sets one key of LineChange by its name: "forward_all", ..., "dnd". invalid: there is no such key, or that is no value of it.
Result<void> set_key(LineChange& change, std::string_view key, const std::string& value);
/// {"forward_all": "", ..., "dnd": "off"}, in this order.
nlohmann::ordered_json line_json(const LineSettings& settings);
/// Everything in `change` that is to be dialled may be.
Result<void> check_change(Switch& calls, std::string_view user, const LineChange& change);

}  // namespace tandem
