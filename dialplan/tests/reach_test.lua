-- Tests of the policies that dialplan/policy.lua offers.

local reach = require "lib.reach"

local function question(caller, inside, more)
  local q = {
    call = { caller = { number = caller, name = "", restricted = false }, inside = inside or false },
    destination = { id = "john.doe/mobile", user = "john.doe", zone = "America/Los_Angeles" },
    leg = { trunk = "pstn", number = "+14085559999", name = "" },
  }
  for key, value in pairs(more or {}) do q[key] = value end
  return q
end

test("quiet hours keep destinations silent, but for some", function()
  local asked
  local night = reach.quiet_hours { "22:00-07:00", except = { "+14085559999", "11002" },
    within = function(hours, zone) asked = hours .. " " .. zone return true end }
  expect(night(question("914155550000")), "quiet hours")
  expect(asked, "22:00-07:00 America/Los_Angeles")
  expect(night(question("914085559999")), nil)
  expect(night(question("11002", true)), nil)
  local day = reach.quiet_hours { "22:00-07:00", within = function() return false end }
  expect(day(question("914155550000")), nil)
end)

test("thresholds by where the call comes from", function()
  local rule = reach.thresholds { inside = 8, outside = false }
  expect(rule(question("11002", true)), 8)
  expect(rule(question("914155550000")), false)
  expect(reach.thresholds { inside = 8 }(question("914155550000")), nil)
end)

test("carriers that refuse foreign numbers are shown the office's", function()
  local rule = reach.office_number { trunk = "pstn", number = "+14085551000" }
  expect(rule(question("914085559999")), { number = "+14085551000", name = "+14085559999" })
  expect(rule(question("914085559999", false, { leg = { trunk = "pstn", number = "+1", name = "Ann" } })).name, "Ann")
  expect(rule(question("914085559999", false, { leg = { trunk = "other", number = "+1", name = "" } })), nil)
  expect(rule(question("11002", true)), nil)
end)
