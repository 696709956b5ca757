// sip show objects. Switch thread.
#pragma once

#include <vector>

#include "driver.h"

namespace tandem {

/// Everything outlives the Registration.
Result<Registration> add_object_command(Console& console, const Stack& stack, const Registrar& registrar, const SipDriver& driver);

}  // namespace tandem
