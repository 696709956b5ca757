-- Emergency calls. Help is sent to where the phone is, and calls back to its site: the person who is logged in does not matter.

local emergency = {}

local TRUNK = "sip/pstn/"
local RING_SECONDS = 300

function emergency.call(call, number)
  local service = number:sub(-3)
  local site = call.device and directory.site(call.device.site) or {}
  call:log("warning", "emergency call to", service, "from", call.device and call.device.name, "at", site.location)

  if site.callback then
    call.caller.number = site.callback
    call.caller.name = site.location
  end
  call.caller.restricted = false
  call:dial { TRUNK .. service, emergency = true, location = site.location or "", timeout = RING_SECONDS }
end

return emergency
