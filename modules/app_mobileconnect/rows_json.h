// Rows and settings as JSON, for the console and the API alike. Switch thread.
#pragma once

#include "service.h"

namespace tandem {

Json json_of(const Destination& row);
Json json_of(const AccessList& row);
Json json_of(const MobileSettings& settings);
/// What is in force for a person.
Json person_json(const MobileService& service, const std::string& user);

}  // namespace tandem
