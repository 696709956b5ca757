-- Ringing people and phones.

local voicemail = require "lib.voicemail"

local people = {}

local RING_SECONDS = 30

-- Who calls from outside, if it is somebody of the office: shown with extension and name from here on. Whoever calls their own line goes on
-- being shown with the number: the extension would say nothing.
function people.recognise(call, dialled)
  local number, name = call.caller.number, call.caller.name
  local who = call:recognise()
  local line = who and directory.number(dialled)
  if line and line.owner == who then
    call.caller.number, call.caller.name = number, name
  end
end

-- Rings whoever has this number: a person at every phone where that person is, or a phone that nobody is logged in at.
function people.ring(call, number)
  local found = directory.number(number)
  if not found or found.kind == "service" then
    call:hangup("unallocated")
  end

  local target = found.kind == "user" and "user/" .. found.owner or "sip/" .. found.owner
  local outcome = call:dial { target, timeout = RING_SECONDS }
  if found.kind == "user" then voicemail.leave(call, found.owner, outcome) end

  -- Without a mailbox busy, declined and not answered reach the caller as they are. That no phone is there to ring is said as "try again later".
  if outcome == "unavailable" then
    call:hangup("no-answer", "Temporarily unavailable")
  end
end

return people
