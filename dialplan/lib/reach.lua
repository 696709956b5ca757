-- Rules about remote destinations that offices ask for, as policies to choose from: dialplan/policy.lua says which are in force.
--
-- Each function makes one. What a policy is asked: q.call (caller.number, caller.name, caller.restricted, inside, in_group, dialled, user),
-- q.destination (id, user, name, label, number, zone, list); for "ring_threshold" q.seconds, for "caller_id" q.leg (trunk, number, name).
-- Nil means: as mobileconnect.ini and people's own settings say. docs/mobile-connect.md has the rest.

local numbers = require "lib.numbers"

local reach = {}

-- "access": nothing but the desk rings within these hours, except for some callers.
--   reach.quiet_hours { "22:00-07:00", except = { "+14085559999", "11002" } }
function reach.quiet_hours(rule)
  local within = rule.within or time.within
  local vip = {}
  for _, number in ipairs(rule.except or {}) do
    vip[numbers.as_dialled_here(number)] = true
  end
  return function(q)
    local zone = q.destination.zone
    if within(rule[1], zone ~= "" and zone or nil) and not vip[q.call.caller.number] then
      return "quiet hours"
    end
  end
end

-- "ring_threshold": seconds before destinations ring, by where the call comes from; false: they do not ring at all.
--   reach.thresholds { inside = 8, outside = 2 }
function reach.thresholds(rule)
  return function(q)
    if q.call.inside then
      return rule.inside
    end
    return rule.outside
  end
end

-- "caller_id": some carriers refuse calls that show a number of somebody else's. They are shown the office's, and the caller by name.
--   reach.office_number { trunk = "pstn", number = "+14085551000" }
function reach.office_number(rule)
  return function(q)
    if q.leg.trunk ~= rule.trunk or q.call.inside then
      return nil
    end
    return { number = rule.number, name = q.leg.name ~= "" and q.leg.name or q.leg.number }
  end
end

return reach
