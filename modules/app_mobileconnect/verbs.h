// The dialplan's verb of Mobile Connect: mobile_ringing. (recognise and office_number are the core's.) Switch thread.
#pragma once

#include "service.h"
#include "tandem/host.h"

namespace tandem {

Result<Registration> add_mobile_verbs(Host& host, MobileService& service);

}  // namespace tandem
