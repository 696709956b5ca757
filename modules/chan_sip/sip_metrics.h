// SIP's numbers for /metrics. Switch thread.
#pragma once

#include <vector>

#include "driver.h"
#include "first_look.h"
#include "registrar.h"
#include "tandem/metrics.h"

namespace tandem {

/// All references outlive the registrations.
std::vector<Registration> register_sip_metrics(Metrics& metrics, const Stack& stack, const Registrar& registrar, const SipDriver& driver,
                                               const FirstLook& first_look);

}  // namespace tandem
