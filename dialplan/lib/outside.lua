-- Calls to the world outside: who may call where, what the called side is shown, and the trunk.

local numbers = require "lib.numbers"
local people  = require "lib.people"

local outside = {}

local TRUNK = "sip/pstn/"
local RING_SECONDS = 120

-- What each calling class may dial beyond the office. "neutral" is a phone with nobody logged in.
local MAY_DIAL = {
  neutral       = {},
  internal      = {},
  national      = { national = true },
  international = { national = true, international = true },
}

function outside.refuse_if_logged_out(call)
  if call.class == "neutral" then
    call:hangup("forbidden", "Not permitted while logged out")
  end
end

-- The person's own outside number, or that of the site where the phone stands.
local function show_outside_number(call)
  local user, device = call.user, call.device
  local site = device and directory.site(device.site)
  call.caller.number = user and user.did or site and site.callback
end

-- `reach` is "national" or "international", `number` is +E.164.
function outside.dial(call, reach, number)
  outside.refuse_if_logged_out(call)
  local allowed = MAY_DIAL[call.class]
  if not allowed or not allowed[reach] then
    call:hangup("forbidden", "Not permitted for your calling class")
  end
  if not numbers.is_e164(number) then
    call:hangup("invalid-number")
  end

  -- Somebody's mobile, called from inside: if the office wants that (mobileconnect.ini), the person's line rings instead, desk and mobile.
  local extension = call:office_number(call.dialled)
  if extension then
    return people.ring(call, extension)
  end

  show_outside_number(call)
  local outcome = call:dial { TRUNK .. number, timeout = RING_SECONDS }
  if outcome == "unavailable" then
    call:hangup("congestion", "No line to the outside")
  end
end

return outside
