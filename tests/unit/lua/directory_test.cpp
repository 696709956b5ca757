// directory.*: whole, bounded, and never a secret.
#include "unit/lua/script_fixture.h"

namespace tandem::test {
namespace {

using DirectoryScripts = ScriptTest;

TEST_F(DirectoryScripts, PeopleAndPhones) {
  directory_.at_["SEP0011223300A1"] = "sam.night";
  EXPECT_EQ(run("call:now(directory.number('11001'), directory.user('jane.white').extension, directory.site('hq').zone)"),
            Value::parse(R"([{"kind": "user", "number": "11001", "owner": "john.doe"}, "11002", "America/Los_Angeles"])"));
  EXPECT_EQ(run("call:now(directory.occupant('SEP0011223300A1'), directory.occupant('SEP0011223300B1'))"),
            Value::parse(R"([{"user": "sam.night", "number": "11003", "name": "Sam Night", "class": "internal"},
                             {"number": "19003", "name": "Desk 19003", "class": "neutral"}])"));
  EXPECT_EQ(run("call:now(directory.devices_of('john.doe'), directory.devices_of('nobody'))"),
            Value::parse(R"([["SEP001122330001"], []])"));
}

TEST_F(DirectoryScripts, WhatIsNotThereIsNil) {
  EXPECT_EQ(run("call:now(directory.number('x'), directory.user('x'), directory.device('x'), directory.site('x'), directory.profile('x'), "
                "directory.occupant(('x'):rep(60000)))"),
            Value::parse("[null, null, null, null, null, null]"));
}

TEST_F(DirectoryScripts, NoSecretIsSeen) {
  const auto seen = run(R"(
    local all = {}
    for _, t in ipairs{directory.device("SEP001122330001"), directory.occupant("SEP001122330001"), directory.user("john.doe")} do
      for k, v in pairs(t) do all[#all + 1] = k .. "=" .. tostring(v) end
    end
    call:now(table.concat(all, " ")))");
  EXPECT_EQ(seen.dump().find("never-shown"), std::string::npos) << seen;
  EXPECT_EQ(seen.dump().find("secret"), std::string::npos) << seen;
}

TEST_F(DirectoryScripts, NotWhileTheDialplanIsLoaded) {
  EXPECT_NE(load_error("directory.user('john.doe')").find("only be asked in a call"), std::string::npos);
}

}  // namespace
}  // namespace tandem::test
