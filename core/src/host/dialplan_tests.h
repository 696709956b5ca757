// `tandem dialplan test [FILE...]`: the admin's own tests of the dialplan, on the configured directory, without a switch. Main thread.
#pragma once

#include <ostream>

#include "host/options.h"

namespace tandem {

/// Runs the tests of options.test_files, or of tests/*.lua beside the dialplan, and prints a report. The exit code: 0 when all have passed,
/// 1 when one has not, when there is none, or when something does not load.
int run_dialplan_tests(const Options& options, std::ostream& out, std::ostream& err);

}  // namespace tandem
