// Test runner: the admin's own tests of the dialplan (dialplan/tests/*.lua), without a switch. Switch thread.
//
// A test file defines tests; each runs in a coroutine of its own, under the bounds of a load:
//   test("Sam may not call outside", function()
//     local call = simulate { from = "SEP0011223300A1", user = "sam.night", to = "94085551234", answers = { dial = "busy" } }
//     expect(call.ending, "forbidden")
//   end)
#pragma once

#include <string>
#include <vector>

#include "lua/script_services.h"
#include "tandem/result.h"

namespace tandem {

struct DialplanTest {
  std::string name;
  std::string place;    ///< "tests/office_test.lua:12"
  std::string failure;  ///< with file and line; empty: passed
};

struct DialplanTestFile {
  std::string file;
  std::string error;  ///< why it could not be read, with file and line; empty: it could
  std::vector<DialplanTest> tests;
};

/// Loads the dialplan at `main` and runs the tests of `files`, in order. Loop, directory and verbs of `services` must be there; verbs are
/// never started. The error is that of a dialplan that does not load.
Result<std::vector<DialplanTestFile>> run_dialplan_tests(const ScriptServices& services, const std::string& main,
                                                         const std::vector<std::string>& files);

}  // namespace tandem
